"""Schedules over REST and by a clock that is moved: due, missed, at two servers, left by a killed server."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.monitoring.revisions import LABEL, configure
from tests.monitoring.world import PROJECT, World, build_event, commit_events, make_world
from wakeline.core.clock import ManualClock, parse_rfc3339
from wakeline.metadata.queries import jobs
from wakeline.metadata.session import locate_database, make_sessions, open_database
from wakeline.server.rounds import Scheduler

RECIPE = f"evaluate-{LABEL}"
START = "2013-04-10T12:00:00Z"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(parse_rfc3339(START))


@pytest.fixture
def world(tmp_path: Path, clock: ManualClock) -> World:
    """Its schedules are looked at by hand only."""
    made = make_world(tmp_path)
    return replace(
        made, parts=replace(made.parts, clock=clock, scheduler=_Sleeping(made.parts.sessions, clock))
    )


class _Sleeping(Scheduler):
    def look(self) -> int:
        return 0


def look(world: World, clock: ManualClock) -> int:
    return Scheduler(world.parts.sessions, clock).look()


def set_up(client: TestClient, **fields: Any) -> dict[str, Any]:
    """Configure's schedule, or one with other fields."""
    configure(client)
    for row in client.get("/api/v1/schedules").json()["items"]:
        client.delete(f"/api/v1/schedules/{row['id']}").raise_for_status()
    answer = client.post("/api/v1/schedules", json={"project": PROJECT, "recipe": RECIPE, **fields})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def list_runs(client: TestClient, schedule: dict[str, Any]) -> list[dict[str, Any]]:
    runs: list[dict[str, Any]] = client.get(f"/api/v1/schedules/{schedule['id']}/runs").json()["items"]
    return runs


def wait_for_runs(client: TestClient, schedule: dict[str, Any]) -> list[dict[str, Any]]:
    deadline = time.monotonic() + 60
    while True:
        runs = list_runs(client, schedule)
        if not {run["state"] for run in runs} & {"queued", "running"}:
            return runs
        assert time.monotonic() < deadline
        time.sleep(0.05)


def move_to(clock: ManualClock, moment: str) -> None:
    clock.advance(parse_rfc3339(moment) - clock.now_us())


def test_the_default_runs_after_the_day_is_closed(world: World, clock: ManualClock) -> None:
    with world.open_client() as client:
        made = set_up(client)
        assert (made["cron"], made["time_zone"], made["window_rule"]) == (
            "30 2 * * *",
            "UTC",
            "last-closed-day",
        )
        assert (made["next_due_at"], made["next_window"]) == (
            "2013-04-11T02:30:00Z",
            "2013-04-10/2013-04-11",
        )
        move_to(clock, "2013-04-11T02:29:59Z")
        assert look(world, clock) == 0
        move_to(clock, "2013-04-11T02:30:00Z")
        assert [look(world, clock) for _ in range(3)] == [1, 0, 0]
        assert [run["window"] for run in list_runs(client, made)] == ["2013-04-10/2013-04-11"]


def test_a_window_without_rows_is_empty_and_no_failure(world: World, clock: ManualClock) -> None:
    with world.open_client() as client:
        made = set_up(client)
        move_to(clock, "2013-04-11T03:00:00Z")
        look(world, clock)
        before_any_event = wait_for_runs(client, made)[0]
        assert (before_any_event["state"], before_any_event["outcome"]) == ("done", "EMPTY")
        commit_events(world.home, [build_event(date(2013, 4, 1), {"x": 1.0}, 0.2)])
        move_to(clock, "2013-04-12T03:00:00Z")
        look(world, clock)
        without_rows = wait_for_runs(client, made)[0]
        # the model's files are not there: only the log was looked at
        assert (without_rows["state"], without_rows["outcome"]) == ("done", "EMPTY")
        assert without_rows["message"].startswith("11 Apr 2013 has no rows")


def test_missed_runs_are_caught_up_once_each_window(world: World, clock: ManualClock) -> None:
    with world.open_client() as client:
        made = set_up(client)
        move_to(clock, "2013-04-14T12:00:00Z")
        assert [look(world, clock), look(world, clock)] == [4, 0]
        windows = [run["window"][:10] for run in list_runs(client, made)]
        assert windows == ["2013-04-13", "2013-04-12", "2013-04-11", "2013-04-10"]


