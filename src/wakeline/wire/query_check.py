"""Reading a query the careful way: every fault is named, with what was found and what was expected.

The authority on what a valid query is; the compiled reader of `wire.query` may only be stricter.
"""

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeVar

import msgspec

from wakeline.core.errors import InvalidInputError, TooLargeError
from wakeline.core.limits import PREDICT_MULTI_ITEMS_MAX
from wakeline.core.schema import Feature, FeatureType, MissingPolicy, ModelSchema
from wakeline.wire.json_body import WrongTypeError, decode_json, describe_value
from wakeline.wire.query_values import (
    Dispatch,
    Explanations,
    Query,
    QueryItem,
    check_context,
    read_event_time,
)

INTEGER_EXACT_MAX = 2**53
_FAULTS_SHOWN_MAX = 10
_NAMES_SHOWN_MAX = 20
_EXPECTED = {
    FeatureType.DOUBLE: "a number",
    FeatureType.BOOLEAN: "true or false",
    FeatureType.STRING: "a text",
}
_PREDICT_FIELDS = ("features", "context", "dispatch", "explanations")
_MULTI_FIELDS = ("items", "dispatch", "explanations")
_ITEM_FIELDS = ("features", "context", "eventTime")

_Option = TypeVar("_Option", Dispatch, Explanations)


class UnknownFieldError(InvalidInputError):
    """A field that the query does not have."""

    code = "unknown-field"


class MissingFieldError(InvalidInputError):
    """A field that the query must have."""

    code = "missing-field"


class UnknownFeatureError(InvalidInputError):
    """A feature that the model does not know."""

    code = "unknown-feature"


class MissingFeatureError(InvalidInputError):
    """A feature without which the model was never trained."""

    code = "missing-feature"


class TooManyItemsError(TooLargeError):
    """More items than one query may have."""

    code = "too-many-items"


@dataclass(frozen=True, slots=True)
class _Fault:
    kind: type[InvalidInputError]
    feature: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"feature {self.feature!r}: found {self.found}, expected {self.expected}"


