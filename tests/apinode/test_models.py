"""Models that are slow, that fail, or that answer what no model may: the node goes on and tells."""

import asyncio
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.apinode.stand import FEATURES, PREDICT, PREDICT_MULTI, build_schema, in_loop, open_stand
from wakeline.core.errors import InvalidInputError, UnavailableError
from wakeline.core.schema import ModelSchema
from wakeline.scoring.score import Score

_GOOD = Score("true", (0.25, 0.75))


@dataclass(frozen=True, slots=True)
class _Model:
    """A scoring model that answers each row by a function."""

    answer: Callable[[Mapping[str, Any]], Score]
    blocks: bool = False
    engine: str = "original"
    model_id: str = "FLIGHTS.other"
    model_version: str = "v1"

    @property
    def schema(self) -> ModelSchema:
        return build_schema()

    def score(self, rows: Sequence[Mapping[str, Any]]) -> list[Score]:
        return [self.answer(row) for row in rows]

    def close(self) -> None:
        """Nothing to give back."""


def _refuse_late_hours(row: Mapping[str, Any]) -> Score:
    if row["dep hour"] > 20:
        raise InvalidInputError("the feature 'dep hour' is too late", details={"feature": "dep hour"})
    return _GOOD


def _fail(error: Exception) -> Callable[[Mapping[str, Any]], Score]:
    def answer(_row: Mapping[str, Any]) -> Score:
        raise error

    return answer


@in_loop
async def test_a_blocking_model_does_not_hold_up_others(tmp_path: Path) -> None:
    def answer(_row: Mapping[str, Any]) -> Score:
        time.sleep(0.5)
        return _GOOD

    async with open_stand(tmp_path, model=_Model(answer, blocks=True)) as stand:
        query = asyncio.create_task(stand.post(PREDICT, {"features": FEATURES}))
        await asyncio.sleep(0.05)
        assert (await stand.client.get("/isAlive")).status_code == 200
        assert not query.done()
        assert (await query).json()["result"]["prediction"] == "true"
        assert stand.read_last_event()["engine"] == "original"


@in_loop
async def test_a_row_that_the_model_refuses_is_named_by_its_index(tmp_path: Path) -> None:
    async with open_stand(tmp_path, model=_Model(_refuse_late_hours)) as stand:
        items = [{"features": {"dep hour": hour}} for hour in (1, 2, 22, 23)]
        response = await stand.post(PREDICT_MULTI, {"items": items})
        error = response.json()["error"]
        assert response.status_code == 422
        assert error["message"] == "item 2: the feature 'dep hour' is too late"
        assert error["details"] == {"feature": "dep hour", "item": 2}
        assert [event["status"] for event in stand.read_events()] == [422] * 4


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        (_fail(UnavailableError("the worker is restarting")), 503, "unavailable"),
        (_fail(ZeroDivisionError()), 500, "scoring-failed"),
        (lambda _row: Score("true", (math.nan, math.nan)), 500, "scoring-failed"),
        (lambda _row: Score(math.inf), 500, "scoring-failed"),
    ],
)
@in_loop
async def test_a_model_that_fails_is_told_and_logged(
    tmp_path: Path, answer: Callable[[Mapping[str, Any]], Score], status: int, code: str
) -> None:
    async with open_stand(tmp_path, model=_Model(answer)) as stand:
        for path, body in (
            (PREDICT, {"features": FEATURES}),
            (PREDICT_MULTI, {"items": [{"features": FEATURES}] * 2}),
        ):
            response = await stand.post(path, body)
            assert (response.status_code, response.json()["error"]["code"]) == (status, code)
        assert [event["status"] for event in stand.read_events()] == [status] * 3


@in_loop
async def test_a_regression_answers_a_number_alone(tmp_path: Path) -> None:
    async with open_stand(tmp_path, model=_Model(lambda row: Score(row["dep hour"] * 2.5))) as stand:
        response = await stand.post(PREDICT, {"features": {"dep hour": 3}})
        assert response.json()["result"] == {"prediction": 7.5}
        event = stand.read_last_event()
        assert event["prediction"] == 7.5
        assert "probas" not in event
