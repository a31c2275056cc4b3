import json
import random
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wakeline.core.errors import InvalidInputError, TooLargeError
from wakeline.core.event import FEATURE_PREFIX, METADATA_COLUMNS, PROBA_PREFIX, TIMING_PREFIX, ColumnKind
from wakeline.wire.event import Event, encode_event
from wakeline.wire.frame import (
    FEATURE_TEXT_PREFIX,
    FRAME_VERSION,
    INTEGER_EXACT_MAX,
    OFFSET_COLUMN,
    PREDICTION_TEXT_COLUMN,
    BrokenEventError,
    FrameHeader,
    UnknownFrameVersionError,
    decode_frame,
    encode_frame,
)

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ["prediction", "offset", "a.b", "A", "a", "features.a", "día", " ", "", "x\0y", "proba.1", "_x0041_"]
)
NUMBERS = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS
VALUES = SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(TEXTS, SCALARS, max_size=3)
FEATURES = st.dictionaries(NAMES, VALUES, max_size=5)


def header(first: int = 1, last: int = 1, **more: Any) -> FrameHeader:
    return FrameHeader(
        producer="ab" * 16, topic="t", routing_key="r", endpoint="e", first=first, last=last, **more
    )


def pack(*events: dict[str, Any]) -> pa.Table:
    payloads = [
        (offset, json.dumps({"event_id": str(offset), "event_time": offset, **event}).encode())
        for offset, event in enumerate(events, start=1)
    ]
    return decode_frame(encode_frame(header(last=len(events)), payloads))[1]


def read_value(row: dict[str, Any], column: str, text_column: str) -> object:
    """What a reader makes of a typed column and its overflow."""
    if row.get(column) is not None:
        return row[column]
    text = row.get(text_column)
    return None if text is None else json.loads(text)


@settings(deadline=None)
@given(rows=st.lists(FEATURES, min_size=1, max_size=6))
def test_any_feature_of_any_name_and_type_comes_back(rows: list[dict[str, Any]]) -> None:
    table = pack(*({"features": features} for features in rows))
    for features, row in zip(rows, table.to_pylist(), strict=True):
        for name, value in features.items():
            found = read_value(row, FEATURE_PREFIX + name, FEATURE_TEXT_PREFIX + name)
            assert found == value
            assert isinstance(found, bool) == isinstance(value, bool)


@settings(deadline=None)
@given(rows=st.lists(FEATURES, min_size=1, max_size=6))
def test_a_column_holds_one_type_and_its_overflow_only_what_does_not_fit(rows: list[dict[str, Any]]) -> None:
    table = pack(*({"features": features} for features in rows))
    for name in table.column_names:
        if name.startswith(FEATURE_PREFIX):
            assert table.schema.field(name).type in (pa.float64(), pa.bool_(), pa.string())
        if name.startswith(FEATURE_TEXT_PREFIX):
            typed = FEATURE_PREFIX + name.removeprefix(FEATURE_TEXT_PREFIX)
            texts = table.column(name).to_pylist()
            values = table.column(typed).to_pylist() if typed in table.column_names else [None] * len(rows)
            assert any(text is not None for text in texts)
            assert all(text is None or value is None for text, value in zip(texts, values, strict=True))


@settings(deadline=None)
@given(predictions=st.lists(st.none() | NUMBERS | TEXTS, min_size=1, max_size=6))
def test_predictions_come_back(predictions: list[float | str | None]) -> None:
    table = pack(*({"prediction": value} for value in predictions))
    found = [read_value(row, "prediction", PREDICTION_TEXT_COLUMN) for row in table.to_pylist()]
    assert found == predictions


def test_integers_beyond_the_doubles_are_texts() -> None:
    table = pack({"features": {"x": INTEGER_EXACT_MAX}}, {"features": {"x": INTEGER_EXACT_MAX + 1}})
    assert table.column("features.x").to_pylist() == [2.0**53, None]
    assert table.column("features_text.x").to_pylist() == [None, "9007199254740993"]


