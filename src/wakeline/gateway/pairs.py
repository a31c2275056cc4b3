"""The two halves of a query that an inference server logs apart (KServe's logger), joined into rows.

A half is on the disk before it is answered. The rows of a pair have identifiers of their own, so that a pair
which is joined again after a crash is stored once. A half that stays alone becomes a row that says so.
"""

import logging
from collections.abc import Sequence
from typing import Any

import msgspec

from wakeline.core.clock import Clock
from wakeline.core.errors import UnavailableError, WakelineError
from wakeline.core.event import PREDICTION_MESSAGE, Arm, Stream, TimeFlag
from wakeline.core.ids import NO_ENDPOINT
from wakeline.core.limits import EVENT_BYTES_MAX, HALF_ALONE_SECONDS_MAX
from wakeline.gateway.body import Item
from wakeline.gateway.cloud_events import CloudEventHead
from wakeline.gateway.events import describe_head, to_json
from wakeline.gateway.halves import Half, Halves, Pair, Side, name_pair
from wakeline.spool.outbox import Outbox
from wakeline.wire.event import Event, encode_event
from wakeline.wire.inference import read_inference
from wakeline.wire.item import ENGINE, Place, build_event

SIDES = {
    "org.kubeflow.serving.inference.request": Side.REQUEST,
    "org.kubeflow.serving.inference.response": Side.RESPONSE,
}
ALONE_STATUS = 504
"""Of a row that lacks a half: it is no answered query, so that no statistics take it for one."""

_LOGGER = logging.getLogger(__name__)
_SERVICE_ATTRIBUTE = "inferenceservicename"


class _KeptHalf(msgspec.Struct, frozen=True):
    id: str
    source: str
    time_us: int | None
    received_us: int
    attributes: dict[str, Any]
    data: Any


def find_side(item: Item) -> Side | None:
    return None if item.head is None else SIDES.get(item.head.type)


class Pairs:
    """Keeps halves, and turns what is complete or overdue into rows of the outbox."""

    def __init__(
        self, halves: Halves, outbox: Outbox, clock: Clock, alone_seconds_max: float = HALF_ALONE_SECONDS_MAX
    ) -> None:
        self._halves = halves
        self._outbox = outbox
        self._clock = clock
        self._alone_us = int(alone_seconds_max * 1e6)

    def count_waiting(self) -> int:
        return self._halves.count_waiting()

    def keep(self, items: Sequence[Item], stream: Stream) -> tuple[int, list[Pair]]:
        """How many of the halves were new, and the pairs that can be stored now."""
        new, due = 0, {}
        for item in items:
            head, side = item.head, find_side(item)
            assert head is not None
            assert side is not None
            now_us = self._clock.now_us()
            key = name_pair(stream, head.identifier)
            pair, is_new = self._halves.keep(key, stream, _pack(head, item.value, side, now_us), now_us)
            new += is_new
            if pair.is_due:
                due[key] = pair
        return new, list(due.values())

    def append(self, pair: Pair) -> None:
        """The rows are pending afterwards; `finish` follows when they are on the disk."""
        events, identifiers = _compose(pair)
        self._outbox.append_new(pair.stream, events, identifiers)

    def finish(self, pair: Pair) -> None:
        self._halves.finish(pair)

    def sweep(self) -> int:
        """Stores pairs that a crash left complete, and halves that have waited too long; how many."""
        now_us = self._clock.now_us()
        due = self._halves.list_due(now_us - self._alone_us)
        for pair in due:
            try:
                self.append(pair)
                self._outbox.commit()
            except UnavailableError as error:
                _LOGGER.warning("halves of events wait on: %s", error.message)
                return 0
            self.finish(pair)
        self._halves.forget(now_us)
        return len(due)

    def sweep_quietly(self) -> None:
        """For a loop that must not end."""
        try:
            while self.sweep():
                pass
        except WakelineError as error:
            _LOGGER.warning("halves of events wait on: %s", error.message)


def check_half(item: Item) -> None:
    """Refuses now what could not be stored later."""
    assert item.head is not None
    _pack(item.head, item.value, Side.REQUEST, 0)


