"""`wakeline event erase` and `erasures`: rows taken out of a project's logs, and the record of it."""

import getpass
from typing import Annotated

import typer

from wakeline.cli.output import (
    DEFAULT_URL,
    JsonFlag,
    ProjectOption,
    UrlOption,
    print_object,
    print_rows,
    show_progress,
)
from wakeline.client.client import Client
from wakeline.core.errors import InvalidInputError


def erase_events(
    project: ProjectOption,
    prediction_id: Annotated[
        list[str] | None, typer.Option("--prediction-id", help="Id of a prediction; may be repeated.")
    ] = None,
    where: Annotated[
        str | None,
        typer.Option("--where", help="Column and value, such as features.customer_id=C-17."),
    ] = None,
    asked_by: Annotated[
        str | None,
        typer.Option("--asked-by", help="Who asks, for the record; else the user of this machine."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether to go on.")] = False,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Erase rows from every log of the project, with their labels and what was derived; not to be undone.

    The evaluations of the days concerned are run again. The record names what is left, such as spools.
    """
    if not prediction_id and where is None:
        raise InvalidInputError("found no key; expected --prediction-id or --where column=value")
    if not yes:
        typer.confirm("Erase these rows for good?", abort=True)
    client = Client(url)
    erasure = client.erase_events(
        project,
        prediction_ids=prediction_id or [],
        where=where,
        asked_by=asked_by or getpass.getuser(),
    )
    with show_progress("Erasing", quiet=as_json) as report:
        client.wait_for_job(erasure["job_id"], progress=report)
    print_object(client.read_erasure(erasure["id"]), as_json=as_json)


def list_erasures(project: ProjectOption, url: UrlOption = DEFAULT_URL, as_json: JsonFlag = False) -> None:
    """List what was erased: when, by whom, by which columns, how many rows. Keys are kept as hashes only."""
    columns = {"created_at": "asked at", "asked_by": "by", "key_columns": "key", "row_count": "rows"}
    print_rows(
        Client(url).list_erasures(project),
        {"id": "erasure", **columns, "state": "state", "key_hash": "hash of the key"},
        as_json=as_json,
        empty="Nothing was ever erased.",
    )
