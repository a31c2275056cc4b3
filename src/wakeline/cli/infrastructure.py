"""`wakeline infrastructure`: where services run, and the defaults of what is deployed there."""

from pathlib import Path
from typing import Annotated, Any

import typer

from wakeline.cli.output import DEFAULT_URL, JsonFlag, UrlOption, print_object, print_rows, show_progress
from wakeline.client.client import Client
from wakeline.core.errors import InvalidInputError

application = typer.Typer(
    add_completion=False, no_args_is_help=True, help="List, create and change where services run."
)
InfrastructureArgument = Annotated[str, typer.Argument(help="Infrastructure id, such as local.")]
StageOption = Annotated[str | None, typer.Option("--stage", help="Such as development or production.")]


@application.command("list")
def list_infrastructures(url: UrlOption = DEFAULT_URL, as_json: JsonFlag = False) -> None:
    """List the infrastructures."""
    columns = {"id": "infrastructure", "type": "type", "stage": "stage", "event_servers": "event servers"}
    switches = {"log_queries": "log queries", "log_inputs": "log inputs", "log_outputs": "log outputs"}
    rows = Client(url).list_infrastructures()
    print_rows(rows, {**columns, **switches}, as_json=as_json, empty="There is no infrastructure.")


@application.command("show")
def show_infrastructure(
    infrastructure: InfrastructureArgument, url: UrlOption = DEFAULT_URL, as_json: JsonFlag = False
) -> None:
    """Show an infrastructure: event servers (none: this home's), which key, log switches."""
    print_object(Client(url).read_infrastructure(infrastructure), as_json=as_json)


@application.command("create")
def create_infrastructure(
    infrastructure: InfrastructureArgument,
    stage: StageOption = None,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Create an infrastructure of API nodes on this machine."""
    print_object(Client(url).create_infrastructure(infrastructure, stage=stage), as_json=as_json)


@application.command("change")
def change_infrastructure(
    infrastructure: InfrastructureArgument,
    stage: StageOption = None,
    event_server: Annotated[
        list[str] | None,
        typer.Option("--event-server", help="URL of an event server; give it again for more of them."),
    ] = None,
    home_event_servers: Annotated[
        bool, typer.Option("--home-event-servers", help="Back to the event server of this home.")
    ] = False,
    reporting_key_file: Annotated[
        Path | None,
        typer.Option("--reporting-key-file", help="File that holds the key that shippers show."),
    ] = None,
    home_key: Annotated[bool, typer.Option("--home-key", help="Back to the key of this home.")] = False,
    ca_file: Annotated[
        Path | None,
        typer.Option("--ca-file", help="PEM file that verifies event servers of a private authority."),
    ] = None,
    public_ca: Annotated[bool, typer.Option("--public-ca", help="Back to the public authorities.")] = False,
    log_queries: Annotated[bool | None, typer.Option(help="Whether queries leave events at all.")] = None,
    log_inputs: Annotated[bool | None, typer.Option(help="Whether events hold the features.")] = None,
    log_outputs: Annotated[bool | None, typer.Option(help="Whether events hold the predictions.")] = None,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Change the defaults of an infrastructure; the nodes that they concern restart at once."""
    changes: dict[str, Any] = {
        "stage": stage,
        "event_servers": event_server or None,
        "reporting_key": None if reporting_key_file is None else _read_key(reporting_key_file),
        "ca_file": None if ca_file is None else str(ca_file.absolute()),
        "log_queries": log_queries,
        "log_inputs": log_inputs,
        "log_outputs": log_outputs,
    }
    changes = {name: value for name, value in changes.items() if value is not None}
    for name, back in (
        ("event_servers", home_event_servers),
        ("reporting_key", home_key),
        ("ca_file", public_ca),
    ):
        if back and name in changes:
            raise typer.BadParameter(f"found both a new {name} and the way back; expected one of them")
        if back:
            changes[name] = None
    if not changes:
        raise typer.BadParameter("nothing is to be changed; give at least one option, see --help")
    with show_progress("Changing", quiet=as_json) as report:
        report(0.1, "nodes that it concerns restart")
        changed = Client(url).change_infrastructure(infrastructure, **changes)
        report(1.0, "done")
    print_object(changed, as_json=as_json)


def _read_key(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"the key file {path} cannot be read: {error}") from error
