"""A node to test: a service package with a small real row plan, a spool of its own, and its events read."""

import asyncio
import dataclasses
import functools
import json
import math
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec

import httpx
import msgspec

from wakeline.apinode.composition import compose_node, create_outbox
from wakeline.apinode.packages import Service, close_services, load_services
from wakeline.core.clock import ManualClock, parse_rfc3339
from wakeline.core.schema import Feature, FeatureRole, FeatureType, MissingPolicy, ModelSchema, Task
from wakeline.scoring.manifest import (
    Engine,
    InputColumn,
    Manifest,
    OriginalInput,
    Parity,
    ReferenceSummary,
    hash_file,
    write_manifest,
)
from wakeline.scoring.model import ScoringModel
from wakeline.scoring.plan import (
    LevelEntry,
    LevelsBlock,
    Linear,
    Link,
    Missing,
    NumberBlock,
    Plan,
    encode_plan,
)
from wakeline.spool.drain import Drain
from wakeline.spool.outbox import Outbox
from wakeline.wire.configuration import NodeConfiguration, NodeService, SpoolSettings
from wakeline.wire.package import PackagedEndpoint, ServicePackage, write_service_package

NOW_US = parse_rfc3339("2013-06-01T12:00:00Z")
PREDICT = "/public/api/v1/flight-delays/arrival-delay/predict"
PREDICT_MULTI = "/public/api/v1/flight-delays/arrival-delay/predict-multi"
FEATURES: dict[str, Any] = {"dep hour": 18, "temp": 61.5, "carrier": "UA", "is.weekend": False}
STREAM = "api-node-query/FLIGHTS-on-local/arrival-delay"
STREAM_OF_STRAYS = "api-node-query/FLIGHTS-on-local/_"

_Parameters = ParamSpec("_Parameters")


