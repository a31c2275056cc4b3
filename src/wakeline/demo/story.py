"""The whole loop on New York's flights of 2013, each step over the interface that any user has.

Model → service → deployment → queries → log → Configure → evaluations → labels → evaluations again.
Each step finds what an earlier run left and does only what is missing.
"""

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import httpx
import pyarrow as pa

from wakeline.client.client import Client
from wakeline.core.clock import SystemClock, parse_rfc3339
from wakeline.core.errors import NotFoundError, UnavailableError
from wakeline.core.event import Stream, Topic
from wakeline.demo.flights import (
    FEATURES,
    ID,
    LATE_MINUTES,
    TARGET,
    TIME,
    FlightSplit,
    build_pipeline,
    load_flights,
    split_flights,
)
from wakeline.demo.replay import Journal, Target, count_pending, replay_flights
from wakeline.deployer.keys import read_keys
from wakeline.loglake.layout import locate_table
from wakeline.loglake.window import LogSnapshot

PROJECT = "FLIGHTS"
MODEL = "arrival-delay"
SERVICE = "flight-delays"
ENDPOINT = "arrival-delay"
GENERATION = "v1"
INFRASTRUCTURE = "local"
MONTHS = tuple(f"2013-{month:02d}" for month in range(4, 13))
LABELS_PER_REQUEST = 2_000
LANDING_SECONDS_MAX = 300

ProgressReport = Callable[[float, str], None]


class Progress(Protocol):
    """Opens a bar for a step; what it yields takes what is done so far, and a few words."""

    def __call__(self, title: str, *, total: float = 1.0) -> AbstractContextManager[ProgressReport]: ...


@dataclass(frozen=True, slots=True)
class Scene:
    """Where the story plays."""

    client: Client
    home: Path
    gateway_url: str
    progress: Progress
    every: int = 1
    """Of the replayed flights only each n-th is sent."""


@dataclass(frozen=True, slots=True)
class Outcome:
    deployment_id: str
    predictions_sent: int
    events_in_log: int
    log_path: Path
    evaluations: list[dict[str, Any]]
    """Full evaluation documents, by month, the last revision of each."""


def tell_story(scene: Scene) -> Outcome:
    """Does what is missing, in order; raises a `WakelineError` at the first step that fails."""
    flights = split_flights(load_flights())
    ensure_model(scene, flights)
    deployment_id, node_url = ensure_deployment(scene)
    sent = send_queries(scene, _thin_out(flights.replay, scene.every), deployment_id, node_url)
    log_path = locate_table(scene.home / "events", Stream(Topic.QUERY, deployment_id, ENDPOINT))
    wait_until_landed(scene, log_path, sent)
    recipe = scene.client.configure_monitoring(deployment_id, ENDPOINT)["recipe"]
    if not _read_label_count(scene, deployment_id):
        evaluate_months(scene, recipe, "Evaluating, before labels")
    send_labels(scene, deployment_id, log_path, flights.replay)
    evaluations = evaluate_months(scene, recipe, "Evaluating, with labels")
    return Outcome(deployment_id, sent, LogSnapshot.open(log_path).count(), log_path, evaluations)


def ensure_model(scene: Scene, flights: FlightSplit) -> None:
    """Trains on 1 January–15 March and uploads version v1 with the reference 16–31 March."""
    if not any(project["key"] == PROJECT for project in scene.client.list_projects()):
        scene.client.create_project(PROJECT, "Flights of 2013")
    if any(model["name"] == MODEL for model in scene.client.list_models(PROJECT)):
        return
    from wakeline.packaging.model_version import save_model

    with scene.progress("Model") as report:
        report(0.1, "training on 1 January to 15 March")
        training = flights.training.to_pandas()
        pipeline = build_pipeline().fit(training[list(FEATURES)], training[TARGET])
        report(0.4, "comparing engines, measuring the reference")
        save_model(
            pipeline,
            project=PROJECT,
            name=MODEL,
            reference=flights.reference.select([*FEATURES, TARGET, TIME]),
            target=TARGET,
            time_column=TIME,
            version=GENERATION,
            client=scene.client,
        )
        report(1.0, "saved")


