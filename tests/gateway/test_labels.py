"""Labels through the gateway: what is stored, what a repetition does, what is refused."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.apinode.stand import in_loop
from tests.gateway.stand import KEY, LABELS, NOW_US, PREDICTION_ID, STREAM, open_stand
from wakeline.core.clock import parse_rfc3339
from wakeline.core.event import Durability
from wakeline.core.ids import PredictionIds


@in_loop
async def test_a_label_becomes_an_event_of_its_stream(tmp_path: Path) -> None:
    async with open_stand(tmp_path) as stand:
        label = {"prediction_id": PREDICTION_ID, "label": True, "label_time": "2013-04-02T00:00:00Z"}
        response = await stand.post({**label, "event_id": "flight-17"})
        assert response.status_code == 202
        assert response.json() == {"accepted": 1, "duplicates": 0, "exactly_once": True}
        (event,) = stand.read_events()
        moment = parse_rfc3339("2013-04-02T00:00:00Z")
        assert event == {
            "event_id": "flight-17",
            "event_time": moment,
            "prediction_id": PREDICTION_ID,
            "msg_type": "label",
            "deployment_id": "FLIGHTS-on-local",
            "endpoint_id": "arrival-delay",
            "label": "true",
            "label_time": moment,
            "stream": STREAM,
            "offset": 1,
        }


@pytest.mark.parametrize(
    ("label", "text"),
    [(False, "false"), (1, "1"), (1.0, "1"), (0.5, "0.5"), ("late", "late"), (10**30, str(10**30))],
)
@in_loop
async def test_labels_are_named_as_classes_are(tmp_path: Path, label: Any, text: str) -> None:
    async with open_stand(tmp_path) as stand:
        response = await stand.post({"prediction_id": PREDICTION_ID, "label": label})
        assert response.json() == {"accepted": 1, "duplicates": 0, "exactly_once": False}
        (event,) = stand.read_events()
        assert (event["label"], event["label_time"], event["event_time"]) == (text, NOW_US, NOW_US)


@pytest.mark.parametrize(("key", "text"), [("AA-17", "AA-17"), (17, "17"), (17.0, "17"), (True, "true")])
@in_loop
async def test_a_label_may_name_a_business_key(tmp_path: Path, key: Any, text: str) -> None:
    async with open_stand(tmp_path) as stand:
        assert (await stand.post({"label_key": key, "label": 1})).status_code == 202
        (event,) = stand.read_events()
        assert (event["label_key"], event.get("prediction_id")) == (text, None)


@in_loop
async def test_a_repeated_event_id_is_stored_once(tmp_path: Path) -> None:
    labels = [{"prediction_id": PREDICTION_ID, "label": 1, "event_id": str(index)} for index in range(5)]
    async with open_stand(tmp_path) as stand:
        assert (await stand.post(labels)).json()["accepted"] == 5
        answer = (await stand.post([*labels, {**labels[0], "event_id": "5"}, labels[1]])).json()
        assert answer == {"accepted": 1, "duplicates": 6, "exactly_once": True}
        assert [event["event_id"] for event in stand.read_events()] == ["0", "1", "2", "3", "4", "5"]


@in_loop
async def test_an_idempotency_key_makes_a_request_repeatable(tmp_path: Path) -> None:
    labels = [{"prediction_id": PREDICTION_ID, "label": 1}] * 3
    async with open_stand(tmp_path) as stand:
        for key, accepted in (("a", 3), ("a", 0), ("b", 3)):
            answer = (await stand.post(labels, {"idempotency-key": key})).json()
            assert answer == {"accepted": accepted, "duplicates": 3 - accepted, "exactly_once": True}
        assert (await stand.post(labels)).json() == {"accepted": 3, "duplicates": 0, "exactly_once": False}
        assert len(stand.read_events()) == 9


@in_loop
async def test_the_same_id_in_another_stream_is_another_label(tmp_path: Path) -> None:
    label = {"prediction_id": PREDICTION_ID, "label": 1, "event_id": "x"}
    async with open_stand(tmp_path) as stand:
        for path in (LABELS, f"{LABELS}-2"):
            assert (await stand.post(label, path=path)).json()["accepted"] == 1


@in_loop
async def test_ids_are_known_after_a_restart(tmp_path: Path) -> None:
    label = {"prediction_id": PREDICTION_ID, "label": 1, "event_id": "x"}
    async with open_stand(tmp_path) as stand:
        await stand.post(label)
    async with open_stand(tmp_path) as stand:
        assert (await stand.post(label)).json() == {"accepted": 0, "duplicates": 1, "exactly_once": True}


@in_loop
async def test_racing_repetitions_are_stored_once(tmp_path: Path) -> None:
    async with open_stand(tmp_path) as stand:
        label = {"prediction_id": PREDICTION_ID, "label": 1}
        for round_ in range(10):
            bodies = [{**label, "event_id": f"{round_}"} for _ in range(20)]
            answers = await asyncio.gather(*(stand.post(body) for body in bodies))
            assert {answer.status_code for answer in answers} == {202}
            assert sum(answer.json()["accepted"] for answer in answers) == 1
        assert len(stand.read_events()) == 10


_GOOD = {"prediction_id": PREDICTION_ID, "label": 1}
_REFUSED: list[tuple[str, Any, int, str]] = [
    ("bad json", b"{", 400, "not JSON"),
    ("empty", b"", 400, "is empty"),
    ("no labels", [], 422, "found no label"),
    ("text", "x", 422, "label 0: found a text ('x'), expected an object"),
    ("no label", {"prediction_id": PREDICTION_ID}, 422, "missing required field `label`"),
    ("null label", {**_GOOD, "label": None}, 422, "got `null`"),
    ("object label", {**_GOOD, "label": {"a": 1}}, 422, "got `object`"),
    ("array label", {**_GOOD, "label": [1]}, 422, "got `array`"),
    ("long label", {**_GOOD, "label": "x" * 1_001}, 422, "<= 1000"),
    ("unknown field", {**_GOOD, "lable": 1}, 422, "unknown field `lable`"),
    ("no id", {"label": 1}, 422, "found neither of prediction_id and label_key"),
    ("both", {**_GOOD, "label_key": "x"}, 422, "found both of prediction_id and label_key"),
    ("empty id", {**_GOOD, "prediction_id": ""}, 422, "length >= 1"),
    ("time", {**_GOOD, "label_time": "2013-04-01"}, 422, "label_time: '2013-04-01' has no offset"),
    ("year", {**_GOOD, "label_time": "1234-04-01T00:00:00Z"}, 422, "1900 to 2199"),
    ("empty event id", {**_GOOD, "event_id": ""}, 422, "length >= 1"),
    ("second of two", [_GOOD, {**_GOOD, "label": None}], 422, "label 1: "),
    ("too many", [_GOOD] * 10_001, 413, "at most 10000"),
    ("too large", b" " * (10 * 2**20 + 1), 413, "10485760 bytes"),
]


@pytest.mark.parametrize(
    ("body", "status", "words"), [row[1:] for row in _REFUSED], ids=[row[0] for row in _REFUSED]
)
@in_loop
async def test_a_bad_label_refuses_the_request_whole(
    tmp_path: Path, body: Any, status: int, words: str
) -> None:
    async with open_stand(tmp_path) as stand:
        response = await stand.post(body)
        assert response.status_code == status
        assert words in response.json()["error"]["message"]
        assert stand.read_events() == []
        assert (await stand.post(_GOOD)).status_code == 202


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        (
            "/v1/ingest/Clicks/FLIGHTS-on-local/arrival-delay",
            404,
            "found the topic 'Clicks', expected a-z",
        ),
        ("/v1/ingest/", 404, "found the topic '', expected a-z"),
        ("/v1/ingest/ground-truth/FLIGHTS-on-local", 422, "'' is not an endpoint id"),
        ("/v1/ingest/ground-truth/..%2f..%2fetc/arrival-delay", 422, "is not a deployment id"),
        ("/v1/ingest/ground-truth/FLIGHTS-on-local/a/b", 422, "'a/b' is not an endpoint id"),
        ("/v1/other", 404, "expected /v1/ingest/<topic>/<routing key>[/<endpoint>]"),
    ],
)
@in_loop
async def test_a_place_that_takes_no_labels_is_named(
    tmp_path: Path, path: str, status: int, words: str
) -> None:
    async with open_stand(tmp_path) as stand:
        response = await stand.post(_GOOD, path=path)
        assert response.status_code == status
        assert words in response.json()["error"]["message"]
        assert stand.read_events() == []


@pytest.mark.parametrize("shown", ["", "Bearer", "Bearer wrong", f"Basic {KEY}", KEY, f"Bearer {KEY}x"])
@in_loop
async def test_only_the_key_opens_it(tmp_path: Path, shown: str) -> None:
    async with open_stand(tmp_path) as stand:
        response = await stand.post(_GOOD, {"authorization": shown})
        assert response.status_code == 401
        assert response.headers["www-authenticate"] == "Bearer"
        assert KEY not in response.text
        assert stand.read_events() == []


@in_loop
async def test_other_doors(tmp_path: Path) -> None:
    async with open_stand(tmp_path) as stand:
        await stand.post(_GOOD)
        assert (await stand.client.get("/isAlive")).json() == {"alive": True}
        assert (await stand.client.get(LABELS)).status_code == 405
        status = (await stand.client.get("/v1/status")).json()
        assert status["events"] == {"accepted": 1, "duplicates": 0, "refused_requests": 1}
        assert status["spool"]["spooled"] == 1
        refused = await stand.client.get("/v1/status", headers={"host": "evil.example"})
        assert refused.status_code == 403


@in_loop
async def test_a_full_spool_is_told(tmp_path: Path) -> None:
    async with open_stand(tmp_path, bytes_max=2_000_000) as stand:
        body = [{"prediction_id": PREDICTION_ID, "label": "x" * 1_000}] * 500
        statuses = [(await stand.post(body)).status_code for _ in range(8)]
        accepted = statuses.count(202)
        assert statuses == [202] * accepted + [503] * (8 - accepted)
        assert 0 < accepted < 8
        assert len(stand.read_events()) == accepted * 500


_IDS = PredictionIds()
_SENT = st.fixed_dictionaries(
    {
        "prediction_id": st.just(PREDICTION_ID) | st.text(max_size=4),
        "label": st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(max_size=4)
        | st.lists(st.none()),
    },
    optional={"label_time": st.text(max_size=6), "event_id": st.text(max_size=3), "x": st.none()},
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bodies=st.lists(_SENT | st.lists(_SENT, max_size=3) | st.binary(max_size=16), max_size=10))
def test_no_body_makes_the_gateway_fail(tmp_path: Path, bodies: list[Any]) -> None:
    async def post_all() -> None:
        async with open_stand(tmp_path, durability=Durability.WRITTEN) as stand:
            accepted = 0
            for body in bodies:
                response = await stand.post(body)
                assert response.status_code in {202, 400, 413, 422}, response.text
                accepted += response.json().get("accepted", 0)
            assert len(stand.read_events()) == accepted

    asyncio.run(post_all())
