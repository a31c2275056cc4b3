"""The body of a request as items: a JSON object or array, JSON lines, or CloudEvents in their HTTP forms.

One item that cannot be read refuses the body whole, and is named by its index, or its line's number.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import msgspec

from wakeline.core.errors import InvalidInputError, TooLargeError, WakelineError
from wakeline.core.limits import PREDICT_MULTI_ITEMS_MAX
from wakeline.gateway.cloud_events import (
    BATCH_TYPE,
    STRUCTURED_TYPE,
    CloudEventHead,
    is_binary,
    read_binary,
    read_structured,
)
from wakeline.wire.asgi import Headers, UnsupportedEncodingError
from wakeline.wire.json_body import decode_json

ITEMS_MAX = PREDICT_MULTI_ITEMS_MAX
_JSON_TYPES = frozenset({"", "application/json", "text/json"})
_LINES_TYPES = frozenset(
    {"application/x-ndjson", "application/ndjson", "application/jsonl", "application/jsonlines"}
)
_KNOWN_TYPES = "application/json, application/x-ndjson, application/cloudevents+json or " + BATCH_TYPE


@dataclass(frozen=True, slots=True)
class Item:
    """`value` is JSON, or the bytes of a CloudEvent's data that is none. `number` counts items from 0, lines
    from 1."""

    noun: str
    number: int
    value: Any
    head: CloudEventHead | None = None

    @contextmanager
    def named(self) -> Iterator[None]:
        """Errors inside say which item it was."""
        with _named(self.noun, self.number):
            yield


def read_items(body: bytes, headers: Headers, noun: str) -> list[Item]:
    """`noun` is what an item is called in errors, such as `label`."""
    media_type = headers.get(b"content-type", b"").partition(b";")[0].strip().lower().decode("latin-1")
    if is_binary(headers):
        with _named(noun, 0):
            head, value = read_binary(headers, body)
        return [Item(noun, 0, value, head)]
    if media_type == STRUCTURED_TYPE:
        return _read_cloud_events([decode_json(body)], noun)
    if media_type == BATCH_TYPE:
        return _read_cloud_events(_check_array(decode_json(body)), noun)
    if media_type in _LINES_TYPES:
        return _read_lines(body)
    if media_type not in _JSON_TYPES:
        raise UnsupportedEncodingError(
            f"found Content-Type {media_type[:100]!r}, expected {_KNOWN_TYPES}, "
            "or the ce- headers of a CloudEvent"
        )
    document = decode_json(body)
    values = document if isinstance(document, list) else [document]
    return [Item(noun, index, value) for index, value in enumerate(_check_count(values, noun))]


def _read_cloud_events(documents: list[Any], noun: str) -> list[Item]:
    items = []
    for index, document in enumerate(_check_count(documents, noun)):
        with _named(noun, index):
            head, value = read_structured(document)
        items.append(Item(noun, index, value, head))
    return items


def _read_lines(body: bytes) -> list[Item]:
    items = []
    for number, line in enumerate(body.split(b"\n"), start=1):
        if line.strip():
            with _named("line", number):
                items.append(Item("line", number, decode_json(line)))
    _check_count(items, "line")
    return items


def _check_array(document: Any) -> list[Any]:
    if not isinstance(document, list):
        raise InvalidInputError(f"found a body that is no array, expected one of CloudEvents ({BATCH_TYPE})")
    return document


def _check_count(values: list[Any], noun: str) -> list[Any]:
    if not values:
        raise InvalidInputError(f"found no {noun}, expected 1 to {ITEMS_MAX}")
    if len(values) > ITEMS_MAX:
        raise TooLargeError(f"found {len(values)} {noun}s, expected at most {ITEMS_MAX}; send them in parts")
    return values


@contextmanager
def _named(noun: str, number: int) -> Iterator[None]:
    try:
        yield
    except msgspec.ValidationError as error:
        raise InvalidInputError(f"{noun} {number}: {error}", details={noun: number}) from error
    except WakelineError as error:
        raise type(error)(f"{noun} {number}: {error.message}", details={noun: number}) from error
