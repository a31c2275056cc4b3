"""A label as an event of the topic `ground-truth`.

It names its prediction by id, or by the value of the business key that the endpoint declares. Whether there
is such a prediction, and such a class, is not known here: the join report tells.
"""

from typing import Annotated, Any

import msgspec

from wakeline.core.errors import InvalidInputError
from wakeline.core.event import class_name
from wakeline.wire.event import Event
from wakeline.wire.item import Place
from wakeline.wire.json_body import WrongTypeError, describe_value
from wakeline.wire.query_values import parse_event_time

MESSAGE_TYPE = "label"
_Identifier = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
_Text = Annotated[str, msgspec.Meta(max_length=1_000)]


class _SentLabel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    prediction_id: _Identifier | None = None
    label_key: bool | int | float | _Text | None = None
    label: bool | int | float | _Text
    label_time: str | None = None
    event_id: _Identifier | None = None


LABEL_FIELDS = _SentLabel.__struct_fields__


def read_label(value: Any, place: Place) -> Event:
    """Raises `InvalidInputError`, or msgspec's `ValidationError` with the field's name."""
    if not isinstance(value, dict):
        found = "bytes" if isinstance(value, bytes) else describe_value(value)
        raise WrongTypeError(
            f"found {found}, expected an object with label and prediction_id, or label and label_key"
        )
    sent = msgspec.convert(value, _SentLabel)
    label_time = _read_time(sent, place)
    return Event(
        event_id=sent.event_id or place.mint(),
        event_time=label_time,
        prediction_id=sent.prediction_id,
        msg_type=MESSAGE_TYPE,
        deployment_id=place.routing_key,
        endpoint_id=place.endpoint_id,
        label=class_name(sent.label),
        label_key=_name_key(sent),
        label_time=label_time,
    )


def _read_time(sent: _SentLabel, place: Place) -> int:
    if sent.label_time is not None:
        return parse_event_time(sent.label_time, "label_time")
    if place.now_us is None:
        raise InvalidInputError("label_time is missing; expected RFC 3339 such as 2013-04-01T06:00:00Z")
    return place.now_us


def _name_key(sent: _SentLabel) -> str | None:
    """Keys are compared as texts: the number 17 and the text `17` are one."""
    if (sent.prediction_id is None) == (sent.label_key is None):
        found = "neither" if sent.label_key is None else "both"
        raise InvalidInputError(f"found {found} of prediction_id and label_key, expected one of them")
    return None if sent.label_key is None else class_name(sent.label_key)
