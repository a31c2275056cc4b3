"""A small real model version and its predictions: one number, one level, a label that follows the number."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder

from tests.monitoring.world import ENDPOINT, MODEL, PROJECT, build_event
from wakeline.core.clock import start_of_day
from wakeline.packaging.model_version import save_model
from wakeline.wire.event import Event

FEATURES = ["hour", "carrier"]


@dataclass(frozen=True, slots=True)
class SmallModel:
    """`folder` is the saved version `v1`."""

    folder: Path
    pipeline: Any

    def predict(self, rows: pd.DataFrame, first: date, **others: Any) -> list[Event]:
        """One answered prediction a row, ten a day from `first` on."""
        probabilities = self.pipeline.predict_proba(rows[FEATURES])[:, 1]
        return [
            build_event(
                first + timedelta(days=index // 10),
                {"hour": float(hour), "carrier": carrier},
                float(probability),
                **others,
            )
            for index, (hour, carrier, probability) in enumerate(
                zip(rows["hour"], rows["carrier"], probabilities, strict=True)
            )
        ]


def draw_rows(count: int, *, seed: int, shift: float = 0.0) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    hours = generator.normal(12 + shift, 4, count)
    late = generator.random(count) < 1 / (1 + np.exp(-(hours - 12) / 3))
    return pd.DataFrame({"hour": hours, "carrier": generator.choice(["AA", "UA", "WN"], count), "late": late})


def train(folder: Path) -> SmallModel:
    training = draw_rows(800, seed=1)
    encode = ColumnTransformer(
        [("number", "passthrough", ["hour"]), ("level", OneHotEncoder(handle_unknown="ignore"), ["carrier"])]
    )
    pipeline = Pipeline([("encode", encode), ("model", LogisticRegression())])
    pipeline.fit(training[FEATURES], training["late"])
    reference = draw_rows(600, seed=2)
    save_model(
        pipeline,
        project=PROJECT,
        name=MODEL,
        reference=reference,
        target="late",
        training=training,
        path=folder,
        version="v1",
    )
    return SmallModel(folder, pipeline)


def label(events: list[Event], rows: pd.DataFrame) -> list[Event]:
    """The true outcome of each prediction, as the gateway logs it."""
    return [
        Event(
            event_id=f"label-{event.event_id}",
            event_time=event.event_time,
            prediction_id=event.prediction_id,
            endpoint_id=ENDPOINT,
            msg_type="label",
            label="true" if late else "false",
            label_time=start_of_day(date(2013, 6, 1)),
        )
        for event, late in zip(events, rows["late"], strict=True)
    ]
