"""`wakeline project`: projects own services, models, datasets, recipes and stores."""

from typing import Annotated

import typer

from wakeline.cli.output import DEFAULT_URL, JsonFlag, UrlOption, print_object, print_rows
from wakeline.client.client import Client

application = typer.Typer(add_completion=False, no_args_is_help=True, help="List and create projects.")


@application.command("list")
def list_projects(url: UrlOption = DEFAULT_URL, as_json: JsonFlag = False) -> None:
    """List the projects."""
    rows = Client(url).list_projects()
    print_rows(
        rows,
        {"key": "project", "name": "name"},
        as_json=as_json,
        empty="No project yet: `wakeline project create KEY`.",
    )


@application.command("create")
def create_project(
    key: Annotated[str, typer.Argument(help="Key: a capital letter, then A-Z, 0-9 and _.")],
    name: Annotated[
        str | None, typer.Option("--name", help="Name for people; the key where none is given.")
    ] = None,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Create a project."""
    print_object(Client(url).create_project(key, name or key), as_json=as_json)
