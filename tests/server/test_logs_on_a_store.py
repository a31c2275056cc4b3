"""A log on an S3-compatible store, seen through the server: browsed, read and evaluated as a local one is."""

import shutil
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient

from tests.loglake.stores import ACCESS_KEY, BUCKET, SECRET, Fault, find_place, run_proxy, run_store
from tests.monitoring.small_model import SmallModel, draw_rows, label, train
from tests.monitoring.world import (
    CONFIGURE,
    DEPLOYMENT,
    ENDPOINT,
    LOG_PATH,
    MODEL,
    PROJECT,
    commit_events,
    commit_events_at,
    make_world,
)

RUN = f"/api/v1/recipes/{PROJECT}/evaluate-{DEPLOYMENT}-{ENDPOINT}/actions/run"
ROWS = 300


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> SmallModel:
    return train(tmp_path_factory.mktemp("model") / "v1")


@pytest.fixture
def fault() -> Fault:
    return Fault()


@pytest.fixture
def endpoint(fault: Fault) -> Iterator[str]:
    with run_store() as store, run_proxy(store, fault) as found:
        yield found


def evaluate(client: TestClient) -> dict[str, Any]:
    """The evaluation of April, without what differs from run to run."""
    job: dict[str, Any] = client.post(RUN, json={"window": "2013-04"}).raise_for_status().json()
    deadline = time.monotonic() + 60
    while job["state"] in {"queued", "running"}:
        assert time.monotonic() < deadline
        time.sleep(0.05)
        job = client.get(f"/api/v1/jobs/{job['id']}").json()
    assert job["error"] is None, job
    shown: dict[str, Any] = client.get(f"/api/v1/evaluations/{job['result']['evaluation_id']}").json()
    return {
        name: shown[name]
        for name in ("row_count", "readings", "distributions", "performance")
        if name in shown
    }


def test_browsed_read_and_evaluated_as_a_local_log(
    tmp_path: Path, model: SmallModel, endpoint: str, fault: Fault
) -> None:
    rows = draw_rows(ROWS, seed=3, shift=2)
    events, labels = model.predict(rows, date(2013, 4, 1)), []
    labels = label(events, rows)
    shown: dict[str, dict[str, Any]] = {}
    for name in ("local", "lake"):
        home = tmp_path / name
        world = make_world(home)
        shutil.copytree(model.folder, home / "models" / PROJECT / MODEL / "v1")
        with world.open_client() as client:
            if name == "lake":
                connect(client, endpoint)
                place = find_place(endpoint, "team/log")
                commit_events_at(place, events)
                commit_events_at(place, labels, topic="ground-truth")
            else:
                commit_events(home, events)
                commit_events(home, labels, topic="ground-truth")
            client.post(CONFIGURE).raise_for_status()
            shown[name] = evaluate(client)
            if name == "lake":
                check_browsing(client)
                check_reading(client, tmp_path)
                check_death(client, fault)
    assert shown["lake"]["row_count"] == ROWS
    assert shown["lake"] == shown["local"]


def connect(client: TestClient, endpoint: str) -> None:
    """A connection, and the home's one destination moved to it."""
    lake = {"bucket": BUCKET, "prefix": "team", "endpoint": endpoint, "allow_http": True}
    key = {"access_key_id": ACCESS_KEY, "secret_access_key": SECRET}
    client.post("/api/v1/connections", json={"id": "lake", **lake, **key}).raise_for_status()
    moved = client.patch("/api/v1/destinations/events", json={"connection_id": "lake", "path": "log"})
    assert moved.json()["place"] == f"s3://{BUCKET}/team/log"


def check_browsing(client: TestClient) -> None:
    def browse(path: str) -> dict[str, Any]:
        answer: dict[str, Any] = client.get("/api/v1/connections/lake/browse", params={"path": path}).json()
        return answer

    assert [entry["name"] for entry in browse("")["entries"]] == ["log"]
    assert [entry["name"] for entry in browse("log")["entries"]] == ["api-node-query", "ground-truth"]
    [entry] = browse(f"log/api-node-query/{DEPLOYMENT}")["entries"]
    table = {"name": ENDPOINT, "kind": "log-table", "path": f"log/{LOG_PATH}", "row_count": ROWS}
    assert entry == table
    assert browse(f"log/{LOG_PATH}")["kind"] == "log-table"
    for path, status in (("nothing", 404), ("..", 422), ("log/../..", 422)):
        assert client.get("/api/v1/connections/lake/browse", params={"path": path}).status_code == status


def check_reading(client: TestClient, folder: Path) -> None:
    [dataset] = client.get("/api/v1/datasets", params={"project": PROJECT}).json()["items"]
    assert (dataset["connection_id"], dataset["path"]) == ("lake", f"log/{LOG_PATH}")
    url = f"/api/v1/datasets/{PROJECT}/{dataset['name']}"
    shown = client.get(url).json()
    assert sum(entry["row_count"] for entry in shown["partitions"]) == ROWS
    assert client.get(f"{url}/preview", params={"limit": 5}).json()["row_count"] == ROWS
    page = client.get(f"{url}/rows", params={"sort": "prediction_id", "limit": 3, "offset": 7}).json()
    assert (len(page["rows"]), page["row_count"]) == (3, ROWS)
    assert client.get(f"{url}/statistics").json()["row_count"] == ROWS
    (folder / "taken.parquet").write_bytes(
        client.get(f"{url}/download", params={"format": "parquet"}).content
    )
    assert pq.read_table(folder / "taken.parquet").num_rows == ROWS
    snippets = client.get(f"{url}/snippets").json()["items"]
    assert all("s3" in entry["code"] and SECRET not in entry["code"] for entry in snippets)


def check_death(client: TestClient, fault: Fault) -> None:
    """Pages say that the store does not answer; nothing falls over."""
    fault.is_dead = True
    [dataset] = client.get("/api/v1/datasets", params={"project": PROJECT}).json()["items"]
    url = f"/api/v1/datasets/{PROJECT}/{dataset['name']}"
    for path in (f"{url}/preview", url, "/api/v1/connections/lake/browse"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:wakeline:problem:unavailable")
        assert SECRET not in answer.text
    assert client.get("/api/v1/connections").status_code == 200
