"""Labels as they are sent: JSON to events of the topic `ground-truth`, each with what makes it recognisable.

One bad label refuses the whole request and is named by its index. Whether a prediction exists is not known
here: a label may arrive before its prediction has landed.
"""

from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

from wakeline.core.errors import InvalidInputError, TooLargeError
from wakeline.core.event import class_name
from wakeline.core.ids import PredictionIds, is_prediction_id
from wakeline.core.limits import PREDICT_MULTI_ITEMS_MAX
from wakeline.wire.event import Event, encode_event
from wakeline.wire.json_body import WrongTypeError, decode_json, describe_value
from wakeline.wire.query_values import parse_event_time

MESSAGE_TYPE = "label"
LABELS_MAX = PREDICT_MULTI_ITEMS_MAX
_Identifier = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]


class _SentLabel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    prediction_id: str
    label: bool | int | float | Annotated[str, msgspec.Meta(max_length=1_000)]
    label_time: str | None = None
    event_id: _Identifier | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """`identifier` makes a repetition recognisable; without one, a repetition is stored again."""

    identifier: str | None
    event: bytes


def read_labels(
    body: bytes,
    *,
    deployment_id: str,
    endpoint_id: str,
    idempotency_key: str | None,
    now_us: int,
    ids: PredictionIds,
) -> list[Label]:
    """The labels of a body: one object or an array of them."""
    document = decode_json(body)
    items = document if isinstance(document, list) else [document]
    if not items:
        raise InvalidInputError(f"found no label, expected 1 to {LABELS_MAX}")
    if len(items) > LABELS_MAX:
        raise TooLargeError(f"found {len(items)} labels, expected at most {LABELS_MAX}; send them in parts")
    labels: list[Label] = []
    for index, item in enumerate(items):
        sent, label_time = _read_label(item, index, now_us)
        identifier = _name_label(sent, index, idempotency_key)
        event = Event(
            event_id=sent.event_id or ids.mint(),
            event_time=label_time,
            prediction_id=sent.prediction_id,
            msg_type=MESSAGE_TYPE,
            deployment_id=deployment_id,
            endpoint_id=endpoint_id,
            label=class_name(sent.label),
            label_time=label_time,
        )
        labels.append(Label(identifier, encode_event(event)))
    return labels


def _read_label(item: Any, index: int, now_us: int) -> tuple[_SentLabel, int]:
    try:
        if not isinstance(item, dict):
            raise WrongTypeError(
                f"found {describe_value(item)}, expected an object with prediction_id and label"
            )
        sent = msgspec.convert(item, _SentLabel)
        if not is_prediction_id(sent.prediction_id):
            raise InvalidInputError(
                f"prediction_id: found {describe_value(sent.prediction_id)}, expected a predictionId "
                "as an API node answers it, such as 018f2c5e-7b1a-7000-8000-000000000001"
            )
        time = now_us if sent.label_time is None else parse_event_time(sent.label_time, "label_time")
        return sent, time
    except InvalidInputError as error:
        raise type(error)(f"label {index}: {error.message}", details={"label": index}) from error
    except msgspec.ValidationError as error:
        raise InvalidInputError(f"label {index}: {error}", details={"label": index}) from error


def _name_label(sent: _SentLabel, index: int, idempotency_key: str | None) -> str | None:
    if sent.event_id is not None:
        return f"event/{sent.event_id}"
    return None if idempotency_key is None else f"key/{idempotency_key}/{index}"