def test_the_first_value_decides_the_type_of_a_frame() -> None:
    table = pack({"features": {"x": None}}, {"features": {"x": "a"}}, {"features": {"x": 1}})
    assert table.column("features.x").to_pylist() == [None, "a", None]
    assert table.column("features_text.x").to_pylist() == [None, None, "1"]


def test_a_feature_that_is_always_null_costs_nothing() -> None:
    assert not [name for name in pack({"features": {"x": None}}).column_names if "x" in name]


def test_probabilities_and_timings_have_a_column_each() -> None:
    table = pack({"probas": {"0": 0.25, "1": 0.75}, "timing": {"score": 12}}, {"probas": {"1": 1}})
    assert table.column(PROBA_PREFIX + "0").to_pylist() == [0.25, None]
    assert table.column(PROBA_PREFIX + "1").to_pylist() == [0.75, 1.0]
    assert table.column(TIMING_PREFIX + "score").to_pylist() == [12, None]


def test_every_field_of_an_event_has_its_column() -> None:
    event = Event(
        event_id="e",
        event_time=1,
        features={"x": 1.5},
        probas={"1": 0.5},
        timing={"score": 3},
        prediction="1",
        context={"a": [1]},
        violations=["range"],
        ignored=False,
        status=200,
        label_time=5,
        threshold=0.5,
    )
    _, table = decode_frame(encode_frame(header(), [(1, encode_event(event))]))
    (row,) = table.to_pylist()
    assert (row["features.x"], row["proba.1"], row["timing.score"], row["prediction"]) == (1.5, 0.5, 3, "1")
    assert (row["context"], row["violations"], row["ignored"]) == ('{"a":[1]}', '["range"]', False)
    assert table.schema.field("label_time").type == pa.timestamp("us", tz="UTC")
    columns = {column.name for column in METADATA_COLUMNS}
    special = {"features", "probas", "timing", "prediction"}
    assert set(Event.__struct_fields__) <= columns | special


def test_raw_features_are_embedded_untouched() -> None:
    event = Event(event_id="e", event_time=1, features=msgspec.Raw(b'{"x": 1.50, "y": "a"}'))
    assert b'{"x": 1.50, "y": "a"}' in encode_event(event)
    _, table = decode_frame(encode_frame(header(), [(1, encode_event(event))]))
    assert table.column("features.x").to_pylist() == [1.5]


def test_absent_fields_cost_no_bytes() -> None:
    assert encode_event(Event(event_id="e", event_time=1)) == b'{"event_id":"e","event_time":1}'


@settings(deadline=None)
@given(
    first=st.integers(1, 2**60),
    dropped=st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9), TEXTS), max_size=3),
    replaces=st.lists(TEXTS, max_size=3),
    numbers=st.tuples(st.integers(0, 2**40), st.integers(0, 2**60)),
)
def test_the_header_comes_back(
    first: int, dropped: list[tuple[int, int, str]], replaces: list[str], numbers: tuple[int, int]
) -> None:
    sent = header(
        first,
        first + 3,
        dropped=dropped,
        replaces=replaces,
        rules_version=numbers[0],
        acknowledged=numbers[1],
    )
    received, table = decode_frame(encode_frame(sent, []))
    assert received == sent
    assert table.num_rows == 0


def test_a_frame_of_drops_alone_has_no_rows() -> None:
    received, table = decode_frame(encode_frame(header(3, 5, dropped=[(3, 5, "spool_full")]), []))
    assert [(entry.first, entry.last, entry.reason) for entry in received.dropped_ranges] == [
        (3, 5, "spool_full")
    ]
    assert table.column_names == [OFFSET_COLUMN]


