"""Real trained models behind a real node: its answers are scikit-learn's, whichever engine gives them."""

import json
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from tests.apinode.process import run_node
from tests.apinode.stand import PREDICT, PREDICT_MULTI, read_spool
from wakeline.packaging.model_version import save_model
from wakeline.wire.package import PackagedEndpoint, ServicePackage, write_service_package

pytestmark = pytest.mark.slow


def _make_rows(count: int) -> pd.DataFrame:
    random = np.random.default_rng(7)
    rows = pd.DataFrame(
        {
            "dep hour": random.uniform(0, 24, count),
            "temp": np.where(random.random(count) < 0.1, np.nan, random.normal(60, 15, count)),
            "carrier": random.choice(["UA", "AA", "DL"], count),
        }
    )
    rows["late"] = (rows["dep hour"] + random.normal(0, 4, count) > 15) ^ (rows["carrier"] == "AA")
    return rows


def _fit(estimator: Any, rows: pd.DataFrame) -> Any:
    columns = make_column_transformer(
        (SimpleImputer(), ["dep hour", "temp"]), (OneHotEncoder(handle_unknown="ignore"), ["carrier"])
    )
    return make_pipeline(columns, estimator).fit(rows.drop(columns="late"), rows["late"])


def _write_package(folder: Path, model: Any, reference: pd.DataFrame) -> str:
    """The engine that was taken."""
    saved = save_model(
        model,
        project="FLIGHTS",
        name="late",
        version="v1",
        reference=reference,
        target="late",
        path=folder / "models" / "late" / "v1",
    )
    endpoint = PackagedEndpoint(endpoint_id="arrival-delay", model="models/late/v1")
    package = ServicePackage(
        project="FLIGHTS", service_id="flight-delays", generation="v1", endpoints=(endpoint,)
    )
    write_service_package(folder, package)
    return str(saved.engine)


@pytest.mark.parametrize(
    ("estimator", "engine"), [(LogisticRegression(), "row-plan"), (KNeighborsClassifier(5), "original")]
)
def test_answers_are_scikit_learns(tmp_path: Path, estimator: Any, engine: str) -> None:
    rows = _make_rows(600)
    model = _fit(estimator, rows[:400])
    assert _write_package(tmp_path / "package", model, rows[400:]) == engine
    features = rows[400:].drop(columns="late")
    expected = model.predict_proba(features)[:, list(model.classes_).index(True)]
    records = json.loads(features.to_json(orient="records", double_precision=15))
    items = [{"features": record} for record in records]
    with run_node(tmp_path) as node, httpx.Client(base_url=node.url, timeout=60) as client:
        batch = client.post(PREDICT_MULTI, json={"items": items}).json()["results"]
        single = client.post(PREDICT, json=items[0]).json()["result"]
        assert [result["probas"]["true"] for result in batch] == pytest.approx(expected, abs=1e-9)
        assert single["probas"] == pytest.approx(batch[0]["probas"], abs=1e-12)
        unknown = client.post(PREDICT, json={"features": {**items[0]["features"], "carrier": "ZZ"}})
        assert unknown.status_code == 200
        assert node.terminate() == 0
        events = read_spool(node.find_spool())
    assert len(events) == 202
    assert {event["engine"] for event in events} == {engine}
