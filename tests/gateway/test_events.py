"""Events of others through the gateway: forms of bodies, layouts, identity, refusals by place."""

import json
from pathlib import Path
from typing import Any

import pytest
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.apinode.stand import in_loop
from tests.gateway.stand import NOW_US, Stand, open_stand
from wakeline.core.clock import parse_rfc3339
from wakeline.core.event import Durability
from wakeline.wire.frame import FrameHeader, decode_frame, encode_frame

QUERIES = "/v1/ingest/api-node-query/risk-api/risk"
CLICKS = "/v1/ingest/shop.clicks/web"
TIME = "2013-05-31T06:00:00Z"
TIME_US = parse_rfc3339(TIME)
NDJSON = {"content-type": "application/x-ndjson"}
BATCH = {"content-type": "application/cloudevents-batch+json; charset=utf-8"}
STRUCTURED = {"content-type": "application/cloudevents+json"}
ROW = {"features": {"a b": 1.5, "c": None}, "prediction": "late", "event_id": "r1", "event_time": TIME}


def build_cloud_event(**given: Any) -> dict[str, Any]:
    return {"specversion": "1.0", "id": "7", "source": "/shop", "type": "shop.click", "time": TIME} | given


def frame(events: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """As the shipper packs them; fails where an event would be dead-lettered."""
    rows = [(index, json.dumps(event).encode()) for index, event in enumerate(events, start=1)]
    header = FrameHeader(
        producer="0" * 32, topic="t", routing_key="r", endpoint="e", first=1, last=len(events)
    )
    _, table = decode_frame(encode_frame(header, rows))
    columns: dict[str, list[Any]] = table.to_pydict()
    return columns


@in_loop
async def test_a_row_of_our_own_layout(tmp_path: Path) -> None:
    async with open_stand(tmp_path) as stand:
        answer = await stand.post(ROW, path=QUERIES)
        assert (answer.status_code, answer.json()) == (
            202,
            {"accepted": 1, "duplicates": 0, "exactly_once": True},
        )
        (event,) = stand.read_events()
    prediction_id = event.pop("prediction_id")
    assert len(prediction_id) == 36
    assert event == {
        "stream": "api-node-query/risk-api/risk",
        "offset": 1,
        "event_id": "r1",
        "event_time": TIME_US,
        "time_flag": "client",
        "msg_type": "prediction-query",
        "deployment_id": "risk-api",
        "endpoint_id": "risk",
        "arm": "primary",
        "engine": "foreign",
        "row_index": 0,
        "status": 200,
        "features": {"a b": 1.5, "c": None},
        "prediction": "late",
    }


@in_loop
async def test_flat_and_nested_names_are_the_same(tmp_path: Path) -> None:
    flat = {
        "event_id": "1",
        "features.a.b": 1,
        "features_text.n": '{"x": [1]}',
        "proba.yes": 0.7,
        "proba.no": None,
        "timing.total": 12,
        "prediction": 1,
        "context": '{"order": 17}',
        "day": "2013-04-01",
        "server_timestamp": TIME,
        "deployment_id": "another",
    }
    nested = {
        "event_id": "1",
        "features": {"a.b": 1, "n": {"x": [1]}},
        "probas": {"yes": 0.7},
        "timing": {"total": 12},
        "prediction": 1,
        "context": {"order": 17},
    }
    async with open_stand(tmp_path) as stand:
        for body, path in ((flat, QUERIES), (nested, f"{QUERIES}-2")):
            assert (await stand.post(body, path=path)).status_code == 202
        one, other = stand.read_events()
    for event in (one, other):
        for name in ("stream", "prediction_id", "endpoint_id", "offset"):
            del event[name]
    assert one == other
    assert (one["prediction"], one["probas"], one["event_time"]) == ("1", {"yes": 0.7}, NOW_US)


@in_loop
async def test_json_lines_are_named_by_their_line(tmp_path: Path) -> None:
    lines = [json.dumps(ROW | {"event_id": str(number)}) for number in range(3)]
    body = ("\n\n".join(lines) + "\n").encode()
    async with open_stand(tmp_path) as stand:
        assert (await stand.post(body, NDJSON, path=QUERIES)).json()["accepted"] == 3
        refused = await stand.post(body + b'{"features": 1}\n', NDJSON, path=QUERIES)
        assert refused.status_code == 422
        assert refused.json()["error"]["message"].startswith("line 6: ")
        assert refused.json()["error"]["details"] == {"line": 6}
        assert len(stand.read_events()) == 3


@in_loop
async def test_an_object_of_an_own_topic_is_kept_whole(tmp_path: Path) -> None:
    async with open_stand(tmp_path) as stand:
        answer = await stand.post([{"button": "buy", "n": 2}, {"event_id": "x", "y": 1}], path=CLICKS)
        assert answer.json() == {"accepted": 2, "duplicates": 0, "exactly_once": False}
        first, second = stand.read_events()
    assert (first["request"], first["stream"]) == ({"button": "buy", "n": 2}, "shop.clicks/web/_")
    assert (second["request"], second["event_id"]) == ({"y": 1}, "x")
    assert "msg_type" not in first
    assert "prediction_id" not in first


@pytest.mark.parametrize("mode", ["binary", "structured", "batch"])
@in_loop
async def test_a_cloud_event_as_the_library_sends_it(tmp_path: Path, mode: str) -> None:
    attributes = {"id": "7 ü", "source": "/shop", "type": "shop.click", "subject": "cart", "zone": "eu"}
    event = CloudEvent(
        {**attributes, "specversion": "1.0", "datacontenttype": "application/json"}, {"button": "buy"}
    )
    message = (to_binary_event if mode == "binary" else to_structured_event)(event)
    body, headers = message.body, dict(message.headers)
    if mode == "batch":
        body, headers = b"[" + body + b"]", BATCH
    async with open_stand(tmp_path) as stand:
        for accepted in (1, 0):
            answer = (await stand.post(body, headers, path=CLICKS)).json()
            assert answer == {"accepted": accepted, "duplicates": 1 - accepted, "exactly_once": True}
        (stored,) = stand.read_events()
    assert stored["event_id"] == "7 ü"
    assert stored["request"] == {"button": "buy"}
    assert stored["msg_type"] == "shop.click"
    assert stored["context"] == {"source": "/shop", "subject": "cart", "zone": "eu"}
    assert stored["time_flag"] == "client"


@in_loop
async def test_a_cloud_event_with_a_row_gives_it_id_and_time(tmp_path: Path) -> None:
    row = {"features": {"a": 1}, "prediction": 2.5}
    async with open_stand(tmp_path) as stand:
        assert (await stand.post(build_cloud_event(data=row), STRUCTURED, path=QUERIES)).status_code == 202
        (event,) = stand.read_events()
    assert (event["prediction_id"], event["event_id"], event["event_time"]) == ("7", "7", TIME_US)
    assert (event["features"], event["prediction"], event["status"]) == ({"a": 1}, 2.5, 200)


@in_loop
async def test_the_same_id_of_another_source_is_another_event(tmp_path: Path) -> None:
    events = [build_cloud_event(data={}, source=source) for source in ("/a", "/b", "/a")]
    async with open_stand(tmp_path) as stand:
        assert (await stand.post(events, BATCH, path=CLICKS)).json()["accepted"] == 2


@in_loop
async def test_data_that_is_no_json_is_kept_as_text_or_base64(tmp_path: Path) -> None:
    async with open_stand(tmp_path) as stand:
        headers = {"ce-specversion": "1.0", "ce-source": "/s", "ce-type": "t", "content-type": "text/plain"}
        for number, body in enumerate((b"hello", b"\xff\x00", b"")):
            answer = await stand.post(body, {**headers, "ce-id": str(number)}, path=CLICKS)
            assert answer.status_code == 202
        encoded = build_cloud_event(data_base64="aGk=", datacontenttype="text/plain")
        assert (await stand.post(encoded, STRUCTURED, path=CLICKS)).status_code == 202
        assert [event.get("request") for event in stand.read_events()] == [
            "hello",
            {"base64": "/wA="},
            None,
            "hi",
        ]


@in_loop
async def test_a_label_as_a_cloud_event(tmp_path: Path) -> None:
    event = build_cloud_event(data={"prediction_id": "p-1", "label": True})
    async with open_stand(tmp_path) as stand:
        for accepted in (1, 0):
            answer = (await stand.post(event, STRUCTURED)).json()
            assert answer == {"accepted": accepted, "duplicates": 1 - accepted, "exactly_once": True}
        (stored,) = stand.read_events()
    assert (stored["label"], stored["label_time"], stored["event_id"]) == ("true", TIME_US, "7")


LOG_FILE = {
    "severity": "INFO",
    "logger": "dku.apinode.audit.queries",
    "callTime": 12,
    "timestamp": "2013-05-31T08:00:00.000+0200",
    "mdc": {"apiCall": "predict", "user": "u"},
    "message": {
        "msgType": "prediction-query",
        "topic": "apinode-query",
        "routingKey": "x",
        "projectKey": "SHOP",
        "serviceId": "risk",
        "generation": 3,
        "smVersion": "v7",
        "features": {"age": 40, "proba_x": "a"},
        "context": {"order": 17},
        "result": {"prediction": 1, "proba_0": 0.25, "proba_1": 0.75, "ignored": False},
        "unheard": "of",
    },
}
EVENT_SERVER = {
    "serverTimestamp": "2013-05-31T06:00:00Z",
    "origAddress": "10.0.0.1",
    "clientEvent.msgType": "prediction-query",
    "clientEvent.projectKey": "SHOP",
    "clientEvent.serviceId": "risk",
    "clientEvent.generation": "3",
    "clientEvent.smVersion": "v7",
    "clientEvent.features.age": 40,
    "clientEvent.features.proba_x": "a",
    "clientEvent.context.order": 17,
    "clientEvent.result.prediction": 1,
    "clientEvent.result.proba_0": 0.25,
    "clientEvent.result.proba_1": 0.75,
    "clientEvent.result.ignored": False,
    "clientEvent.unheard": "of",
}


@pytest.mark.parametrize("sent", [LOG_FILE, EVENT_SERVER], ids=["log file", "event server"])
@in_loop
async def test_the_envelopes_of_the_reference_system(tmp_path: Path, sent: dict[str, Any]) -> None:
    async with open_stand(tmp_path) as stand:
        assert (await stand.post(sent, path=QUERIES)).status_code == 202
        (event,) = stand.read_events()
    assert event["features"] == {"age": 40, "proba_x": "a"}
    assert event["probas"] == {"0": 0.25, "1": 0.75}
    assert (event["prediction"], event["event_time"]) == ("1", TIME_US)
    assert (event["project"], event["service_id"], event["generation"], event["model_version"]) == (
        "SHOP",
        "risk",
        "3",
        "v7",
    )
    assert event["context"] == {"order": 17}
    assert event["request"]["unheard"] == "of"
    assert event["ignored"] is False
    assert event.get("timing") == ({"call": 12_000} if sent is LOG_FILE else None)
    assert event.get("node_id") == (None if sent is LOG_FILE else "10.0.0.1")
    frame([event])


_REFUSED: list[tuple[str, Any, dict[str, str], int, str]] = [
    (
        "unknown name",
        {**ROW, "predicton": 1},
        {},
        422,
        "event 0: found 'predicton', expected names of the log",
    ),
    ("nothing of ours", {"button": "buy"}, {}, 422, "event 0: found 'button'"),
    ("second", [ROW, {"features": 3}], {}, 422, "event 1: Expected `object | null`, got `int`"),
    ("status", {**ROW, "status": "ok"}, {}, 422, "$.status"),
    ("huge status", {**ROW, "status": 10**30}, {}, 422, "status"),
    ("time", {**ROW, "event_time": "noon"}, {}, 422, "'noon' is not a time"),
    ("year", {**ROW, "event_time": 10**18}, {}, 422, "event_time"),
    ("proba", {**ROW, "probas": {"a": "b"}}, {}, 422, "probas"),
    ("deep", {**ROW, "context": json.loads("[" * 40 + "]" * 40)}, {}, 422, "nested deeper"),
    ("long name", {**ROW, "features": {"x" * 1_001: 1}}, {}, 422, "1001 characters"),
    ("wide", {**ROW, "features": dict.fromkeys(map(str, range(5_001)), 1)}, {}, 422, "5001 names"),
    ("csv", b"a,b", {"content-type": "text/csv"}, 415, "expected application/json"),
    ("form", b"a=b", {"content-type": "application/x-www-form-urlencoded"}, 415, "form-urlencoded"),
    ("bad line", b"{}\n{", NDJSON, 400, "line 2: the body is not JSON"),
    ("no lines", b"\n\n", NDJSON, 422, "found no line"),
    ("no array", {}, BATCH, 422, "no array"),
    ("no id", build_cloud_event(id=None, data={}), STRUCTURED, 422, "without id"),
    ("empty id", build_cloud_event(id="", data={}), STRUCTURED, 422, "without id"),
    ("number id", build_cloud_event(id=5, data={}), STRUCTURED, 422, "id: found a number (5)"),
    ("version", build_cloud_event(specversion="0.3"), STRUCTURED, 422, "expected '1.0'"),
    ("ce time", build_cloud_event(time="2013-05-31T06:00:00"), STRUCTURED, 422, "no offset"),
    ("nested attribute", build_cloud_event(zone={"a": 1}), STRUCTURED, 422, "zone: found an object"),
    ("capital", build_cloud_event(Zone="eu"), STRUCTURED, 422, "Zone"),
    ("base64", build_cloud_event(data_base64="?"), STRUCTURED, 422, "not base64"),
    ("text data", build_cloud_event(data="x"), STRUCTURED, 422, "no JSON object"),
    ("batched", [build_cloud_event(data=ROW), build_cloud_event(id="")], BATCH, 422, "event 1: "),
    ("headers", b"{}", {"ce-specversion": "1.0", "ce-id": "1"}, 422, "without source, type"),
    (
        "nan",
        b'{"features": {"a": NaN}}',
        {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "s", "ce-type": "t"},
        400,
        "not JSON",
    ),
]


@pytest.mark.parametrize(
    ("body", "headers", "status", "words"), [row[1:] for row in _REFUSED], ids=[row[0] for row in _REFUSED]
)
@in_loop
async def test_a_bad_item_refuses_the_request_whole(
    tmp_path: Path, body: Any, headers: dict[str, str], status: int, words: str
) -> None:
    async with open_stand(tmp_path) as stand:
        response = await stand.post(body, headers, path=QUERIES)
        assert response.status_code == status, response.text
        assert words in response.json()["error"]["message"]
        assert stand.read_events() == []


@in_loop
async def test_an_event_too_large_is_named(tmp_path: Path) -> None:
    async with open_stand(tmp_path) as stand:
        response = await stand.post([ROW, {"features": {"a": "x" * (4 * 2**20)}}], path=QUERIES)
        assert response.status_code == 413
        assert response.json()["error"]["message"].startswith("event 1: found 4")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_NAMES = st.sampled_from(
    [
        *(
            "event_id",
            "event_time",
            "prediction_id",
            "prediction",
            "features",
            "features.a",
            "features_text.a",
        ),
        *(
            "probas",
            "proba.x",
            "timing.t",
            "context",
            "violations",
            "status",
            "ignored",
            "threshold",
            "error",
        ),
        *(
            "message",
            "clientEvent",
            "clientEvent.features.x",
            "message.result.proba_1",
            "timestamp",
            "callTime",
        ),
        *("specversion", "id", "source", "type", "data", "instances", "row_index", "label"),
    ]
)
_ITEM = st.dictionaries(_NAMES, _JSON, max_size=6)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    items=st.lists(_ITEM, min_size=1, max_size=8),
    headers=st.sampled_from([{}, STRUCTURED, BATCH]),
    path=st.sampled_from([QUERIES, CLICKS]),
)
def test_what_is_accepted_can_be_shipped(
    tmp_path: Path, items: list[Any], headers: dict[str, str], path: str
) -> None:
    """No item makes the gateway fail, and none that it takes becomes a dead letter."""

    @in_loop
    async def post_each() -> None:
        async with open_stand(tmp_path, durability=Durability.WRITTEN) as stand:
            for item in items:
                body = [item] if headers is BATCH else item
                response = await stand.post(body, headers, path=path)
                assert response.status_code in {202, 400, 413, 422}, response.text
            _check_shippable(stand)

    post_each()


def _check_shippable(stand: Stand) -> None:
    for event in stand.read_events():
        frame([{name: value for name, value in event.items() if name not in {"stream", "offset"}}])
