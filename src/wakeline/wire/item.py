"""An item of somebody else's, such as a line of their log, as an event; its names tell its layout.

Known are our own names, flat (`features.<name>`, as an exported log has them) or nested as `wire.event` has
them, and the envelopes of `wire.envelope`. All is checked here, so that what is accepted can be stored.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any

import msgspec

from wakeline.core.clock import format_rfc3339
from wakeline.core.errors import InvalidInputError
from wakeline.core.event import PREDICTION_MESSAGE, Arm, TimeFlag, Topic, class_name
from wakeline.core.ids import NO_ENDPOINT
from wakeline.wire.envelope import open_envelope
from wakeline.wire.event import Event
from wakeline.wire.json_body import check_depth, decode_json, describe_value
from wakeline.wire.query_values import parse_event_time

ENGINE = "foreign"
"""The `engine` of a prediction that no node of ours made."""

FIELDS_MAX = 5_000
_NAME_CHARACTERS_MAX = 1_000
_SERVER_FIELDS = frozenset({"topic", "routing_key", "day", "server_timestamp", "event_schema"})
_LEFT_OUT = _SERVER_FIELDS | {"deployment_id", "endpoint_id"}
_TEXT_GROUP = "features_text."
_PREFIX_CHARACTERS_MAX = 20
_GROUPS = {
    "features.": "features",
    _TEXT_GROUP: "features",
    "proba.": "probas",
    "timing.": "timing",
    "context.": "context",
}
_OF_ANY = ("event_id", "event_time")
_JSON_FIELDS = frozenset({"raw_features", "explanations", "context", "request", "response", "violations"})

_Text = Annotated[str, msgspec.Meta(max_length=10_000)]
_Identifier = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
_Long = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class _Sent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an item may say; the place of an event is said by whoever takes it."""

    event_id: _Identifier | None = None
    event_time: str | int | None = None
    prediction_id: _Identifier | None = None
    query_id: _Identifier | None = None
    row_index: _Long | None = None
    msg_type: _Text | None = None
    project: _Text | None = None
    infrastructure_id: _Text | None = None
    service_id: _Text | None = None
    generation: _Text | None = None
    arm: _Text | None = None
    model_id: _Text | None = None
    model_version: _Text | None = None
    engine: _Text | None = None
    node_id: _Text | None = None
    features: dict[str, Any] | None = None
    raw_features: Any = None
    prediction: Any = None
    probas: dict[str, float | None] | None = None
    ignored: bool | None = None
    threshold: float | None = None
    override: _Text | None = None
    explanations: Any = None
    timing: dict[str, _Long | None] | None = None
    time_flag: _Text | None = None
    context: Any = None
    request: Any = None
    response: Any = None
    violations: list[str] | None = None
    client_ip: _Text | None = None
    api_key_id: _Text | None = None
    client_id: _Text | None = None
    trace_id: _Text | None = None
    sample_rate: float | None = None
    status: _Long | None = None
    error: _Text | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where an event goes, and what fills its gaps: `mint` makes the ids that an item lacks.

    Without `now_us` an item has to say its time.
    """

    topic: str
    routing_key: str
    endpoint: str
    now_us: int | None
    mint: Callable[[], str]

    @property
    def endpoint_id(self) -> str | None:
        return None if self.endpoint == NO_ENDPOINT else self.endpoint


def read_event(item: Any, place: Place) -> Event:
    """Raises `InvalidInputError` with what was found; an object of a topic of somebody's own that has none of
    our names is kept whole as `request`."""
    if not isinstance(item, dict):
        raise InvalidInputError(f"found {describe_value(item)}, expected an object")
    check_depth(item, "the item")
    known = open_envelope(item)
    fields = _nest(item if known is None else known)
    if known is None and not _is_ours(fields) and place.topic not in set(Topic):
        whole: dict[str, Any] = {name: fields.pop(name) for name in _OF_ANY if name in fields}
        fields = whole | {"request": fields}
    return build_event(fields, place)


def build_event(fields: Mapping[str, Any], place: Place) -> Event:
    """The event of fields that are named as in `wire.event`, each of its type or refused by name."""
    try:
        sent = msgspec.convert(fields, _Sent)
    except msgspec.ValidationError as error:
        raise InvalidInputError(_name_unknown(fields) or str(error)) from error
    _check_names(sent)
    time = _read_time(sent.event_time, place)
    said = {name: value for name in sent.__struct_fields__ if (value := getattr(sent, name)) is not None}
    said |= {
        "event_time": time,
        "time_flag": TimeFlag.CLIENT.value if sent.event_time is not None else None,
        "prediction": _name_prediction(sent.prediction, is_class=bool(sent.probas)),
        "probas": _drop_nulls(sent.probas),
        "timing": _drop_nulls(sent.timing),
        "deployment_id": place.routing_key,
        "endpoint_id": place.endpoint_id,
    }
    if place.topic == Topic.QUERY:
        said = _fill_query(said, place)
    said["event_id"] = sent.event_id or said.get("prediction_id") or place.mint()
    return Event(**said)


def _fill_query(said: dict[str, Any], place: Place) -> dict[str, Any]:
    """What every row of a query log has."""
    answered = {} if said.get("error") else {"status": 200}
    return {
        "msg_type": PREDICTION_MESSAGE,
        "engine": ENGINE,
        "arm": Arm.PRIMARY.value,
        "row_index": 0,
        **answered,
        **said,
        "prediction_id": said.get("prediction_id") or place.mint(),
    }


def _nest(item: Mapping[str, Any]) -> dict[str, Any]:
    """Our names, flat or nested, as `wire.event` has them; what the event server adds is left out."""
    fields: dict[str, Any] = {}
    flat: dict[str, dict[str, Any]] = {}
    for name, value in item.items():
        prefix = _find_prefix(name[:_PREFIX_CHARACTERS_MAX])
        if name in _LEFT_OUT or (value is None and prefix is None):
            continue
        if prefix is not None:
            inner = name.removeprefix(prefix)
            group = flat.setdefault(_GROUPS[prefix], {})
            if prefix != _TEXT_GROUP:
                group.setdefault(inner, value)
            elif value is not None:
                group[inner] = _decode_text(value)
        elif name == "prediction_text":
            fields["prediction"] = _decode_text(value)
        else:
            fields[name] = _decode_text(value) if name in _JSON_FIELDS else value
    for name, group in flat.items():
        nested = fields.get(name, {})
        if not isinstance(nested, dict):
            raise InvalidInputError(f"{name}: found {describe_value(nested)}, and names below it too")
        fields[name] = nested | group
    return fields


@lru_cache(maxsize=4_096)
def _find_prefix(start: str) -> str | None:
    """Of a name's start, so that the cache stays small whatever names come."""
    return next((known for known in _GROUPS if start.startswith(known)), None)


