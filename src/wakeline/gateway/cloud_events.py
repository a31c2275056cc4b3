"""CloudEvents 1.0 as HTTP carries them: structured, in batches, or with `ce-` headers.

The library checks the attributes and unescapes the headers. It would invent a missing id, read NaN, and take
data that is not JSON for text, so the required attributes and all JSON are read here.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from cloudevents.core.bindings.http import HTTPMessage, from_binary
from cloudevents.core.exceptions import CloudEventValidationError
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from wakeline.core.errors import InvalidInputError
from wakeline.wire.asgi import Headers
from wakeline.wire.json_body import decode_json, describe_value
from wakeline.wire.query_values import parse_event_time

STRUCTURED_TYPE = "application/cloudevents+json"
BATCH_TYPE = "application/cloudevents-batch+json"
_VERSION_HEADER = b"ce-specversion"
_REQUIRED = ("specversion", "id", "source", "type")
_IDENTIFIER_CHARACTERS_MAX = 1_000
_VERSION = "1.0"


@dataclass(frozen=True, slots=True)
class CloudEventHead:
    """`id` is unique within `source`; `attributes` are the others, of the specification and of the sender.

    `time_us` None: none was said.
    """

    id: str
    source: str
    type: str
    time_us: int | None
    attributes: dict[str, Any]

    @property
    def identifier(self) -> str:
        return f"ce/{self.source}\0{self.id}"


def is_binary(headers: Headers) -> bool:
    return _VERSION_HEADER in headers


def read_binary(headers: Headers, body: bytes) -> tuple[CloudEventHead, Any]:
    """The event of `ce-` headers; its data is the body."""
    texts = {
        name.decode("latin-1"): value.decode("latin-1")
        for name, value in headers.items()
        # KServe sends extensions without a value, which an attribute cannot be.
        if (name.startswith(b"ce-") and value) or name == b"content-type"
    }
    _check_required({name.removeprefix("ce-"): value for name, value in texts.items()})
    time = texts.pop("ce-time", None)
    try:
        event = from_binary(HTTPMessage(texts, b""), JSONFormat(), CloudEvent)
    except (CloudEventValidationError, ValueError) as error:
        raise InvalidInputError(f"the ce- headers are no CloudEvent: {error}") from error
    attributes = event.get_attributes()
    return _read_head(attributes, time), _read_data(body, attributes.get("datacontenttype"))


def read_structured(document: Any) -> tuple[CloudEventHead, Any]:
    """The event of one JSON object."""
    if not isinstance(document, dict):
        raise InvalidInputError(f"found {describe_value(document)}, expected a CloudEvent as an object")
    attributes = {name: value for name, value in document.items() if value is not None}
    data, encoded = attributes.pop("data", None), attributes.pop("data_base64", None)
    _check_required(attributes)
    time = attributes.pop("time", None)
    if time is not None and not isinstance(time, str):
        raise InvalidInputError(f"time: found {describe_value(time)}, expected RFC 3339")
    nested = next(
        (name for name, value in attributes.items() if isinstance(value, dict | list | float)), None
    )
    if nested is not None:
        raise InvalidInputError(
            f"{nested}: found {describe_value(attributes[nested])}, expected a text, an integer or a "
            "boolean, as attributes of CloudEvents are"
        )
    try:
        CloudEvent(attributes)
    except CloudEventValidationError as error:
        raise InvalidInputError(f"found no CloudEvent: {error}") from error
    if encoded is not None:
        data = _read_data(_decode_base64(encoded), attributes.get("datacontenttype"))
    return _read_head(attributes, time), data


def _check_required(attributes: dict[str, Any]) -> None:
    missing = [name for name in _REQUIRED if not attributes.get(name)]
    if missing:
        raise InvalidInputError(
            f"found a CloudEvent without {', '.join(missing)}; expected all of id, source, "
            f"type and specversion {_VERSION}"
        )
    for name in _REQUIRED:
        value = attributes[name]
        if not isinstance(value, str) or len(value) > _IDENTIFIER_CHARACTERS_MAX:
            raise InvalidInputError(
                f"{name}: found {describe_value(value)}, expected a text of up to "
                f"{_IDENTIFIER_CHARACTERS_MAX} characters"
            )
    if attributes["specversion"] != _VERSION:
        raise InvalidInputError(
            f"specversion: found {attributes['specversion'][:40]!r}, expected {_VERSION!r}"
        )


def _read_head(attributes: dict[str, Any], time: str | None) -> CloudEventHead:
    return CloudEventHead(
        id=attributes["id"],
        source=attributes["source"],
        type=attributes["type"],
        time_us=None if time is None else parse_event_time(time, "time"),
        attributes={
            name: value
            for name, value in attributes.items()
            if name not in {*_REQUIRED, "time", "datacontenttype"}
        },
    )


def _read_data(body: bytes, media_type: str | None) -> Any:
    """JSON as its value, anything else as the bytes that it is."""
    plain = (media_type or "application/json").partition(";")[0].strip().lower()
    if not body:
        return None
    if plain.endswith(("/json", "+json")):
        return decode_json(body)
    return body


def _decode_base64(text: Any) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise InvalidInputError(f"data_base64 is not base64: {error}") from error
