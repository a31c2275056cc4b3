"""Small invented flights: numbers, texts and booleans, some of them missing, and a label that depends on
them."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

NUMBERS = ["hour", "distance", "wind"]
TEXTS = ["carrier", "origin"]
FEATURES = [*NUMBERS, *TEXTS]
TARGET = "late"
CARRIERS = ["AA", "B6", "DL", "UA"]


def make_flights(count: int = 600, *, seed: int = 1, missing: bool = True) -> pd.DataFrame:
    """Features, the boolean `late`, the number `delay`, the text `kind` and the time `departed`."""
    generator = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "hour": generator.integers(0, 24, count).astype(np.float64),
            "distance": generator.gamma(2.0, 400.0, count),
            "wind": generator.normal(10.0, 4.0, count),
            "carrier": generator.choice(CARRIERS, count),
            "origin": generator.choice(["EWR", "JFK", "LGA"], count),
        }
    )
    raw = (
        0.2 * frame["hour"]
        + 0.1 * frame["wind"]
        + (frame["carrier"] == "UA")
        - 4
        + generator.normal(0, 1, count)
    )
    frame["late"] = raw > 0
    frame["delay"] = 20.0 * raw
    frame["kind"] = np.select([raw > 1, raw > -1], ["late", "on time"], "early")
    frame["departed"] = pd.Timestamp("2013-03-16", tz="UTC") + pd.to_timedelta(np.arange(count), unit="h")
    if missing:
        for name in ("wind", "carrier"):
            frame.loc[generator.random(count) < 0.1, name] = None
    return frame


def make_pipeline(estimator: Any = None) -> Pipeline:
    numbers = Pipeline([("impute", SimpleImputer()), ("scale", StandardScaler())])
    texts = Pipeline(
        [
            ("impute", SimpleImputer(strategy="most_frequent")),
            ("encode", OneHotEncoder(handle_unknown="ignore")),
        ]
    )
    return Pipeline(
        [
            ("prepare", ColumnTransformer([("numbers", numbers, NUMBERS), ("texts", texts, TEXTS)])),
            ("model", LogisticRegression() if estimator is None else estimator),
        ]
    )


def fit_pipeline(estimator: Any = None, *, target: str = TARGET) -> Pipeline:
    rows = make_flights(seed=0)
    return make_pipeline(estimator).fit(rows[FEATURES], rows[target])
