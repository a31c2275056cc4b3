"""`wakeline zone`: zones group the items of a project's Flow."""

from typing import Annotated

import typer

from wakeline.cli.output import (
    DEFAULT_URL,
    JsonFlag,
    ProjectOption,
    UrlOption,
    print_object,
    print_rows,
    print_text,
)
from wakeline.client.client import Client
from wakeline.core.errors import InvalidInputError, NotFoundError

application = typer.Typer(
    add_completion=False, no_args_is_help=True, help="List, create, rename and delete Flow zones; move items."
)
ZoneArgument = Annotated[str, typer.Argument(help="Name of the zone.")]


@application.command("list")
def list_zones(project: ProjectOption, url: UrlOption = DEFAULT_URL, as_json: JsonFlag = False) -> None:
    """List the zones of a project."""
    print_rows(
        Client(url).list_zones(project),
        {"id": "id", "name": "zone"},
        as_json=as_json,
        empty=f"No zone in {project} yet: `wakeline zone create`.",
    )


@application.command("create")
def create_zone(
    name: Annotated[str, typer.Argument(help="Name of the zone.")],
    project: ProjectOption,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Create a zone."""
    print_object(Client(url).create_zone(project, name), as_json=as_json)


@application.command("move")
def move_items(
    zone: Annotated[str, typer.Argument(help="Name of the zone that takes the items.")],
    items: Annotated[
        list[str], typer.Argument(help="KIND:NAME, such as dataset:log, recipe:evaluate, store:s.")
    ],
    project: ProjectOption,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Move datasets, recipes and stores into a zone."""
    client = Client(url)
    parsed = [_parse_item(text) for text in items]
    print_object(client.move_items(_find_zone(client, project, zone), parsed), as_json=as_json)


@application.command("rename")
def rename_zone(
    zone: ZoneArgument,
    name: Annotated[str, typer.Argument(help="Its new name.")],
    project: ProjectOption,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Rename a zone."""
    client = Client(url)
    print_object(client.rename_zone(_find_zone(client, project, zone), name), as_json=as_json)


@application.command("delete")
def delete_zone(zone: ZoneArgument, project: ProjectOption, url: UrlOption = DEFAULT_URL) -> None:
    """Delete a zone; what is in it goes to the default zone."""
    client = Client(url)
    client.delete_zone(_find_zone(client, project, zone))
    print_text("Deleted.")


def _find_zone(client: Client, project: str, name: str) -> str:
    found = [str(entry["id"]) for entry in client.list_zones(project) if entry["name"] == name]
    if not found:
        raise NotFoundError(f"there is no zone {name!r} in {project}; see `wakeline zone list`")
    return found[0]


def _parse_item(text: str) -> dict[str, str]:
    kind, colon, name = text.partition(":")
    if not (colon and name) or kind not in ("dataset", "recipe", "store"):
        raise InvalidInputError(f"{text!r} is not an item; expected dataset:NAME, recipe:NAME or store:NAME")
    return {"kind": kind, "name": name}
