"""`wakeline schedule`: when recipes run by themselves."""

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

application = typer.Typer(
    add_completion=False, no_args_is_help=True, help="List, create, change and delete schedules of recipes."
)
ScheduleArgument = Annotated[
    str, typer.Argument(help="Id of the schedule, as `wakeline schedule list` shows it.")
]


@application.command("list")
def list_schedules(project: ProjectOption, url: UrlOption = DEFAULT_URL, as_json: JsonFlag = False) -> None:
    """List schedules with when they are due next."""
    print_rows(
        Client(url).list_schedules(project),
        {
            "id": "id",
            "recipe": "recipe",
            "cron": "cron",
            "time_zone": "zone",
            "window_rule": "window",
            "enabled": "on",
            "next_due_at": "next",
        },
        as_json=as_json,
        empty=f"No schedule in {project} yet: `wakeline schedule create`.",
    )


@application.command("create")
def create_schedule(
    recipe: Annotated[str, typer.Argument(help="Recipe to run.")],
    project: ProjectOption,
    cron: Annotated[str, typer.Option("--cron", help="Minute, hour, day, month, weekday.")] = "30 2 * * *",
    time_zone: Annotated[str, typer.Option("--time-zone", help="Such as UTC or Europe/Berlin.")] = "UTC",
    window: Annotated[
        str,
        typer.Option("--window", help="last-closed-day, last-<n>-days, previous-week or previous-month."),
    ] = "last-closed-day",
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Run a recipe by itself; by default each day after the day before is closed."""
    made = Client(url).create_schedule(project, recipe, cron=cron, time_zone=time_zone, window_rule=window)
    print_object(made, as_json=as_json)


@application.command("change")
def change_schedule(
    schedule: ScheduleArgument,
    cron: Annotated[str | None, typer.Option("--cron", help="Minute, hour, day, month, weekday.")] = None,
    time_zone: Annotated[
        str | None, typer.Option("--time-zone", help="Such as UTC or Europe/Berlin.")
    ] = None,
    window: Annotated[
        str | None,
        typer.Option("--window", help="last-closed-day, last-<n>-days, previous-week or previous-month."),
    ] = None,
    enabled: Annotated[bool | None, typer.Option("--on/--off", help="Whether it runs.")] = None,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Change a schedule; what is not named stays, and what was due before is not made up for."""
    changes = without_missing(cron=cron, time_zone=time_zone, window_rule=window, enabled=enabled)
    print_object(Client(url).change_schedule(schedule, **refuse_no_change(changes)), as_json=as_json)


@application.command("runs")
def list_runs(schedule: ScheduleArgument, url: UrlOption = DEFAULT_URL, as_json: JsonFlag = False) -> None:
    """List what a schedule ran, the latest first."""
    print_rows(
        Client(url).list_schedule_runs(schedule),
        {"due_at": "due", "window": "window", "state": "job", "outcome": "outcome", "message": ""},
        as_json=as_json,
        empty="It has not been due yet.",
    )


@application.command("delete")
def delete_schedule(schedule: ScheduleArgument, url: UrlOption = DEFAULT_URL) -> None:
    """Delete a schedule; the recipe and its evaluations stay."""
    Client(url).delete_schedule(schedule)
    print_text("Deleted.")
