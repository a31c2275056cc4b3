"""`wakeline store`: model evaluation stores."""

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

application = typer.Typer(
    add_completion=False, no_args_is_help=True, help="List, create and delete model evaluation stores."
)


@application.command("list")
def list_stores(project: ProjectOption, url: UrlOption = DEFAULT_URL, as_json: JsonFlag = False) -> None:
    """List the stores of a project."""
    print_rows(
        Client(url).list_stores(project),
        {"name": "store", "zone": "zone", "evaluation_count": "evaluations"},
        as_json=as_json,
        empty=f"No store in {project} yet: `wakeline monitoring configure` makes one.",
    )


@application.command("create")
def create_store(
    name: Annotated[str, typer.Argument(help="Name of the store.")],
    project: ProjectOption,
    zone: Annotated[str | None, typer.Option("--zone", help="Flow zone that takes it.")] = None,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Create an empty store."""
    print_object(Client(url).create_store(project, name, zone=zone), as_json=as_json)


@application.command("delete")
def delete_store(
    name: Annotated[str, typer.Argument(help="Name of the store.")],
    project: ProjectOption,
    url: UrlOption = DEFAULT_URL,
) -> None:
    """Delete a store with its evaluations, checks and alerts; refused while a recipe fills it."""
    Client(url).delete_store(project, name)
    print_text("Deleted.")
