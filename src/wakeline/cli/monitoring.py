"""`wakeline monitoring`: the loop of an endpoint, made by one command."""

from typing import Annotated

import typer

from wakeline.cli.output import (
    DEFAULT_URL,
    JsonFlag,
    UrlOption,
    print_json,
    print_object,
    print_rows,
    print_text,
)
from wakeline.client.calls import without_missing
from wakeline.client.client import Client

application = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Configure the monitoring of a deployed endpoint."
)
DeploymentArgument = Annotated[str, typer.Argument(help="Deployment id, such as FLIGHTS-on-local.")]
EndpointOption = Annotated[str, typer.Option("--endpoint", "-e", help="Endpoint id, such as arrival-delay.")]


@application.command("configure")
def configure_monitoring(
    deployment: DeploymentArgument,
    endpoint: EndpointOption,
    webhook: Annotated[
        str | None,
        typer.Option("--webhook", help="URL that is told when the status changes; else nobody is."),
    ] = None,
    secret: Annotated[
        str | None,
        typer.Option(envvar="WAKELINE_ALERT_SECRET", help="Signs what is told; from the environment."),
    ] = None,
    cron: Annotated[
        str | None, typer.Option("--cron", help="When it runs: minute, hour, day, month, weekday.")
    ] = None,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Make dataset, recipe, store, schedule and checks in a zone of their own; again, it changes nothing."""
    wishes: dict[str, object] = {}
    if webhook:
        wishes["alert"] = {"target": without_missing(kind="webhook", url=webhook, secret=secret)}
    if cron:
        wishes["schedule"] = {"cron": cron}
    made = Client(url).configure_monitoring(deployment, endpoint, **wishes)
    if as_json:
        print_json(made)
        return
    if not made["changed"]:
        print_text("Monitoring is configured already; nothing was changed.")
    rows = [{**item, "state": "created"} for item in made["created"]]
    rows += [{**item, "state": "was there, moved into the zone"} for item in made["moved"]]
    rows += [{**item, "state": "was there"} for item in made["existing"] if item not in made["moved"]]
    print_rows(rows, {"kind": "kind", "name": "name", "state": ""}, as_json=False, empty="")


@application.command("show")
def show_monitoring(
    deployment: DeploymentArgument,
    endpoint: EndpointOption,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Show what monitors an endpoint."""
    print_object(Client(url).read_monitoring(deployment, endpoint), as_json=as_json)


@application.command("plan")
def plan_monitoring(
    deployment: DeploymentArgument,
    endpoint: EndpointOption,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Show what configure will make; nothing is made."""
    print_object(Client(url).plan_monitoring(deployment, endpoint), as_json=as_json)


@application.command("remove")
def remove_monitoring(
    deployment: DeploymentArgument,
    endpoint: EndpointOption,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Take it all away again, evaluations, checks and alerts too; the logs stay."""
    gone = Client(url).remove_monitoring(deployment, endpoint)
    if as_json:
        print_json(gone)
        return
    rows = [{**part, "state": "removed"} for part in gone["removed"]]
    rows += [{**part, "state": f"kept: {part['reason']}"} for part in gone["kept"]]
    columns = {"kind": "kind", "name": "name", "state": ""}
    print_rows(rows, columns, as_json=False, empty="Nothing monitors it; nothing was changed.")
