"""One prediction of somebody else's process as the bytes of an event; values of any library become JSON's.

A logger must not stop the application that it watches, so no value is refused: what JSON has no form for is
kept as its text, and a number that is none (NaN, infinity) as missing.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from wakeline.core.clock import to_microseconds
from wakeline.core.event import PREDICTION_MESSAGE, Arm, TimeFlag, class_name
from wakeline.wire.event import Event, encode_event

ENGINE = "foreign"


@dataclass(frozen=True, slots=True)
class Prediction:
    """What was asked and answered. `probabilities` by class; `timing` in µs by step."""

    prediction_id: str
    features: Mapping[str, Any]
    prediction: Any
    probabilities: Mapping[Any, float] | None
    context: Mapping[str, Any] | None
    event_time: datetime | None
    timing: Mapping[str, int] | None
    status: int
    error: str | None


def write_record(found: Prediction, where: Mapping[str, Any], now_us: int) -> bytes:
    """`where` are the fields that all events of a logger share."""
    event = Event(
        event_id=found.prediction_id,
        prediction_id=found.prediction_id,
        event_time=now_us if found.event_time is None else to_microseconds(found.event_time),
        time_flag=None if found.event_time is None else TimeFlag.CLIENT.value,
        msg_type=PREDICTION_MESSAGE,
        engine=ENGINE,
        arm=Arm.PRIMARY.value,
        row_index=0,
        features=make_plain(found.features),
        prediction=_name_prediction(found.prediction, is_class=found.probabilities is not None),
        probas=_name_probabilities(found.probabilities),
        context=make_plain(found.context),
        timing=None if found.timing is None else {step: int(took) for step, took in found.timing.items()},
        status=found.status,
        error=found.error,
        **where,
    )
    return encode_event(event)


def make_plain(value: Any) -> Any:
    """The value in JSON's terms; a scalar of NumPy or pandas as Python's."""
    if value is None or isinstance(value, bool):
        return value
    # Subclasses, such as NumPy's, are made what they derive from.
    if isinstance(value, int | str):
        return int(value) if isinstance(value, int) else str(value)
    if isinstance(value, Mapping):
        return {str(key): make_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [make_plain(item) for item in value]
    return _make_scalar_plain(value)


def _make_scalar_plain(value: Any) -> Any:
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, date):
        # pandas' NaT is a date that differs from itself.
        return value.isoformat() if value == value else None  # noqa: PLR0124
    item = getattr(value, "item", None)
    if callable(item) and getattr(value, "ndim", 1) == 0:
        return make_plain(item())
    return str(value)


def _name_prediction(value: Any, *, is_class: bool) -> float | str | None:
    """A class by its text; a number without probabilities is a regression's."""
    plain = make_plain(value)
    if plain is None:
        return None
    if is_class or isinstance(plain, bool) or not isinstance(plain, int | float):
        return class_name(plain)
    return float(plain)


def _name_probabilities(given: Mapping[Any, float] | None) -> dict[str, float] | None:
    if given is None:
        return None
    return {class_name(make_plain(label)): float(share) for label, share in given.items()}