class QueryChecker:
    """Knows the features of one endpoint."""

    __slots__ = ("_features", "_names_shown")

    def __init__(self, schema: ModelSchema) -> None:
        self._features = {feature.name: feature for feature in schema.features}
        names = list(self._features)
        rest = f" and {len(names) - _NAMES_SHOWN_MAX} more" if len(names) > _NAMES_SHOWN_MAX else ""
        self._names_shown = ", ".join(names[:_NAMES_SHOWN_MAX]) + rest

    def read_predict(self, body: bytes) -> Query:
        document = _check_fields(decode_json(body), "the body", _PREDICT_FIELDS, "features")
        item = self._read_item(document)
        return Query([item], *_read_options(document))

    def read_predict_multi(self, body: bytes) -> Query:
        document = _check_fields(decode_json(body), "the body", _MULTI_FIELDS, "items")
        items = document["items"]
        if not isinstance(items, list):
            raise WrongTypeError(f"items: found {describe_value(items)}, expected an array of objects")
        _check_item_count(len(items))
        try:
            options = _read_options(document)
            return Query([self._read_indexed(item, index) for index, item in enumerate(items)], *options)
        except InvalidInputError as error:
            error.details["items"] = len(items)
            raise

    def _read_indexed(self, item: Any, index: int) -> QueryItem:
        try:
            document = _check_fields(item, "the item", _ITEM_FIELDS, "features")
            return self._read_item(document)
        except InvalidInputError as error:
            raise type(error)(
                f"item {index}: {error.message}", details={"item": index, **error.details}
            ) from error

    def _read_item(self, document: dict[str, Any]) -> QueryItem:
        features = self._read_features(document["features"])
        context = document.get("context")
        if context is not None and not isinstance(context, dict):
            raise WrongTypeError(f"context: found {describe_value(context)}, expected an object")
        check_context(context)
        time = document.get("eventTime")
        if time is not None and not isinstance(time, str):
            raise WrongTypeError(f"eventTime: found {describe_value(time)}, expected an RFC 3339 text")
        return QueryItem(features, context, read_event_time(time))

    def _read_features(self, found: Any) -> dict[str, Any]:
        if not isinstance(found, dict):
            raise WrongTypeError(f"features: found {describe_value(found)}, expected an object")
        faults = [self._fault_unknown(name) for name in found if name not in self._features]
        values: dict[str, Any] = {}
        for name, feature in self._features.items():
            values[name], fault = _read_value(feature, found)
            if fault is not None:
                faults.append(fault)
        if faults:
            raise _combine_faults(faults)
        return values

    def _fault_unknown(self, name: str) -> _Fault:
        close = get_close_matches(name, self._features, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        shown = name if len(name) <= 100 else name[:100] + "…"
        return _Fault(
            UnknownFeatureError,
            shown,
            "a feature that the model does not know",
            f"only {self._names_shown}{hint}",
        )


def _read_value(feature: Feature, found: dict[str, Any]) -> tuple[Any, _Fault | None]:
    value = found.get(feature.name)
    expected = _EXPECTED[feature.type]
    if value is None:
        if feature.missing is MissingPolicy.AS_TRAINED:
            return None, None
        what = "null" if feature.name in found else "nothing"
        return None, _Fault(MissingFeatureError, feature.name, what, f"{expected}: it is required")
    is_fitting, value = _fit_value(feature.type, value)
    if is_fitting:
        return value, None
    if isinstance(value, int) and not isinstance(value, bool) and feature.type is FeatureType.DOUBLE:
        expected = "a number that a double holds exactly (an integer up to 2^53)"
    return None, _Fault(WrongTypeError, feature.name, describe_value(value), expected)


def _fit_value(type_: FeatureType, value: Any) -> tuple[bool, Any]:
    match type_:
        case FeatureType.BOOLEAN:
            return isinstance(value, bool), value
        case FeatureType.STRING:
            return isinstance(value, str), value
        case FeatureType.DOUBLE:
            if isinstance(value, int) and not isinstance(value, bool):
                return (True, float(value)) if abs(value) <= INTEGER_EXACT_MAX else (False, value)
            return isinstance(value, float), value


def _combine_faults(faults: list[_Fault]) -> InvalidInputError:
    rest = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    shown = [
        {
            "code": fault.kind.code,
            "feature": fault.feature,
            "found": fault.found,
            "expected": fault.expected,
        }
        for fault in faults[:_FAULTS_SHOWN_MAX]
    ]
    return faults[0].kind(f"{faults[0]}{rest}", details={"faults": shown})


def _check_fields(found: Any, what: str, known: tuple[str, ...], required: str) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise WrongTypeError(f"{what}: found {describe_value(found)}, expected an object with {required!r}")
    for name in found:
        if name not in known:
            raise UnknownFieldError(
                f"{what}: found the field {name[:100]!r}, expected only {', '.join(known)}"
            )
    if required not in found:
        raise MissingFieldError(f"{what}: {required!r} is missing; expected one of {', '.join(known)}")
    return found


def _check_item_count(count: int) -> None:
    if count > PREDICT_MULTI_ITEMS_MAX:
        raise TooManyItemsError(f"items: found {count}, expected at most {PREDICT_MULTI_ITEMS_MAX}")
    if count == 0:
        raise InvalidInputError(f"items: found none, expected 1 to {PREDICT_MULTI_ITEMS_MAX}")


def _read_options(document: dict[str, Any]) -> tuple[Dispatch | None, Explanations | None]:
    return (
        _convert_option(document, "dispatch", Dispatch),
        _convert_option(document, "explanations", Explanations),
    )


def _convert_option(document: dict[str, Any], name: str, kind: type[_Option]) -> _Option | None:
    value = document.get(name)
    if value is None:
        return None
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise WrongTypeError(f"{name}: {error}") from error
