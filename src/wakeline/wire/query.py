"""Queries of the user API: bodies to values and results to answers, compiled for one endpoint's schema.

The fast path decodes straight into a struct made from the schema, unknown fields forbidden. Whatever it
refuses is read again by `query_check`, which names the fault, or finds that there is none (a number beyond
2^53 that is not an integer, a feature whose name no struct can bear).
"""

from typing import Annotated, Any

import msgspec
from msgspec.structs import astuple

from wakeline.core.errors import InvalidInputError
from wakeline.core.limits import PREDICT_MULTI_ITEMS_MAX
from wakeline.core.schema import Feature, FeatureType, MissingPolicy, ModelSchema
from wakeline.wire.query_check import INTEGER_EXACT_MAX, QueryChecker
from wakeline.wire.query_values import (
    Dispatch,
    Explanations,
    Query,
    QueryItem,
    check_context,
    read_event_time,
)

# Integers beyond 2^53 would be rounded: the bounds send them, and large floats with them, the careful way.
_TYPES: dict[FeatureType, Any] = {
    FeatureType.DOUBLE: Annotated[float, msgspec.Meta(gt=-INTEGER_EXACT_MAX, lt=INTEGER_EXACT_MAX)],
    FeatureType.BOOLEAN: bool,
    FeatureType.STRING: str,
}


class QueryReader:
    """Reads the bodies of one endpoint."""

    __slots__ = ("_checker", "_multi", "_names", "_single")

    def __init__(self, schema: ModelSchema) -> None:
        self._names = schema.feature_names
        self._checker = QueryChecker(schema)
        self._single, self._multi = _compile_decoders(schema)

    def read_predict(self, body: bytes) -> Query:
        """The one item of `…/predict`."""
        if self._single is not None:
            try:
                found = self._single.decode(body)
                item = QueryItem(self._name_values(found.features), found.context, None)
                check_context(item.context)
                return Query([item], found.dispatch, found.explanations)
            except (ValueError, RecursionError, InvalidInputError):
                pass
        return self._checker.read_predict(body)

    def read_predict_multi(self, body: bytes) -> Query:
        """The items of `…/predict-multi`; one bad item refuses them all, and is named by its index."""
        if self._multi is not None:
            try:
                found = self._multi.decode(body)
                items = [self._convert_item(item) for item in found.items]
                return Query(items, found.dispatch, found.explanations)
            except (ValueError, RecursionError, InvalidInputError):
                pass
        return self._checker.read_predict_multi(body)

    def _convert_item(self, found: Any) -> QueryItem:
        check_context(found.context)
        return QueryItem(self._name_values(found.features), found.context, read_event_time(found.event_time))

    def _name_values(self, features: msgspec.Struct) -> dict[str, Any]:
        return dict(zip(self._names, astuple(features), strict=True))


def _compile_decoders(
    schema: ModelSchema,
) -> tuple[msgspec.json.Decoder[Any] | None, msgspec.json.Decoder[Any] | None]:
    try:
        features = _define(
            "Features",
            [_define_field(index, feature) for index, feature in enumerate(schema.features)],
            {f"f{index}": feature.name for index, feature in enumerate(schema.features)},
        )
    except ValueError:
        # A struct's field cannot be named with quotes, backslashes or control characters.
        return None, None
    context = ("context", dict[str, Any] | None, None)
    options = [("dispatch", Dispatch | None, None), ("explanations", Explanations | None, None)]
    item = _define(
        "Item",
        [("features", features), context, ("event_time", str | None, None)],
        {"event_time": "eventTime"},
    )
    items = Annotated[
        list[item],  # type: ignore[valid-type]
        msgspec.Meta(min_length=1, max_length=PREDICT_MULTI_ITEMS_MAX),
    ]
    single = _define("Predict", [("features", features), context, *options])
    multi = _define("PredictMulti", [("items", items), *options])
    return msgspec.json.Decoder(single), msgspec.json.Decoder(multi)


def _define(name: str, fields: list[Any], rename: dict[str, str] | None = None) -> type[msgspec.Struct]:
    return msgspec.defstruct(name, fields, rename=rename, kw_only=True, forbid_unknown_fields=True, gc=False)


def _define_field(index: int, feature: Feature) -> tuple[str, Any] | tuple[str, Any, Any]:
    type_ = _TYPES[feature.type]
    if feature.missing is MissingPolicy.REFUSE:
        return f"f{index}", type_
    return f"f{index}", type_ | None, None
