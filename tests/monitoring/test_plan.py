"""Configure's plan: shown before it is carried out, changed in each part, and taken away without the logs."""

from datetime import date
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from tests.monitoring.revisions import LABEL, create_check, save_day
from tests.monitoring.test_configure import CHECKS, ZONE, list_objects, make_by_hand
from tests.monitoring.world import (
    CONFIGURE,
    DEPLOYMENT,
    LOG_PATH,
    MODEL,
    PROJECT,
    build_event,
    commit_events,
    make_world,
)

PLAN = CONFIGURE.replace("actions/configure-monitoring", "monitoring/plan")
STATE = CONFIGURE.replace("actions/configure-monitoring", "monitoring")
REMOVE = CONFIGURE.replace("configure-monitoring", "remove-monitoring")
ALERT = {"name": "team", "target": {"kind": "webhook", "url": "http://127.0.0.1:9/", "secret": "long enough"}}
WISHES: dict[str, Any] = {
    "zone": "Watching",
    "dataset": "api_logs",
    "store": "mes_for_api_monitoring",
    "recipe": {"name": "evaluate", "settings": {"skip_performance": True, "seed": 7}},
    "schedule": {"cron": "0 6 * * MON", "time_zone": "Europe/Berlin", "window_rule": "previous-week"},
    "checks": [{"name": "strict", "metric": "psi", "scope": "any-feature", "error_max": 0.1}],
    "alert": ALERT,
}


def count_telling(client: TestClient) -> dict[str, int]:
    return {
        noun: len(client.get(f"/api/v1/{noun}", params={"project": PROJECT}).json()["items"])
        for noun in ("schedules", "checks", "alerts")
    }


def test_the_preview_shows_what_is_made_and_makes_nothing(tmp_path: Path) -> None:
    with make_world(tmp_path).open_client() as client:
        plan = client.get(PLAN).json()
        assert plan["zone"] == {"name": ZONE, "exists": False}
        assert plan["dataset"] == {
            "name": f"{LABEL}-log",
            "exists": False,
            "connection_id": "local",
            "path": LOG_PATH,
        }
        assert plan["recipe"]["settings"]["filter_deployment_id"] == DEPLOYMENT
        assert plan["recipe"]["settings"]["filter_model_version"] is True
        assert (plan["schedule"]["cron"], plan["schedule"]["exists"]) == ("30 2 * * *", False)
        assert [check["name"] for check in plan["checks"]] == CHECKS
        assert plan["checks"][0]["rule"].startswith("Share of drifted features: WARNING from any feature")
        assert (plan["alerts"], plan["ground_truth_key"], plan["changes"]) == ([], "prediction_id", True)
        assert list_objects(client)["datasets"] == []
        made = client.post(CONFIGURE).json()
        recipe = client.get(f"/api/v1/recipes/{PROJECT}/{made['recipe']}").json()
        assert recipe["settings"] == plan["recipe"]["settings"]
        after = client.get(PLAN).json()
        assert after["changes"] is False
        assert all(after[part]["exists"] for part in ("zone", "dataset", "recipe", "store", "schedule"))
        assert [check["exists"] for check in after["checks"]] == [True] * len(CHECKS)


def test_each_part_can_be_changed(tmp_path: Path) -> None:
    with make_world(tmp_path).open_client() as client:
        plan = client.post(PLAN.replace("monitoring/plan", "actions/plan-monitoring"), json=WISHES).json()
        made = client.post(CONFIGURE, json=WISHES).json()
        assert {"kind": "alert", "name": "team"} in made["created"]
        state = client.get(STATE).json()
        names = [state[part] for part in ("zone", "dataset", "recipe", "store")]
        assert names == ["Watching", "api_logs", "evaluate", "mes_for_api_monitoring"]
        assert [plan[part]["name"] for part in ("zone", "dataset", "recipe", "store")] == names
        recipe = client.get(f"/api/v1/recipes/{PROJECT}/evaluate").json()["settings"]
        assert (recipe["skip_performance"], recipe["seed"], recipe["filter_deployment_id"]) == (
            True,
            7,
            DEPLOYMENT,
        )
        assert recipe == plan["recipe"]["settings"]
        schedule = state["schedule"]
        assert {name: schedule[name] for name in WISHES["schedule"]} == WISHES["schedule"]
        assert [check["name"] for check in state["checks"]] == ["strict"]
        assert state["alerts"][0]["target"] == {
            "kind": "webhook",
            "url": "http://127.0.0.1:9/",
            "signed": True,
        }
        for body in (WISHES, {}, None):
            assert client.post(CONFIGURE, json=body).json()["changed"] is False


def test_parts_can_be_left_out(tmp_path: Path) -> None:
    with make_world(tmp_path).open_client() as client:
        client.post(CONFIGURE, json={"schedule": None, "checks": []}).raise_for_status()
        assert count_telling(client) == {"schedules": 0, "checks": 0, "alerts": 0}
        state = client.get(STATE).json()
        assert (state["configured"], state["schedule"], state["checks"]) == (True, None, [])


