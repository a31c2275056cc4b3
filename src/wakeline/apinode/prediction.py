"""The order of effects of a query, from top to bottom: validate, score, spool, answer.

Nothing is answered that is not in the spool first. A query that fails anywhere raises; the door records it.
"""

import asyncio
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wakeline.apinode.calls import Action, Call, settle_event_time, settle_item_times
from wakeline.apinode.journal import Answered, Journal, name_probas
from wakeline.apinode.packages import Endpoint
from wakeline.core.errors import InvalidInputError, NotFoundError, WakelineError
from wakeline.core.ids import PredictionIds
from wakeline.core.limits import REQUEST_BODY_BYTES_MAX
from wakeline.scoring.model import ScoringModel
from wakeline.scoring.score import Score
from wakeline.spool.group_commit import GroupCommit
from wakeline.wire.asgi import BodyTooLargeError, Exchange, read_body
from wakeline.wire.query_answer import (
    ApiContext,
    PredictAnswer,
    PredictMultiAnswer,
    Result,
    encode_answer,
)
from wakeline.wire.query_values import Query

Rows = Sequence[Mapping[str, Any]]

_ROWS_SCORED_INLINE_MAX = 256


class ExplanationsError(InvalidInputError):
    """Explanations were asked for, which no endpoint gives yet."""

    code = "explanations-not-available"


class ScoringFailedError(WakelineError):
    """The model gave no usable answer: a fault of the model, not of the query."""

    code = "scoring-failed"


@dataclass(frozen=True, slots=True)
class PredictionParts:
    """What every query of a node needs."""

    journal: Journal
    commits: GroupCommit
    ids: PredictionIds
    client_event_time: bool


async def answer_query(
    parts: PredictionParts, call: Call, endpoint: Endpoint, action: Action, exchange: Exchange
) -> bytes:
    """The answer's body; `call` learns on the way what a refusal would log."""
    # validate
    settle_event_time(call, exchange.headers, is_allowed=parts.client_event_time)
    await receive_body(call, exchange)
    begun = time.perf_counter_ns()
    query = _read_query(call, endpoint, action)
    settle_item_times(call, query, is_allowed=parts.client_event_time)
    _check_options(query, endpoint)
    # score
    decoded = time.perf_counter_ns()
    scores = await _score(endpoint.model, query, action)
    scored = time.perf_counter_ns()
    # spool
    answered = Answered(
        query=query,
        query_id=parts.ids.mint(),
        prediction_ids=[parts.ids.mint() for _ in query.items],
        scores=scores,
        timing={
            "decode": (decoded - begun) // 1000,
            "score": (scored - decoded) // 1000,
            "total": call.elapsed_us(),
        },
    )
    events = parts.journal.write_answered(call, endpoint, answered)
    if events:
        await parts.commits.store(endpoint.stream, events)
    # answer
    return _encode_answer(endpoint, action, answered)


async def receive_body(call: Call, exchange: Exchange) -> None:
    """Into the call, so that a refusal can show how the body began, however it ends."""
    try:
        call.body = await read_body(exchange, bytes_max=REQUEST_BODY_BYTES_MAX)
    except BodyTooLargeError as error:
        call.body = error.head
        raise


def _read_query(call: Call, endpoint: Endpoint, action: Action) -> Query:
    if action is Action.PREDICT:
        return endpoint.reader.read_predict(call.body)
    try:
        query = endpoint.reader.read_predict_multi(call.body)
    except WakelineError as error:
        count = error.details.get("items")
        call.item_count = count if isinstance(count, int) else 1
        raise
    call.item_count = len(query.items)
    return query


def _check_options(query: Query, endpoint: Endpoint) -> None:
    forced = None if query.dispatch is None else query.dispatch.forced_generation
    if forced is not None and forced != endpoint.generation:
        raise NotFoundError(
            f"forcedGeneration: found {forced!r}, but the generation that is loaded "
            f"is {endpoint.generation!r}"
        )
    if query.explanations is not None and query.explanations.enabled:
        raise ExplanationsError("explanations are not available yet; leave them out or send enabled: false")


async def _score(model: ScoringModel, query: Query, action: Action) -> Sequence[Score]:
    """Quick models answer on the event loop; the others, and large batches, must not hold it up."""
    rows = [item.features for item in query.items]
    score = _score_rows if action is Action.PREDICT else _score_items
    if model.blocks or len(rows) > _ROWS_SCORED_INLINE_MAX:
        return await asyncio.to_thread(score, model, rows)
    return score(model, rows)


def _score_items(model: ScoringModel, rows: Rows) -> Sequence[Score]:
    """Of rows that the model cannot take the first is named by its index."""
    try:
        return _score_rows(model, rows)
    except InvalidInputError:
        for index, row in enumerate(rows):
            try:
                _score_rows(model, [row])
            except InvalidInputError as error:
                raise type(error)(
                    f"item {index}: {error.message}", details={**error.details, "item": index}
                ) from error
        raise


def _score_rows(model: ScoringModel, rows: Rows) -> Sequence[Score]:
    try:
        scores = model.score(rows)
    except WakelineError:
        raise
    except Exception as error:
        raise ScoringFailedError(f"the model {model.model_id} failed: {type(error).__name__}") from error
    if len(scores) != len(rows):
        raise ScoringFailedError(f"the model {model.model_id} gave {len(scores)} scores for {len(rows)} rows")
    for score in scores:
        _check_finite(model, score)
    return scores


def _check_finite(model: ScoringModel, score: Score) -> None:
    numbers = score.probas or ()
    if isinstance(score.prediction, float):
        numbers = (*numbers, score.prediction)
    if not all(map(math.isfinite, numbers)):
        raise ScoringFailedError(f"the model {model.model_id} gave a number that is not finite")


def _encode_answer(endpoint: Endpoint, action: Action, answered: Answered) -> bytes:
    classes = endpoint.model.schema.classes
    context = ApiContext(
        service_id=endpoint.service_id,
        endpoint_id=endpoint.endpoint_id,
        service_generation=endpoint.generation,
    )
    if action is Action.PREDICT:
        score = answered.scores[0]
        context.prediction_id = answered.prediction_ids[0]
        result = Result(prediction=score.prediction, probas=name_probas(classes, score))
        return encode_answer(PredictAnswer(result=result, timing=answered.timing, api_context=context))
    context.query_id = answered.query_id
    results = [
        Result(prediction=score.prediction, probas=name_probas(classes, score), prediction_id=prediction_id)
        for score, prediction_id in zip(answered.scores, answered.prediction_ids, strict=True)
    ]
    return encode_answer(PredictMultiAnswer(results=results, timing=answered.timing, api_context=context))
