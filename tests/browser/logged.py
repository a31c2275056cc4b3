"""A home with a log of today's queries and one of each item of a Flow over it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from tests.browser.serving import DEPLOYMENT, ENDPOINT, MODEL, PROJECT, deploy_to, run_stack, save_to

QUERIES = 80
WAIT_SECONDS = 60
LOG = f"api-node-query/{DEPLOYMENT}/{ENDPOINT}"
ZONE = "Made by requests"
DATASET = "risk-log"
RECIPE = "evaluate-risk"
STORE = "risk-store"


@contextmanager
def run_logged(home: Path, model: Path) -> Iterator[str]:
    """All processes; the address of the server."""
    with run_stack(home) as url:
        save_to(url, model)
        deploy_to(url)
        with httpx.Client(base_url=f"{url}/api/v1", timeout=30) as api:
            fill_log(api)
            make_items(api)
            run_today(api)
        yield url


def fill_log(api: httpx.Client) -> None:
    for number in range(QUERIES):
        features = {
            "amount": 5.0 * number,
            "items": float(1 + number % 8),
            "country": ("DE", "FR")[number % 2],
        }
        body = {"endpoint_id": ENDPOINT, "features": features}
        api.post(f"/deployments/{DEPLOYMENT}/actions/query", json=body).raise_for_status()
    wait_until(lambda: count_rows(api) == QUERIES)


def count_rows(api: httpx.Client) -> int:
    answer = api.get("/connections/local/browse", params={"path": LOG.rpartition("/")[0]})
    if answer.status_code != 200:
        return 0
    return int(next((entry["row_count"] or 0 for entry in answer.json()["entries"]), 0))


def make_items(api: httpx.Client) -> None:
    place: dict[str, Any] = {"project": PROJECT, "zone": ZONE}
    api.post("/zones", json={"project": PROJECT, "name": ZONE}).raise_for_status()
    dataset = {**place, "name": DATASET, "connection_id": "local", "path": LOG}
    api.post("/datasets", json=dataset).raise_for_status()
    api.post("/stores", json={**place, "name": STORE}).raise_for_status()
    recipe = {**place, "name": RECIPE, "dataset": DATASET, "model": MODEL, "store": STORE}
    api.post("/recipes", json=recipe).raise_for_status()


def run_today(api: httpx.Client) -> None:
    today = datetime.now(UTC).date().isoformat()
    job = (
        api.post(f"/recipes/{PROJECT}/{RECIPE}/actions/run", json={"window": today}).raise_for_status().json()
    )
    wait_until(lambda: api.get(f"/jobs/{job['id']}").json()["state"] == "done")


def wait_until(found: Callable[[], object]) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not found():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.2)
