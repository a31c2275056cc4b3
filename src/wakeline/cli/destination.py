"""`wakeline destination`: where which events go, and with which keys."""

from typing import Annotated, Any

import typer

from wakeline.cli.output import (
    DEFAULT_URL,
    JsonFlag,
    UrlOption,
    print_object,
    print_rows,
    refuse_no_change,
    say,
)
from wakeline.client.client import Client

application = typer.Typer(
    add_completion=False, no_args_is_help=True, help="List, create, change and delete where events go."
)
DestinationArgument = Annotated[str, typer.Argument(help="Destination id, such as team-a.")]
ConnectionOption = Annotated[str | None, typer.Option("--connection", help="Connection id, such as local.")]
PathOption = Annotated[str | None, typer.Option("--path", help="Folder below the connection.")]
TopicOption = Annotated[
    list[str] | None, typer.Option("--topic", help="Topic that it takes; give it again for more of them.")
]
RoutingKeyOption = Annotated[
    list[str] | None,
    typer.Option("--routing-key", help="Routing key that it takes, or its beginning and *; may be repeated."),
]
KeyOption = Annotated[
    list[str] | None,
    typer.Option("--key", help="Api key whose events alone it takes, and which writes nowhere else."),
]

RetentionOption = Annotated[
    int | None,
    typer.Option("--retention-days", help="Days from their arrival for which rows are kept; 0 for ever."),
]


@application.command("list")
def list_destinations(url: UrlOption = DEFAULT_URL, as_json: JsonFlag = False) -> None:
    """List the destinations."""
    columns = {"id": "destination", "connection_id": "connection", "place": "place"}
    filters = {
        "topics": "topics",
        "routing_keys": "routing keys",
        "keys": "keys",
        "retention_days": "days kept",
    }
    empty = "There is no destination: all events wait."
    print_rows(Client(url).list_destinations(), columns | filters, as_json=as_json, empty=empty)


@application.command("show")
def show_destination(
    destination: DestinationArgument, url: UrlOption = DEFAULT_URL, as_json: JsonFlag = False
) -> None:
    """Show a destination; what is empty is no filter."""
    print_object(Client(url).read_destination(destination), as_json=as_json)


@application.command("create")
def create_destination(
    destination: DestinationArgument,
    connection: ConnectionOption = None,
    path: PathOption = None,
    topic: TopicOption = None,
    routing_key: RoutingKeyOption = None,
    key: KeyOption = None,
    retention_days: RetentionOption = None,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Create a destination; without filters it takes everything."""
    fields = _collect(connection, path, topic, routing_key, key) | _collect_retention(retention_days)
    print_object(Client(url).create_destination(destination, **fields), as_json=as_json)


@application.command("change")
def change_destination(
    destination: DestinationArgument,
    connection: ConnectionOption = None,
    path: PathOption = None,
    topic: TopicOption = None,
    all_topics: Annotated[bool, typer.Option("--all-topics", help="Take the topic filter away.")] = False,
    routing_key: RoutingKeyOption = None,
    all_routing_keys: Annotated[
        bool, typer.Option("--all-routing-keys", help="Take the routing-key filter away.")
    ] = False,
    key: KeyOption = None,
    any_key: Annotated[bool, typer.Option("--any-key", help="Take events of any key not tied.")] = False,
    retention_days: RetentionOption = None,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Change a destination; a list that is given replaces the one before."""
    changes = _collect(connection, path, topic, routing_key, key) | _collect_retention(retention_days)
    backs = {"topics": all_topics, "routing_keys": all_routing_keys, "keys": any_key}
    for name, wanted in backs.items():
        if wanted and name in changes:
            raise typer.BadParameter(f"found both new {name} and their removal; expected one of them")
        if wanted:
            changes[name] = None
    print_object(Client(url).change_destination(destination, **refuse_no_change(changes)), as_json=as_json)


@application.command("delete")
def delete_destination(destination: DestinationArgument, url: UrlOption = DEFAULT_URL) -> None:
    """Delete a destination; its log stays, and events that no other one takes wait."""
    Client(url).delete_destination(destination)
    say(f"The destination {destination} is gone; its log stays.")


def _collect_retention(days: int | None) -> dict[str, Any]:
    return {} if days is None else {"retention_days": days or None}


def _collect(
    connection: str | None,
    path: str | None,
    topics: list[str] | None,
    routing_keys: list[str] | None,
    keys: list[str] | None,
) -> dict[str, Any]:
    given = {
        "connection_id": connection,
        "path": path,
        "topics": topics or None,
        "routing_keys": routing_keys or None,
        "keys": keys or None,
    }
    return {name: value for name, value in given.items() if value is not None}
