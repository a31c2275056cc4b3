"""What the commands that import files share: options, the event server and its key, the files."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from wakeline.cli.output import print_json, print_object, say, show_progress
from wakeline.client.client import Client
from wakeline.core.errors import InvalidInputError, UnavailableError, WakelineError
from wakeline.deployer.keys import read_keys
from wakeline.eventlogger.logger import KEY_VARIABLE, SERVER_VARIABLE

FilesArgument = Annotated[
    list[Path], typer.Argument(help="CSV, Parquet or JSON lines; .gz is unpacked.", show_default=False)
]
FormatOption = Annotated[
    str | None, typer.Option("--format", help="csv, parquet or jsonl; else the name tells.")
]
MapOption = Annotated[
    list[str] | None,
    typer.Option("--map", help="column=name, such as fare=features.fare; '*=features.*' for all others."),
]
TimeColumnOption = Annotated[str | None, typer.Option("--time-column", help="The column with the time.")]
UtcOption = Annotated[
    bool, typer.Option("--utc", help="Times without an offset are UTC; else their rows are rejected.")
]
RejectsOption = Annotated[
    Path | None,
    typer.Option("--rejects", help="File for rejected rows; else NAME.rejected.jsonl in this folder."),
]
ServerOption = Annotated[
    str | None,
    typer.Option("--event-server", help=f"Event server; else {SERVER_VARIABLE}, else the server is asked."),
]
HomeOption = Annotated[
    Path | None, typer.Option("--home", help=f"Home with the key; else {KEY_VARIABLE}, else the server's.")
]
DryRunFlag = Annotated[bool, typer.Option("--dry-run", help="Show what would be read, and send nothing.")]


def find_target(client: Client, server: str | None, home: Path | None) -> Any:
    """The event server and its key: as given, else from the environment, else as the server says."""
    from wakeline.imports.file_import import ImportTarget

    address = server or os.environ.get(SERVER_VARIABLE)
    key = None if home is not None else os.environ.get(KEY_VARIABLE)
    if address is None:
        found = client.read_event_status()
        if found["event_server"] is None:
            raise UnavailableError(f"no event server is known: {found['unavailable']['event-server']}")
        address = str(found["event_server"]["url"])
    return ImportTarget(
        address, key or read_keys((home or Path(client.read_health()["home"])).expanduser()).intake_key
    )


def import_files(jobs: Sequence[Any], find: Callable[[], Any], *, as_json: bool) -> list[dict[str, Any]]:
    """Every file is looked through before `find` is asked for the target and the first one is sent."""
    from wakeline.imports.file_import import run_import

    sources = []
    for job in jobs:
        try:
            sources.append(job.open())
        except WakelineError as error:
            raise type(error)(f"{job.path}: {error.message}", details=error.details) from error
    target = find()
    results = []
    for job, source in zip(jobs, sources, strict=True):
        with show_progress(job.path.name, total=max(source.row_count, 2), quiet=as_json) as report:
            results.append(run_import(job, source, target, report).to_document())
    return results


def name_rejects(path: Path, given: Path | None, count: int) -> Path:
    """One file of rejected rows for each file."""
    if given is not None and count == 1:
        return given
    folder = given.parent if given is not None else Path()
    return folder / f"{path.name}.rejected.jsonl"


def print_results(
    results: list[dict[str, Any]], *, as_json: bool, more: dict[str, Any] | None = None
) -> None:
    """A line of numbers a file on the terminal; everything with --json."""
    if as_json:
        print_json({"files": results, **(more or {})})
        return
    for result in results:
        shown = ["file", "stream", "read", "stored", "rejected", "rejects", "resumed_behind"]
        shown += ["unlabelled"] if result["unlabelled"] else []
        print_object({name: result[name] for name in shown}, as_json=False)
        if result["rejected"]:
            say(f"{result['rejected']} rows were rejected; {result['rejects']} says why.")
    if more:
        print_object(more, as_json=False)


def refuse_all_rejected(results: list[dict[str, Any]]) -> None:
    """A file of which nothing could be read is a failure, told after everything was printed."""
    for result in results:
        if result["read"] and result["read"] == result["rejected"]:
            raise InvalidInputError(
                f"all rows of {result['file']} were rejected; {result['rejects']} says why"
            )
