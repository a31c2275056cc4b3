"""`wakeline query`: one query to a deployed endpoint, over HTTP, as any caller sends it."""

import json
from typing import Annotated, Any

import httpx
import typer

from wakeline.cli.output import DEFAULT_URL, JsonFlag, UrlOption, print_json, print_object
from wakeline.client.client import Client
from wakeline.core.errors import InvalidInputError, NotFoundError, UnavailableError, WakelineError

application = typer.Typer(add_completion=False)


@application.command()
def query(
    endpoint: Annotated[str, typer.Argument(help="SERVICE/ENDPOINT, such as flight-delays/arrival-delay.")],
    features: Annotated[str, typer.Option("--features", help="JSON object: feature name → value.")],
    deployment: Annotated[
        str | None,
        typer.Option("--deployment", help="Which one, where the service is deployed more than once."),
    ] = None,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Send one query to a deployed endpoint and print the answer."""
    service_id, slash, endpoint_id = endpoint.partition("/")
    if not (service_id and slash and endpoint_id):
        raise InvalidInputError(f"{endpoint!r} is not an endpoint; expected SERVICE/ENDPOINT")
    node = find_node(Client(url), service_id, deployment)
    answer = send_query(f"{node}/public/api/v1/{service_id}/{endpoint_id}/predict", _parse_object(features))
    if as_json:
        print_json(answer)
    else:
        print_object({**answer["result"], **answer["apiContext"], "timing": answer["timing"]}, as_json=False)


def find_node(client: Client, service_id: str, deployment_id: str | None) -> str:
    """URL of the first node that serves the service."""
    found = [
        entry
        for entry in client.list_deployments()
        if entry["service_id"] == service_id and deployment_id in (None, entry["deployment_id"])
    ]
    if not found:
        raise NotFoundError(f"the service {service_id} is not deployed; see `wakeline deployment list`")
    if len(found) > 1:
        names = ", ".join(entry["deployment_id"] for entry in found)
        raise InvalidInputError(f"{service_id} is deployed as {names}; choose one with --deployment")
    nodes = client.read_deployment(found[0]["deployment_id"])["nodes"]
    return str(nodes[0]["url"])


def send_query(url: str, features: dict[str, Any]) -> Any:
    try:
        answer = httpx.post(url, json={"features": features}, timeout=60, trust_env=False)
    except httpx.HTTPError as error:
        raise UnavailableError(f"the node did not answer at {url}: {error}") from error
    body = answer.json()
    if not answer.is_success:
        found = body["error"]
        raise WakelineError(found["message"], details=found.get("details") or {})
    return body


def _parse_object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise InvalidInputError(f"--features is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise InvalidInputError(f"--features is a JSON {type(found).__name__}; expected an object")
    return found
