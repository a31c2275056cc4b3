"""`wakeline dataset`: logs as datasets, found by browsing a connection."""

from pathlib import Path
from typing import Annotated

import typer

from wakeline.cli.output import (
    DEFAULT_URL,
    JsonFlag,
    ProjectOption,
    UrlOption,
    print_json,
    print_object,
    print_rows,
    print_text,
    say,
)
from wakeline.client.client import Client

application = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Browse connections; list, create and preview datasets; rows to train on.",
)
NameArgument = Annotated[str, typer.Argument(help="Name of the dataset.")]
PREVIEW_COLUMNS_MAX = 8


@application.command("browse")
def browse_connection(
    path: Annotated[str, typer.Argument(help="Folder below the connection; the root by default.")] = "",
    connection: Annotated[str, typer.Option("--connection", help="Connection id.")] = "local",
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """List what a connection holds: topic, then routing key, then endpoint."""
    found = Client(url).browse_connection(connection, path)
    if as_json:
        print_json(found)
        return
    if found["kind"] == "log-table":
        print_text(
            f"{found['path']} is a log table: `wakeline dataset create NAME --path {found['path']}` makes a "
            "dataset of it."
        )
        return
    print_rows(
        found["entries"],
        {"name": "name", "kind": "kind", "path": "path", "row_count": "rows"},
        as_json=False,
        empty=f"Nothing at {path or 'the root'} of {connection} yet: events make the folders.",
    )


@application.command("list")
def list_datasets(project: ProjectOption, url: UrlOption = DEFAULT_URL, as_json: JsonFlag = False) -> None:
    """List the datasets of a project."""
    print_rows(
        Client(url).list_datasets(project),
        {"name": "dataset", "kind": "kind", "path": "path", "zone": "zone"},
        as_json=as_json,
        empty=f"No dataset in {project} yet: `wakeline dataset create`.",
    )


@application.command("create")
def create_dataset(
    name: NameArgument,
    path: Annotated[
        str, typer.Option("--path", help="TOPIC/ROUTING KEY/ENDPOINT below the connection; see browse.")
    ],
    project: ProjectOption,
    connection: Annotated[str, typer.Option("--connection", help="Connection id.")] = "local",
    zone: Annotated[str | None, typer.Option("--zone", help="Flow zone that takes it.")] = None,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Create a log dataset, partitioned by day, from a table of a connection."""
    client = Client(url)
    made = client.create_dataset(project, name, connection_id=connection, path=path, zone=zone)
    print_object(made, as_json=as_json)
    if client.read_dataset(project, name)["state"] == "empty":
        say(f"There is no log at {made['path']} yet: its first event makes it.")


@application.command("show")
def show_dataset(
    name: NameArgument, project: ProjectOption, url: UrlOption = DEFAULT_URL, as_json: JsonFlag = False
) -> None:
    """Show a dataset: columns, partitions, rows."""
    print_object(Client(url).read_dataset(project, name), as_json=as_json)


@application.command("preview")
def preview_dataset(
    name: NameArgument,
    project: ProjectOption,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="Rows to show.")] = 10,
    window: Annotated[
        str | None, typer.Option("--window", help="2013-04, 2013-04-01 or 2013-04-01/2013-05-01.")
    ] = None,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Print rows of a dataset; the terminal shows its first columns, --json all."""
    found = Client(url).preview_dataset(project, name, limit=limit, window=window)
    if as_json:
        print_json(found)
        return
    shown = ("event_time", "prediction_id", "prediction", "status")
    columns = {column: column for column in (*shown, *_pick_values(found["columns"]))[:PREVIEW_COLUMNS_MAX]}
    print_rows(found["rows"], columns, as_json=False, empty="No rows in this window.")


def _pick_values(columns: list[dict[str, str]]) -> list[str]:
    return [entry["name"] for entry in columns if entry["name"].startswith(("proba.", "features."))]


@application.command("training")
def download_training(
    deployment: Annotated[str, typer.Argument(help="Deployment id, such as FLIGHTS-on-local.")],
    endpoint: Annotated[str, typer.Option("--endpoint", "-e", help="Endpoint id.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Parquet file.")],
    window: Annotated[
        str | None, typer.Option("--window", "-w", help="Only these days, such as 2013-04.")
    ] = None,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Write the answered rows that have a label as Parquet, with the model's own names and types."""
    size = Client(url).download_training_rows(deployment, endpoint, output, window=window)
    print_object({"file": str(output), "bytes": size}, as_json=as_json)


@application.command("delete")
def delete_dataset(name: NameArgument, project: ProjectOption, url: UrlOption = DEFAULT_URL) -> None:
    """Delete a dataset; the log that it shows stays. Refused while a recipe reads it."""
    Client(url).delete_dataset(project, name)
    print_text("Deleted.")
