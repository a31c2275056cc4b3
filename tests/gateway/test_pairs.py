"""Requests and responses that KServe's logger posts apart: joined by id, once, whatever comes in between."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.apinode.stand import in_loop
from tests.gateway.stand import Stand, open_stand
from tests.gateway.test_events import frame
from wakeline.core.clock import parse_rfc3339
from wakeline.gateway.halves import Halves

PATH = "/v1/ingest/api-node-query/iris-on-kserve/iris"
REQUEST = {"instances": [[6.8, 2.8], [6.0, 3.4]]}
RESPONSE = {"predictions": [1, 2]}
MINUTES = 60_000_000


def build_headers(side: str, id_: str = "0009174a", **given: str) -> dict[str, str]:
    """As KServe's logger writes them, the empty `endpoint` included."""
    seconds = "26.0789529" if side == "request" else "26.0859529"
    return {
        "ce-specversion": "1.0",
        "ce-id": id_,
        "ce-source": "http://localhost:9081/",
        "ce-type": f"org.kubeflow.serving.inference.{side}",
        "ce-time": f"2013-06-01T11:59:{seconds}Z",
        "ce-inferenceservicename": "sklearn-iris",
        "ce-namespace": "default",
        "ce-component": "predictor",
        "ce-endpoint": "",
        "ce-traceparent": "00-3a",
        "content-type": "application/json",
    } | given


async def send(stand: Stand, side: str, payload: Any, id_: str = "0009174a") -> dict[str, Any]:
    answer = await stand.post(payload, build_headers(side, id_), path=PATH)
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("order", [("request", "response"), ("response", "request")])
@in_loop
async def test_two_halves_become_one_event_a_row(tmp_path: Path, order: tuple[str, str]) -> None:
    payloads = {"request": REQUEST, "response": RESPONSE}
    async with open_stand(tmp_path) as stand:
        answer = await send(stand, order[0], payloads[order[0]])
        assert answer == {"accepted": 1, "duplicates": 0, "exactly_once": True}
        assert stand.read_events() == []
        assert (await stand.client.get("/v1/status")).json()["halves_waiting"] == 1
        assert (await send(stand, order[1], payloads[order[1]]))["accepted"] == 1
        first, second = stand.read_events()
    assert (first["prediction_id"], second["prediction_id"]) == ("0009174a/0", "0009174a/1")
    assert {first["query_id"], second["query_id"]} == {"0009174a"}
    assert (first["features"], first["prediction"]) == ({"x0": 6.8, "x1": 2.8}, 1.0)
    assert (second["features"], second["prediction"]) == ({"x0": 6.0, "x1": 3.4}, 2.0)
    assert (second["row_index"], second["status"], second["service_id"]) == (1, 200, "sklearn-iris")
    assert first["event_time"] == parse_rfc3339("2013-06-01T11:59:26.078952Z")
    assert first["timing"] == {"total": 7_000}
    assert first["context"]["namespace"] == "default"
    assert "error" not in first
    frame([first, second])


@in_loop
async def test_the_open_inference_protocol(tmp_path: Path) -> None:
    request = {
        "inputs": [
            {"name": "age", "shape": [2, 1], "datatype": "INT32", "data": [40, 50]},
            {"name": "word", "shape": [2], "datatype": "BYTES", "data": ["a", "b"]},
            {"name": "point", "shape": [2, 2], "datatype": "FP64", "data": [[1.0, 2.0], [3.0, 4.0]]},
        ]
    }
    response = {
        "model_name": "iris",
        "model_version": "v3",
        "outputs": [
            {"name": "predict_proba", "shape": [2, 2], "datatype": "FP64", "data": [0.1, 0.9, 0.8, 0.2]},
            {"name": "predict", "shape": [2], "datatype": "INT64", "data": [1, 0]},
        ],
    }
    async with open_stand(tmp_path) as stand:
        await send(stand, "request", request)
        await send(stand, "response", response)
        first, second = stand.read_events()
    assert first["features"] == {"age": 40, "word": "a", "point_0": 1.0, "point_1": 2.0}
    assert (second["features"]["word"], second["features"]["point_1"]) == ("b", 4.0)
    assert (first["prediction"], first["probas"]) == ("1", {"0": 0.1, "1": 0.9})
    assert (second["prediction"], second["model_id"], second["model_version"]) == ("0", "iris", "v3")
    frame([first, second])


@in_loop
async def test_repeated_halves_are_joined_once(tmp_path: Path) -> None:
    async with open_stand(tmp_path) as stand:
        for _ in range(2):
            await send(stand, "request", REQUEST)
        for _ in range(2):
            last = await send(stand, "response", RESPONSE)
        assert last == {"accepted": 0, "duplicates": 1, "exactly_once": True}
        assert (await send(stand, "request", REQUEST))["duplicates"] == 1
        assert len(stand.read_events()) == 2
    async with open_stand(tmp_path) as stand:
        assert (await send(stand, "request", REQUEST))["duplicates"] == 1
        assert stand.pairs.count_waiting() == 0


@in_loop
async def test_a_half_waits_over_a_restart(tmp_path: Path) -> None:
    async with open_stand(tmp_path) as stand:
        await send(stand, "request", REQUEST)
    async with open_stand(tmp_path) as stand:
        await send(stand, "response", RESPONSE)
        assert [event["prediction"] for event in stand.read_events() if event["features"]] == [1.0, 2.0]


