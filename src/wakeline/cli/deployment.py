"""`wakeline deployment`: services on infrastructures."""

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
    show_progress,
)
from wakeline.client.client import Client

application = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="List, create, update and delete deployments of services.",
)
DeploymentArgument = Annotated[str, typer.Argument(help="Deployment id, such as FLIGHTS-on-local.")]


@application.command("list")
def list_deployments(url: UrlOption = DEFAULT_URL, as_json: JsonFlag = False) -> None:
    """List the deployments."""
    columns = {"deployment_id": "deployment", "service_id": "service", "generation": "generation"}
    print_rows(
        Client(url).list_deployments(),
        {**columns, "infrastructure_id": "infrastructure"},
        as_json=as_json,
        empty="Nothing is deployed yet: `wakeline deployment create`.",
    )


@application.command("show")
def show_deployment(
    deployment: DeploymentArgument, url: UrlOption = DEFAULT_URL, as_json: JsonFlag = False
) -> None:
    """Show a deployment: nodes, endpoints, settings, shipper."""
    print_object(Client(url).read_deployment(deployment), as_json=as_json)


@application.command("create")
def create_deployment(
    service: Annotated[str, typer.Argument(help="Service id.")],
    project: ProjectOption,
    generation: Annotated[str, typer.Option("--generation", help="Published version to run.")],
    infrastructure: Annotated[str, typer.Option("--infrastructure", help="Where it runs.")] = "local",
    client_event_time: Annotated[
        bool, typer.Option("--client-event-time", help="Callers may give a past time to their queries.")
    ] = False,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Deploy a published service; its id is PROJECT-on-INFRASTRUCTURE unless that is taken."""
    with show_progress("Deploying", quiet=as_json) as report:
        report(0.1, "waiting for the node to answer")
        made = Client(url).create_deployment(
            project,
            service,
            infrastructure_id=infrastructure,
            generation=generation,
            settings={"client_event_time": client_event_time},
        )
        report(1.0, "it answers")
    print_object(made, as_json=as_json)


@application.command("update")
def update_deployment(
    deployment: DeploymentArgument,
    generation: Annotated[str, typer.Option("--generation", help="Published version to run.")],
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Put another generation on a deployment's nodes."""
    print_object(Client(url).deploy_generation(deployment, generation), as_json=as_json)


@application.command("delete")
def delete_deployment(
    deployment: DeploymentArgument,
    discard: Annotated[
        bool, typer.Option("--discard", help="Also where events wait that cannot be shipped; they are lost.")
    ] = False,
    url: UrlOption = DEFAULT_URL,
) -> None:
    """End a deployment once its events are shipped; its log stays."""
    with show_progress("Deleting") as report:
        report(0.1, "the node ends, its shipper brings its events away")
        Client(url).delete_deployment(deployment, discard=discard)
        report(1.0, "done")
    print_text("Deleted.")
