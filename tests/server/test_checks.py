"""Checks over REST: made, changed, judged at each revision; history stays; a status is the worst of them."""

from pathlib import Path

import pytest

from tests.monitoring.revisions import LABEL, configure, create_check, drop_checks, read_outcome, save_day
from tests.monitoring.world import PROJECT, make_world


def test_a_check_judges_each_evaluation_and_keeps_its_history(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    with world.open_client() as client:
        configure(client)
        check = create_check(client, warning_max=0.1, error_max=0.25)
        assert (check["latest"], check["rule"][:27]) == (None, "Population stability index ")
        for day, psi in enumerate([0.05, 0.15, 0.4]):
            save_day(world, day, psi)
        results = client.get(f"/api/v1/checks/{check['id']}/results").json()["items"]
        assert [(entry["outcome"], entry["value"], entry["column"]) for entry in results] == [
            ("ERROR", 0.4, "hour"),
            ("WARNING", 0.15, "hour"),
            ("OK", 0.05, "hour"),
        ]
        assert results[0]["sentence"] == "Population stability index (hour) is 0.4."
        latest = client.get(f"/api/v1/checks/{check['id']}").json()["latest"]
        assert (latest["outcome"], latest["window"]) == ("ERROR", "2013-04-03/2013-04-04")


def test_an_older_window_does_not_change_the_standing(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    with world.open_client() as client:
        configure(client)
        check = create_check(client, error_max=0.25)
        save_day(world, 5, 0.01)
        save_day(world, 1, 0.9)
        assert read_outcome(client, check["id"]) == "OK"
        # a further revision of the latest window does
        save_day(world, 5, 0.9)
        assert read_outcome(client, check["id"]) == "ERROR"


def test_an_outcome_counts_after_enough_windows_in_a_row(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    with world.open_client() as client:
        configure(client)
        check = create_check(client, warning_max=0.1, error_max=0.25, consecutive=3)
        outcomes = []
        for day, psi in enumerate([0.3, 0.3, 0.15, 0.3, 0.3, 0.01, 0.3]):
            save_day(world, day, psi)
            outcomes.append(read_outcome(client, check["id"]))
        assert outcomes == ["OK", "OK", "WARNING", "WARNING", "WARNING", "OK", "OK"]
        found = client.get(f"/api/v1/checks/{check['id']}/results").json()["items"]
        assert found[0]["found"] == "ERROR"
        assert found[0]["sentence"].endswith("1 of 3 in a row.")


def test_a_new_or_changed_check_is_judged_at_once(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    with world.open_client() as client:
        configure(client)
        save_day(world, 0, 0.15)
        check = create_check(client, warning_max=0.1)
        assert read_outcome(client, check["id"]) == "WARNING"
        path = f"/api/v1/checks/{check['id']}"
        assert client.patch(path, json={"warning_max": None, "error_max": 0.1}).status_code == 200
        assert read_outcome(client, check["id"]) == "ERROR"
        assert client.patch(path, json={"enabled": False}).json()["latest"] is None
        assert client.patch(path, json={"error_max": None}).status_code == 422
        assert len(client.get(f"{path}/results").json()["items"]) == 2


def test_the_status_of_a_store_is_the_worst_of_its_checks(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    with world.open_client() as client:
        configure(client)
        drop_checks(client)
        assert client.get(f"/api/v1/stores/{PROJECT}/{LABEL}").json()["status"] is None
        save_day(world, 0, 0.15)
        assert client.get(f"/api/v1/stores/{PROJECT}/{LABEL}").json()["status"] == "WARNING"
        create_check(client, name="lenient", error_max=5)
        assert client.get(f"/api/v1/stores/{PROJECT}/{LABEL}").json()["status"] == "OK"
        create_check(client, name="strict", error_max=0.01)
        assert client.get(f"/api/v1/stores/{PROJECT}/{LABEL}").json()["status"] == "ERROR"
        flow = client.get("/api/v1/flow", params={"project": PROJECT}).json()
        items = [item for zone in flow["zones"] for item in zone["items"] if item["kind"] == "store"]
        assert items == [{"kind": "store", "name": LABEL, "status": "ERROR"}]


def test_what_each_check_says_of_an_evaluation(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    with world.open_client() as client:
        configure(client)
        drop_checks(client)
        check = create_check(client, error_max=0.2)
        evaluation = save_day(world, 0, 0.5)
        found = client.get(f"/api/v1/evaluations/{evaluation}/checks").json()["items"]
        assert [(entry["check_id"], entry["outcome"]) for entry in found] == [(check["id"], "ERROR")]
        assert client.get("/api/v1/evaluations/none/checks").status_code == 404


@pytest.mark.parametrize("path", ["", "/results"])
def test_a_deleted_check_is_gone(tmp_path: Path, path: str) -> None:
    world = make_world(tmp_path)
    with world.open_client() as client:
        configure(client)
        check = create_check(client, error_max=0.2)
        save_day(world, 0, 0.5)
        assert client.delete(f"/api/v1/checks/{check['id']}").status_code == 204
        assert client.get(f"/api/v1/checks/{check['id']}{path}").status_code == 404


def test_names_and_rules_are_checked(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    with world.open_client() as client:
        configure(client)
        create_check(client, error_max=0.2)
        body = {"project": PROJECT, "store": LABEL, "metric": "psi", "scope": "any-feature"}
        twice = client.post("/api/v1/checks", json={**body, "name": "drift", "error_max": 1})
        assert twice.status_code == 409
        assert client.post("/api/v1/checks", json={**body, "name": "other"}).status_code == 422
        assert client.post("/api/v1/checks", json={**body, "store": "none", "name": "x"}).status_code == 404
        presets = client.get("/api/v1/checks/presets").json()["items"]
        assert "psi" in {entry["metric"] for entry in presets}