def _pack(head: CloudEventHead, data: Any, side: Side, now_us: int) -> Half:
    kept = _KeptHalf(head.id, head.source, head.time_us, now_us, dict(head.attributes), to_json(data))
    return Half(side, msgspec.json.encode(kept))


def _compose(pair: Pair) -> tuple[list[bytes], list[str | None]]:
    """The rows of what the pair holds, and an identifier each."""
    kept = {half.side: msgspec.json.decode(half.payload, type=_KeptHalf) for half in pair.halves}
    request, response = kept.get(Side.REQUEST), kept.get(Side.RESPONSE)
    found = read_inference(request and request.data, response and response.data)
    first = request or response
    assert first is not None
    fields = _describe(first, response, pair) | {
        "model_id": found.model_id,
        "model_version": found.model_version,
    }
    fields["violations"] = [f"unread: {name}" for name in found.unread] or None
    named = "+".join(side.word for side in sorted(kept))
    events = []
    for index, row in enumerate(found.rows):
        own = {
            "prediction_id": first.id if len(found.rows) == 1 else f"{first.id}/{index}",
            "row_index": index,
            "features": row.features or None,
            "prediction": row.prediction,
            "probas": row.probas,
        }
        # What the rows say stands in them; a payload that could not be read, or is missing, is kept as it is.
        payloads = _keep_unread(found.unread, request, response) if index == 0 else {}
        events.append(_encode(fields | own | payloads, pair))
    return events, [f"pair/{first.source}\0{first.id}/{named}/{index}" for index in range(len(events))]


def _describe(first: _KeptHalf, response: _KeptHalf | None, pair: Pair) -> dict[str, Any]:
    head = CloudEventHead(first.id, first.source, "", first.time_us, first.attributes)
    fields: dict[str, Any] = {
        "event_time": first.received_us if first.time_us is None else first.time_us,
        "query_id": first.id,
        "msg_type": PREDICTION_MESSAGE,
        "engine": ENGINE,
        "arm": Arm.PRIMARY.value,
        "service_id": str(first.attributes.get(_SERVICE_ATTRIBUTE) or "") or None,
        "context": describe_head(head),
        "status": 200,
    }
    if response is not None and response is not first and None not in (first.time_us, response.time_us):
        fields["timing"] = {"total": max(0, (response.time_us or 0) - (first.time_us or 0))}
    if len(pair.halves) == 1:
        side = pair.halves[0].side
        other = Side(1 - side)
        state = "was stored alone before" if pair.done else "did not come in time"
        fields |= {"status": ALONE_STATUS, "error": f"{other.word} half missing: it {state}"}
    return fields


def _keep_unread(
    unread: Sequence[str], request: _KeptHalf | None, response: _KeptHalf | None
) -> dict[str, Any]:
    kept = {"request": request, "response": response}
    return {
        name: half.data
        for name, half in kept.items()
        if half is not None and any(entry.startswith(name) for entry in unread)
    }


def _encode(fields: dict[str, Any], pair: Pair) -> bytes:
    """A row that is not one of ours after all keeps its payloads and says why."""
    stream = pair.stream
    place = Place(
        stream.topic, stream.routing_key, stream.endpoint, fields["event_time"], lambda: fields["query_id"]
    )
    try:
        event = build_event({name: value for name, value in fields.items() if value is not None}, place)
    except WakelineError as error:
        event = _build_bare(fields, place, error.message)
    encoded = encode_event(event)
    if len(encoded) > EVENT_BYTES_MAX:
        encoded = encode_event(_build_bare(fields, place, f"{len(encoded)} bytes are too many for an event"))
    return encoded


def _build_bare(fields: dict[str, Any], place: Place, reason: str) -> Event:
    return Event(
        event_id=fields["prediction_id"],
        event_time=fields["event_time"],
        time_flag=TimeFlag.CLIENT.value,
        prediction_id=fields["prediction_id"],
        query_id=fields["query_id"],
        row_index=fields["row_index"],
        msg_type=PREDICTION_MESSAGE,
        engine=ENGINE,
        arm=Arm.PRIMARY.value,
        deployment_id=place.routing_key,
        endpoint_id=None if place.endpoint == NO_ENDPOINT else place.endpoint,
        status=fields["status"],
        error=fields.get("error"),
        violations=[reason[:1_000]],
    )
