"""The compiled reader and the careful one agree on every query."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wakeline.core.errors import InvalidInputError, WakelineError
from wakeline.core.schema import Feature, FeatureRole, FeatureType, MissingPolicy, ModelSchema, Task
from wakeline.wire.query import QueryReader
from wakeline.wire.query_check import QueryChecker
from wakeline.wire.query_values import Query

_NAMES = ["plain", "with space", "a.b", "prediction", "Plain", "température", "", "日本", "features", "f0"]


def _build_schema(names: list[str]) -> ModelSchema:
    types = list(FeatureType)
    policies = list(MissingPolicy)
    return ModelSchema(
        task=Task.REGRESSION,
        features=tuple(
            Feature(name, types[index % 3], FeatureRole.NUMERICAL, policies[index % 2], 0.0)
            for index, name in enumerate(names)
        ),
        target="y",
    )


_SCHEMA = _build_schema(_NAMES)
_READER = QueryReader(_SCHEMA)
_CHECKER = QueryChecker(_SCHEMA)
_BY_TYPE: dict[FeatureType, st.SearchStrategy[Any]] = {
    FeatureType.DOUBLE: st.floats(allow_nan=False, allow_infinity=False) | st.integers(),
    FeatureType.BOOLEAN: st.booleans(),
    FeatureType.STRING: st.text(max_size=5),
}
_ANY = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)


@st.composite
def _features(draw: st.DrawFn) -> dict[str, Any]:
    """Mostly valid, so that the fast path has its turn."""
    is_wild = draw(st.integers(0, 3)) == 0
    chosen: dict[str, Any] = {}
    for feature in _SCHEMA.features:
        if feature.missing is MissingPolicy.AS_TRAINED and draw(st.booleans()):
            continue
        chosen[feature.name] = draw(_BY_TYPE[feature.type] | _ANY if is_wild else _BY_TYPE[feature.type])
    return chosen


def _read(read: Any, body: bytes) -> Query | tuple[str, str]:
    try:
        query: Query = read(body)
    except WakelineError as error:
        return error.code, error.message
    return query


@settings(max_examples=300)
@given(_features(), st.none() | st.dictionaries(st.text(max_size=3), _ANY, max_size=2))
def test_both_readers_agree_on_a_row(features: dict[str, Any], context: dict[str, Any] | None) -> None:
    body = json.dumps({"features": features, "context": context}).encode()
    assert _read(_READER.read_predict, body) == _read(_CHECKER.read_predict, body)


@settings(max_examples=100)
@given(st.lists(_features(), max_size=4))
def test_both_readers_agree_on_a_batch(rows: list[dict[str, Any]]) -> None:
    items = [{"features": row, "eventTime": "2013-04-01T00:00:00Z"} for row in rows]
    body = json.dumps({"items": items}).encode()
    assert _read(_READER.read_predict_multi, body) == _read(_CHECKER.read_predict_multi, body)


def test_features_come_out_in_the_schemas_order_and_types() -> None:
    schema = _build_schema(["number", "flag", "text"])
    query = QueryReader(schema).read_predict(b'{"features": {"text": "t", "flag": true, "number": 3}}')
    values = query.items[0].features
    assert list(values.items()) == [("number", 3.0), ("flag", True), ("text", "t")]
    assert isinstance(values["number"], float)


@pytest.mark.parametrize("name", ['quoted "name"', "back\\slash", "line\nbreak", "nul\x00"])
def test_a_name_that_no_struct_can_bear_is_read_the_careful_way(name: str) -> None:
    reader = QueryReader(_build_schema([name]))
    body = json.dumps({"features": {name: 4}}).encode()
    assert reader.read_predict(body).items[0].features == {name: 4.0}
    assert reader.read_predict_multi(json.dumps({"items": [{"features": {name: 4}}]}).encode()).items
    with pytest.raises(InvalidInputError, match="expected only"):
        reader.read_predict(b'{"features": {"x": 1}}')


def test_five_thousand_features_are_read() -> None:
    schema = _build_schema([f"feature {index}" for index in range(5_000)])
    features = {f"feature {index}": [1.5, True, "x"][index % 3] for index in range(5_000)}
    query = QueryReader(schema).read_predict(msgspec.json.encode({"features": features}))
    assert query.items[0].features == features
