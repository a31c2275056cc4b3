"""`wakeline model`: saved models and their versions."""

from pathlib import Path
from typing import Annotated

import typer

from wakeline.cli.output import (
    DEFAULT_URL,
    JsonFlag,
    ProjectOption,
    UrlOption,
    print_object,
    print_rows,
)
from wakeline.client.client import Client
from wakeline.core.errors import NotFoundError

application = typer.Typer(
    add_completion=False, no_args_is_help=True, help="List, upload and activate versions of saved models."
)
NameArgument = Annotated[str, typer.Argument(help="Name of the saved model.")]


@application.command("list")
def list_models(project: ProjectOption, url: UrlOption = DEFAULT_URL, as_json: JsonFlag = False) -> None:
    """List the saved models of a project."""
    print_rows(
        Client(url).list_models(project),
        {"name": "model", "active_version": "active version"},
        as_json=as_json,
        empty=f"No model in {project} yet: `wakeline.save_model(...)` in Python makes one.",
    )


@application.command("show")
def show_model(
    name: NameArgument, project: ProjectOption, url: UrlOption = DEFAULT_URL, as_json: JsonFlag = False
) -> None:
    """Show a model and its versions."""
    print_object(Client(url).read_model(project, name), as_json=as_json)


@application.command("upload")
def upload_model(
    folder: Annotated[Path, typer.Argument(help="Model folder, as wakeline.save_model(path=...) writes it.")],
    name: Annotated[str, typer.Option("--name", help="Name of the saved model.")],
    project: ProjectOption,
    version: Annotated[
        str | None, typer.Option("--version", help="Version id; the next number by default.")
    ] = None,
    trust_pickle: Annotated[
        bool, typer.Option("--trust-pickle", help="Take a pickled model: code that nodes will run.")
    ] = False,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Upload a model folder as a new version, and make it the active one."""
    from wakeline.packaging.archive import pack_model

    if not folder.is_dir():
        raise NotFoundError(
            f"there is no folder {folder}; expected one that wakeline.save_model(path=...) wrote"
        )
    archive = pack_model(folder)
    try:
        print_object(
            Client(url).upload_model_version(
                project, name, archive, version=version, trust_pickle=trust_pickle
            ),
            as_json=as_json,
        )
    finally:
        archive.unlink(missing_ok=True)


@application.command("activate")
def activate_model(
    name: NameArgument,
    version: Annotated[str, typer.Argument(help="Version id.")],
    project: ProjectOption,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Make a version the active one: evaluations set to *active* compare with it."""
    print_object(Client(url).activate_model_version(project, name, version), as_json=as_json)
