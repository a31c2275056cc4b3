"""Erasure by key: rows, labels and what was derived are gone, and the record says so."""

import json
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
)
from tests.server.test_evaluations import run
from wakeline.core.event import Stream
from wakeline.loglake.compaction import compact, plan_compaction
from wakeline.loglake.disk import Disk
from wakeline.loglake.layout import locate_table
from wakeline.loglake.rewrite import list_live_files
from wakeline.loglake.table import open_table
from wakeline.loglake.window import LogSnapshot
from wakeline.metadata.queries import jobs
from wakeline.monitoring.erasure import resume_erasures
from wakeline.monitoring.remains import find_remains

CUSTOMER = "customer-Zx81-unique"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> SmallModel:
    return train(tmp_path_factory.mktemp("model") / "v1")


@pytest.fixture
def world(tmp_path: Path, model: SmallModel) -> World:
    made = make_world(tmp_path)
    shutil.copytree(model.folder, tmp_path / "models" / PROJECT / MODEL / "v1")
    return made


def erase(client: TestClient, **key: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/erasures", json={"project": PROJECT, "asked_by": "Ada", **key})
    assert answer.status_code == 202, answer.text
    return await_end(client, answer.json())


def await_end(client: TestClient, erasure: dict[str, Any]) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while True:
        found: dict[str, Any] = client.get(f"/api/v1/erasures/{erasure['id']}").json()
        if found["state"] != "running":
            return found
        assert time.monotonic() < deadline
        time.sleep(0.05)


def merge(home: Path, root: Path) -> None:
    now_us = time.time_ns() // 1000 + 3_600_000_000
    for bundle in plan_compaction(list_live_files(open_table(root)), column_count=20, now_us=now_us):
        assert compact(root, bundle, Disk())


def read_texts(home: Path) -> str:
    """Every value of every data file that lies anywhere below the home, listed by a log or not."""
    return "\n".join(
        json.dumps(pq.read_table(path, partitioning=None).to_pylist(), default=str)
        for path in (home / "events").rglob("*.parquet")
        if "_delta_log" not in path.parts
    )


def test_a_customer_is_gone_from_rows_labels_profiles_and_files(world: World, model: SmallModel) -> None:
    rows = draw_rows(120, seed=3, shift=2)
    events = model.predict(rows, date(2013, 4, 1))
    labels = label(events, rows)
    marked = {7, 8}
    for index, event in enumerate(events):
        features: dict[str, Any] = dict(event.features or {})  # type: ignore[arg-type]
        features["customer_id"] = CUSTOMER if index in marked else f"c{index}"
        events[index] = type(event)(**{**_fields(event), "features": features})
    doomed = [events[index].prediction_id for index in sorted(marked)]
    root = locate_table(world.home / "events", Stream("api-node-query", DEPLOYMENT, ENDPOINT))
    truth = locate_table(world.home / "events", Stream("ground-truth", DEPLOYMENT, ENDPOINT))
    with world.open_client() as client:
        client.post(CONFIGURE).raise_for_status()
        commit_events(world.home, events[:60])
        commit_events(world.home, events[60:])
        commit_events(world.home, labels, topic="ground-truth")
        first = run(client, "2013-04")["result"]
        merge(world.home, root)
        assert CUSTOMER in read_texts(world.home)
        assert len(LogSnapshot.open(truth).files()) >= 1
        found = erase(client, where=f"features.customer_id={CUSTOMER}")
        assert (found["state"], found["asked_by"], found["key_columns"]) == (
            "done",
            "Ada",
            ["features.customer_id"],
        )
        assert found["row_count"] == 4
        assert not [place for place in found["places"] if place.get("left")]
        kept = LogSnapshot.open(root)
        assert kept.count() == 118
        assert LogSnapshot.open(truth).count() == 118
        texts = read_texts(world.home)
        assert not [text for text in (CUSTOMER, *doomed) if str(text) in texts]
        assert find_remains(world.home, [CUSTOMER, *map(str, doomed)]) == []
        assert [place["place"] for place in found["places"] if place.get("queued")]
        deadline = time.monotonic() + 60
        while True:
            shown = client.get(f"/api/v1/evaluations/{first['evaluation_id']}").json()
            if shown["revision"] == 2:
                break
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert shown["row_count"] == 118
        listed = client.get("/api/v1/erasures", params={"project": PROJECT}).json()["items"]
        assert [row["id"] for row in listed] == [found["id"]]
        assert CUSTOMER not in json.dumps(listed)
        again = erase(client, where=f"features.customer_id={CUSTOMER}")
        assert (again["row_count"], again["places"]) == (0, [])
        by_id = erase(client, prediction_ids=[events[0].prediction_id])
        assert by_id["row_count"] == 2
        for key in ({}, {"where": "customer"}, {"where": "nothing=1"}, {"where": "features.x="}):
            assert client.post("/api/v1/erasures", json={"project": PROJECT, **key}).status_code == 422


def test_an_erasure_that_was_cut_off_is_taken_up_again(world: World, model: SmallModel) -> None:
    """The server ended while the job ran: the key waits in a file of the home until it is back."""
    events = model.predict(draw_rows(20, seed=5), date(2013, 4, 1))
    commit_events(world.home, events)
    client = TestClient(world_app(world), base_url="http://127.0.0.1")
    asked = client.post(
        "/api/v1/erasures", json={"project": PROJECT, "prediction_ids": [events[3].prediction_id]}
    )
    erasure = asked.json()
    with world.parts.sessions.begin() as session:
        job = jobs.get_job(session, erasure["job_id"])
        jobs.finish_job(
            session,
            job.id,
            jobs.JobState.FAILED,
            1,
            message="cut off",
            error={"type": "urn:wakeline:problem:interrupted"},
        )
    assert resume_erasures(world.parts.sessions, 2) == 1
    assert resume_erasures(world.parts.sessions, 3) == 0
    with world.open_client() as running:
        found = await_end(running, erasure)
    assert (found["state"], found["row_count"]) == ("done", 1)
    assert not list((world.home / "erasures").iterdir())


def world_app(world: World) -> Any:
    """Without the lifespan no job runs."""
    from wakeline.server.application import create_app

    return create_app(world.parts)


def _fields(event: Any) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__struct_fields__}
