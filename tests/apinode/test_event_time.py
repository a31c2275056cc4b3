"""The caller's own event time: taken where the deployment allows it, refused with 403 where not."""

from pathlib import Path

import pytest

from tests.apinode.stand import FEATURES, NOW_US, PREDICT, PREDICT_MULTI, in_loop, open_stand
from wakeline.core.clock import parse_rfc3339

_TEXT = "2013-04-01T06:00:00.25-04:00"
_HEADER = {"X-Wakeline-Event-Time": _TEXT}


@in_loop
async def test_the_header_is_taken_where_it_is_allowed(tmp_path: Path) -> None:
    async with open_stand(tmp_path, client_event_time=True) as stand:
        assert (await stand.post(PREDICT, {"features": FEATURES}, _HEADER)).status_code == 200
        event = stand.read_last_event()
        assert event["event_time"] == parse_rfc3339("2013-04-01T10:00:00.25Z")
        assert event["time_flag"] == "client"


@in_loop
async def test_the_nodes_clock_counts_where_no_time_is_given(tmp_path: Path) -> None:
    async with open_stand(tmp_path, client_event_time=True) as stand:
        await stand.post(PREDICT, {"features": FEATURES})
        event = stand.read_last_event()
        assert event["event_time"] == NOW_US
        assert "time_flag" not in event


@in_loop
async def test_an_items_time_goes_before_the_header(tmp_path: Path) -> None:
    items = [{"features": FEATURES, "eventTime": "2013-05-02T00:00:00Z"}, {"features": FEATURES}]
    async with open_stand(tmp_path, client_event_time=True) as stand:
        assert (await stand.post(PREDICT_MULTI, {"items": items}, _HEADER)).status_code == 200
        times = [event["event_time"] for event in stand.read_events()]
        assert times == [parse_rfc3339("2013-05-02T00:00:00Z"), parse_rfc3339(_TEXT)]


@in_loop
async def test_refused_items_bear_their_own_times(tmp_path: Path) -> None:
    items = [{"features": FEATURES, "eventTime": "2013-05-02T00:00:00Z"}, {"features": FEATURES}]
    body = {"items": items, "dispatch": {"forcedGeneration": "nobody's"}}
    async with open_stand(tmp_path, client_event_time=True) as stand:
        assert (await stand.post(PREDICT_MULTI, body)).status_code == 404
        events = stand.read_events()
        assert [event["status"] for event in events] == [404, 404]
        assert [event["event_time"] for event in events] == [parse_rfc3339("2013-05-02T00:00:00Z"), NOW_US]
        assert [event.get("time_flag") for event in events] == ["client", None]


@in_loop
async def test_the_header_is_refused_where_it_is_off(tmp_path: Path) -> None:
    async with open_stand(tmp_path) as stand:
        response = await stand.post(PREDICT, {"features": FEATURES}, _HEADER)
        assert response.status_code == 403
        error = response.json()["error"]
        assert error["code"] == "client-event-time-off"
        assert "X-Wakeline-Event-Time" in error["message"]
        event = stand.read_last_event()
        assert (event["status"], event["event_time"]) == (403, NOW_US)
        assert "prediction" not in event


@in_loop
async def test_an_items_time_is_refused_where_it_is_off(tmp_path: Path) -> None:
    items = [{"features": FEATURES}, {"features": FEATURES, "eventTime": _TEXT}]
    async with open_stand(tmp_path) as stand:
        response = await stand.post(PREDICT_MULTI, {"items": items})
        assert response.status_code == 403
        assert "item 1" in response.json()["error"]["message"]
        assert [event["status"] for event in stand.read_events()] == [403, 403]


@pytest.mark.parametrize(
    "text",
    ["yesterday", "2013-04-01", "2013-04-01T06:00:00", "0001-01-01T00:00:00+23:00", "9999-12-31T00:00:00Z"],
)
@in_loop
async def test_a_time_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    async with open_stand(tmp_path, client_event_time=True) as stand:
        header = await stand.post(PREDICT, {"features": FEATURES}, {"X-Wakeline-Event-Time": text})
        item = await stand.post(PREDICT_MULTI, {"items": [{"features": FEATURES, "eventTime": text}]})
        assert (header.status_code, item.status_code) == (422, 422)
        assert "X-Wakeline-Event-Time: " in header.json()["error"]["message"]
        assert "item 0: eventTime: " in item.json()["error"]["message"]
        assert [event["status"] for event in stand.read_events()] == [422, 422]


@in_loop
async def test_a_refused_query_keeps_the_time_that_it_came_with(tmp_path: Path) -> None:
    async with open_stand(tmp_path, client_event_time=True) as stand:
        await stand.post(PREDICT, b"{", _HEADER)
        event = stand.read_last_event()
        assert (event["event_time"], event["time_flag"]) == (parse_rfc3339(_TEXT), "client")