def in_loop(test: Callable[_Parameters, Coroutine[Any, Any, None]]) -> Callable[_Parameters, None]:
    """Runs a test that is a coroutine."""

    @functools.wraps(test)
    def run(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> None:
        asyncio.run(test(*args, **kwargs))

    return run


def expect_probability(features: dict[str, Any]) -> float:
    """The model by hand: a logistic regression over two numbers and one-hot levels."""
    raw = -2.0 + 0.1 * features["dep hour"] + 0.02 * (features.get("temp") or 50.0)
    raw += {"UA": 0.5, "AA": -0.25}.get(features.get("carrier") or "", 0.0)
    raw += 1.5 if features.get("is.weekend") else 0.0
    return 1 / (1 + math.exp(-raw))


def build_schema() -> ModelSchema:
    number, text = FeatureRole.NUMERICAL, FeatureRole.CATEGORICAL
    refuse, trained = MissingPolicy.REFUSE, MissingPolicy.AS_TRAINED
    return ModelSchema(
        task=Task.BINARY,
        features=(
            Feature("dep hour", FeatureType.DOUBLE, number, refuse, 0.0, minimum=0, maximum=23),
            Feature("temp", FeatureType.DOUBLE, number, trained, 0.02, minimum=-10, maximum=100),
            Feature("carrier", FeatureType.STRING, text, trained, 0.0, levels=("UA", "AA")),
            Feature("is.weekend", FeatureType.BOOLEAN, text, trained, 0.0),
        ),
        target="late",
        classes=("false", "true"),
        threshold=0.5,
    )


def build_plan() -> Plan:
    return Plan(
        width=5,
        blocks=(
            NumberBlock(feature="dep hour", output=0, missing=Missing.REFUSE),
            NumberBlock(feature="temp", output=1, missing=Missing.FILL, fill=50.0),
            LevelsBlock(
                feature="carrier",
                outputs=(2, 3),
                base=(0.0, 0.0),
                levels=(LevelEntry("UA", ((0, 1.0),)), LevelEntry("AA", ((1, 1.0),))),
                missing=(),
                unknown=(),
            ),
            LevelsBlock(
                feature="is.weekend",
                outputs=(4,),
                base=(0.0,),
                levels=(LevelEntry(False, ()), LevelEntry(True, ((0, 1.0),))),
                missing=(),
                unknown=None,
            ),
        ),
        estimator=Linear(coefficients=((0.1, 0.02, 0.5, -0.25, 1.5),), intercepts=(-2.0,)),
        link=Link.SIGMOID,
    )


def write_model(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "plan.json").write_bytes(encode_plan(build_plan()))
    schema = build_schema()
    manifest = Manifest(
        format=1,
        project="FLIGHTS",
        name="arrival-delay",
        version="v7",
        created_at="2013-04-01T00:00:00Z",
        schema=schema,
        engine=Engine.ROW_PLAN,
        engine_reason="made by hand",
        parity=Parity(
            engine=Engine.ROW_PLAN,
            rows=1,
            boundary_rows=0,
            largest_difference=0.0,
            flips=0,
            tolerance=1e-6,
            us_per_row_before=1.0,
            us_per_row_after=1.0,
        ),
        original_input=OriginalInput(
            columns=tuple(InputColumn(name=name, dtype="object") for name in schema.feature_names)
        ),
        training_metrics={},
        importance={},
        importance_method="none",
        library_versions={},
        reference=ReferenceSummary(rows=0, labelled_rows=0),
        files={"plan.json": hash_file(folder / "plan.json")},
    )
    write_manifest(folder, manifest)


def write_package(folder: Path) -> Path:
    write_model(folder / "models" / "arrival-delay" / "v7")
    endpoint = PackagedEndpoint(endpoint_id="arrival-delay", model="models/arrival-delay/v7")
    write_service_package(
        folder,
        ServicePackage(project="FLIGHTS", service_id="flight-delays", generation="v1", endpoints=(endpoint,)),
    )
    return folder


def build_configuration(folder: Path, **changes: Any) -> NodeConfiguration:
    """A node under `folder`, whose package is written there too."""
    package = folder / "package"
    if not package.exists():
        write_package(package)
    configuration = NodeConfiguration(
        node_id="FLIGHTS-on-local-0",
        port=0,
        project="FLIGHTS",
        deployment_id="FLIGHTS-on-local",
        infrastructure_id="local",
        services=(NodeService(service_id="flight-delays", generation="v1", package=str(package)),),
        spool=SpoolSettings(folder=str(folder / "spool")),
    )
    return msgspec.structs.replace(configuration, **changes)


@dataclass(frozen=True, slots=True)
class Stand:
    """A node in this process."""

    client: httpx.AsyncClient
    outbox: Outbox
    clock: ManualClock

    async def post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.client.post(path, content=content, headers=headers)

    def read_events(self) -> list[dict[str, Any]]:
        """What lies in the spool, with its stream and offset added."""
        self.outbox.flush()
        return read_spool(self.outbox.path)

    def read_last_event(self) -> dict[str, Any]:
        return self.read_events()[-1]


def read_spool(path: Path) -> list[dict[str, Any]]:
    drain = Drain.open(path)
    try:
        drain.is_owner_gone()  # only then what it did not get to sync is read too
        events: list[dict[str, Any]] = []
        for stream in drain.streams():
            while drain.claim(stream, events_max=10_000, bytes_max=1 << 30):
                pass
            for claim in drain.claims(stream):
                events += [
                    json.loads(payload) | {"stream": str(stream), "offset": offset}
                    for offset, payload in drain.read(claim)
                ]
        return events
    finally:
        drain.close()


@asynccontextmanager
async def open_stand(
    folder: Path,
    draw: Callable[[], float] = lambda: 0.5,
    model: ScoringModel | None = None,
    **changes: Any,
) -> AsyncIterator[Stand]:
    """`model` takes the place of the package's own."""
    configuration = build_configuration(folder, **changes)
    services = load_services(configuration)
    if model is not None:
        services = {name: _replace_model(service, model) for name, service in services.items()}
    outbox = create_outbox(configuration.spool)
    clock = ManualClock(NOW_US)
    application = compose_node(configuration, services, outbox, admin_port=4184, clock=clock, draw=draw)
    transport = httpx.ASGITransport(application, client=("127.0.0.1", 50_000))
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:4182") as client:
            yield Stand(client, outbox, clock)
    finally:
        outbox.close()
        close_services(services)


def _replace_model(service: Service, model: ScoringModel) -> Service:
    endpoints = {
        name: dataclasses.replace(endpoint, model=model) for name, endpoint in service.endpoints.items()
    }
    return dataclasses.replace(service, endpoints=endpoints)
