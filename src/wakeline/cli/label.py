"""`wakeline label`: ground truth, sent to the gateway and joined with the log."""

from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from wakeline.cli.json_lines import read_objects
from wakeline.cli.output import DEFAULT_URL, JsonFlag, UrlOption, print_object, show_progress
from wakeline.cli.query import read_refusal
from wakeline.client.client import Client
from wakeline.core.errors import InvalidInputError, NotFoundError, UnavailableError
from wakeline.deployer.keys import read_keys

application = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Send ground truth and see how it joins."
)
DeploymentArgument = Annotated[str, typer.Argument(help="Deployment id, such as FLIGHTS-on-local.")]
EndpointOption = Annotated[str, typer.Option("--endpoint", "-e", help="Endpoint id, such as arrival-delay.")]
LABELS_PER_REQUEST = 1000
IDS_PER_CHECK = 50_000


@application.command("send")
def send_labels(
    deployment: DeploymentArgument,
    endpoint: EndpointOption,
    file: Annotated[
        Path,
        typer.Option("--file", help='JSON lines: {"prediction_id", "label", "label_time"?, "event_id"?}.'),
    ],
    gateway: Annotated[
        str | None, typer.Option("--gateway", help="Where the gateway answers; else the server is asked.")
    ] = None,
    home: Annotated[
        Path | None, typer.Option("--home", help="Home whose key opens the gateway; else the server's.")
    ] = None,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Send the labels of a file; nothing is sent when one names a prediction that the log does not have."""
    labels = read_labels(file)
    client = Client(url)
    _refuse_unknown(client, deployment, endpoint, [label["prediction_id"] for label in labels])
    key = read_keys((home or Path(client.read_health()["home"])).expanduser()).intake_key
    address = f"{gateway or find_gateway(client)}/v1/ingest/ground-truth/{deployment}/{endpoint}"
    totals = {"accepted": 0, "duplicates": 0}
    with show_progress("Sending", total=len(labels), quiet=as_json) as report:
        for start in range(0, len(labels), LABELS_PER_REQUEST):
            part = labels[start : start + LABELS_PER_REQUEST]
            answer = post_labels(address, key, part)
            totals = {name: totals[name] + answer[name] for name in totals}
            report(start + len(part), "accepted")
    print_object(totals, as_json=as_json)


@application.command("report")
def show_report(
    deployment: DeploymentArgument,
    endpoint: EndpointOption,
    window: Annotated[
        str | None, typer.Option("--window", "-w", help="Only these days, such as 2013-04.")
    ] = None,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Show how labels join: labelled, waiting, unmatched."""
    print_object(Client(url).read_label_report(deployment, endpoint, window=window), as_json=as_json)


def post_labels(url: str, key: str, labels: list[dict[str, Any]]) -> Any:
    """One request to the gateway; answers with its counts."""
    try:
        answer = httpx.post(
            url, json=labels, headers={"Authorization": f"Bearer {key}"}, timeout=60, trust_env=False
        )
    except httpx.HTTPError as error:
        raise UnavailableError(f"the gateway did not answer at {url}: {error}") from error
    if not answer.is_success:
        raise InvalidInputError(
            f"the gateway refused the labels ({answer.status_code}): {read_refusal(answer).message}"
        )
    return answer.json()


def find_gateway(client: Client) -> str:
    found = client.read_event_status()
    if found["gateway"] is None:
        raise UnavailableError(f"the gateway takes no labels now: {found['unavailable']['gateway']}")
    return str(found["gateway"]["url"])


def read_labels(file: Path) -> list[dict[str, Any]]:
    """The labels of a file of JSON lines; the first line that is none ends it with its number."""
    labels = [_check_label(label, place) for place, label in read_objects(file)]
    if not labels:
        raise InvalidInputError(f'{file} holds no label; expected lines such as {{"prediction_id", "label"}}')
    return labels


def _check_label(label: dict[str, Any], place: str) -> dict[str, Any]:
    if not {"prediction_id", "label"} <= set(label):
        found = ", ".join(label) or "nothing"
        raise InvalidInputError(f"{place} lacks prediction_id or label; found {found}")
    if not isinstance(label["prediction_id"], str):
        raise InvalidInputError(
            f"{place}: found the prediction_id {label['prediction_id']!r}, expected a text"
        )
    if not isinstance(label["label"], str | bool | int | float):
        raise InvalidInputError(f"{place}: found the label {label['label']!r}, expected a text or a number")
    return label


def _refuse_unknown(client: Client, deployment: str, endpoint: str, prediction_ids: list[str]) -> None:
    unknown: list[str] = []
    for start in range(0, len(prediction_ids), IDS_PER_CHECK):
        part = prediction_ids[start : start + IDS_PER_CHECK]
        unknown += client.check_labels(deployment, endpoint, part)["unknown"]
    if unknown:
        raise NotFoundError(
            f"{len(unknown)} of {len(prediction_ids)} labels name a prediction that the log of {deployment} "
            f"does not have, such as {unknown[0]}; nothing was sent. A query is in the log some seconds "
            "after its answer"
        )
