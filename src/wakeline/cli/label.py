"""`wakeline label`: ground truth, sent to the gateway and joined with the log."""

import json
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from wakeline.cli.output import DEFAULT_URL, JsonFlag, UrlOption, print_object, show_progress
from wakeline.client.client import Client
from wakeline.core.errors import InvalidInputError, NotFoundError, UnavailableError
from wakeline.deployer.keys import read_keys
from wakeline.settings import read_settings

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
        str, typer.Option("--gateway", help="Where the gateway answers.")
    ] = "http://127.0.0.1:4183",
    home: Annotated[Path | None, typer.Option("--home", help="Home whose key opens the gateway.")] = None,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Send the labels of a file; nothing is sent when one names a prediction that the log does not have."""
    labels = _read_labels(file)
    _refuse_unknown(Client(url), deployment, endpoint, [label["prediction_id"] for label in labels])
    key = read_keys(read_settings(home=home).home_folder).intake_key
    totals = {"accepted": 0, "duplicates": 0}
    with show_progress("Sending", total=len(labels), quiet=as_json) as report:
        for start in range(0, len(labels), LABELS_PER_REQUEST):
            part = labels[start : start + LABELS_PER_REQUEST]
            answer = post_labels(f"{gateway}/v1/ingest/ground-truth/{deployment}/{endpoint}", key, part)
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
        raise InvalidInputError(f"the gateway refused the labels ({answer.status_code}): {answer.text[:500]}")
    return answer.json()


def _read_labels(file: Path) -> list[dict[str, Any]]:
    if not file.is_file():
        raise NotFoundError(f"there is no file {file}")
    labels = []
    for number, line in enumerate(file.read_text().splitlines(), start=1):
        try:
            label = json.loads(line)
        except ValueError as error:
            raise InvalidInputError(f"line {number} of {file} is not JSON: {error}") from error
        if not isinstance(label, dict) or not {"prediction_id", "label"} <= set(label):
            raise InvalidInputError(
                f"line {number} of {file} lacks prediction_id or label; found {line[:100]}"
            )
        labels.append(label)
    return labels


def _refuse_unknown(client: Client, deployment: str, endpoint: str, prediction_ids: list[str]) -> None:
    unknown: list[str] = []
    for start in range(0, len(prediction_ids), IDS_PER_CHECK):
        part = prediction_ids[start : start + IDS_PER_CHECK]
        unknown += client.check_labels(deployment, endpoint, part)["unknown"]
    if unknown:
        raise NotFoundError(
            f"{len(unknown)} of {len(prediction_ids)} labels name a prediction that the log of {deployment} "
            f"does not have, such as {unknown[0]}; nothing was sent"
        )
