"""What an answered query says, and what it leaves in the spool."""

from pathlib import Path
from typing import Any

import pytest

from tests.apinode.stand import (
    FEATURES,
    NOW_US,
    PREDICT,
    PREDICT_MULTI,
    STREAM,
    expect_probability,
    in_loop,
    open_stand,
)
from wakeline.core.ids import is_prediction_id


@in_loop
async def test_an_answer_has_the_models_result_and_says_where_it_comes_from(tmp_path: Path) -> None:
    async with open_stand(tmp_path) as stand:
        response = await stand.post(PREDICT, {"features": FEATURES})
        answer = response.json()
        assert response.status_code == 200
        assert answer["result"]["prediction"] == "true"
        assert answer["result"]["probas"]["true"] == pytest.approx(expect_probability(FEATURES), abs=1e-15)
        assert set(answer["timing"]) == {"decode", "score", "total"}
        context = answer["apiContext"]
        assert is_prediction_id(context.pop("predictionId"))
        assert context == {
            "serviceId": "flight-delays",
            "endpointId": "arrival-delay",
            "serviceGeneration": "v1",
        }


@in_loop
async def test_an_answered_query_leaves_one_event_with_every_column_that_applies(tmp_path: Path) -> None:
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    async with open_stand(tmp_path) as stand:
        headers = {"traceparent": f"00-{trace_id}-b7ad6b7169203331-01"}
        response = await stand.post(PREDICT, {"features": FEATURES, "context": {"user": [1, "é"]}}, headers)
        (event,) = stand.read_events()
        answer = response.json()
        assert event.pop("timing") == answer["timing"]
        assert is_prediction_id(event.pop("query_id"))
        prediction_id = answer["apiContext"]["predictionId"]
        assert event == {
            "event_id": prediction_id,
            "prediction_id": prediction_id,
            "event_time": NOW_US,
            "row_index": 0,
            "msg_type": "prediction-query",
            "project": "FLIGHTS",
            "deployment_id": "FLIGHTS-on-local",
            "infrastructure_id": "local",
            "service_id": "flight-delays",
            "endpoint_id": "arrival-delay",
            "generation": "v1",
            "arm": "primary",
            "model_id": "FLIGHTS.arrival-delay",
            "model_version": "v7",
            "engine": "row-plan",
            "node_id": "FLIGHTS-on-local-0",
            "features": FEATURES,
            "context": {"user": [1, "é"]},
            "prediction": "true",
            "probas": answer["result"]["probas"],
            "threshold": 0.5,
            "client_ip": "127.0.0.1",
            "trace_id": trace_id,
            "status": 200,
            "stream": STREAM,
            "offset": 1,
        }


@in_loop
async def test_missing_values_are_scored_as_trained_and_logged_as_null(tmp_path: Path) -> None:
    async with open_stand(tmp_path) as stand:
        response = await stand.post(PREDICT, {"features": {"dep hour": 3, "temp": None}})
        probability = response.json()["result"]["probas"]["true"]
        assert probability == pytest.approx(expect_probability({"dep hour": 3}), abs=1e-15)
        assert stand.read_last_event()["features"] == {
            "dep hour": 3.0,
            "temp": None,
            "carrier": None,
            "is.weekend": None,
        }


@in_loop
async def test_a_batch_answers_in_order_and_leaves_a_row_an_item(tmp_path: Path) -> None:
    items: list[dict[str, Any]] = [
        {"features": {**FEATURES, "dep hour": hour}, "context": {"hour": hour}} for hour in range(20)
    ]
    async with open_stand(tmp_path) as stand:
        response = await stand.post(PREDICT_MULTI, {"items": items})
        answer = response.json()
        events = stand.read_events()
        ids = [result["predictionId"] for result in answer["results"]]
        assert len(set(ids)) == 20
        assert [event["prediction_id"] for event in events] == ids
        assert [event["row_index"] for event in events] == list(range(20))
        assert [event["context"] for event in events] == [item["context"] for item in items]
        assert {event["query_id"] for event in events} == {answer["apiContext"]["queryId"]}
        for item, result, event in zip(items, answer["results"], events, strict=True):
            assert result["probas"]["true"] == pytest.approx(expect_probability(item["features"]), abs=1e-12)
            assert event["probas"] == result["probas"]


@in_loop
async def test_a_batch_too_large_for_the_event_loop_is_scored_all_the_same(tmp_path: Path) -> None:
    async with open_stand(tmp_path) as stand:
        items = [{"features": {"dep hour": index % 24}} for index in range(1_000)]
        results = (await stand.post(PREDICT_MULTI, {"items": items})).json()["results"]
        assert [result["probas"]["true"] for result in results] == pytest.approx(
            [expect_probability(item["features"]) for item in items], abs=1e-12
        )
        assert len(stand.read_events()) == 1_000


@in_loop
async def test_of_duplicate_keys_the_last_wins(tmp_path: Path) -> None:
    async with open_stand(tmp_path) as stand:
        body = b'{"features": {"dep hour": "x", "dep hour": 4}, "features": {"dep hour": 1, "dep hour": 5}}'
        assert (await stand.post(PREDICT, body)).status_code == 200
        assert stand.read_last_event()["features"]["dep hour"] == 5.0


@pytest.mark.parametrize(
    "extra",
    [
        {"dispatch": {"forcedGeneration": "v1"}},
        {"dispatch": {"dispatchKey": "customer-7"}},
        {"dispatch": None, "explanations": None, "context": None},
        {"explanations": {"enabled": False, "method": "ICE", "nExplanations": 3, "nMonteCarloSteps": 50}},
    ],
)
@in_loop
async def test_options_that_change_nothing_are_accepted(tmp_path: Path, extra: dict[str, Any]) -> None:
    async with open_stand(tmp_path) as stand:
        assert (await stand.post(PREDICT, {"features": FEATURES, **extra})).status_code == 200


@pytest.mark.parametrize(
    ("number", "logged"),
    [("1e300", 1e300), ("9007199254740992", 2.0**53), ("-0.0", 0.0), ("1e-999", 0.0), ("5", 5.0)],
)
@in_loop
async def test_any_number_that_a_double_holds_is_scored(tmp_path: Path, number: str, logged: float) -> None:
    async with open_stand(tmp_path) as stand:
        body = f'{{"features": {{"dep hour": 3, "temp": {number}}}}}'.encode()
        response = await stand.post(PREDICT, body)
        assert response.status_code == 200, response.text
        assert stand.read_last_event()["features"]["temp"] == logged


@in_loop
async def test_alive_and_status(tmp_path: Path) -> None:
    async with open_stand(tmp_path) as stand:
        await stand.post(PREDICT, {"features": FEATURES})
        await stand.post(PREDICT, b"{")
        assert (await stand.client.get("/isAlive")).json() == {"alive": True}
        assert (await stand.client.get("http://127.0.0.1:4184/isAlive")).status_code == 200
        assert (await stand.client.get("/v1/status")).status_code == 404
        status = (await stand.client.get("http://127.0.0.1:4184/v1/status")).json()
        assert status["queries"] == {"answered": 1, "refused": 1}
        assert status["spool"]["appended"] == 2
        assert status["services"][0]["endpoints"][0]["model_version"] == "v7"
        admin = await stand.client.post(f"http://127.0.0.1:4184{PREDICT}", content=b"{}")
        assert admin.status_code == 404
