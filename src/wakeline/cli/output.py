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
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from wakeline.core.errors import InvalidInputError, WakelineError

DEFAULT_URL = ""
"""Stands for the settings' URL, which is read when a command runs."""
_STATUS_STYLES = {"OK": "green", "WARNING": "yellow", "ERROR": "red", "EMPTY": "dim"}
_PIPE_COLUMNS = 10_000
_DETAIL_LINES_MAX = 40


def choose_url(given: str) -> str:
    """The URL that was given, or the one that the settings name."""
    from wakeline.settings import read_settings

    return given or read_settings().server_url


JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout, and nothing else.")]
UrlOption = Annotated[
    str,
    typer.Option(
        "--url",
        envvar="WAKELINE_URL",
        callback=choose_url,
        show_default="http://127.0.0.1:4180",
        help="Where the Wakeline server answers.",
    ),
]
ProjectOption = Annotated[str, typer.Option("--project", "-p", help="Project key, such as FLIGHTS.")]


def _stderr() -> Console:
    return Console(stderr=True, highlight=False)


def _stdout() -> Console:
    """As wide as the terminal; a pipe or a file gets each row on one line."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else _PIPE_COLUMNS)


def report_error(error: WakelineError) -> None:
    """One sentence on stderr, with the details below it where they say more."""
    console = _stderr()
    console.print("[bold red]Error[/]: ", end="")
    console.print(error.message, soft_wrap=True, markup=False)
    for name, value in error.details.items():
        for line in _describe_detail(name, value):
            console.print(line, soft_wrap=True, markup=False)


def _describe_detail(name: str, value: object) -> Iterator[str]:
    """A list with one entry is what the sentence said already."""
    if not isinstance(value, list):
        yield f"  {name}: {_flatten(value)}"
    elif len(value) > 1:
        yield f"  {name}:"
        yield from (f"    {_flatten(entry)}" for entry in value[:_DETAIL_LINES_MAX])
        if len(value) > _DETAIL_LINES_MAX:
            yield f"    and {len(value) - _DETAIL_LINES_MAX} more"


def _flatten(value: object) -> str:
    match value:
        case dict():
            return ", ".join(f"{name}: {_flatten(entry)}" for name, entry in value.items())
        case str():
            return value
        case _:
            return json.dumps(value, ensure_ascii=False, default=str)


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
    _stdout().print(_build_rows(rows, columns))


def refuse_no_change(changes: dict[str, Any]) -> dict[str, Any]:
    """Hands the changes on; raises `InvalidInputError` where there are none."""
    if not changes:
        raise InvalidInputError("nothing to change was named; see --help for what can be")
    return changes


def print_object(value: Mapping[str, Any], *, as_json: bool, title: str = "") -> None:
    """One thing: its fields, a line each, and below them what has fields of its own."""
    if as_json:
        print_json(value)
        return
    if title:
        print_text(title)
    for part in _lay_out(value):
        _stdout().print(part)


def _lay_out(value: Mapping[str, Any]) -> Iterator[RenderableType]:
    plain = {key: entry for key, entry in value.items() if not _has_fields(entry)}
    if plain:
        table = Table(box=None, pad_edge=False, show_header=False)
        table.add_column(style="dim")
        table.add_column(overflow="fold")
        for key, entry in plain.items():
            table.add_row(_name(key), _render(entry))
        yield table
    for key, entry in value.items():
        if _has_fields(entry):
            yield Text(f"\n{_name(key)}", style="bold")
            yield Padding(Group(*_lay_out_nested(entry)), (0, 0, 0, 2), expand=False)


def _lay_out_nested(value: Mapping[str, Any] | list[Mapping[str, Any]]) -> Iterator[RenderableType]:
    if isinstance(value, Mapping):
        yield from _lay_out(value)
    elif any(_has_fields(entry) for row in value for entry in row.values()):
        for number, row in enumerate(value):
            if number:
                yield Text("")
            yield from _lay_out(row)
    else:
        yield _build_rows(value, {key: _name(key) for row in value for key in row})


def _has_fields(value: object) -> bool:
    if isinstance(value, list):
        return bool(value) and all(isinstance(entry, dict) for entry in value)
    return isinstance(value, dict) and bool(value)


def _build_rows(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in columns.values():
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(_render(row.get(key)) for key in columns))
    return table


def _name(key: str) -> str:
    return escape(key.replace("_", " "))


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
            return escape(_render_several(value))
        case _:
            return escape(str(value))


def _render_several(value: dict[str, Any] | list[Any]) -> str:
    if isinstance(value, list) and not any(isinstance(entry, dict | list) for entry in value):
        return ", ".join(str(entry) for entry in value) or "none"
    return json.dumps(value, ensure_ascii=False) if value else "none"


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
            progress.update(task, completed=done, words=escape(words))

        try:
            yield report
        except BaseException:
            # The sentence of the error says more than a bar that stands still.
            progress.update(task, visible=False)
            raise


def _amount_columns(total: float) -> Iterable[Any]:
    if total > 1:
        return (MofNCompleteColumn(), TimeRemainingColumn())
    return (TextColumn("{task.percentage:>3.0f} %"),)
