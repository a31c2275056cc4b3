"""`wakeline evaluation`: run a recipe, and read what it found."""

from pathlib import Path
from typing import Annotated, Any

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
    show_progress,
)
from wakeline.client.client import Client
from wakeline.core.errors import ConflictError, InvalidInputError

application = typer.Typer(add_completion=False, no_args_is_help=True, help="Run, list and show evaluations.")


@application.command("run")
def run_evaluation(
    recipe: Annotated[str, typer.Argument(help="Name of the Evaluate recipe.")],
    window: Annotated[
        str,
        typer.Option(
            "--window", "-w", help="2013-04, 2013-04-01 or 2013-04-01/2013-05-01 (its end is excluded)."
        ),
    ],
    project: ProjectOption,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Evaluate a window of days and keep the result in the recipe's store."""
    client = Client(url)
    job = client.run_recipe(project, recipe, window=window)
    with show_progress("Evaluating", quiet=as_json) as report:
        finished = client.wait_for_job(job["id"], progress=report)
    show_found(client.read_evaluation(finished["result"]["evaluation_id"]), as_json=as_json)


@application.command("list")
def list_evaluations(
    project: ProjectOption,
    store: Annotated[str | None, typer.Option("--store", help="Only those of this store.")] = None,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """List evaluations, their windows and verdicts."""
    print_rows(
        Client(url).list_evaluations(project, store),
        {
            "id": "evaluation",
            "window": "window",
            "row_count": "rows",
            "status": "status",
            "sentence": "verdict",
        },
        as_json=as_json,
        empty="No evaluation yet: `wakeline evaluation run RECIPE --window 2013-04`.",
    )


@application.command("show")
def show_evaluation(
    evaluation: Annotated[str, typer.Argument(help="Evaluation id; see `wakeline evaluation list`.")],
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Show an evaluation: verdict, readings, and what was not computed and why."""
    show_found(Client(url).read_evaluation(evaluation), as_json=as_json)


@application.command("report")
def write_report(
    evaluation: Annotated[str, typer.Argument(help="Evaluation id; see `wakeline evaluation list`.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write; one that is there is kept.")],
    revision: Annotated[int | None, typer.Option("--revision", min=1, help="Else the latest.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it is there.")] = False,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Write an evaluation as one HTML file that needs nothing else: to be mailed, opened offline, printed."""
    page = Client(url).read_report(evaluation, revision)
    try:
        with output.open("w" if overwrite else "x", encoding="utf-8") as file:
            file.write(page)
    except FileExistsError as error:
        raise ConflictError(f"{output} is there already; give another name, or --overwrite") from error
    except OSError as error:
        raise InvalidInputError(f"{output} cannot be written: {error.strerror or error}") from error
    print_object({"file": str(output), "bytes": output.stat().st_size}, as_json=as_json)


def show_found(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    print_text(f"{found['status']}: {found['sentence']}")
    about = ("id", "window", "row_count", "model", "model_version", "deployment_id", "revision")
    print_object({name: found.get(name) for name in about}, as_json=False)
    computed = [entry for entry in found["readings"] if entry["not_computed"] is None]
    columns = {"metric": "metric", "column": "column", "value": "value", "lower": "from", "upper": "to"}
    columns |= {"reference_value": "reference", "p_value": "p"}
    print_text("")
    print_rows(computed, columns, as_json=False, empty="No reading could be computed.")
    missing = [entry for entry in found["readings"] if entry["not_computed"] is not None]
    if missing:
        print_text("\nNot computed")
        print_rows(
            missing,
            {"metric": "metric", "column": "column", "not_computed": "reason"},
            as_json=False,
            empty="",
        )
