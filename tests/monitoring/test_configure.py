"""Configure: makes what is missing, changes nothing twice, takes over what was made by hand."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from tests.monitoring.world import CONFIGURE, DEPLOYMENT, ENDPOINT, LOG_PATH, MODEL, PROJECT, make_world

ZONE = f"API Endpoint Monitoring: {DEPLOYMENT}"
LABEL = f"{DEPLOYMENT}-{ENDPOINT}"
CHECKS = ["Drifted features", "Missing values", "Prediction drift", "ROC AUC"]


def list_telling(recipe: str) -> list[dict[str, str]]:
    """What Configure makes beside the Flow's own items."""
    return [{"kind": "schedule", "name": recipe}, *({"kind": "check", "name": name} for name in CHECKS)]


def list_objects(client: TestClient) -> dict[str, Any]:
    answers = {
        noun: client.get(f"/api/v1/{noun}", params={"project": PROJECT}).json()["items"]
        for noun in ("zones", "datasets", "recipes", "stores")
    }
    return {**answers, "flow": client.get("/api/v1/flow", params={"project": PROJECT}).json()}


def strip_times(objects: Any) -> Any:
    if isinstance(objects, dict):
        return {
            key: strip_times(value)
            for key, value in objects.items()
            if key not in {"id", "created_at", "updated_at"}
        }
    return [strip_times(entry) for entry in objects] if isinstance(objects, list) else objects


def make_by_hand(client: TestClient, *, dataset: str, recipe: str, store: str, zone: str | None) -> None:
    place = {"zone": zone} if zone else {}
    if zone:
        client.post("/api/v1/zones", json={"project": PROJECT, "name": zone}).raise_for_status()
    base = {"project": PROJECT, **place}
    log = {"connection_id": "local", "path": LOG_PATH}
    client.post("/api/v1/datasets", json={**base, "name": dataset, **log}).raise_for_status()
    client.post("/api/v1/stores", json={**base, "name": store}).raise_for_status()
    joined = {"dataset": dataset, "model": MODEL, "store": store}
    client.post("/api/v1/recipes", json={**base, "name": recipe, **joined}).raise_for_status()


def test_it_makes_zone_dataset_recipe_store_schedule_and_checks(tmp_path: Path) -> None:
    with make_world(tmp_path).open_client() as client:
        answer = client.post(CONFIGURE, json={}).json()
        assert answer == {
            "created": [
                {"kind": "zone", "name": ZONE},
                {"kind": "dataset", "name": f"{LABEL}-log"},
                {"kind": "recipe", "name": f"evaluate-{LABEL}"},
                {"kind": "store", "name": LABEL},
                *list_telling(f"evaluate-{LABEL}"),
            ],
            "existing": [],
            "moved": [],
            "zone": ZONE,
            "dataset": f"{LABEL}-log",
            "recipe": f"evaluate-{LABEL}",
            "store": LABEL,
            "changed": True,
        }
        recipe = client.get(f"/api/v1/recipes/{PROJECT}/evaluate-{LABEL}").json()
        assert recipe["zone"] == ZONE
        assert recipe["settings"] == {
            "model_version": "active",
            "reference": None,
            "handle_as_api_node_logs": "auto",
            "filter_model_version": True,
            "filter_deployment_id": DEPLOYMENT,
            "skip_performance": "auto",
            "sample_rows_max": 50_000,
            "seed": 2013,
        }
        dataset = client.get(f"/api/v1/datasets/{PROJECT}/{LABEL}-log").json()
        assert (dataset["path"], dataset["state"], dataset["row_count"]) == (LOG_PATH, "empty", 0)


def test_the_flow_shows_what_feeds_what(tmp_path: Path) -> None:
    with make_world(tmp_path).open_client() as client:
        client.post(CONFIGURE).raise_for_status()
        flow = client.get("/api/v1/flow", params={"project": PROJECT}).json()
        recipe = {"kind": "recipe", "name": f"evaluate-{LABEL}"}
        assert flow["edges"] == [
            {"source": {"kind": "dataset", "name": f"{LABEL}-log"}, "target": recipe},
            {"source": {"kind": "model", "name": MODEL}, "target": recipe},
            {"source": recipe, "target": {"kind": "store", "name": LABEL}},
        ]
        items = {zone["name"]: [item["kind"] for item in zone["items"]] for zone in flow["zones"]}
        assert items == {"Default": ["model"], ZONE: ["dataset", "recipe", "store"]}


def test_a_second_run_changes_nothing_and_says_so(tmp_path: Path) -> None:
    with make_world(tmp_path).open_client() as client:
        first = client.post(CONFIGURE).json()
        before = list_objects(client)
        second = client.post(CONFIGURE).json()
        assert (second["changed"], second["created"], second["moved"]) == (False, [], [])
        assert second["existing"] == first["created"]
        assert list_objects(client) == before