def ensure_deployment(scene: Scene) -> tuple[str, str]:
    """Deployment id and the URL of its node, which answers."""
    client = scene.client
    found = [entry for entry in client.list_deployments() if entry["service_id"] == SERVICE]
    if not found:
        with scene.progress("Deployment") as report:
            _ensure_generation(client)
            report(0.3, "starting the API node")
            client.create_deployment(
                PROJECT,
                SERVICE,
                infrastructure_id=INFRASTRUCTURE,
                generation=GENERATION,
                settings={"client_event_time": True},
            )
            report(1.0, "the node answers")
        found = [entry for entry in client.list_deployments() if entry["service_id"] == SERVICE]
    deployment_id = found[0]["deployment_id"]
    return deployment_id, _wait_for_node(client, deployment_id)


def _ensure_generation(client: Client) -> None:
    services = {entry["service_id"]: entry for entry in client.list_services(PROJECT)}
    if SERVICE not in services:
        endpoint = {"endpoint_id": ENDPOINT, "kind": "prediction", "model": MODEL, "version": "active"}
        client.create_service(PROJECT, SERVICE, [endpoint])
    if GENERATION not in services.get(SERVICE, {}).get("generations", []):
        client.publish_service(PROJECT, SERVICE, generation=GENERATION)


def _wait_for_node(client: Client, deployment_id: str) -> str:
    for _ in range(100):
        url = str(client.read_deployment(deployment_id)["nodes"][0]["url"])
        try:
            if httpx.get(f"{url}/isAlive", timeout=2, trust_env=False).is_success:
                return url
        except httpx.HTTPError:
            time.sleep(0.2)
    raise UnavailableError(f"the API node of {deployment_id} does not answer; see the logs in the home")


def send_queries(scene: Scene, flights: pa.Table, deployment_id: str, node_url: str) -> int:
    """Replays what was not answered yet; returns how many flights were answered in all."""
    journal = Journal(scene.home / "demo" / "answered.txt")
    log_path = locate_table(scene.home / "events", Stream(Topic.QUERY, deployment_id, ENDPOINT))
    pending = count_pending(flights, journal)
    if pending and journal.answered:
        _wait_until_drained(scene.client, deployment_id)
        journal.add(sorted(set(_read_prediction_ids(log_path)) - journal.answered))
        pending = count_pending(flights, journal)
    if pending:
        target = Target(f"{node_url}/public/api/v1/{SERVICE}/{ENDPOINT}")
        with scene.progress("Queries", total=pending) as report:
            asyncio.run(replay_flights(target, flights, journal, report))
    return len(journal.answered)


def wait_until_landed(scene: Scene, log_path: Path, sent: int) -> None:
    """Returns when the log holds as many events as queries were answered."""
    if _count(log_path) == sent:
        return
    with scene.progress("Log", total=sent) as report:
        deadline = time.monotonic() + LANDING_SECONDS_MAX
        while (landed := _count(log_path)) != sent:
            if landed > sent or time.monotonic() > deadline:
                raise UnavailableError(f"the log {log_path} holds {landed} events; expected {sent}")
            report(landed, "events landed")
            time.sleep(0.5)
        report(sent, "every answer has its event")


