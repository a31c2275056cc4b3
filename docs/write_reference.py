"""Writes the pages of docs/reference that are made from the code."""

from pathlib import Path
from typing import Any

import typer

from wakeline.cli.main import build_command
from wakeline.core import errors
from wakeline.server.openapi import describe_api
from wakeline.settings import Settings
from wakeline.statistics.catalogue import METRICS, Compared, Threshold
from wakeline.wire.metrics import DEFINITIONS

FOLDER = Path(__file__).parent / "reference"
NOTE = "<!-- made by `make docs`; do not edit -->\n"


def render_pages() -> dict[str, str]:
    """File name → text of every page that is made."""
    return {
        "cli.md": render_commands(),
        "errors.md": render_errors(),
        "metrics.md": render_metrics(),
        "rest.md": render_routes(),
        "settings.md": render_settings(),
    }


def render_commands() -> str:
    lines = [NOTE, "# Command line", ""]
    group = build_command()
    context = typer.Context(group, info_name="wakeline")
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        lines += _render_command(command, typer.Context(command, parent=context, info_name=name), 2)
    return "\n".join(lines)


def _render_command(command: Any, context: typer.Context, level: int) -> list[str]:
    lines = [f"{'#' * level} `{context.command_path}`", "", (command.help or "").strip(), ""]
    if hasattr(command, "list_commands"):
        for name in command.list_commands(context):
            verb = command.get_command(context, name)
            lines += _render_command(verb, typer.Context(verb, parent=context, info_name=name), level + 1)
        return lines
    usage = command.get_usage(context).removeprefix("Usage: ")
    rows = [record for parameter in command.params if (record := parameter.get_help_record(context))]
    table = [f"| `{names}` | {text} |" for names, text in rows]
    return [*lines, f"`{usage}`", "", *(["| option | |", "|---|---|", *table, ""] if table else [])]


def render_errors() -> str:
    lines = [NOTE, "# Errors", "", "| code | meaning |", "|---|---|"]
    for kind in vars(errors).values():
        if isinstance(kind, type) and issubclass(kind, errors.WakelineError):
            lines.append(f"| `{kind.code}` | {(kind.__doc__ or '').strip()} |")
    return "\n".join([*lines, ""])


def render_metrics() -> str:
    lines = [NOTE, "# Metrics", ""]
    lines += [
        "| metric | columns | formula | source | range | default threshold |",
        "|---|---|---|---|---|---|",
    ]
    for metric in METRICS:
        low = "−∞" if metric.lower is None else f"{metric.lower:g}"
        high = "∞" if metric.upper is None else f"{metric.upper:g}"
        threshold = _render_threshold(metric.default_threshold)
        subjects = ", ".join(metric.subjects)
        formula = metric.formula.replace("|", "\\|")
        cells = (
            f"`{metric.name}` {metric.title}",
            subjects,
            formula,
            metric.source,
            f"{low} … {high}",
            threshold,
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", *_render_prometheus()])


def _render_prometheus() -> list[str]:
    lines = [
        "# Metrics of the processes",
        "",
        "`GET /metrics` in Prometheus' text format, on the event server, the gateway and the server. A key",
        "in `Authorization: Bearer …` decides which streams the event server tells of: those that the key",
        "may write; all with the home's own, none without one. Counters of event server and gateway begin",
        "with the process, those of the server with the spools. A counter has `_total` after its name, a",
        "histogram `_bucket`, `_sum` and `_count`.",
        "",
        "| metric | kind | of | labels | |",
        "|---|---|---|---|---|",
    ]
    for each in DEFINITIONS:
        labels = ", ".join(f"`{label}`" for label in each.labels) or "–"
        lines.append(f"| `{each.name}` | {each.kind} | {each.process} | {labels} | {each.help} |")
    return [*lines, ""]


def _render_threshold(threshold: Threshold | None) -> str:
    if threshold is None:
        return "–"
    change = " change" if threshold.compared is Compared.CHANGE else ""
    return f"warning {threshold.warning:g}, error {threshold.error:g}{change}"


def render_routes() -> str:
    lines = [NOTE, "# REST API", "", "| method | path | |", "|---|---|---|"]
    for path, methods in describe_api()["paths"].items():
        for method, operation in methods.items():
            lines.append(f"| {method.upper()} | `{path}` | {operation.get('summary', '')} |")
    return "\n".join([*lines, ""])


def render_settings() -> str:
    lines = [NOTE, "# Settings", "", "From the environment or `wakeline.toml`.", ""]
    lines += ["| setting | variable | default | |", "|---|---|---|---|"]
    for name, field in Settings.model_fields.items():
        lines.append(f"| `{name}` | `WAKELINE_{name.upper()}` | `{field.default}` | {field.description} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for file_name, text in render_pages().items():
        (FOLDER / file_name).write_text(text)
