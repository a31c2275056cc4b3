"""Connections, datasets, zones over REST: browsing stays below the root, previews are plain JSON."""

from datetime import date
from pathlib import Path

import pytest

from tests.monitoring.world import (
    DEPLOYMENT,
    ENDPOINT,
    LOG_PATH,
    MODEL,
    PROJECT,
    build_event,
    commit_events,
    make_world,
)
from wakeline.core.event import Stream
from wakeline.loglake.layout import locate_table

BROWSE = "/api/v1/connections/local/browse"
DATASET = {"project": PROJECT, "name": "log", "connection_id": "local", "path": LOG_PATH}


def test_browsing_leads_down_to_the_log_tables(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    with world.open_client() as client:
        assert client.get(BROWSE).json() == {"path": "", "kind": "folder", "entries": []}
        commit_events(world.home, [build_event(date(2013, 4, 1), {"x": 1.0}, 0.2)] * 1)
        top = client.get(BROWSE).json()["entries"]
        assert top == [
            {"name": "api-node-query", "kind": "folder", "path": "api-node-query", "row_count": None}
        ]
        below = client.get(BROWSE, params={"path": f"api-node-query/{DEPLOYMENT}"}).json()["entries"]
        assert below == [{"name": ENDPOINT, "kind": "log-table", "path": LOG_PATH, "row_count": 1}]
        assert client.get(BROWSE, params={"path": LOG_PATH}).json()["kind"] == "log-table"
        assert client.get(BROWSE, params={"path": "nothing"}).status_code == 404
        assert client.get(BROWSE.replace("local", "none")).status_code == 404


def test_names_are_shown_as_they_were_given(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    locate_table(world.home / "events", Stream("my topic", "key/ü", "e.1")).mkdir(parents=True)
    with world.open_client() as client:
        entry = client.get(BROWSE).json()["entries"][0]
        assert entry["name"] == "my topic"
        below = client.get(BROWSE, params={"path": entry["path"]}).json()["entries"][0]
        assert below["name"] == "key/ü"


@pytest.mark.parametrize(
    "path", ["..", "../..", "api-node-query/../..", "_x002E__x002E_", "a/_x002E_./b", "x\\y", "link"]
)
def test_browsing_refuses_to_leave_the_root(tmp_path: Path, path: str) -> None:
    world = make_world(tmp_path / "home")
    (tmp_path / "secret").mkdir()
    (world.home / "events").mkdir()
    (world.home / "events" / "link").symlink_to(tmp_path / "secret")
    with world.open_client() as client:
        assert client.get(BROWSE, params={"path": path}).status_code == 422
        assert client.get(BROWSE).json()["entries"] == []
        made = client.post("/api/v1/datasets", json={**DATASET, "path": f"{path}/a/b/c"})
        read = client.get(f"/api/v1/datasets/{PROJECT}/log")
        assert (made.status_code, read.status_code) == ((201, 422) if path == "link" else (422, 404))


def test_a_dataset_shows_its_table(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    days = [date(2013, 4, 1), date(2013, 4, 1), date(2013, 4, 3)]
    events = [build_event(day, {"dep hour": 8.0, "carrier": "UA"}, 0.7) for day in days]
    commit_events(world.home, events)
    with world.open_client() as client:
        assert client.post("/api/v1/datasets", json=DATASET).status_code == 201
        shown = client.get(f"/api/v1/datasets/{PROJECT}/log").json()
        assert (shown["state"], shown["row_count"], shown["endpoint"]) == ("present", 3, ENDPOINT)
        counts = [(entry["day"], entry["row_count"]) for entry in shown["partitions"]]
        assert counts == [("2013-04-01", 2), ("2013-04-03", 1)]
        assert {"name": "features.dep hour", "type": "double"} in shown["columns"]
        assert client.post("/api/v1/datasets", json=DATASET).status_code == 409


def test_a_preview_is_plain_json(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    event = build_event(date(2013, 4, 1), {"dep hour": 8.0, "carrier": "UA"}, 0.7)
    later = build_event(date(2013, 5, 1), {"dep hour": 9.0, "carrier": "AA"}, 0.1)
    commit_events(world.home, [event, later])
    with world.open_client() as client:
        client.post("/api/v1/datasets", json=DATASET).raise_for_status()
        path = f"/api/v1/datasets/{PROJECT}/log/preview"
        answer = client.get(path, params={"window": "2013-04"}).json()
        row = answer["rows"][0]
        assert list(row) == [column["name"] for column in answer["columns"]]
        assert (len(answer["rows"]), answer["row_count"]) == (1, 1)
        assert (row["features.dep hour"], row["features.carrier"], row["prediction"]) == (8.0, "UA", "true")
        assert (row["event_time"], row["day"]) == ("2013-04-01T12:00:00Z", "2013-04-01")
        assert client.get(path).json()["row_count"] == 2
        assert len(client.get(path, params={"limit": 1}).json()["rows"]) == 1
        assert client.get(path, params={"limit": 1001}).status_code == 422
        assert client.get(path, params={"window": "April"}).status_code == 422


def test_a_dataset_without_a_table_is_empty(tmp_path: Path) -> None:
    with make_world(tmp_path).open_client() as client:
        client.post("/api/v1/datasets", json=DATASET).raise_for_status()
        answer = client.get(f"/api/v1/datasets/{PROJECT}/log/preview").json()
        assert answer == {"columns": [], "rows": [], "row_count": 0}


def test_what_a_recipe_reads_is_not_deleted(tmp_path: Path) -> None:
    with make_world(tmp_path).open_client() as client:
        client.post("/api/v1/datasets", json=DATASET).raise_for_status()
        client.post("/api/v1/stores", json={"project": PROJECT, "name": "mes"}).raise_for_status()
        recipe = {"project": PROJECT, "name": "r", "dataset": "log", "model": MODEL, "store": "mes"}
        client.post("/api/v1/recipes", json=recipe).raise_for_status()
        assert client.delete(f"/api/v1/datasets/{PROJECT}/log").status_code == 409
        other = {**DATASET, "name": "other"}
        client.post("/api/v1/datasets", json=other).raise_for_status()
        assert client.delete(f"/api/v1/datasets/{PROJECT}/other").status_code == 204
        assert client.get(f"/api/v1/datasets/{PROJECT}/other").status_code == 404


def test_items_move_between_zones_all_or_none(tmp_path: Path) -> None:
    with make_world(tmp_path).open_client() as client:
        client.post("/api/v1/datasets", json=DATASET).raise_for_status()
        zone = client.post("/api/v1/zones", json={"project": PROJECT, "name": "Mine"}).json()
        move = f"/api/v1/zones/{zone['id']}/actions/move"
        wrong = [{"kind": "dataset", "name": "log"}, {"kind": "store", "name": "none"}]
        assert client.post(move, json={"items": wrong}).status_code == 404
        assert client.get(f"/api/v1/datasets/{PROJECT}/log").json()["zone"] is None
        client.post(move, json={"items": wrong[:1]}).raise_for_status()
        assert client.get(f"/api/v1/datasets/{PROJECT}/log").json()["zone"] == "Mine"
        assert client.post("/api/v1/zones", json={"project": PROJECT, "name": "Mine"}).status_code == 409


@pytest.mark.parametrize("settings", [{"seed": -1}, {"unknown": 1}, {"model_version": ""}])
def test_a_recipe_with_settings_that_do_not_fit_is_refused(
    tmp_path: Path, settings: dict[str, object]
) -> None:
    with make_world(tmp_path).open_client() as client:
        client.post("/api/v1/datasets", json=DATASET).raise_for_status()
        client.post("/api/v1/stores", json={"project": PROJECT, "name": "mes"}).raise_for_status()
        recipe = {"project": PROJECT, "name": "r", "dataset": "log", "model": MODEL, "store": "mes"}
        assert client.post("/api/v1/recipes", json={**recipe, "settings": settings}).status_code == 422
        client.post("/api/v1/recipes", json={**recipe, "settings": {"seed": 7}}).raise_for_status()
        path = f"/api/v1/recipes/{PROJECT}/r"
        assert client.patch(path, json={"settings": settings}).status_code == 422
        changed = client.patch(path, json={"settings": {"model_version": "v1"}}).json()["settings"]
        assert (changed["model_version"], changed["seed"], changed["filter_deployment_id"]) == (
            "v1",
            7,
            DEPLOYMENT,
        )


def test_a_recipe_compares_with_a_window_that_is_there(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    commit_events(world.home, [build_event(date(2013, 4, 1), {"x": 1.0}, 0.2)])
    with world.open_client() as client:
        for body in (DATASET, {**DATASET, "name": "before"}):
            client.post("/api/v1/datasets", json=body).raise_for_status()
        client.post("/api/v1/stores", json={"project": PROJECT, "name": "mes"}).raise_for_status()
        recipe = {"project": PROJECT, "name": "r", "dataset": "log", "model": MODEL, "store": "mes"}
        client.post("/api/v1/recipes", json=recipe).raise_for_status()
        path = f"/api/v1/recipes/{PROJECT}/r"
        for wrong, status in (
            ({"dataset": "nothing", "window": "2013-04"}, 404),
            ({"dataset": "before", "window": "April"}, 422),
            ({"dataset": "before"}, 422),
        ):
            assert client.patch(path, json={"settings": {"reference": wrong}}).status_code == status
        chosen = {"dataset": "before", "window": "2013-03"}
        changed = client.patch(path, json={"settings": {"reference": chosen}}).json()["settings"]
        assert changed["reference"] == {"dataset": "before", "window": "2013-03-01/2013-04-01"}
        edges = client.get("/api/v1/flow", params={"project": PROJECT}).json()["edges"]
        sources = {edge["source"]["name"] for edge in edges if edge["target"]["name"] == "r"}
        assert sources == {"log", "before", MODEL}
        assert client.delete(f"/api/v1/datasets/{PROJECT}/before").status_code == 409
        client.patch(path, json={"settings": {"reference": None}}).raise_for_status()
        assert client.delete(f"/api/v1/datasets/{PROJECT}/before").status_code == 204
        assert client.get(f"/api/v1/datasets/{PROJECT}/log").json()["is_api_node_log"] is True


def test_the_name_of_the_default_zone_is_taken(tmp_path: Path) -> None:
    with make_world(tmp_path).open_client() as client:
        zones = "/api/v1/zones"
        refused = client.post(zones, json={"project": PROJECT, "name": "default zone"})
        assert (refused.status_code, "choose another name" in refused.json()["detail"]) == (422, True)
        made = client.post(zones, json={"project": PROJECT, "name": "Mine"}).json()
        assert client.patch(f"{zones}/{made['id']}", json={"name": "Default zone"}).status_code == 422


def test_items_move_back_to_the_default_zone(tmp_path: Path) -> None:
    with make_world(tmp_path).open_client() as client:
        client.post("/api/v1/zones", json={"project": PROJECT, "name": "Mine"}).raise_for_status()
        client.post("/api/v1/datasets", json={**DATASET, "zone": "Mine"}).raise_for_status()
        move = "/api/v1/zones/default/actions/move"
        item = {"kind": "dataset", "name": "log"}
        wrong = [item, {"kind": "store", "name": "none"}]
        assert client.post(move, json={"project": PROJECT, "items": wrong}).status_code == 404
        assert client.get(f"/api/v1/datasets/{PROJECT}/log").json()["zone"] == "Mine"
        assert client.post(move, json={"project": PROJECT, "items": [item]}).status_code == 204
        assert client.get(f"/api/v1/datasets/{PROJECT}/log").json()["zone"] is None
