"""A home with a served endpoint, as far as monitoring sees it: real database, real log, no processes."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from wakeline.core.clock import SystemClock, start_of_day
from wakeline.core.event import Stream
from wakeline.core.ids import PredictionIds, mint_producer_id
from wakeline.loglake.batch import Batch
from wakeline.loglake.commit import commit_batches
from wakeline.loglake.layout import locate_table
from wakeline.loglake.place import Place
from wakeline.metadata.queries import deployments, models, projects, services
from wakeline.metadata.tables.serving import (
    Deployment,
    ModelVersion,
    Service,
    ServiceEndpoint,
    ServiceVersion,
)
from wakeline.server.application import create_app
from wakeline.server.parts import Addresses, Parts, compose
from wakeline.wire.event import Event, encode_event
from wakeline.wire.frame import FrameHeader, decode_frame, encode_frame

PROJECT, MODEL, SERVICE, ENDPOINT = "FLIGHTS", "arrival-delay", "flight-delays", "arrival-delay"
DEPLOYMENT = "FLIGHTS-on-local"
LOG_PATH = f"api-node-query/{DEPLOYMENT}/{ENDPOINT}"
CONFIGURE = f"/api/v1/deployments/{DEPLOYMENT}/endpoints/{ENDPOINT}/actions/configure-monitoring"

_IDS = PredictionIds()


@dataclass(frozen=True, slots=True)
class World:
    home: Path
    parts: Parts

    @contextmanager
    def open_client(self) -> Iterator[TestClient]:
        """Jobs run while it is open."""
        with TestClient(create_app(self.parts), base_url="http://127.0.0.1") as client:
            yield client


def make_world(home: Path, manifest: dict[str, Any] | None = None) -> World:
    parts = compose(home, Addresses(server_port=0, event_server_port=1, gateway_port=2))
    with parts.sessions.begin() as session:
        add_endpoint(session, parts.clock.now_us(), manifest or {})
    return World(home, parts)


def add_endpoint(session: Session, now_us: int, manifest: dict[str, Any]) -> None:
    """Project, model version v1, service, generation v1 and a deployment without nodes."""
    projects.create_project(session, PROJECT, "Flights", now_us)
    version = ModelVersion(
        project=PROJECT,
        name=MODEL,
        version="v1",
        path=f"models/{PROJECT}/{MODEL}/v1",
        manifest=manifest,
        created_at_us=now_us,
    )
    models.add_version(session, version, activate=True)
    endpoint = {"endpoint_id": ENDPOINT, "kind": "prediction", "model": MODEL}
    services.add_service(
        session,
        Service(project=PROJECT, service_id=SERVICE, created_at_us=now_us),
        [ServiceEndpoint(project=PROJECT, service_id=SERVICE, position=0, version="active", **endpoint)],
    )
    generation = ServiceVersion(
        project=PROJECT,
        service_id=SERVICE,
        generation="v1",
        path=f"packages/{PROJECT}/{SERVICE}/v1",
        endpoints=[{**endpoint, "model_version": "v1"}],
        created_at_us=now_us,
    )
    services.add_generation(session, generation)
    deployments.add_deployment(session, _build_deployment(now_us), [])


def _build_deployment(now_us: int) -> Deployment:
    return Deployment(
        deployment_id=DEPLOYMENT,
        project=PROJECT,
        service_id=SERVICE,
        generation="v1",
        infrastructure_id="local",
        settings={},
        created_at_us=now_us,
    )


def build_event(day: date, features: dict[str, Any], probability: float, **others: Any) -> Event:
    """An answered prediction at noon."""
    moment = start_of_day(day) + 43_200_000_000
    prediction_id = _IDS.mint()
    values: dict[str, Any] = {
        "event_id": prediction_id,
        "prediction_id": prediction_id,
        "query_id": prediction_id,
        "row_index": 0,
        "event_time": moment,
        "time_flag": "client",
        "msg_type": "prediction",
        "project": PROJECT,
        "deployment_id": DEPLOYMENT,
        "infrastructure_id": "local",
        "service_id": SERVICE,
        "endpoint_id": ENDPOINT,
        "generation": "v1",
        "arm": "primary",
        "model_id": f"{PROJECT}.{MODEL}",
        "model_version": "v1",
        "engine": "row-plan",
        "node_id": f"{DEPLOYMENT}-0",
        "features": features,
        "prediction": "true" if probability >= 0.5 else "false",
        "probas": {"false": 1 - probability, "true": probability},
        "status": 200,
    }
    return Event(**{**values, **others})


def commit_events(home: Path, events: list[Event], *, topic: str = "api-node-query") -> Path:
    """Puts events into the home's log as the event server does; returns the table's folder."""
    commit_events_at(home / "events", events, topic=topic)
    return locate_table(home / "events", Stream(topic, DEPLOYMENT, ENDPOINT))


def commit_events_at(destination: Place, events: list[Event], *, topic: str = "api-node-query") -> None:
    stream = Stream(topic, DEPLOYMENT, ENDPOINT)
    header = FrameHeader(
        producer=mint_producer_id(),
        topic=stream.topic,
        routing_key=stream.routing_key,
        endpoint=stream.endpoint,
        first=1,
        last=len(events),
    )
    payloads = [(offset, encode_event(event)) for offset, event in enumerate(events, start=1)]
    decoded, rows = decode_frame(encode_frame(header, payloads))
    commit_batches(locate_table(destination, stream), [Batch(decoded, rows, SystemClock().now_us())])


def read_stream_events(body: str) -> list[dict[str, Any]]:
    """The data of server-sent events."""
    return [
        json.loads(line.removeprefix("data: ")) for line in body.splitlines() if line.startswith("data: ")
    ]
