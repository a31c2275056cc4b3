"""The overview, and an endpoint's activity and tail, against counts by hand."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from tests.monitoring.revisions import LABEL, configure, save_day
from tests.monitoring.world import (
    CONFIGURE,
    DEPLOYMENT,
    ENDPOINT,
    MODEL,
    PROJECT,
    SERVICE,
    build_event,
    commit_events,
    make_world,
)

ACTIVITY = CONFIGURE.replace("actions/configure-monitoring", "activity")
TAIL = CONFIGURE.replace("actions/configure-monitoring", "tail")


def test_an_empty_server_has_an_empty_overview(tmp_path: Path) -> None:
    with make_world(tmp_path).open_client() as client:
        found = client.get("/api/v1/overview").json()
        assert found["status"] == "EMPTY"
        project = found["projects"][0]
        assert project["key"] == PROJECT
        assert project["models"] == [{"name": MODEL, "active_version": "v1"}]
        assert project["services"] == [{"service_id": SERVICE, "generation_count": 1}]
        deployment = project["deployments"][0]
        assert deployment["node_states"] == []
        assert deployment["endpoints"] == [
            {
                "endpoint_id": ENDPOINT,
                "model": MODEL,
                "model_version": "v1",
                "configured": False,
                "status": None,
                "store": None,
                "row_count": 0,
                "volume": [],
                "drift": [],
                "latest": None,
            }
        ]


def test_the_overview_shows_status_volume_and_drift(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    days = [date(2013, 4, 1), date(2013, 4, 1), date(2013, 4, 3)]
    commit_events(world.home, [build_event(day, {"x": 1.0}, 0.2) for day in days])
    with world.open_client() as client:
        configure(client)
        for day, psi in enumerate([0.01, 0.4]):
            save_day(world, day, psi)
        found = client.get("/api/v1/overview").json()
        deployment = found["projects"][0]["deployments"][0]
        assert (found["status"], deployment["deployment_id"], deployment["status"]) == (
            "ERROR",
            DEPLOYMENT,
            "ERROR",
        )
        endpoint = deployment["endpoints"][0]
        assert (endpoint["store"], endpoint["row_count"]) == (LABEL, 3)
        assert endpoint["volume"] == [
            {"day": "2013-04-01", "row_count": 2},
            {"day": "2013-04-03", "row_count": 1},
        ]
        assert [point["value"] for point in endpoint["drift"]] == [0.0, 0.5]
        latest = endpoint["latest"]
        assert latest["evaluation_id"] == endpoint["drift"][-1]["evaluation_id"]
        assert (latest["window"], latest["status"]) == (
            endpoint["drift"][-1]["window"],
            endpoint["drift"][-1]["status"],
        )


def test_activity_by_day(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    timings = np.random.default_rng(3).integers(100, 10_000, 400)
    events = [
        build_event(
            date(2013, 4, 1 + index // 200),
            {"x": 1.0},
            0.2,
            status=500 if index % 10 == 0 else 200,
            timing={"total": int(timing)},
            client_ip=f"10.0.0.{index % 7}",
            api_key_id=f"key-{index % 3}",
            generation="v1" if index < 300 else "v2",
        )
        for index, timing in enumerate(timings)
    ]
    shadows = [build_event(date(2013, 4, 1), {"x": 1.0}, 0.2, arm="shadow")] * 1
    commit_events(world.home, events + shadows)
    with world.open_client() as client:
        found = client.get(ACTIVITY).json()
        assert (found["window"], found["row_count"]) == ("2013-04-01/2013-04-03", 400)
        assert (found["first_day"], found["last_day"]) == ("2013-04-01", "2013-04-02")
        first, second = found["days"]
        assert (first["row_count"], first["error_count"], first["error_share"]) == (200, 20, 0.1)
        assert (first["distinct_ips"], first["distinct_keys"]) == (7, 3)
        assert (first["generations"], second["generations"]) == (["v1"], ["v1", "v2"])
        assert first["p50_us"] == pytest.approx(np.quantile(timings[:200], 0.5), rel=0.05)
        assert first["p95_us"] == pytest.approx(np.quantile(timings[:200], 0.95), rel=0.05)
        narrow = client.get(ACTIVITY, params={"window": "2013-04-02"}).json()
        assert [day["day"] for day in narrow["days"]] == ["2013-04-02"]


def test_activity_of_a_log_without_timings_or_callers(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    with world.open_client() as client:
        assert client.get(ACTIVITY).json() == {
            "window": None,
            "first_day": None,
            "last_day": None,
            "row_count": 0,
            "days": [],
        }
        assert client.get(TAIL).json() == {"columns": [], "rows": [], "row_count": 0}
        commit_events(world.home, [build_event(date(2013, 4, 1), {"x": 1.0}, 0.2)])
        day = client.get(ACTIVITY).json()["days"][0]
        assert (day["p50_us"], day["p95_us"], day["distinct_ips"]) == (None, None, 0)


def test_activity_reaches_back_to_days_that_lie_years_before(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    for day in (date(2013, 12, 30), date(2013, 12, 31), date(2026, 3, 1)):
        commit_events(world.home, [build_event(day, {"x": 1.0}, 0.2)])
    with world.open_client() as client:
        found = client.get(ACTIVITY).json()
    assert found["window"] == "2013-12-30/2026-03-02"
    assert [day["day"] for day in found["days"]] == ["2013-12-30", "2013-12-31", "2026-03-01"]


def test_the_tail_is_the_newest_first(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    for day in (3, 1, 2):
        commit_events(world.home, [build_event(date(2013, 4, day), {"x": float(day)}, 0.2) for _ in range(4)])
    with world.open_client() as client:
        tail = client.get(TAIL, params={"limit": 6}).json()
        assert [row["features.x"] for row in tail["rows"]] == [3.0] * 4 + [2.0] * 2
        assert tail["row_count"] == 12