def _decode_text(value: Any) -> Any:
    """An exported log has JSON as text; a text that is none is itself."""
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return value
    try:
        return decode_json(value.encode())
    except InvalidInputError:
        return value


def _is_ours(fields: Mapping[str, Any]) -> bool:
    return any(name in fields for name in ("features", "prediction", "probas", "prediction_id", "request"))


def _name_unknown(fields: Mapping[str, Any]) -> str | None:
    unknown = [str(name) for name in fields if name not in _Sent.__struct_fields__]
    if not unknown:
        return None
    shown = ", ".join(repr(name[:60]) for name in unknown[:5])
    return (
        f"found {shown}, expected names of the log such as features.<name>, prediction, proba.<class>, "
        "event_time, prediction_id"
    )


def _check_names(sent: _Sent) -> None:
    for group, values in (("features", sent.features), ("proba", sent.probas), ("timing", sent.timing)):
        if values is None:
            continue
        if len(values) > FIELDS_MAX:
            raise InvalidInputError(f"{group}: found {len(values)} names, expected at most {FIELDS_MAX}")
        longest = max(map(len, values), default=0)
        if longest > _NAME_CHARACTERS_MAX:
            raise InvalidInputError(
                f"{group}: found a name of {longest} characters, expected at most {_NAME_CHARACTERS_MAX}"
            )


def _read_time(given: str | int | None, place: Place) -> int:
    """RFC 3339, or µs since the epoch as our own events have it."""
    if given is None:
        if place.now_us is None:
            raise InvalidInputError("event_time is missing; expected RFC 3339 such as 2013-04-01T06:00:00Z")
        return place.now_us
    if isinstance(given, str):
        return parse_event_time(given, "event_time")
    if not -(2**61) < given < 2**61:
        raise InvalidInputError(f"event_time: found {given}, expected µs since 1970, or RFC 3339")
    return parse_event_time(_format_time(given), "event_time")


def _format_time(microseconds: int) -> str:
    try:
        return format_rfc3339(microseconds)
    except OverflowError:
        return str(microseconds)


def _name_prediction(value: Any, *, is_class: bool) -> Any:
    """A class by its text; a number without probabilities is a regression's; what is nested stays."""
    if value is None or isinstance(value, dict | list):
        return value
    if is_class or isinstance(value, bool) or not isinstance(value, int | float):
        return class_name(value)
    return float(value) if abs(value) <= 2**53 else value


def _drop_nulls(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if values is None else {name: value for name, value in values.items() if value is not None}
