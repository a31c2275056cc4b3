"""`wakeline recipe`: Evaluate recipes, made by hand."""

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
    add_completion=False, no_args_is_help=True, help="List, create and delete Evaluate recipes."
)
creating = typer.Typer(add_completion=False, no_args_is_help=True, help="Create a recipe.")
application.add_typer(creating, name="create")


@application.command("list")
def list_recipes(project: ProjectOption, url: UrlOption = DEFAULT_URL, as_json: JsonFlag = False) -> None:
    """List the recipes of a project."""
    print_rows(
        Client(url).list_recipes(project),
        {"name": "recipe", "kind": "kind", "dataset": "dataset", "model": "model", "store": "store"},
        as_json=as_json,
        empty=f"No recipe in {project} yet: `wakeline recipe create evaluate`.",
    )


@creating.command("evaluate")
def create_evaluate_recipe(
    name: Annotated[str, typer.Argument(help="Name of the recipe.")],
    project: ProjectOption,
    dataset: Annotated[str, typer.Option("--dataset", help="Log dataset to evaluate.")],
    model: Annotated[str, typer.Option("--model", help="Saved model that answered.")],
    store: Annotated[str, typer.Option("--store", help="Store that takes the evaluations.")],
    model_version: Annotated[
        str, typer.Option("--model-version", help="`active`, resolved at each run, or a version id.")
    ] = "active",
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Create an Evaluate recipe from a log dataset, a saved model and a store."""
    made = Client(url).create_recipe(
        project, name, dataset=dataset, model=model, store=store, settings={"model_version": model_version}
    )
    print_object(made, as_json=as_json)


@application.command("delete")
def delete_recipe(
    name: Annotated[str, typer.Argument(help="Name of the recipe.")],
    project: ProjectOption,
    url: UrlOption = DEFAULT_URL,
) -> None:
    """Delete a recipe and its schedules; its evaluations stay in their store."""
    Client(url).delete_recipe(project, name)
    print_text("Deleted.")
