"""The three switches, the sampling rate, and what a spool that refuses means for the caller."""

import itertools
from pathlib import Path

from tests.apinode.stand import FEATURES, PREDICT, PREDICT_MULTI, in_loop, open_stand
from wakeline.core.event import WhenFull
from wakeline.wire.configuration import SpoolSettings


@in_loop
async def test_without_inputs_neither_features_nor_errors_quote_them(tmp_path: Path) -> None:
    secret = "tail-number-N123"
    async with open_stand(tmp_path, log_inputs=False) as stand:
        body = {"features": {**FEATURES, "carrier": secret}, "context": {"who": secret}}
        assert (await stand.post(PREDICT, body)).status_code == 200
        refused = {"features": {**FEATURES, "temp": secret, secret: 1}, "context": {"who": secret}}
        assert (await stand.post(PREDICT, refused)).status_code == 422
        answered, error = stand.read_events()
        assert {"features", "context", "request"}.isdisjoint(answered)
        assert answered["prediction"] == "true"
        assert {"request", "violations"}.isdisjoint(error)
        assert error["error"] == "unknown-feature"
        assert secret.encode() not in stand.outbox.path.read_bytes()
        assert secret.encode() not in stand.outbox.path.with_suffix(".spool-wal").read_bytes()


@in_loop
async def test_without_outputs_predictions_are_left_out(tmp_path: Path) -> None:
    async with open_stand(tmp_path, log_outputs=False) as stand:
        await stand.post(PREDICT, {"features": FEATURES})
        event = stand.read_last_event()
        assert {"prediction", "probas"}.isdisjoint(event)
        assert event["features"] == FEATURES
        assert event["prediction_id"]


@in_loop
async def test_without_queries_nothing_is_logged(tmp_path: Path) -> None:
    async with open_stand(tmp_path, log_queries=False) as stand:
        assert (await stand.post(PREDICT, {"features": FEATURES})).status_code == 200
        assert (await stand.post(PREDICT, b"{")).status_code == 400
        assert stand.read_events() == []


@in_loop
async def test_a_sample_keeps_whole_queries_and_every_error(tmp_path: Path) -> None:
    draws = itertools.cycle([0.1, 0.9])
    async with open_stand(tmp_path, draw=lambda: next(draws), sample_rate=0.5) as stand:
        for _ in range(4):
            await stand.post(PREDICT_MULTI, {"items": [{"features": FEATURES}] * 3})
        await stand.post(PREDICT, b"{")
        events = stand.read_events()
        answered = [event for event in events if event["status"] == 200]
        assert len(answered) == 6
        assert {event["sample_rate"] for event in answered} == {0.5}
        (refused,) = [event for event in events if event["status"] != 200]
        assert "sample_rate" not in refused


@in_loop
async def test_a_full_spool_that_refuses_means_503_and_no_answer(tmp_path: Path) -> None:
    spool = SpoolSettings(folder=str(tmp_path / "spool"), bytes_max=2_000_000, when_full=WhenFull.REFUSE)
    async with open_stand(tmp_path, spool=spool) as stand:
        body = {"features": FEATURES, "context": {"ballast": "x" * 100_000}}
        statuses = [(await stand.post(PREDICT, body)).status_code for _ in range(30)]
        answered = statuses.count(200)
        assert set(statuses) == {200, 503}
        assert statuses == [200] * answered + [503] * (30 - answered)
        response = await stand.post(PREDICT, body)
        assert response.json()["error"]["code"] == "unavailable"
        kept = [event for event in stand.read_events() if event["status"] == 200]
        assert len(kept) == answered
