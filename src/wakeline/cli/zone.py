"""`wakeline zone`: zones group the items of a project's Flow."""

from typing import Annotated

import typer

from wakeline.cli.output import DEFAULT_URL, JsonFlag, ProjectOption, UrlOption, print_object, print_rows
from wakeline.client.client import Client
from wakeline.core.errors import InvalidInputError, NotFoundError

application = typer.Typer(
    add_completion=False, no_args_is_help=True, help="List and create Flow zones, move items between them."
)


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
    found = [entry for entry in client.list_zones(project) if entry["name"] == zone]
    if not found:
        raise NotFoundError(f"there is no zone {zone!r} in {project}; see `wakeline zone list`")
    print_object(client.move_items(found[0]["id"], [_parse_item(text) for text in items]), as_json=as_json)


def _parse_item(text: str) -> dict[str, str]:
    kind, colon, name = text.partition(":")
    if not (colon and name) or kind not in ("dataset", "recipe", "store"):
        raise InvalidInputError(f"{text!r} is not an item; expected dataset:NAME, recipe:NAME or store:NAME")
    return {"kind": kind, "name": name}