@pytest.mark.parametrize("side", ["request", "response"])
@in_loop
async def test_a_half_that_stays_alone_says_which_is_missing(tmp_path: Path, side: str) -> None:
    payloads = {"request": REQUEST, "response": RESPONSE}
    other = "response" if side == "request" else "request"
    async with open_stand(tmp_path) as stand:
        await send(stand, side, payloads[side])
        stand.clock.advance(4 * MINUTES)
        assert stand.pairs.sweep() == 0
        stand.clock.advance(2 * MINUTES)
        assert stand.pairs.sweep() == 1
        assert stand.pairs.sweep() == 0
        rows = stand.read_events()
        assert [row["status"] for row in rows] == [504, 504]
        assert {row["error"] for row in rows} == {f"{other} half missing: it did not come in time"}
        await send(stand, other, payloads[other])
        late = stand.read_events()[2:]
    assert {row["error"] for row in late} == {f"{side} half missing: it was stored alone before"}
    assert {row["query_id"] for row in rows + late} == {"0009174a"}
    frame(rows + late)


@in_loop
async def test_a_crash_before_a_pair_is_finished_stores_it_once(tmp_path: Path) -> None:
    """As a killed gateway leaves it: the rows are in the spool, the halves are not marked yet."""
    async with open_stand(tmp_path) as stand:
        await send(stand, "request", REQUEST)
        stand.pairs.finish = lambda pair: None  # type: ignore[method-assign]
        await send(stand, "response", RESPONSE)
        assert len(stand.read_events()) == 2
        assert stand.pairs.count_waiting() == 2
    async with open_stand(tmp_path) as stand:
        assert stand.pairs.sweep() == 1
        assert stand.read_events() == []
        assert stand.pairs.count_waiting() == 0


@in_loop
async def test_a_crash_before_a_lonely_half_is_finished_does_not_join_it_later(tmp_path: Path) -> None:
    async with open_stand(tmp_path) as stand:
        await send(stand, "request", REQUEST)
        stand.clock.advance(10 * MINUTES)
        finish, stand.pairs.finish = stand.pairs.finish, lambda pair: None  # type: ignore[method-assign]
        stand.pairs.sweep()
        stand.pairs.finish = finish  # type: ignore[method-assign]
        await send(stand, "response", RESPONSE)
        stand.pairs.sweep()
        errors = [event["error"] for event in stand.read_events()]
        assert len(errors) == 4
        assert sum("response half missing" in error for error in errors) == 2
        assert stand.pairs.count_waiting() == 0


@pytest.mark.parametrize(
    ("request_", "response", "unread"),
    [
        (b"\x00\xff", RESPONSE, ["unread: request"]),
        ({"text": "hi"}, RESPONSE, ["unread: request"]),
        (REQUEST, [1, 2], ["unread: response"]),
        (REQUEST, {"predictions": [1]}, ["unread: response has 1 rows for 2 instances"]),
        ({"inputs": [{"name": "a", "shape": [3], "data": [1]}]}, RESPONSE, ["unread: request"]),
    ],
)
@in_loop
async def test_payloads_of_no_known_form_are_kept_and_named(
    tmp_path: Path, request_: Any, response: Any, unread: list[str]
) -> None:
    async with open_stand(tmp_path) as stand:
        media_type = "application/octet-stream" if isinstance(request_, bytes) else "application/json"
        headers = build_headers("request", **{"content-type": media_type})
        assert (await stand.post(request_, headers, path=PATH)).status_code == 202
        await send(stand, "response", response)
        rows = stand.read_events()
    assert rows[0]["violations"] == unread
    if "request" in unread[0]:
        assert rows[0]["request"] == ({"base64": "AP8="} if isinstance(request_, bytes) else request_)
    frame(rows)


@in_loop
async def test_objects_as_instances_and_predictions(tmp_path: Path) -> None:
    request = {"instances": [{"age": 40, "nested": {"a": [1]}}, "word"]}
    response = {"predictions": [{"label": "late", "probabilities": {"late": 0.9}}, [0.1, 0.9]]}
    async with open_stand(tmp_path) as stand:
        await send(stand, "request", request)
        await send(stand, "response", response)
        first, second = stand.read_events()
    assert first["features"] == {"age": 40, "nested": {"a": [1]}}
    assert (first["prediction"], first["probas"]) == ("late", {"late": 0.9})
    assert (second["features"], second["prediction"]) == ({"x0": "word"}, [0.1, 0.9])
    columns = frame([first, second])
    assert columns["prediction_text"] == [None, "[0.1,0.9]"]


@in_loop
async def test_too_many_waiting_halves_are_refused(tmp_path: Path) -> None:
    async with open_stand(tmp_path, halves_bytes_max=2_000) as stand:
        payload = {"instances": [["x" * 1_000]]}
        await send(stand, "request", payload, "1")
        refused = await stand.post(payload, build_headers("request", "2"), path=PATH)
        assert refused.status_code == 503
        assert "wait for their other halves" in refused.json()["error"]["message"]
        await send(stand, "response", {"predictions": [1]}, "1")
        await send(stand, "request", payload, "2")


def test_what_was_done_is_forgotten_after_a_week(tmp_path: Path) -> None:
    halves = Halves(tmp_path / "halves.sqlite")
    halves.forget(10**15)
    assert halves.count_waiting() == 0
    halves.close()


@in_loop
async def test_a_batch_of_both_halves(tmp_path: Path) -> None:
    headers = {"content-type": "application/cloudevents-batch+json"}
    batch = [
        {
            "specversion": "1.0",
            "id": "1",
            "source": "/k",
            "type": f"org.kubeflow.serving.inference.{side}",
            "data": json.loads(json.dumps(payload)),
        }
        for side, payload in (("request", REQUEST), ("response", RESPONSE))
    ]
    async with open_stand(tmp_path) as stand:
        assert (await stand.post(batch, headers, path=PATH)).json()["accepted"] == 2
        assert len(stand.read_events()) == 2
