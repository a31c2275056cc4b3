"""`wakeline service`: API services, their endpoints and generations."""

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
from wakeline.core.errors import InvalidInputError

application = typer.Typer(
    add_completion=False, no_args_is_help=True, help="List, create and publish API services."
)
ServiceArgument = Annotated[str, typer.Argument(help="Service id, such as flight-delays.")]


@application.command("list")
def list_services(project: ProjectOption, url: UrlOption = DEFAULT_URL, as_json: JsonFlag = False) -> None:
    """List the services of a project."""
    found = Client(url).list_services(project)
    if not as_json:
        found = [{**entry, "endpoints": _write_endpoints(entry["endpoints"])} for entry in found]
    print_rows(
        found,
        {"service_id": "service", "endpoints": "endpoints", "generations": "generations"},
        as_json=as_json,
        empty=f"No service in {project} yet: `wakeline service create`.",
    )


@application.command("create")
def create_service(
    service: ServiceArgument,
    project: ProjectOption,
    endpoint: Annotated[
        list[str],
        typer.Option("--endpoint", "-e", help="ENDPOINT=MODEL or ENDPOINT=MODEL@VERSION; may be repeated."),
    ],
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Create a service whose endpoints serve saved models."""
    endpoints = [_parse_endpoint(text) for text in endpoint]
    print_object(Client(url).create_service(project, service, endpoints), as_json=as_json)


@application.command("publish")
def publish_service(
    service: ServiceArgument,
    project: ProjectOption,
    generation: Annotated[
        str | None, typer.Option("--generation", help="Its id; v1, v2 … by default.")
    ] = None,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Package all endpoints of a service into an immutable version, ready to be deployed."""
    print_object(Client(url).publish_service(project, service, generation=generation), as_json=as_json)


def _write_endpoints(endpoints: list[dict[str, str]]) -> str:
    return ", ".join(f"{entry['endpoint_id']}={entry['model']}@{entry['version']}" for entry in endpoints)


def _parse_endpoint(text: str) -> dict[str, str]:
    endpoint_id, equals, model = text.partition("=")
    if not (endpoint_id and equals and model):
        raise InvalidInputError(
            f"{text!r} is not an endpoint; expected ENDPOINT=MODEL or ENDPOINT=MODEL@VERSION"
        )
    name, _, version = model.partition("@")
    return {"endpoint_id": endpoint_id, "kind": "prediction", "model": name, "version": version or "active"}
