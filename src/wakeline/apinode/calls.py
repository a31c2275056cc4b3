"""A call of the user API: what is known of it before, and apart from, its body."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from wakeline.apinode.packages import Endpoint
from wakeline.core.clock import Clock
from wakeline.core.errors import NotPermittedError
from wakeline.wire.asgi import Exchange, Headers
from wakeline.wire.query_values import EVENT_TIME_HEADER, Query, parse_event_time

_EVENT_TIME_HEADER = EVENT_TIME_HEADER.lower().encode()
_TRACE_PARENT = re.compile(rb"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")
_NO_TRACE = "0" * 32


class Action(StrEnum):
    PREDICT = "predict"
    PREDICT_MULTI = "predict-multi"


class ClientEventTimeError(NotPermittedError):
    """The caller gave a time to a deployment that does not take one."""

    code = "client-event-time-off"


@dataclass(slots=True)
class Call:
    """`service_id` and `endpoint_id` are as the caller wrote them; `endpoint` is None where there is none.

    `event_time` is the caller's, once it has been settled; `body` what was read of it; `item_count` how many
    predictions were asked for, once that is known, and `item_times` when the caller says each was.
    """

    service_id: str | None
    endpoint_id: str | None
    endpoint: Endpoint | None
    received_at: int
    started_ns: int
    client_ip: str | None
    trace_id: str | None
    event_time: int | None = None
    body: bytes = b""
    item_count: int = 1
    item_times: Sequence[int | None] = ()

    def find_client_time(self, index: int) -> int | None:
        """The caller's time of an item: its own, else the query's."""
        own = self.item_times[index] if index < len(self.item_times) else None
        return self.event_time if own is None else own

    def elapsed_us(self) -> int:
        return (time.perf_counter_ns() - self.started_ns) // 1000


def begin_call(
    exchange: Exchange,
    clock: Clock,
    *,
    service_id: str | None,
    endpoint_id: str | None,
    endpoint: Endpoint | None,
) -> Call:
    client = exchange.scope.get("client")
    return Call(
        service_id=service_id,
        endpoint_id=endpoint_id,
        endpoint=endpoint,
        received_at=clock.now_us(),
        started_ns=time.perf_counter_ns(),
        client_ip=client[0] if client else None,
        trace_id=_read_trace_id(exchange.headers),
    )


def settle_event_time(call: Call, headers: Headers, *, is_allowed: bool) -> None:
    """Takes the caller's time from its header, or refuses it."""
    text = headers.get(_EVENT_TIME_HEADER)
    if text is None:
        return
    _check_allowed(EVENT_TIME_HEADER, is_allowed)
    call.event_time = parse_event_time(text.decode("latin-1"), EVENT_TIME_HEADER)


def settle_item_times(call: Call, query: Query, *, is_allowed: bool) -> None:
    """Takes the callers' times of the items, or refuses them."""
    for index, item in enumerate(query.items):
        if item.event_time is not None:
            _check_allowed(f"item {index}: eventTime", is_allowed)
    call.item_times = [item.event_time for item in query.items]


def _check_allowed(place: str, is_allowed: bool) -> None:
    if not is_allowed:
        raise ClientEventTimeError(
            f"{place}: this deployment does not take the caller's time; "
            "leave it out, or turn on client event time for the deployment"
        )


def _read_trace_id(headers: Headers) -> str | None:
    """The trace id of a W3C `traceparent`, if there is a valid one."""
    text = headers.get(b"traceparent")
    found = None if text is None else _TRACE_PARENT.fullmatch(text)
    trace_id = None if found is None else found[1].decode()
    return None if trace_id == _NO_TRACE else trace_id
