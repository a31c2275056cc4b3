"""Every process of Wakeline over a home with a small real model that is deployed, for pages to ask."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from wakeline import save_model
from wakeline.client.client import Client
from wakeline.packaging.archive import pack_model
from wakeline.server.stack import Ports, Stack

PROJECT = "SHOP"
MODEL = "risk"
SERVICE = "checkout"
ENDPOINT = "risk-score"
DEPLOYMENT = "SHOP-on-local"
ROWS = 400


def save_small_model(folder: Path) -> Path:
    """SHOP.risk v1 as a zip: a number, a number of any size, and a text with three levels."""
    random = np.random.default_rng(7)
    rows = pd.DataFrame(
        {
            "amount": random.uniform(1, 500, ROWS),
            "items": random.integers(1, 9, ROWS).astype(float),
            "country": random.choice(["DE", "FR", "O'Neill \u00fc"], ROWS),
        }
    )
    rows["fraud"] = rows["amount"] + random.normal(0, 80, ROWS) > 300
    inputs = ["amount", "items", "country"]
    model = make_pipeline(
        make_column_transformer(
            (StandardScaler(), ["amount", "items"]), (OneHotEncoder(handle_unknown="ignore"), ["country"])
        ),
        LogisticRegression(),
    ).fit(rows[inputs], rows["fraud"])
    save_model(
        model, project=PROJECT, name=MODEL, version="v1", reference=rows, target="fraud", path=folder / "v1"
    )
    return pack_model(folder / "v1")


@contextmanager
def run_stack(home: Path) -> Iterator[str]:
    stack = Stack(home, Ports.plan(0), commit_interval_s=0.2)
    stack.start()
    try:
        yield stack.url
    finally:
        stack.stop()


def save_to(url: str, archive: Path) -> None:
    """A project that has a saved model and nothing else."""
    with Client(url) as client:
        client.create_project(PROJECT, "Shop")
        client.upload_model_version(PROJECT, MODEL, archive)


def deploy_to(url: str) -> None:
    with Client(url) as client:
        client.create_service(PROJECT, SERVICE, [{"endpoint_id": ENDPOINT, "model": MODEL}])
        client.publish_service(PROJECT, SERVICE)
        client.create_deployment(PROJECT, SERVICE, generation="v1")
