"""`wakeline check`: rules over the evaluations of a store."""

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
    refuse_no_change,
)
from wakeline.client.calls import without_missing
from wakeline.client.client import Client
from wakeline.core.errors import InvalidInputError

application = typer.Typer(
    add_completion=False, no_args_is_help=True, help="List, create, change and delete checks of stores."
)
CheckArgument = Annotated[str, typer.Argument(help="Id of the check, as `wakeline check list` shows it.")]
BOUNDS = ("error-min", "warning-min", "warning-max", "error-max")
StoreOption = Annotated[str, typer.Option("--store", "-s", help="Store whose evaluations are checked.")]


@application.command("list")
def list_checks(
    project: ProjectOption,
    store: Annotated[str | None, typer.Option("--store", "-s", help="Only of this store.")] = None,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """List checks with what they found last."""
    found = Client(url).list_checks(project, store)
    rows = found if as_json else [{**row, "outcome": (row["latest"] or {}).get("outcome")} for row in found]
    print_rows(
        rows,
        {"id": "id", "store": "store", "name": "check", "outcome": "latest", "rule": "rule"},
        as_json=as_json,
        empty=f"No check in {project} yet: `wakeline check create`.",
    )


@application.command("create")
def create_check(
    name: Annotated[str, typer.Argument(help="Name of the check.")],
    project: ProjectOption,
    store: StoreOption,
    metric: Annotated[str, typer.Option("--metric", "-m", help="Metric, such as psi or roc_auc.")],
    scope: Annotated[
        str, typer.Option("--scope", help="table, any-feature, prediction, or column (with --column).")
    ] = "table",
    column: Annotated[str | None, typer.Option("--column", help="Column that is looked at.")] = None,
    compared: Annotated[
        str, typer.Option("--compared", help="value, or change (the reading minus the reference's).")
    ] = "value",
    error_min: Annotated[float | None, typer.Option("--error-min", help="ERROR at this or below.")] = None,
    warning_min: Annotated[
        float | None, typer.Option("--warning-min", help="WARNING at this or below.")
    ] = None,
    warning_max: Annotated[float | None, typer.Option("--warning-max", help="WARNING from this on.")] = None,
    error_max: Annotated[float | None, typer.Option("--error-max", help="ERROR from this on.")] = None,
    rows_min: Annotated[int, typer.Option("--rows-min", help="EMPTY with fewer rows.")] = 50,
    consecutive: Annotated[int, typer.Option("--consecutive", help="Windows in a row before it counts.")] = 1,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Create a check; it judges at once what the store holds."""
    made = Client(url).create_check(
        project,
        store,
        name,
        metric=metric,
        scope=scope,
        column=column,
        compared=compared,
        error_min=error_min,
        warning_min=warning_min,
        warning_max=warning_max,
        error_max=error_max,
        rows_min=rows_min,
        consecutive=consecutive,
    )
    print_object(made, as_json=as_json)


@application.command("change")
def change_check(
    check: CheckArgument,
    name: Annotated[str | None, typer.Option("--name", help="New name.")] = None,
    error_min: Annotated[float | None, typer.Option("--error-min", help="ERROR at this or below.")] = None,
    warning_min: Annotated[
        float | None, typer.Option("--warning-min", help="WARNING at this or below.")
    ] = None,
    warning_max: Annotated[float | None, typer.Option("--warning-max", help="WARNING from this on.")] = None,
    error_max: Annotated[float | None, typer.Option("--error-max", help="ERROR from this on.")] = None,
    without: Annotated[
        list[str] | None, typer.Option("--without", help="Bound to take away, such as error-max; repeatable.")
    ] = None,
    rows_min: Annotated[int | None, typer.Option("--rows-min", help="EMPTY with fewer rows.")] = None,
    consecutive: Annotated[
        int | None, typer.Option("--consecutive", help="Windows in a row before it counts.")
    ] = None,
    enabled: Annotated[bool | None, typer.Option("--on/--off", help="Whether it judges.")] = None,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Change a check; what is not named stays, and what the store holds is judged anew."""
    changes = without_missing(
        name=name,
        error_min=error_min,
        warning_min=warning_min,
        warning_max=warning_max,
        error_max=error_max,
        rows_min=rows_min,
        consecutive=consecutive,
        enabled=enabled,
    )
    for bound in without or []:
        if bound not in BOUNDS:
            raise InvalidInputError(f"{bound!r} is not a bound; expected one of {', '.join(BOUNDS)}")
        changes[bound.replace("-", "_")] = None
    print_object(Client(url).change_check(check, **refuse_no_change(changes)), as_json=as_json)


@application.command("results")
def list_results(check: CheckArgument, url: UrlOption = DEFAULT_URL, as_json: JsonFlag = False) -> None:
    """List what a check found, the newest first."""
    print_rows(
        Client(url).list_check_results(check),
        {"window": "window", "revision": "revision", "outcome": "outcome", "sentence": "reading"},
        as_json=as_json,
        empty="Nothing yet: the check judges each evaluation of its store.",
    )


@application.command("delete")
def delete_check(check: CheckArgument, url: UrlOption = DEFAULT_URL) -> None:
    """Delete a check with all that it found."""
    Client(url).delete_check(check)
    print_text("Deleted.")
