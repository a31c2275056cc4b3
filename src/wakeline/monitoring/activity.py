"""The activity of an endpoint by day, from its log: rows, errors, latency, callers, generations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from wakeline.core.window import Window
from wakeline.loglake.row_query import summarize_days
from wakeline.loglake.window import LogSnapshot

DEFAULT_DAYS = 30

_MEASURES = {
    "row_count": "count(*)",
    "error_count": "count(*) FILTER (WHERE coalesce({status}, 200) >= 400)",
    "p50_us": "approx_quantile({timing_total}, 0.5)",
    "p95_us": "approx_quantile({timing_total}, 0.95)",
    "distinct_ips": "count(DISTINCT {client_ip})",
    "distinct_keys": "count(DISTINCT {api_key_id})",
    "generations": "list_sort(list(DISTINCT {generation}) FILTER (WHERE {generation} IS NOT NULL))",
}
"""Quantiles are of a t-digest: near the truth, in little memory."""


@dataclass(frozen=True, slots=True)
class ActivityDay:
    day: date
    row_count: int
    error_count: int
    p50_us: float | None
    p95_us: float | None
    distinct_ips: int
    distinct_keys: int
    generations: Sequence[str]

    @property
    def error_share(self) -> float:
        return self.error_count / self.row_count


@dataclass(frozen=True, slots=True)
class Activity:
    """`window` is None before the first event has arrived."""

    window: Window | None
    days: tuple[ActivityDay, ...]

    @property
    def row_count(self) -> int:
        return sum(day.row_count for day in self.days)


def read_activity(snapshot: LogSnapshot | None, window: Window | None) -> Activity:
    """Without a window the last days up to the last one with rows."""
    chosen = window or _find_last_days(snapshot)
    if snapshot is None or chosen is None:
        return Activity(window, ())
    rows = summarize_days(snapshot, chosen, _MEASURES)
    return Activity(
        chosen, tuple(ActivityDay(**{**row, "generations": row["generations"] or []}) for row in rows)
    )


def _find_last_days(snapshot: LogSnapshot | None) -> Window | None:
    days = [] if snapshot is None else [entry.day for entry in snapshot.partitions()]
    if not days:
        return None
    end = max(days) + timedelta(days=1)
    return Window(end - timedelta(days=DEFAULT_DAYS), end)
