"""A small real world for the tests: a model version's folder, and logs written by the log's own commit."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from wakeline.core.clock import start_of_day
from wakeline.core.event import Stream, Topic
from wakeline.core.ids import PredictionIds, mint_producer_id
from wakeline.core.schema import Feature, FeatureRole, FeatureType, MissingPolicy, ModelSchema, Task
from wakeline.core.window import parse_window
from wakeline.evaluation.groundtruth import locate_labels, open_labels, report_labels
from wakeline.evaluation.label_matching import LabelledLog
from wakeline.evaluation.label_report import LabelReport
from wakeline.evaluation.recipe import EvaluateSettings, evaluate
from wakeline.evaluation.result import EvaluationResult
from wakeline.evaluation.selection import Selection
from wakeline.loglake.batch import Batch, check_batch
from wakeline.loglake.commit import commit_batches
from wakeline.loglake.layout import locate_table
from wakeline.loglake.offsets import Settled
from wakeline.loglake.window import LogSnapshot
from wakeline.scoring.manifest import (
    MANIFEST_FORMAT,
    REFERENCE_NAME,
    Engine,
    Manifest,
    OriginalInput,
    Parity,
    ReferenceSummary,
    hash_file,
    write_manifest,
)
from wakeline.wire.frame import FrameHeader, decode_frame, encode_frame

DEPLOYMENT = "FLIGHTS-on-local"
ENDPOINT = "arrival-delay"
QUERIES = Stream(Topic.QUERY, DEPLOYMENT, ENDPOINT)
LABELS = Stream(Topic.GROUND_TRUTH, DEPLOYMENT, ENDPOINT)
RECEIVED_US = start_of_day(date(2014, 1, 1))
CARRIERS = ("UA", "B6", "AA")

Row = dict[str, Any]

FEATURES = (
    Feature("dep hour", FeatureType.DOUBLE, FeatureRole.NUMERICAL, MissingPolicy.AS_TRAINED, 0.0),
    Feature("temp", FeatureType.DOUBLE, FeatureRole.NUMERICAL, MissingPolicy.AS_TRAINED, 0.1),
    Feature("carrier", FeatureType.STRING, FeatureRole.CATEGORICAL, MissingPolicy.AS_TRAINED, 0.0),
)
SCHEMA = ModelSchema(Task.BINARY, FEATURES, "late", ("false", "true"), 0.5)


def draw_rows(count: int, seed: int, *, warmer: float = 0.0, signal: float = 1.5) -> list[Row]:
    """Flights with features, a score, a prediction and the truth that the score knows something of."""
    draw = np.random.default_rng(seed)
    hours = draw.integers(5, 24, count)
    temps = np.round(draw.normal(40 + warmer, 10, count), 1)
    carriers = draw.choice(CARRIERS, count, p=[0.5, 0.3, 0.2])
    risk = 0.12 * (hours - 14) + 0.3 * (carriers == "B6")
    truth = draw.random(count) < 1 / (1 + np.exp(1.0 - signal * risk))
    score = np.round(1 / (1 + np.exp(0.2 - risk - 0.1 * draw.normal(size=count))), 6)
    return [
        {
            "features": {
                "dep hour": float(hours[n]),
                "temp": None if n % 11 == 0 else float(temps[n]),
                "carrier": str(carriers[n]),
            },
            "prediction": "true" if score[n] >= 0.5 else "false",
            "probas": {"false": float(1 - score[n]), "true": float(score[n])},
            "label": "true" if truth[n] else "false",
        }
        for n in range(count)
    ]


def write_model(
    folder: Path, rows: Sequence[Row], *, version: str = "v1", schema: ModelSchema = SCHEMA
) -> Path:
    """A model version with these rows as its reference; it cannot score, which no evaluation asks of it."""
    folder.mkdir(parents=True)
    columns: dict[str, Any] = {
        f"features.{feature.name}": pa.array([row["features"].get(feature.name) for row in rows])
        for feature in schema.features
    }
    columns["prediction"] = pa.array([row["prediction"] for row in rows])
    for name in schema.classes:
        columns[f"proba.{name}"] = pa.array([row["probas"][name] for row in rows])
    columns["label"] = pa.array([row["label"] for row in rows])
    pq.write_table(pa.table(columns), folder / REFERENCE_NAME)
    manifest = Manifest(
        format=MANIFEST_FORMAT,
        project="FLIGHTS",
        name="arrival-delay",
        version=version,
        created_at="2013-04-01T00:00:00Z",
        schema=schema,
        engine=Engine.ROW_PLAN,
        engine_reason="test",
        parity=Parity(
            engine=Engine.ROW_PLAN,
            rows=0,
            boundary_rows=0,
            largest_difference=0.0,
            flips=0,
            tolerance=1e-6,
            us_per_row_before=1.0,
            us_per_row_after=1.0,
        ),
        original_input=OriginalInput(columns=()),
        training_metrics={},
        importance={"dep hour": 0.7, "carrier": 0.3},
        importance_method="permutation",
        library_versions={},
        reference=ReferenceSummary(rows=len(rows), labelled_rows=len(rows)),
        files={REFERENCE_NAME: hash_file(folder / REFERENCE_NAME)},
    )
    write_manifest(folder, manifest)
    return folder


@dataclass(slots=True)
class World:
    """A home with one endpoint; every call of `log` and `post` is one commit of a new producer."""

    home: Path
    ids: PredictionIds = field(default_factory=PredictionIds)
    received_us: int = RECEIVED_US

    @property
    def table(self) -> Path:
        return locate_table(self.home / "events", QUERIES)

    @property
    def model(self) -> Path:
        return self.home / "models" / "v1"

    def log(self, day: date, rows: Iterable[Row], **given: Any) -> list[str]:
        """Logs rows as answered on a day; `given` overrides fields of the event. Returns prediction ids."""
        events = []
        for place, row in enumerate(rows):
            event: Row = {
                "event_id": f"e-{self.ids.mint()}",
                "event_time": start_of_day(day) + place,
                "time_flag": "client",
                "prediction_id": self.ids.mint(),
                "query_id": "q",
                "deployment_id": DEPLOYMENT,
                "model_version": "v1",
                "generation": "v1",
                "arm": "primary",
                "status": 200,
                **{name: row[name] for name in ("features", "prediction", "probas") if name in row},
            }
            events.append({**event, **given})
        self._commit(QUERIES, events)
        return [event["prediction_id"] for event in events]

    def post(self, labels: Iterable[tuple[str, str]], *, at: date = date(2013, 6, 1)) -> None:
        """Ground truth as the gateway would leave it: (prediction id, label), with this label time."""
        events = [
            {
                "event_id": f"l-{self.ids.mint()}",
                "event_time": start_of_day(at),
                "time_flag": "client",
                "msg_type": "label",
                "prediction_id": prediction_id,
                "label": label,
                "label_time": start_of_day(at),
            }
            for prediction_id, label in labels
        ]
        self._commit(LABELS, events)

    def post_by_key(self, labels: Iterable[tuple[Any, str, int]]) -> None:
        """Ground truth by business key: (key, label, label time in µs)."""
        events = [
            {
                "event_id": f"l-{self.ids.mint()}",
                "event_time": moment,
                "time_flag": "client",
                "label_key": str(key),
                "label": label,
                "label_time": moment,
            }
            for key, label, moment in labels
        ]
        self._commit(LABELS, events)

    def evaluate(self, window: str, **given: Any) -> EvaluationResult:
        settings = EvaluateSettings(
            dataset_root=self.table,
            model_folder=self.model,
            window=parse_window(window),
            filter_model_version="v1",
            filter_deployment_id=DEPLOYMENT,
            profiles=self.home / "profiles",
        )
        return evaluate(replace(settings, **given), progress=lambda share, message: None)

    def open(self, window: str, key: str | None = None) -> LabelledLog:
        return LabelledLog(
            LogSnapshot.open(self.table),
            open_labels(locate_labels(self.table, DEPLOYMENT)),
            parse_window(window),
            Selection(deployment_id=DEPLOYMENT),
            key,
        )

    def report(self, window: str, key: str | None = None) -> LabelReport:
        return report_labels(self.open(window, key), SCHEMA)

    def _commit(self, stream: Stream, events: Sequence[Mapping[str, Any]]) -> None:
        header = FrameHeader(
            producer=mint_producer_id(),
            topic=stream.topic,
            routing_key=stream.routing_key,
            endpoint=stream.endpoint,
            first=1,
            last=len(events),
        )
        bodies = [(offset, json.dumps(event).encode()) for offset, event in enumerate(events, start=1)]
        self.received_us += 1_000_000
        batch = Batch(*decode_frame(encode_frame(header, bodies)), self.received_us)
        check_batch(batch)
        [outcome] = commit_batches(locate_table(self.home / "events", stream), [batch])
        assert isinstance(outcome, Settled), outcome


def days_from(start: date, count: int) -> list[date]:
    return [start + timedelta(days=index) for index in range(count)]