def test_many_clicks_at_once_make_one_set(tmp_path: Path) -> None:
    with make_world(tmp_path).open_client() as client, ThreadPoolExecutor(8) as pool:
        answers = [answer.json() for answer in pool.map(lambda _: client.post(CONFIGURE), range(16))]
        assert sorted(answer["changed"] for answer in answers) == [False] * 15 + [True]
        assert [len(list_objects(client)[noun]) for noun in ("zones", "datasets", "recipes", "stores")] == [
            1
        ] * 4


def test_by_hand_gives_the_same_objects(tmp_path: Path) -> None:
    with make_world(tmp_path / "clicked").open_client() as clicked:
        clicked.post(CONFIGURE).raise_for_status()
        expected = strip_times(list_objects(clicked))
    with make_world(tmp_path / "by-hand").open_client() as client:
        make_by_hand(client, dataset=f"{LABEL}-log", recipe=f"evaluate-{LABEL}", store=LABEL, zone=ZONE)
        assert strip_times(list_objects(client)) == expected
        assert client.post(CONFIGURE).json()["created"] == list_telling(f"evaluate-{LABEL}")
        assert client.post(CONFIGURE).json()["changed"] is False
        assert strip_times(list_objects(client)) == expected


def test_objects_made_by_hand_are_taken_over_where_they_stand(tmp_path: Path) -> None:
    with make_world(tmp_path).open_client() as client:
        make_by_hand(
            client, dataset="api_logs", recipe="evaluate", store="mes_for_api_monitoring", zone="Mine"
        )
        before = list_objects(client)
        answer = client.post(CONFIGURE).json()
        assert (answer["zone"], answer["store"]) == ("Mine", "mes_for_api_monitoring")
        assert answer["created"] == list_telling("evaluate")
        assert list_objects(client) == before


def test_objects_in_no_zone_are_moved_into_the_monitorings(tmp_path: Path) -> None:
    with make_world(tmp_path).open_client() as client:
        make_by_hand(client, dataset="api_logs", recipe="evaluate", store="mes", zone=None)
        answer = client.post(CONFIGURE).json()
        assert answer["created"] == [{"kind": "zone", "name": ZONE}, *list_telling("evaluate")]
        assert [part["name"] for part in answer["moved"]] == ["api_logs", "evaluate", "mes"]
        again = client.post(CONFIGURE).json()
        assert (again["changed"], again["moved"]) == (False, [])


def test_only_the_missing_half_is_made(tmp_path: Path) -> None:
    with make_world(tmp_path).open_client() as client:
        body = {"project": PROJECT, "name": "api_logs", "connection_id": "local", "path": f"/{LOG_PATH}/"}
        client.post("/api/v1/datasets", json=body).raise_for_status()
        answer = client.post(CONFIGURE).json()
        assert [part["kind"] for part in answer["created"]][:3] == ["zone", "recipe", "store"]
        assert answer["dataset"] == "api_logs"
        assert client.get(f"/api/v1/recipes/{PROJECT}/{answer['recipe']}").json()["dataset"] == "api_logs"


def test_a_name_that_means_something_else_is_not_taken_over(tmp_path: Path) -> None:
    with make_world(tmp_path).open_client() as client:
        elsewhere = {"connection_id": "local", "path": "api-node-query/other/endpoint"}
        base = {"project": PROJECT}
        client.post("/api/v1/datasets", json={**base, "name": f"{LABEL}-log", **elsewhere}).raise_for_status()
        client.post("/api/v1/stores", json={**base, "name": LABEL}).raise_for_status()
        joined = {"dataset": f"{LABEL}-log", "model": MODEL, "store": LABEL}
        client.post("/api/v1/recipes", json={**base, "name": "other", **joined}).raise_for_status()
        answer = client.post(CONFIGURE).json()
        assert (answer["dataset"], answer["store"]) == (f"{LABEL}-log-2", f"{LABEL}-2")
        assert client.post(CONFIGURE).json()["changed"] is False


def test_an_unknown_deployment_or_endpoint_is_named(tmp_path: Path) -> None:
    with make_world(tmp_path).open_client() as client:
        missing = client.post(CONFIGURE.replace(f"endpoints/{ENDPOINT}", "endpoints/nothing"))
        assert (missing.status_code, missing.json()["detail"]) == (
            404,
            f"the deployment {DEPLOYMENT} has no endpoint 'nothing'; it has: {ENDPOINT}",
        )
        assert client.post(CONFIGURE.replace(DEPLOYMENT, "NONE")).status_code == 404
        assert list_objects(client)["datasets"] == []


def test_the_state_before_and_after(tmp_path: Path) -> None:
    path = CONFIGURE.replace("actions/configure-monitoring", "monitoring")
    with make_world(tmp_path).open_client() as client:
        before = client.get(path).json()
        assert (before["configured"], before["dataset"], before["log_row_count"]) == (False, None, None)
        client.post(CONFIGURE).raise_for_status()
        after = client.get(path).json()
        assert (after["configured"], after["store"], after["latest"]) == (True, LABEL, None)
