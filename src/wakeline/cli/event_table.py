"""The status of events as a table: a line a stream, and what needs attention above it."""

from collections.abc import Mapping
from typing import Any

from wakeline.cli.output import print_rows, print_text, say

COLUMNS = {
    "stream": "stream",
    "accepted": "accepted",
    "stored": "stored",
    "duplicate": "duplicate",
    "spooled": "spooled",
    "dropped": "dropped",
    "dead_letters": "dead letters",
    "oldest": "oldest",
    "lag": "lag",
    "last_commit": "last commit",
    "last_error": "last error",
}
_TOTALS = ("accepted", "stored", "spooled", "dropped", "dead_letters")


def print_event_table(status: Mapping[str, Any]) -> None:
    for warning in status["warnings"]:
        say(f"[yellow]Warning[/]: {warning}")
    for name, reason in status["unavailable"].items():
        say(f"[yellow]No report[/] of {name}: {reason}")
    for report in status["shippers"]:
        if report.get("last_error"):
            say(f"[yellow]Shipper[/] of {report['of']}: {report['last_error']}")
    print_rows(
        [_describe(stream) for stream in status["streams"]], COLUMNS, as_json=False, empty="No event yet."
    )
    left = status["accepted"] - sum(status[name] for name in _TOTALS[1:])
    print_text(
        "\nThis home's spools: "
        + ", ".join(f"{name.replace('_', ' ')} {status[name]}" for name in _TOTALS)
        + ("" if left == 0 else f" ({left} in flight)")
    )


def _describe(stream: Mapping[str, Any]) -> dict[str, Any]:
    dropped = ", ".join(f"{reason} {events}" for reason, events in stream["dropped"].items())
    return dict(stream) | {
        "stream": stream["stream"] + ("" if stream["here"] else " (from elsewhere)"),
        "dropped": dropped or 0,
        "oldest": _seconds(stream["oldest_age_s"]),
        "lag": _seconds(stream["lag_s"]),
        "last_error": stream["last_error"]
        or (None if stream["has_destination"] else "no destination takes it"),
    }


def _seconds(value: float | None) -> str | None:
    return None if value is None else f"{value:.1f} s"
