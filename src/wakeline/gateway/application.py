"""The gateway's door: events of others into its spool, answered when they are on the disk.

Every caller shows a key that may write the stream. What makes an item recognisable when it comes
again is kept in the same transaction as its event: a CloudEvent's source and id, `event_id`, or the request's
`Idempotency-Key` with the item's number.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from wakeline.core.clock import Clock
from wakeline.core.errors import (
    InvalidInputError,
    NotFoundError,
    TooLargeError,
    UnavailableError,
    WakelineError,
)
from wakeline.core.event import Durability, Stream, Topic
from wakeline.core.ids import NO_ENDPOINT, PredictionIds, check_deployment_id, check_object_id
from wakeline.core.limits import EVENT_BYTES_MAX, REQUEST_BODY_BYTES_MAX
from wakeline.gateway.access import GatewayAccess
from wakeline.gateway.body import Item, read_items
from wakeline.gateway.events import read_item, read_label_item
from wakeline.gateway.pairs import Pairs, check_half, find_side
from wakeline.spool.group_commit import GroupCommit
from wakeline.spool.outbox import Outbox
from wakeline.spool.report import describe_outbox
from wakeline.wire.asgi import (
    CallerGoneError,
    Exchange,
    Headers,
    Receive,
    Scope,
    Send,
    check_caller,
    check_method,
    read_body_in_time,
    send_error,
    send_json,
    send_text,
)
from wakeline.wire.event import encode_event
from wakeline.wire.item import Place
from wakeline.wire.metrics import CONTENT_TYPE, Sample, render_metrics

_BASE = "/v1/ingest/"
_ALIVE = frozenset({"/isAlive", "/isAlive/"})
_STATUS = "/v1/status"
_METRICS = "/metrics"
_PATTERN = f"{_BASE}<topic>/<routing key>[/<endpoint>]"
_SHOWN_MAX = 100
_IDEMPOTENCY_KEY_MAX = 256
_TOPIC = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


class GatewayApplication:
    """The ASGI callable of one gateway; its outbox keeps identifiers and waits for the disk."""

    def __init__(
        self,
        outbox: Outbox,
        pairs: Pairs,
        access: GatewayAccess,
        clock: Clock,
        hosts: frozenset[str] = frozenset(),
    ) -> None:
        self._hosts = hosts
        self._outbox = outbox
        self._pairs = pairs
        self._commits = GroupCommit(outbox, Durability.FSYNC)
        self._access = access
        self._clock = clock
        self._ids = PredictionIds()
        self._counts = {"accepted": 0, "duplicates": 0, "refused_requests": 0}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise AssertionError(f"a gateway serves HTTP only, not {scope['type']}")
        exchange = Exchange.begin(scope, receive, send)
        try:
            check_caller(exchange.headers, self._hosts)
            await self._route(exchange)
        except CallerGoneError:
            return
        except WakelineError as error:
            self._counts["refused_requests"] += 1
            await send_error(exchange, error)

    async def _route(self, exchange: Exchange) -> None:
        path = exchange.path
        if path.startswith(_BASE):
            await self._ingest(path, exchange)
        elif path in _ALIVE:
            check_method(exchange, "GET")
            await send_json(exchange, 200, b'{"alive":true}')
        elif path == _METRICS:
            check_method(exchange, "GET")
            await send_text(exchange, render_metrics(self._list_samples()), CONTENT_TYPE)
        elif path == _STATUS:
            check_method(exchange, "GET")
            await send_json(exchange, 200, msgspec.json.encode(self._describe_status()))
        else:
            raise NotFoundError(
                f"found the path {path[:_SHOWN_MAX]!r}, expected {_PATTERN}, "
                f"{_STATUS}, {_METRICS} or /isAlive"
            )

    async def _ingest(self, path: str, exchange: Exchange) -> None:
        """Checks, stores, waits for the disk, answers: in this order."""
        stream = _name_stream(path)
        check_method(exchange, "POST")
        caller = self._access.find_caller(exchange.headers.get(b"authorization", b""))
        self._access.check_write(caller, stream)
        idempotency_key = _read_idempotency_key(exchange.headers)
        body = await read_body_in_time(exchange, bytes_max=REQUEST_BODY_BYTES_MAX)
        is_labels = stream.topic == Topic.GROUND_TRUTH
        items = read_items(body, exchange.headers, "label" if is_labels else "event")
        self._access.count(caller, len(items))
        halves, others = _set_halves_apart([] if is_labels else items)
        for half in halves:
            check_half(half)
        batch = self._read_batch(stream, items if is_labels else others, idempotency_key)
        accepted = await self._store(stream, batch) + await self._store_halves(stream, halves)
        answer = {
            "accepted": accepted,
            "duplicates": len(items) - accepted,
            "exactly_once": None not in batch.identifiers,
        }
        self._counts["accepted"] += accepted
        self._counts["duplicates"] += len(items) - accepted
        await send_json(exchange, 202, msgspec.json.encode(answer))

    def _read_batch(self, stream: Stream, items: Sequence[Item], key: str | None) -> "_Batch":
        """All of them, or an error that names the one that is none."""
        place = Place(stream.topic, stream.routing_key, stream.endpoint, self._clock.now_us(), self._ids.mint)
        read = read_label_item if stream.topic == Topic.GROUND_TRUTH else read_item
        batch = _Batch([], [])
        for index, item in enumerate(items):
            with item.named():
                event = encode_event(read(item, place))
                if len(event) > EVENT_BYTES_MAX:
                    raise TooLargeError(f"found {len(event)} bytes, expected at most {EVENT_BYTES_MAX}")
            batch.events.append(event)
            batch.identifiers.append(_identify(item, index, key))
        return batch

    async def _store(self, stream: Stream, batch: "_Batch") -> int:
        """How many were new. A repetition waits for the commit too: what it repeats may still be pending."""
        if not batch.events:
            return 0
        try:
            flags = self._outbox.append_new(stream, batch.events, batch.identifiers)
        except UnavailableError:
            # An identifier may stand in a commit that is under way; it is known when that one has ended.
            await self._commits.settle()
            flags = self._outbox.append_new(stream, batch.events, batch.identifiers)
        await self._commits.settle()
        return sum(flags)

    async def _store_halves(self, stream: Stream, halves: Sequence[Item]) -> int:
        """How many were new; the pairs that they complete are rows when this returns."""
        if not halves:
            return 0
        new, pairs = await asyncio.to_thread(self._pairs.keep, halves, stream)
        for pair in pairs:
            try:
                self._pairs.append(pair)
            except UnavailableError:
                await self._commits.settle()
                self._pairs.append(pair)
            await self._commits.settle()
            await asyncio.to_thread(self._pairs.finish, pair)
        return new

    def _list_samples(self) -> list[Sample]:
        spool = self._outbox.statistics()
        return [
            ("gateway_events_accepted", (), self._counts["accepted"]),
            ("gateway_events_duplicate", (), self._counts["duplicates"]),
            ("gateway_requests_refused", (), self._counts["refused_requests"]),
            ("gateway_spooled_events", (), spool.spooled),
            ("gateway_spooled_bytes", (), spool.used_bytes),
        ]

    def _describe_status(self) -> dict[str, Any]:
        return {
            "events": self._counts,
            "halves_waiting": self._pairs.count_waiting(),
            "spool": describe_outbox(self._outbox.statistics()),
        }


@dataclass(frozen=True, slots=True)
class _Batch:
    """Events as the spool takes them; one without an identifier is stored again when it is sent again."""

    events: list[bytes]
    identifiers: list[str | None]


def _set_halves_apart(items: Sequence[Item]) -> tuple[list[Item], list[Item]]:
    is_half = [find_side(item) is not None for item in items]
    return (
        [item for item, half in zip(items, is_half, strict=True) if half],
        [item for item, half in zip(items, is_half, strict=True) if not half],
    )


def _identify(item: Item, index: int, key: str | None) -> str | None:
    if item.head is not None:
        return item.head.identifier
    event_id = item.value.get("event_id") if isinstance(item.value, dict) else None
    if event_id is not None:
        return f"event/{event_id}"
    return None if key is None else f"key/{key}/{index}"


def _name_stream(path: str) -> Stream:
    topic, _, rest = path.removeprefix(_BASE).partition("/")
    if not _TOPIC.fullmatch(topic):
        raise NotFoundError(
            f"found the topic {topic[:_SHOWN_MAX]!r}, expected a-z or 0-9, then up to 62 of a-z, 0-9, ., _ "
            f"and -: POST {_PATTERN}"
        )
    routing_key, _, endpoint = rest.partition("/")
    if topic != Topic.GROUND_TRUTH and endpoint in {"", NO_ENDPOINT}:
        return Stream(topic, check_deployment_id(routing_key), NO_ENDPOINT)
    return Stream(topic, check_deployment_id(routing_key), check_object_id("endpoint", endpoint))


def _read_idempotency_key(headers: Headers) -> str | None:
    key = headers.get(b"idempotency-key")
    if key is None:
        return None
    if not 1 <= len(key) <= _IDEMPOTENCY_KEY_MAX:
        raise InvalidInputError(
            f"Idempotency-Key: found {len(key)} characters, expected 1 to {_IDEMPOTENCY_KEY_MAX}"
        )
    return key.decode("latin-1")
