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
    given = _parse_object(features)
    node = find_node(Client(url), service_id, deployment)
    answer = send_query(f"{node}/public/api/v1/{service_id}/{endpoint_id}/predict", given)
    if as_json:
        print_json(answer)
        return
    timing = {f"{step} (µs)": duration for step, duration in answer["timing"].items()}
    print_object({**answer["result"], **answer["apiContext"], "timing": timing}, as_json=False)


def find_node(client: Client, service_id: str, deployment_id: str | None) -> str:
    """URL of the first node that serves the service."""
    found = [entry for entry in client.list_deployments() if entry["service_id"] == service_id]
    if not found:
        raise NotFoundError(f"the service {service_id} is not deployed; see `wakeline deployment list`")
    if deployment_id is not None:
        return _find_url(client, _choose(found, service_id, deployment_id))
    if len(found) > 1:
        names = ", ".join(entry["deployment_id"] for entry in found)
        raise InvalidInputError(f"{service_id} is deployed as {names}; choose one with --deployment")
    return _find_url(client, found[0]["deployment_id"])


def _choose(found: list[dict[str, Any]], service_id: str, deployment_id: str) -> str:
    names = [str(entry["deployment_id"]) for entry in found]
    if deployment_id not in names:
        raise NotFoundError(
            f"{service_id} is not deployed as {deployment_id!r}; its deployments are: {', '.join(names)}"
        )
    return deployment_id


def _find_url(client: Client, deployment_id: str) -> str:
    return str(client.read_deployment(deployment_id)["nodes"][0]["url"])


def send_query(url: str, features: dict[str, Any]) -> Any:
    try:
        answer = httpx.post(url, json={"features": features}, timeout=60, trust_env=False)
    except httpx.HTTPError as error:
        raise UnavailableError(f"the node did not answer at {url}: {error}") from error
    if not answer.is_success:
        raise read_refusal(answer)
    return answer.json()


def read_refusal(answer: httpx.Response) -> WakelineError:
    """What a node or a gateway refused, in its own words."""
    try:
        found = answer.json()["error"]
        return WakelineError(str(found["message"]), details=dict(found.get("details") or {}))
    except (ValueError, KeyError, TypeError):
        return UnavailableError(f"{answer.url} answered {answer.status_code}: {answer.text[:500]}")


def _parse_object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
        json.dumps(found, allow_nan=False)
    except ValueError as error:
        raise InvalidInputError(f"--features is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise InvalidInputError(f"--features is a JSON {type(found).__name__}; expected an object")
    return found