def test_due_times_that_mean_one_window_run_it_once(world: World, clock: ManualClock) -> None:
    with world.open_client() as client:
        made = set_up(client, cron="0 * * * *", window_rule="previous-month")
        move_to(clock, "2013-04-12T12:00:00Z")
        assert look(world, clock) == 1
        assert list_runs(client, made)[0]["due_at"] == "2013-04-12T12:00:00Z"


def test_a_long_sleep_catches_up_a_month_at_most(world: World, clock: ManualClock) -> None:
    with world.open_client() as client:
        set_up(client)
        move_to(clock, "2014-04-14T12:00:00Z")
        assert [look(world, clock), look(world, clock)] == [31, 0]


def test_two_servers_never_run_a_due_time_twice(world: World, clock: ManualClock) -> None:
    url = locate_database(world.home)
    with world.open_client() as client:
        made = set_up(client)
        move_to(clock, "2013-04-20T12:00:00Z")
        schedulers = [Scheduler(make_sessions(open_database(url)), clock) for _ in range(4)]
        with ThreadPoolExecutor(4) as pool:
            queued = list(pool.map(lambda scheduler: scheduler.look(), schedulers * 5))
        assert sum(queued) == 10
        runs = list_runs(client, made)
        assert len({run["job_id"] for run in runs}) == len(runs) == 10


def test_a_schedule_made_anew_does_not_repeat_a_due_time(world: World, clock: ManualClock) -> None:
    with world.open_client() as client:
        set_up(client)
        move_to(clock, "2013-04-11T02:30:00Z")
        assert look(world, clock) == 1
        move_to(clock, "2013-04-11T02:29:00Z")  # the machine's clock was set back
        set_up(client)
        move_to(clock, "2013-04-11T02:30:00Z")
        assert look(world, clock) == 0


def test_switched_off_it_neither_runs_nor_catches_up(world: World, clock: ManualClock) -> None:
    with world.open_client() as client:
        path = f"/api/v1/schedules/{set_up(client)['id']}"
        assert client.patch(path, json={"enabled": False}).json()["next_due_at"] is None
        move_to(clock, "2013-04-13T12:00:00Z")
        assert look(world, clock) == 0
        assert client.patch(path, json={"enabled": True}).json()["next_due_at"] == "2013-04-14T02:30:00Z"
        assert look(world, clock) == 0


def test_changes_are_checked(world: World) -> None:
    with world.open_client() as client:
        path = f"/api/v1/schedules/{set_up(client)['id']}"
        changed = client.patch(path, json={"cron": "0 6 * * MON", "time_zone": "Europe/Berlin"}).json()
        assert changed["next_due_at"] == "2013-04-15T04:00:00Z"
        for wrong in ({"cron": "never"}, {"time_zone": "Nowhere"}, {"window_rule": "some day"}):
            assert client.patch(path, json=wrong).status_code == 422
        assert client.get(path).json()["cron"] == "0 6 * * MON"
        twice = client.post("/api/v1/schedules", json={"project": PROJECT, "recipe": RECIPE})
        assert twice.status_code == 409
        assert client.delete(path).status_code == 204
        assert client.get(path).status_code == 404


def test_a_run_that_a_killed_server_left_is_given_another_job(world: World, clock: ManualClock) -> None:
    with world.open_client() as client:
        made = set_up(client)
    move_to(clock, "2013-04-11T03:00:00Z")
    assert look(world, clock) == 1
    with world.parts.sessions.begin() as session:
        assert jobs.claim_job(session, "server", ["evaluate"], clock.now_us())
    # the server died here; its next life fails what it was doing
    with world.open_client() as client:
        cut_off = list_runs(client, made)[0]
        assert cut_off["state"] == "failed"
        assert [look(world, clock), look(world, clock)] == [1, 0]
        run = wait_for_runs(client, made)[0]
        assert (run["state"], run["attempt"], run["job_id"] != cut_off["job_id"]) == ("done", 2, True)
