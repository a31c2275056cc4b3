"""Batches as a shipper would post them, for the tests of the log and of the event server."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from wakeline.core.event import Stream
from wakeline.loglake.batch import Batch, check_batch
from wakeline.wire.frame import FrameHeader, decode_frame, encode_frame

STREAM = Stream("api-node-query", "FLIGHTS-on-local", "arrival-delay")
FIRST = "a" * 32
SECOND = "b" * 32
THIRD = "c" * 32
RECEIVED_US = 1_795_000_000_000_000
APRIL_US = 1_364_774_400_000_000  # 2013-04-01
HOUR_US = 3_600_000_000

Describe = Callable[[int], Mapping[str, Any]]


def describe(offset: int) -> dict[str, Any]:
    """An event whose id tells its offset."""
    return {
        "event_id": f"e{offset}",
        "event_time": APRIL_US + offset * HOUR_US,
        "time_flag": "client",
        "prediction": "yes",
        "probas": {"yes": 0.25, "no": 0.75},
        "features": {"distance": offset, "carrier": "UA"},
        "timing": {"score": 12},
        "status": 200,
    }


def build_frame(
    first: int,
    last: int,
    *,
    producer: str = FIRST,
    stream: Stream = STREAM,
    event: Describe = describe,
    dropped: Sequence[tuple[int, int, str]] = (),
    **header: Any,
) -> bytes:
    """Offsets `first`..`last`, without rows for the dropped ones."""
    gone = {offset for start, end, _ in dropped for offset in range(start, end + 1)}
    events = [(n, json.dumps(event(n)).encode()) for n in range(first, last + 1) if n not in gone]
    head = FrameHeader(
        producer=producer,
        topic=stream.topic,
        routing_key=stream.routing_key,
        endpoint=stream.endpoint,
        first=first,
        last=last,
        dropped=list(dropped),
        **header,
    )
    return encode_frame(head, events)


def build_batch(first: int, last: int, **given: Any) -> Batch:
    """What arrives of `build_frame`."""
    header, rows = decode_frame(build_frame(first, last, **given))
    batch = Batch(header, rows, RECEIVED_US)
    check_batch(batch)
    return batch
