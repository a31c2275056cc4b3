"""What people and programs read: tables and progress for the one, JSON on stdout for the other.

Everything that is not the result goes to stderr.
"""

import json
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from wakeline.core.errors import WakelineError

JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout, and nothing else.")]
UrlOption = Annotated[
    str, typer.Option("--url", envvar="WAKELINE_URL", help="Where the Wakeline server answers.")
]
ProjectOption = Annotated[str, typer.Option("--project", "-p", help="Project key, such as FLIGHTS.")]

DEFAULT_URL = "http://127.0.0.1:4180"
_STATUS_STYLES = {"OK": "green", "WARNING": "yellow", "ERROR": "red", "EMPTY": "dim"}


def _stderr() -> Console:
    return Console(stderr=True, highlight=False)


def report_error(error: WakelineError) -> None:
    """One sentence on stderr, with the details below it where there are any."""
    console = _stderr()
    console.print("[bold red]Error[/]: ", end="")
    console.print(error.message, soft_wrap=True, markup=False)
    for name, value in error.details.items():
        console.print(f"  {name}: {value}", soft_wrap=True, markup=False)


def say(text: str) -> None:
    """A line for people; never part of the result."""
    _stderr().print(text, soft_wrap=True)


def print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def print_text(text: str) -> None:
    sys.stdout.write(text + "\n")


def print_rows(
    rows: Sequence[Mapping[str, Any]],
    columns: Mapping[str, str],
    *,
    as_json: bool,
    empty: str,
) -> None:
    """A list: `columns` maps keys to headings; `empty` is the sentence for a list without entries."""
    if as_json:
        print_json(list(rows))
        return
    if not rows:
        print_text(empty)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in columns.values():
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(_render(row.get(key)) for key in columns))
    Console(highlight=False).print(table)


def print_object(value: Mapping[str, Any], *, as_json: bool, title: str = "") -> None:
    """One thing: its fields, a line each."""
    if as_json:
        print_json(value)
        return
    if title:
        print_text(title)
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for key, entry in value.items():
        table.add_row(key.replace("_", " "), _render(entry))
    Console(highlight=False).print(table)


def _render(value: object) -> str:
    match value:
        case None:
            return "–"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.4g}"
        case str() if value in _STATUS_STYLES:
            return f"[{_STATUS_STYLES[value]}]{value}[/]"
        case dict() | list():
            return json.dumps(value, ensure_ascii=False).replace("[", r"\[")
        case _:
            return str(value).replace("[", r"\[")


ProgressReport = Callable[[float, str], None]


@contextmanager
def show_progress(
    title: str, *, total: float = 1.0, quiet: bool = False, stopped: threading.Event | None = None
) -> Iterator[ProgressReport]:
    """A bar on stderr; the function that it yields takes what is done so far, and a few words.

    It raises KeyboardInterrupt once `stopped` is set, so that a long step ends where it can be picked up.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        *_amount_columns(total),
        TextColumn("{task.fields[words]}"),
    )
    with Progress(*columns, console=_stderr(), disable=quiet) as progress:
        task = progress.add_task(title, total=total, words="")

        def report(done: float, words: str = "") -> None:
            if stopped is not None and stopped.is_set():
                raise KeyboardInterrupt
            progress.update(task, completed=done, words=words)

        yield report


def _amount_columns(total: float) -> Iterable[Any]:
    if total > 1:
        return (MofNCompleteColumn(), TimeRemainingColumn())
    return (TextColumn("{task.percentage:>3.0f} %"),)