def send_labels(scene: Scene, deployment_id: str, log_path: Path, flights: pa.Table) -> None:
    """The true delays, by prediction id, at the time each flight arrived; sent again, they change nothing."""
    prediction_ids = _read_prediction_ids(log_path)
    if _read_label_count(scene, deployment_id) == len(prediction_ids):
        return
    labels = _build_labels(prediction_ids, flights)
    key = read_keys(scene.home).intake_key
    url = f"{scene.gateway_url}/v1/ingest/ground-truth/{deployment_id}/{ENDPOINT}"
    with (
        scene.progress("Labels", total=len(labels)) as report,
        httpx.Client(headers={"Authorization": f"Bearer {key}"}, timeout=60, trust_env=False) as http,
    ):
        for start in range(0, len(labels), LABELS_PER_REQUEST):
            part = labels[start : start + LABELS_PER_REQUEST]
            _post_labels(http, url, part)
            report(start + len(part), "accepted")
    path = locate_table(scene.home / "events", Stream(Topic.GROUND_TRUTH, deployment_id, ENDPOINT))
    wait_until_landed(scene, path, len(labels))


def _post_labels(http: httpx.Client, url: str, labels: list[dict[str, Any]]) -> None:
    try:
        answer = http.post(url, json=labels)
    except httpx.HTTPError as error:
        reason = str(error) or type(error).__name__
        raise UnavailableError(f"the gateway at {url} gave no answer: {reason}; run it again") from error
    if answer.status_code != httpx.codes.ACCEPTED:
        raise UnavailableError(f"the gateway answered {answer.status_code}: {answer.text[:500]}")


def evaluate_months(scene: Scene, recipe: str, title: str) -> list[dict[str, Any]]:
    """Runs the recipe for April to December; the documents in that order."""
    documents = []
    with scene.progress(title, total=len(MONTHS)) as report:
        for index, month in enumerate(MONTHS):
            report(index, month)
            job = scene.client.run_recipe(PROJECT, recipe, window=month)
            finished = scene.client.wait_for_job(job["id"])
            documents.append(scene.client.read_evaluation(finished["result"]["evaluation_id"]))
        report(len(MONTHS), "done")
    return documents


def _build_labels(prediction_ids: dict[str, str], flights: pa.Table) -> list[dict[str, Any]]:
    rows = flights.select([ID, TIME, "block_minutes", "arr_delay"]).to_pylist()
    return [
        {
            "prediction_id": prediction_ids[row[ID]],
            "label": row["arr_delay"] > LATE_MINUTES,
            "label_time": (
                row[TIME] + timedelta(minutes=row["block_minutes"] + row["arr_delay"])
            ).isoformat(),
            "event_id": f"arrival-{prediction_ids[row[ID]]}",
        }
        for row in rows
        if row[ID] in prediction_ids
    ]


def _read_prediction_ids(log_path: Path) -> dict[str, str]:
    """Flight id → prediction id, from the events' `context`; empty while there is no log."""
    try:
        snapshot = LogSnapshot.open(log_path)
    except NotFoundError:
        return {}
    found: dict[str, str] = {}
    for file in snapshot.files():
        table = snapshot.read_file(file, ["prediction_id", "context", "status"])
        for prediction_id, context, status in zip(
            *(column.to_pylist() for column in table.columns), strict=True
        ):
            if status == httpx.codes.OK:
                found[json.loads(context)[ID]] = prediction_id
    return found


def _wait_until_drained(client: Client, deployment_id: str) -> None:
    """By a report that the shipper wrote since: one of an earlier run may count less than the spool holds."""
    since_us = SystemClock().now_us()
    for _ in range(LANDING_SECONDS_MAX * 2):
        for report in client.read_event_status()["shippers"]:
            current = report["of"] == deployment_id and parse_rfc3339(report["updated_at"]) > since_us
            if current and not report["spooled_events"] and not report["unread_files"]:
                return
        time.sleep(0.5)
    raise UnavailableError("events wait in the spool and do not land; see `wakeline event status`")


def _read_label_count(scene: Scene, deployment_id: str) -> int:
    return int(scene.client.read_label_report(deployment_id, ENDPOINT)["labelled"])


def _count(path: Path) -> int:
    try:
        return LogSnapshot.open(path).count()
    except NotFoundError:
        return 0


def _thin_out(flights: pa.Table, every: int) -> pa.Table:
    return flights.take(pa.array(range(0, flights.num_rows, every))) if every > 1 else flights
