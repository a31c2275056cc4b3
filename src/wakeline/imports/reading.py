"""Rows of a file as events of a stream, cut into batches; rows that are none are declared dropped and told.

The same file, mapping and stream give the same producer, offsets and ids, whenever and wherever it is read.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from wakeline.core.clock import day_of
from wakeline.core.errors import InvalidInputError, TooLargeError
from wakeline.core.event import DropReason, Stream, TimeFlag, Topic
from wakeline.core.limits import EVENT_BYTES_MAX
from wakeline.imports.delivery import Batch
from wakeline.imports.mapping import TIMES, ColumnMap
from wakeline.imports.rows import Rejected, Row, Source
from wakeline.wire.event import Event, encode_event
from wakeline.wire.item import Place, read_event
from wakeline.wire.label import LABEL_FIELDS, read_label

BATCH_ROWS_MAX = 12_500
BATCH_BYTES_MAX = 4 * 1024 * 1024
_CELLS_MAX = 2_000_000
_ID_DIGITS = 32
_READ_BYTES = 1 << 20


@dataclass(slots=True)
class Reading:
    """What was found so far. `days` counts the accepted rows of each; `examples` are the first ones."""

    read: int = 0
    accepted: int = 0
    rejected: int = 0
    unlabelled: int = 0
    days: dict[str, int] = field(default_factory=dict)
    examples: list[dict[str, Any]] = field(default_factory=list)


Reject = Callable[[int, Rejected], None]


@dataclass(frozen=True, slots=True)
class EventReader:
    """`key_name` is the declared business key; its column's value is a label's key."""

    source: Source
    mapping: ColumnMap
    stream: Stream
    producer: str
    now_us: int
    reject: Reject
    key_name: str | None = None
    examples_max: int = 3

    def read(self, reading: Reading) -> Iterator[Batch]:
        """Batches that cover every row, once; `reading` counts along."""
        batch = Batch(1, 0)
        size = cells = 0
        for number, row in self.source.read():
            event = self._read_row(number, row, reading)
            batch.last = number
            if event is None:
                _drop(batch, number)
            else:
                batch.rows.append((number, event))
                size, cells = size + len(event), cells + event.count(b":")
            is_full = len(batch.rows) >= BATCH_ROWS_MAX or size >= BATCH_BYTES_MAX or cells >= _CELLS_MAX
            if is_full:
                yield batch
                batch, size, cells = Batch(number + 1, number), 0, 0
        if batch.last >= batch.first:
            yield batch

    def _read_row(self, number: int, row: Row, reading: Reading) -> bytes | None:
        reading.read = number
        if isinstance(row, Rejected):
            reading.rejected += 1
            self.reject(number, row)
            return None
        try:
            event = self._build(number, row)
            if event is None:
                reading.unlabelled += 1
                return None
            encoded = encode_event(event)
            if len(encoded) > EVENT_BYTES_MAX:
                raise TooLargeError(f"found {len(encoded)} bytes, expected at most {EVENT_BYTES_MAX}")
        except (InvalidInputError, TooLargeError, msgspec.ValidationError) as error:
            reading.rejected += 1
            self.reject(number, Rejected(getattr(error, "message", str(error)), row))
            return None
        reading.accepted += 1
        day = day_of(event.event_time).isoformat()
        reading.days[day] = reading.days.get(day, 0) + 1
        if len(reading.examples) < self.examples_max:
            reading.examples.append(msgspec.json.decode(encoded))
        return encoded

    def _build(self, number: int, row: dict[str, Any]) -> Event | None:
        place = Place(
            self.stream.topic, self.stream.routing_key, self.stream.endpoint, None, lambda: self._mint(number)
        )
        named = _settle_times(self.mapping.apply(row), self.source.naive_is_utc)
        if self.stream.topic == Topic.GROUND_TRUTH:
            return self._build_label(named, replace(place, now_us=self.now_us))
        event = read_event(named, place)
        event.time_flag = TimeFlag.CLIENT.value
        return event

    def _build_label(self, named: dict[str, Any], place: Place) -> Event | None:
        """None where the row has no label yet; columns beside the label's own are not looked at."""
        if named.get("label") is None:
            return None
        fields = {name: named[name] for name in LABEL_FIELDS if named.get(name) is not None}
        if self.key_name is not None and fields.get("prediction_id") is None:
            values = [named[name] for name in list_key_names(self.key_name) if named.get(name) is not None]
            fields["label_key"] = fields.get("label_key", values[0] if values else None)
            if fields["label_key"] is None:
                raise InvalidInputError(f"found neither prediction_id nor a value of {self.key_name}")
        return read_label(fields, place)

    def _mint(self, number: int) -> str:
        """A UUID of version 7's form from the producer and the row: the same at every run."""
        digits = hashlib.blake2b(f"{self.producer}/{number}".encode(), digest_size=16).hexdigest()
        return f"{digits[:8]}-{digits[8:12]}-7{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"


def list_key_names(key: str | None) -> tuple[str, ...]:
    """A file may have the key under its full name, or without `features.` and `context.`."""
    return () if key is None else (key, key.partition(".")[2])


def _settle_times(named: dict[str, Any], naive_is_utc: bool) -> dict[str, Any]:
    """Texts of digits, as a CSV has them, are µs; texts without an offset get one where that was said."""
    for name in TIMES & named.keys():
        text = named[name]
        if isinstance(text, str) and text.lstrip("-").isdigit():
            named[name] = int(text)
        elif isinstance(text, str) and naive_is_utc:
            with suppress(ValueError):
                moment = datetime.fromisoformat(text)
                named[name] = moment.replace(tzinfo=moment.tzinfo or UTC).isoformat()
    return named


def name_producer(path: Path, mapping: ColumnMap, stream: Stream, *how: str) -> str:
    """128 bits of the file's bytes, the mapping, the stream and how it is read otherwise."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_READ_BYTES):
            digest.update(chunk)
    for text in (stream.topic, stream.routing_key, stream.endpoint, *mapping.describe(), *how):
        digest.update(b"\0" + text.encode())
    return digest.hexdigest()[:_ID_DIGITS]


def _drop(batch: Batch, number: int) -> None:
    if batch.dropped and batch.dropped[-1][1] == number - 1:
        batch.dropped[-1] = (batch.dropped[-1][0], number, DropReason.REJECTED.value)
    else:
        batch.dropped.append((number, number, DropReason.REJECTED.value))