def test_a_wish_that_does_not_fit_makes_nothing(tmp_path: Path) -> None:
    with make_world(tmp_path).open_client() as client:
        check = {"name": "x", "metric": "psi", "scope": "any-feature", "error_max": 1}
        wrong: list[dict[str, Any]] = [
            {"schedule": {"cron": "never"}},
            {"schedule": {"time_zone": "Nowhere"}},
            {"checks": [check, check]},
            {"checks": [{**check, "metric": "nothing"}]},
            {"checks": [{**check, "name": "a/b"}]},
            {"alert": {"target": {"kind": "webhook", "url": "nowhere"}}},
            {"ground_truth_key": "order_id"},
            {"dataset": "a/b"},
            {"recipe": {"settings": {"seed": -1}}},
            {"nothing": 1},
        ]
        for body in wrong:
            assert client.post(CONFIGURE, json=body).status_code == 422, body
        assert list_objects(client)["datasets"] == []
        assert count_telling(client) == {"schedules": 0, "checks": 0, "alerts": 0}


def test_checks_and_a_schedule_made_by_hand_are_taken_over(tmp_path: Path) -> None:
    with make_world(tmp_path).open_client() as client:
        make_by_hand(client, dataset="log", recipe="evaluate", store=LABEL, zone=ZONE)
        create_check(client, error_max=0.3)
        body = {"project": PROJECT, "recipe": "evaluate", "cron": "0 5 * * *"}
        client.post("/api/v1/schedules", json=body).raise_for_status()
        answer = client.post(CONFIGURE).json()
        assert (answer["changed"], answer["existing"][4:]) == (
            False,
            [{"kind": "schedule", "name": "evaluate"}, {"kind": "check", "name": "drift"}],
        )


def test_removing_takes_all_away_and_leaves_the_logs(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    table = commit_events(world.home, [build_event(date(2013, 4, 1), {"x": 1.0}, 0.2)])
    files = sorted(path for path in table.rglob("*") if path.is_file())
    with world.open_client() as client:
        empty = list_objects(client)
        made = client.post(CONFIGURE, json={"alert": ALERT}).json()
        save_day(world, 0, 0.4)
        save_day(world, 1, 0.01)
        removed = client.post(REMOVE).json()
        assert (removed["changed"], removed["kept"]) == (True, [])
        assert sorted(map(str, removed["removed"])) == sorted(map(str, made["created"]))
        assert list_objects(client) == empty
        assert count_telling(client) == {"schedules": 0, "checks": 0, "alerts": 0}
        assert client.get("/api/v1/evaluations", params={"project": PROJECT}).json()["items"] == []
        again = client.post(REMOVE).json()
        assert again == {"removed": [], "kept": [], "changed": False}
        assert sorted(path for path in table.rglob("*") if path.is_file()) == files
        models = client.get("/api/v1/models", params={"project": PROJECT}).json()["items"]
        assert [model["name"] for model in models] == [MODEL]
        # and it can be made anew
        assert client.post(CONFIGURE).json()["changed"]


def test_what_something_else_needs_stays(tmp_path: Path) -> None:
    with make_world(tmp_path).open_client() as client:
        made = client.post(CONFIGURE).json()
        other = {
            "project": PROJECT,
            "name": "by-hand",
            "dataset": made["dataset"],
            "model": MODEL,
            "store": LABEL,
            "zone": ZONE,
        }
        client.post("/api/v1/recipes", json=other).raise_for_status()
        removed = client.post(REMOVE).json()
        assert [part["kind"] for part in removed["removed"]] == ["recipe", "schedule"]
        assert [(part["kind"], part["reason"][:12]) for part in removed["kept"]] == [
            ("store", "the recipe '"),
            ("dataset", "the recipe '"),
            ("zone", "the dataset "),
        ]


def test_a_queued_job_of_a_removed_recipe_is_cancelled(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    with world.open_client() as client:
        made = client.post(CONFIGURE).json()
        with world.parts.sessions.begin() as session:
            from wakeline.metadata.queries import jobs

            job = jobs.add_job(session, "sleep", {"recipe": made["recipe"]}, PROJECT, 1).id
        client.post(REMOVE).raise_for_status()
        assert client.get(f"/api/v1/jobs/{job}").json()["state"] == "cancelled"


def test_zones_are_renamed_and_deleted(tmp_path: Path) -> None:
    with make_world(tmp_path).open_client() as client:
        client.post(CONFIGURE).raise_for_status()
        zone = client.get("/api/v1/zones", params={"project": PROJECT}).json()["items"][0]
        other = client.post("/api/v1/zones", json={"project": PROJECT, "name": "Other"}).json()
        path = f"/api/v1/zones/{zone['id']}"
        assert client.patch(path, json={"name": "Mine"}).json()["name"] == "Mine"
        assert client.patch(path, json={"name": "Other"}).status_code == 409
        assert client.patch(path, json={"name": " "}).status_code == 422
        # Configure recognises its parts in the zone's new name
        assert client.post(CONFIGURE).json()["changed"] is False
        assert client.delete(path).status_code == 204
        assert client.delete(path).status_code == 404
        flow = client.get("/api/v1/flow", params={"project": PROJECT}).json()
        assert [item["kind"] for item in flow["zones"][0]["items"]] == ["model", "dataset", "recipe", "store"]
        assert client.delete(f"/api/v1/zones/{other['id']}").status_code == 204


def test_a_store_is_deleted_after_its_recipe(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    with world.open_client() as client:
        made = client.post(CONFIGURE).json()
        save_day(world, 0, 0.4)
        store = f"/api/v1/stores/{PROJECT}/{made['store']}"
        assert client.delete(store).status_code == 409
        assert client.delete(f"/api/v1/recipes/{PROJECT}/{made['recipe']}").status_code == 204
        kept = client.get("/api/v1/evaluations", params={"project": PROJECT}).json()["items"]
        assert len(kept) == 1
        assert client.delete(store).status_code == 204
        assert client.get("/api/v1/evaluations", params={"project": PROJECT}).json()["items"] == []
