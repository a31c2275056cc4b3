"""The tutorial's path over REST: configure, run, look at the evaluation, let labels arrive, run again."""

import html
import io
import shutil
import time
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient

from tests.monitoring.small_model import SmallModel, draw_rows, label, train
from tests.monitoring.world import (
    CONFIGURE,
    DEPLOYMENT,
    ENDPOINT,
    MODEL,
    PROJECT,
    World,
    commit_events,
    make_world,
    read_stream_events,
)

STORE = f"{DEPLOYMENT}-{ENDPOINT}"
RUN = f"/api/v1/recipes/{PROJECT}/evaluate-{STORE}/actions/run"
LABELS = f"/api/v1/deployments/{DEPLOYMENT}/endpoints/{ENDPOINT}/labels"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> SmallModel:
    return train(tmp_path_factory.mktemp("model") / "v1")


@pytest.fixture
def world(tmp_path: Path, model: SmallModel) -> World:
    made = make_world(tmp_path)
    shutil.copytree(model.folder, tmp_path / "models" / PROJECT / MODEL / "v1")
    return made


def run(client: TestClient, window: str) -> dict[str, Any]:
    """Submits the run and waits for its end."""
    answer = client.post(RUN, json={"window": window})
    assert answer.status_code == 202
    deadline = time.monotonic() + 60
    job: dict[str, Any] = answer.json()
    while job["state"] in {"queued", "running"}:
        assert time.monotonic() < deadline
        time.sleep(0.05)
        job = client.get(f"/api/v1/jobs/{job['id']}").json()
    return job


def test_configure_run_and_run_again(world: World, model: SmallModel) -> None:
    rows = draw_rows(300, seed=3, shift=2)
    events = model.predict(rows, date(2013, 4, 1))
    with world.open_client() as client:
        client.post(CONFIGURE).raise_for_status()
        commit_events(world.home, events)
        job = run(client, "2013-04")
        assert (job["state"], job["error"]) == ("done", None)
        assert job["result"]["revision"] == 1
        assert job["log"][0]["text"].startswith("evaluating 2013-04-01/2013-05-01")
        last = read_stream_events(client.get(f"/api/v1/jobs/{job['id']}/events").text)[-1]
        assert last["result"] == job["result"]
        shown = client.get(f"/api/v1/evaluations/{job['result']['evaluation_id']}").json()
        assert (shown["name"], shown["store"], shown["row_count"]) == ("2013-04", STORE, 300)
        assert shown["model_version"] == "v1"
        assert shown["job_id"] == job["id"]
        again = run(client, "2013-04-01/2013-05-01")["result"]
        assert (again["evaluation_id"], again["changed"]) == (shown["id"], False)
        commit_events(world.home, label(events, rows), topic="ground-truth")
        assert run(client, "2013-04")["result"]["revision"] == 2
        latest = client.get(f"/api/v1/evaluations/{shown['id']}").json()
        assert [entry["revision"] for entry in latest["revisions"]] == [2, 1]
        assert {one["column"]: one["role"] for one in shown["distributions"]}["prediction"] == "categorical"
        report = client.get(f"/api/v1/evaluations/{shown['id']}/report", params={"revision": 1})
        assert report.headers["content-type"] == "text/html; charset=utf-8"
        assert report.headers["content-disposition"] == f'attachment; filename="{STORE}-2013-04.html"'
        assert shown["sentence"] in html.unescape(report.text)
        assert client.get("/api/v1/evaluations/none/report").status_code == 404
        first = client.get(f"/api/v1/evaluations/{shown['id']}", params={"revision": 1}).json()
        assert first["readings"] == shown["readings"]
        summary = client.get("/api/v1/evaluations", params={"project": PROJECT, "store": STORE}).json()
        assert [entry["revision"] for entry in summary["items"]] == [2]
        metrics = {entry["metric"]: entry["value"] for entry in summary["items"][0]["readings"]}
        assert metrics["roc_auc"] is not None
        store = client.get(f"/api/v1/stores/{PROJECT}/{STORE}").json()
        assert (store["evaluation_count"], store["latest"]["id"]) == (1, shown["id"])


def test_a_window_without_rows_fails_the_job_and_leaves_no_evaluation(
    world: World, model: SmallModel
) -> None:
    with world.open_client() as client:
        client.post(CONFIGURE).raise_for_status()
        before_any = run(client, "2013-04")
        assert (before_any["state"], before_any["error"]["status"]) == ("failed", 404)
        commit_events(world.home, model.predict(draw_rows(50, seed=3), date(2013, 4, 1)))
        for window in ("2013-07", "2999-01"):
            job = run(client, window)
            assert (job["state"], job["error"]["status"], job["result"]) == ("failed", 422, None)
            assert job["message"] == job["error"]["detail"]
        assert client.post(RUN, json={"window": "soon"}).status_code == 422
        assert client.post(RUN.replace("evaluate-", "none-"), json={"window": "2013-04"}).status_code == 404
        assert client.get("/api/v1/evaluations").json() == {"items": [], "next_cursor": None}


def test_labels_are_reported_and_checked(world: World, model: SmallModel) -> None:
    rows = draw_rows(30, seed=3)
    events = model.predict(rows, date(2013, 4, 1))
    stranger = "0190a0a0-0000-7000-8000-000000000000"
    with world.open_client() as client:
        assert client.get(LABELS).json() == {
            "labelled": 0,
            "waiting": 0,
            "unmatched": 0,
            "unmatched_ids": [],
            "corrected": 0,
            "business_key": None,
            "delay_median_s": None,
            "delay_p90_s": None,
            "unknown_labels": [],
            "days": [],
        }
        for path in ("/labels/sample", "/training"):
            missing = client.get(LABELS.removesuffix("/labels") + path)
            assert (missing.status_code, "has no log yet" in missing.text) == (404, True)
        commit_events(world.home, events)
        labels = label(events[:10], rows[:10])
        labels[0].prediction_id = stranger
        commit_events(world.home, labels, topic="ground-truth")
        report = client.get(LABELS, params={"window": "2013-04"}).json()
        assert (report["labelled"], report["waiting"], report["unmatched"]) == (9, 21, 1)
        assert report["unmatched_ids"] == [stranger]
        assert client.get(LABELS).json() == report
        sums = [sum(day[name] for day in report["days"]) for name in ("labelled", "waiting", "unmatched")]
        assert sums == [9, 21, 1]
        assert report["days"][-1]["day"] == "2013-06-01"
        sample = client.get(f"{LABELS}/sample", params={"rows": 5, "format": "parquet"})
        assert pq.read_table(io.BytesIO(sample.content)).num_rows == 5
        assert client.get(f"{LABELS}/sample", params={"strategy": "best"}).status_code == 422
        training = client.get(LABELS.removesuffix("/labels") + "/training", params={"window": "2013-04"})
        table = pq.read_table(io.BytesIO(training.content))
        assert (table.num_rows, table.column_names) == (9, [*rows.columns, "event_time"])


def test_the_contract_of_an_evaluation_is_typed(world: World) -> None:
    with world.open_client() as client:
        schemas = client.get("/api/v1/openapi.json").json()["components"]["schemas"]
        assert schemas["ReadingAnswer"]["properties"]["metric"] == {"title": "Metric", "type": "string"}
        assert schemas["EvaluationAnswer"]["properties"]["created_at"]["format"] == "date-time"
        assert {"ReadingAnswer", "FeatureVerdict", "LabelsAnswer", "EvaluationSummary"} <= set(schemas)
