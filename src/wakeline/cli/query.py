"""`wakeline query`: queries to a deployed endpoint, over HTTP, as any caller sends them."""

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from wakeline.cli.json_lines import parse_object, read_objects
from wakeline.cli.output import (
    DEFAULT_URL,
    JsonFlag,
    UrlOption,
    print_json,
    print_object,
    print_rows,
    print_text,
    show_progress,
)
from wakeline.client.client import Client
from wakeline.core.errors import InvalidInputError, NotFoundError, UnavailableError, WakelineError

application = typer.Typer(add_completion=False)
QUERIES_PER_REQUEST = 100
PREDICTIONS_SHOWN = 20


@application.command()
def query(
    endpoint: Annotated[str, typer.Argument(help="SERVICE/ENDPOINT, such as flight-delays/arrival-delay.")],
    features: Annotated[
        str | None, typer.Option("--features", help="One query: JSON object, feature name → value.")
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option("--file", help='Many: JSON lines, {"features", "context"?, "eventTime"?} each.'),
    ] = None,
    deployment: Annotated[
        str | None,
        typer.Option("--deployment", help="Which one, where the service is deployed more than once."),
    ] = None,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Send one query, or those of a file, to a deployed endpoint and print the answer.

    Of a file each answer is one of a list, in the file's order: its predictionId is what a label names later.
    """
    service_id, slash, endpoint_id = endpoint.partition("/")
    if not (service_id and slash and endpoint_id):
        raise InvalidInputError(f"{endpoint!r} is not an endpoint; expected SERVICE/ENDPOINT")
    if (features is None) == (file is None):
        raise typer.BadParameter("expected either --features or --file")
    items = _read_items(file) if file else [{"features": parse_object(features or "", "--features")}]
    node = find_node(Client(url), service_id, deployment)
    address = f"{node}/public/api/v1/{service_id}/{endpoint_id}"
    if file:
        _print_results(_send_all(address, items, quiet=as_json), as_json=as_json)
    else:
        _print_answer(send_query(f"{address}/predict", items[0]), as_json=as_json)


def _read_items(file: Path) -> list[dict[str, Any]]:
    items = []
    for place, item in read_objects(file):
        if not isinstance(item.get("features"), dict):
            raise InvalidInputError(
                f'{place} lacks an object "features"; found {", ".join(item) or "nothing"}'
            )
        items.append(item)
    if not items:
        raise InvalidInputError(f'{file} holds no query; expected lines such as {{"features": {{…}}}}')
    return items


def _send_all(address: str, items: list[dict[str, Any]], *, quiet: bool) -> list[dict[str, Any]]:
    """The results in the order of the items; a refused request ends it, those before were answered."""
    results: list[dict[str, Any]] = []
    with show_progress("Queries", total=len(items), quiet=quiet) as report:
        for start in range(0, len(items), QUERIES_PER_REQUEST):
            part = items[start : start + QUERIES_PER_REQUEST]
            results += send_query(f"{address}/predict-multi", {"items": part})["results"]
            report(len(results), "answered")
    return results


def _print_results(results: list[dict[str, Any]], *, as_json: bool) -> None:
    counts = Counter(str(result["prediction"]) for result in results)
    rows = [{"prediction": label, "count": count} for label, count in counts.most_common(PREDICTIONS_SHOWN)]
    print_rows(
        results if as_json else rows,
        {"prediction": "prediction", "count": "answers"},
        as_json=as_json,
        empty="No answer.",
    )
    if not as_json and len(counts) > PREDICTIONS_SHOWN:
        print_text(f"… and {len(counts) - PREDICTIONS_SHOWN} more; --json prints each answer.")


def _print_answer(answer: dict[str, Any], *, as_json: bool) -> None:
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


def send_query(url: str, body: dict[str, Any]) -> Any:
    try:
        answer = httpx.post(url, json=body, timeout=60, trust_env=False)
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
