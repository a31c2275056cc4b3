"""The service that the crash tests ask: one small model whose features follow from a number, its key.

The key is a feature of its own, so that every row of the log can be checked against what was sent.
"""

import hashlib
import random
from pathlib import Path
from typing import Any

import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from wakeline.packaging.model_version import save_model
from wakeline.wire.package import PackagedEndpoint, ServicePackage, write_service_package

PROJECT, SERVICE, ENDPOINT = "CRASH", "flights", "late"
CARRIERS = ("AA", "B6", "UA")


def derive_features(key: int) -> dict[str, Any]:
    """What is sent under a key, and so what must be stored under it."""
    digest = hashlib.sha256(str(key).encode()).digest()
    return {
        "key": float(key),
        "delay": int.from_bytes(digest[:2]) / 256 - 128,
        "carrier": CARRIERS[digest[2] % len(CARRIERS)],
    }


def build_package(folder: Path) -> Path:
    """A service with one model, made once and used by every test."""
    chance = random.Random(7)
    frame = pd.DataFrame([derive_features(chance.randrange(10**6)) for _ in range(400)])
    frame["late"] = (frame.delay > 5).astype(int)
    steps = ColumnTransformer(
        [("numbers", StandardScaler(), ["key", "delay"]), ("texts", OneHotEncoder(), ["carrier"])]
    )
    model = Pipeline([("columns", steps), ("model", LogisticRegression())])
    model.fit(frame.drop(columns="late")[:200], frame.late[:200])
    save_model(
        model,
        project=PROJECT,
        name="late",
        version="v1",
        reference=frame[200:],
        target="late",
        path=folder / "models" / "late" / "v1",
    )
    endpoint = PackagedEndpoint(endpoint_id=ENDPOINT, model="models/late/v1")
    write_service_package(
        folder, ServicePackage(project=PROJECT, service_id=SERVICE, generation="v1", endpoints=(endpoint,))
    )
    return folder