BROKEN = {
    "not json": b"{",
    "not an object": b"[1]",
    "not utf-8": b'{"event_id": "\xff", "event_time": 1}',
    "no id": b'{"event_time": 1}',
    "no time": b'{"event_id": "a"}',
    "a time that is a text": b'{"event_id": "a", "event_time": "noon"}',
    "a time beyond the years": b'{"event_id": "a", "event_time": 9223372036854775808}',
    "features that are a list": b'{"event_id": "a", "event_time": 1, "features": [1]}',
    "a probability that is a text": b'{"event_id": "a", "event_time": 1, "probas": {"1": "high"}}',
    "a timing that is a fraction": b'{"event_id": "a", "event_time": 1, "timing": {"score": 1.5}}',
    "a status that is a text": b'{"event_id": "a", "event_time": 1, "status": "fine"}',
    "a number out of range": b'{"event_id": "a", "event_time": 1, "threshold": 1e999}',
    "an ignored that is a number": b'{"event_id": "a", "event_time": 1, "ignored": 3}',
    "a time that is a fraction": b'{"event_id": "a", "event_time": 1.5}',
    "a probability that is a truth": b'{"event_id": "a", "event_time": 1, "probas": {"1": true}}',
    "nested beyond reason": b'{"event_id": "a", "event_time": 1, "context": ' + b"[" * 100_000,
    "an id that is a number": b'{"event_id": 5, "event_time": 1}',
}


@pytest.mark.parametrize("payload", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_event_is_named_by_its_offset(payload: bytes) -> None:
    good = b'{"event_id": "a", "event_time": 1, "ignored": true, "probas": {"1": 0.5}}'
    with pytest.raises(BrokenEventError) as raised:
        encode_frame(header(7, 9), [(7, good), (8, payload), (9, good)])
    assert raised.value.offset == 8
    assert isinstance(raised.value, InvalidInputError)


@settings(deadline=None)
@given(
    members=st.dictionaries(
        st.sampled_from(
            [column.name for column in METADATA_COLUMNS] + ["features", "probas", "timing", "prediction"]
        ),
        VALUES,
        max_size=6,
    )
)
def test_any_object_is_packed_or_broken(members: dict[str, Any]) -> None:
    payload = json.dumps({"event_id": "a", "event_time": 1, **members}).encode()
    try:
        frame = encode_frame(header(), [(1, payload)])
    except BrokenEventError:
        return
    _, table = decode_frame(frame)
    for column in METADATA_COLUMNS:
        value = members.get(column.name)
        if column.kind is ColumnKind.JSON and value is not None:
            assert json.loads(table.column(column.name)[0].as_py()) == value


@settings(deadline=None)
@given(body=st.binary(max_size=400))
def test_any_bytes_are_a_frame_or_invalid(body: bytes) -> None:
    with pytest.raises(InvalidInputError):
        decode_frame(body)


@settings(deadline=None)
@given(seed=st.integers(0, 2**32), cuts=st.booleans())
def test_a_damaged_frame_is_read_or_invalid(seed: int, cuts: bool) -> None:
    chance = random.Random(seed)
    events = [
        (o, encode_event(Event(event_id=str(o), event_time=o, features={"x": "y" * o}))) for o in range(1, 30)
    ]
    frame = bytearray(encode_frame(header(last=29), events))
    for _ in range(chance.randint(1, 4)):
        frame[chance.randrange(len(frame))] = chance.randrange(256)
    body = bytes(frame[: chance.randrange(len(frame))]) if cuts else bytes(frame)
    try:
        _, table = decode_frame(body)
    except (InvalidInputError, TooLargeError, UnknownFrameVersionError):
        return
    table.to_pylist()


@pytest.mark.parametrize("version", [FRAME_VERSION + 1, 0])
def test_a_frame_of_another_version_is_not_judged_here(version: int) -> None:
    """A newer server will know it; called malformed, its events would be gone."""
    frame = encode_frame(header(frame_version=version), [])
    with pytest.raises(UnknownFrameVersionError, match=f"expected {FRAME_VERSION}"):
        decode_frame(frame)


def test_a_header_of_the_future_is_told_by_its_version() -> None:
    sink = pa.BufferOutputStream()
    future = b'{"frame_version": 2, "first": "1-9"}'
    table = pa.table({"anything": [1]}).replace_schema_metadata({b"wakeline.frame": future})
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    with pytest.raises(UnknownFrameVersionError):
        decode_frame(sink.getvalue().to_pybytes())


def test_a_stream_without_our_header_is_invalid() -> None:
    sink = pa.BufferOutputStream()
    table = pa.table({OFFSET_COLUMN: [1]})
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    with pytest.raises(InvalidInputError):
        decode_frame(sink.getvalue().to_pybytes())
