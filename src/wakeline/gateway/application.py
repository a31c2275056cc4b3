"""The gateway's door: events of others into its spool, answered when they are on the disk.

Today it takes labels (topic `ground-truth`). Every caller shows the key, of which only the hash is kept here.
"""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Any

import msgspec

from wakeline.core.clock import Clock
from wakeline.core.errors import (
    InvalidInputError,
    NotFoundError,
    UnauthenticatedError,
    UnavailableError,
    WakelineError,
)
from wakeline.core.event import Durability, Stream, Topic
from wakeline.core.ids import PredictionIds, check_deployment_id, check_object_id
from wakeline.core.limits import REQUEST_BODY_BYTES_MAX
from wakeline.gateway.labels import Label, read_labels
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
    read_body,
    send_error,
    send_json,
)

_BASE = "/v1/ingest/"
_ALIVE = frozenset({"/isAlive", "/isAlive/"})
_STATUS = "/v1/status"
_SHOWN_MAX = 100
_IDEMPOTENCY_KEY_MAX = 256


def hash_key(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


class GatewayApplication:
    """The ASGI callable of one gateway; its outbox keeps identifiers and waits for the disk."""

    def __init__(self, outbox: Outbox, key_hash: bytes, clock: Clock) -> None:
        self._outbox = outbox
        self._commits = GroupCommit(outbox, Durability.FSYNC)
        self._key_hash = key_hash
        self._clock = clock
        self._ids = PredictionIds()
        self._counts = {"accepted": 0, "duplicates": 0, "refused_requests": 0}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise AssertionError(f"a gateway serves HTTP only, not {scope['type']}")
        exchange = Exchange.begin(scope, receive, send)
        try:
            check_caller(exchange.headers)
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
        elif path == _STATUS:
            check_method(exchange, "GET")
            await send_json(exchange, 200, msgspec.json.encode(self._describe_status()))
        else:
            raise NotFoundError(
                f"found the path {path[:_SHOWN_MAX]!r}, "
                f"expected {_BASE}{Topic.GROUND_TRUTH}/<deployment>/<endpoint>, {_STATUS} or /isAlive"
            )

    async def _ingest(self, path: str, exchange: Exchange) -> None:
        """Checks, stores, waits for the disk, answers: in this order."""
        stream = _name_stream(path)
        check_method(exchange, "POST")
        self._check_key(exchange.headers)
        idempotency_key = _read_idempotency_key(exchange.headers)
        body = await read_body(exchange, bytes_max=REQUEST_BODY_BYTES_MAX)
        labels = read_labels(
            body,
            deployment_id=stream.routing_key,
            endpoint_id=stream.endpoint,
            idempotency_key=idempotency_key,
            now_us=self._clock.now_us(),
            ids=self._ids,
        )
        accepted = await self._store(stream, labels)
        answer = {
            "accepted": accepted,
            "duplicates": len(labels) - accepted,
            "exactly_once": all(label.identifier is not None for label in labels),
        }
        self._counts["accepted"] += accepted
        self._counts["duplicates"] += len(labels) - accepted
        await send_json(exchange, 202, msgspec.json.encode(answer))

    async def _store(self, stream: Stream, labels: Sequence[Label]) -> int:
        """How many were new. A repetition waits for the commit too: what it repeats may still be pending."""
        events = [label.event for label in labels]
        identifiers = [label.identifier for label in labels]
        try:
            flags = self._outbox.append_new(stream, events, identifiers)
        except UnavailableError:
            # An identifier may stand in a commit that is under way; it is known when that one has ended.
            await self._commits.settle()
            flags = self._outbox.append_new(stream, events, identifiers)
        await self._commits.settle()
        return sum(flags)

    def _check_key(self, headers: Headers) -> None:
        scheme, _, shown = headers.get(b"authorization", b"").partition(b" ")
        found = hashlib.sha256(shown.strip()).digest()
        if scheme.lower() != b"bearer" or not hmac.compare_digest(found, self._key_hash):
            raise UnauthenticatedError(
                "found no known key, expected 'Authorization: Bearer <key>' with the home's intake key"
            )

    def _describe_status(self) -> dict[str, Any]:
        return {"labels": self._counts, "spool": describe_outbox(self._outbox.statistics())}


def _name_stream(path: str) -> Stream:
    topic, _, rest = path.removeprefix(_BASE).partition("/")
    if topic != Topic.GROUND_TRUTH:
        raise NotFoundError(
            f"found the topic {topic[:_SHOWN_MAX]!r}, but this gateway takes {Topic.GROUND_TRUTH} only: "
            f"POST {_BASE}{Topic.GROUND_TRUTH}/<deployment>/<endpoint>"
        )
    deployment_id, _, endpoint_id = rest.partition("/")
    return Stream(
        Topic.GROUND_TRUTH.value,
        check_deployment_id(deployment_id),
        check_object_id("endpoint", endpoint_id),
    )


def _read_idempotency_key(headers: Headers) -> str | None:
    key = headers.get(b"idempotency-key")
    if key is None:
        return None
    if not 1 <= len(key) <= _IDEMPOTENCY_KEY_MAX:
        raise InvalidInputError(
            f"Idempotency-Key: found {len(key)} characters, expected 1 to {_IDEMPOTENCY_KEY_MAX}"
        )
    return key.decode("latin-1")
