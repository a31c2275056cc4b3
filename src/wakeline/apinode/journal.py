"""What a query leaves in the log: one event a prediction, or a refusal with its status and error.

The deployment's three switches and its sampling rate are applied here and nowhere else. Refusals are never
sampled. Knows no spool: its results are bytes for one stream.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from wakeline.apinode.calls import Call
from wakeline.apinode.packages import Endpoint
from wakeline.core.errors import WakelineError
from wakeline.core.event import PREDICTION_MESSAGE, Arm, Stream, TimeFlag, Topic
from wakeline.core.ids import NO_ENDPOINT, PredictionIds
from wakeline.core.limits import REFUSED_BODY_LOGGED_BYTES_MAX
from wakeline.scoring.score import Score
from wakeline.wire.configuration import NodeConfiguration
from wakeline.wire.event import Event, encode_event
from wakeline.wire.query_values import Query

_TEXT_LOGGED_MAX = 1_000
_NAME_LOGGED_MAX = 128


@dataclass(frozen=True, slots=True)
class Answered:
    """A scored query: one score and one prediction id an item."""

    query: Query
    query_id: str
    prediction_ids: Sequence[str]
    scores: Sequence[Score]
    timing: dict[str, int]


class Journal:
    """Belongs to one node; `draw` gives numbers in [0, 1) for the sampling."""

    __slots__ = ("_configuration", "_draw", "_ids", "_where", "stream_of_strays")

    def __init__(
        self,
        configuration: NodeConfiguration,
        ids: PredictionIds,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._configuration = configuration
        self._ids = ids
        self._draw = draw
        self._where: dict[str, Any] = {
            "msg_type": PREDICTION_MESSAGE,
            "project": configuration.project,
            "deployment_id": configuration.deployment_id,
            "infrastructure_id": configuration.infrastructure_id,
            "node_id": configuration.node_id,
        }
        self.stream_of_strays = Stream(Topic.QUERY.value, configuration.deployment_id, NO_ENDPOINT)

    def find_stream(self, call: Call) -> Stream:
        """Where the call's events go; a call that names no known endpoint has a stream of its own."""
        return self.stream_of_strays if call.endpoint is None else call.endpoint.stream

    def write_answered(self, call: Call, endpoint: Endpoint, answered: Answered) -> list[bytes]:
        """One event for each prediction, in order; none where the log or the sample leaves the query out."""
        settings = self._configuration
        sample_rate = settings.sample_rate if settings.sample_rate < 1 else None
        if not settings.log_queries or (sample_rate is not None and self._draw() >= sample_rate):
            return []
        shared = self._describe_call(call) | _describe_model(endpoint)
        shared |= {
            "query_id": answered.query_id,
            "timing": answered.timing,
            "status": 200,
            "sample_rate": sample_rate,
        }
        classes = endpoint.model.schema.classes
        events: list[bytes] = []
        for index, item in enumerate(answered.query.items):
            event = Event(
                event_id=answered.prediction_ids[index],
                prediction_id=answered.prediction_ids[index],
                row_index=index,
                **_describe_time(call, index),
                **shared,
            )
            if settings.log_inputs:
                event.features = item.features
                event.context = item.context
            if settings.log_outputs:
                score = answered.scores[index]
                event.prediction = score.prediction
                event.probas = name_probas(classes, score)
            events.append(encode_event(event))
        return events

    def write_refused(self, call: Call, status: int, error: WakelineError) -> list[bytes]:
        """The refusal of a query; of a `predict-multi` whose items are known, one event an item."""
        if not self._configuration.log_queries:
            return []
        shared = self._describe_call(call)
        if call.endpoint is not None:
            shared |= _describe_model(call.endpoint)
        shared |= {
            "query_id": self._ids.mint(),
            "timing": {"total": call.elapsed_us()},
            "status": status,
            "error": self._describe_error(error),
        }
        events = [
            Event(event_id=self._ids.mint(), row_index=index, **_describe_time(call, index), **shared)
            for index in range(call.item_count)
        ]
        if self._configuration.log_inputs:
            if call.body:
                events[0].request = _cut_body(call.body)
            events[_find_bad_item(error, call.item_count)].violations = _list_violations(error)
        return [encode_event(event) for event in events]

    def _describe_call(self, call: Call) -> dict[str, Any]:
        return self._where | {
            "service_id": None if call.service_id is None else call.service_id[:_NAME_LOGGED_MAX],
            "endpoint_id": None if call.endpoint_id is None else call.endpoint_id[:_NAME_LOGGED_MAX],
            "client_ip": call.client_ip,
            "trace_id": call.trace_id,
        }

    def _describe_error(self, error: WakelineError) -> str:
        """Messages may quote the input, so that without inputs the code alone is logged."""
        if not self._configuration.log_inputs:
            return error.code
        return f"{error.code}: {error.message}"[:_TEXT_LOGGED_MAX]


def name_probas(classes: Sequence[str], score: Score) -> dict[str, float] | None:
    return None if score.probas is None else dict(zip(classes, score.probas, strict=True))


def _describe_model(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "generation": endpoint.generation,
        "arm": Arm.PRIMARY.value,
        "model_id": endpoint.model.model_id,
        "model_version": endpoint.model.model_version,
        "engine": endpoint.model.engine,
        "threshold": endpoint.model.schema.threshold,
    }


def _describe_time(call: Call, index: int) -> dict[str, Any]:
    client_time = call.find_client_time(index)
    if client_time is None:
        return {"event_time": call.received_at}
    return {"event_time": client_time, "time_flag": TimeFlag.CLIENT.value}


def _find_bad_item(error: WakelineError, count: int) -> int:
    index = error.details.get("item")
    return index if isinstance(index, int) and 0 <= index < count else 0


def _list_violations(error: WakelineError) -> list[str] | None:
    faults = error.details.get("faults")
    if not isinstance(faults, list):
        return None
    return [f"{fault['code']}: {fault['feature']}" for fault in faults]


def _cut_body(body: bytes) -> str:
    return body[:REFUSED_BODY_LOGGED_BYTES_MAX].decode("utf-8", errors="replace")
