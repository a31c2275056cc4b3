"""What is malformed, and that nothing else is."""

from typing import Any

import pyarrow as pa
import pytest

from tests.loglake.posted import APRIL_US, FIRST, RECEIVED_US
from wakeline.core.errors import InvalidInputError
from wakeline.loglake.batch import Batch, check_batch
from wakeline.wire.frame import FrameHeader

TIMES = pa.timestamp("us", tz="UTC")


def build(columns: dict[str, Any] | None = None, **header: Any) -> Any:
    rows = {
        "offset": pa.array([1, 2], pa.int64()),
        "event_id": ["e1", "e2"],
        "event_time": pa.array([APRIL_US, APRIL_US], TIMES),
    }
    rows |= columns or {}
    given: dict[str, Any] = {
        "producer": FIRST,
        "topic": "t",
        "routing_key": "r",
        "endpoint": "e",
        "first": 1,
        "last": 2,
    }
    return Batch(FrameHeader(**(given | header)), pa.table(rows), RECEIVED_US)


def test_a_plain_batch_passes() -> None:
    check_batch(build())


@pytest.mark.parametrize(
    "header",
    [
        {"producer": "maintenance"},
        {"producer": "A" * 32},
        {"replaces": ["x"]},
        {"replaces": [FIRST]},
        {"first": 0},
        {"first": 3},
        {"last": 2**63 - 1},
        {"acknowledged": -1},
        {"dropped": [(1, 1, "spool_full")]},
        {"dropped": [(3, 3, "spool_full")]},
        {"dropped": [(2, 1, "spool_full")]},
        {"last": 4, "dropped": [(3, 3, "<b>")]},
        {"last": 6, "dropped": [(3, 5, "a"), (4, 6, "a")]},
    ],
)
def test_malformed_headers_are_refused(header: Any) -> None:
    with pytest.raises(InvalidInputError):
        check_batch(build(**header))


@pytest.mark.parametrize(
    "columns",
    [
        {"offset": pa.array([1, None], pa.int64())},
        {"offset": pa.array([2, 1], pa.int64())},
        {"offset": pa.array([1, 1], pa.int64())},
        {"offset": pa.array([1, 3], pa.int64())},
        {"event_id": pa.array([None, "e"])},
        {"event_time": pa.array([None, 1], TIMES)},
        {"event_time": pa.array([2**62, 1], TIMES)},
        {"event_time": pa.array([1, 2])},
        {"server_timestamp": pa.array([1, 2], TIMES)},
        {"day": pa.array([1, 2], pa.date32())},
        {"topic": ["a", "b"]},
        {"unheard of": [1.0, 2.0]},
        {"status": [200.5, 1.0]},
        {"features.a": pa.array([1, 2], pa.int32())},
        {"features.a": pa.array([[1.0], [2.0]])},
        {"features.a": pa.array(["a", "b"]).dictionary_encode()},
        {"proba.a": [1, 2]},
        {"proba.a": [1.0, float("nan")]},
        {"threshold": [1.0, float("inf")]},
        {"timing.a": [1.0, 2.0]},
        {"features." + "a" * 2_000: [1.0, 2.0]},
    ],
)
def test_malformed_columns_are_refused(columns: dict[str, Any] | None) -> None:
    with pytest.raises(InvalidInputError):
        check_batch(build(columns))


@pytest.mark.parametrize(
    "columns",
    [
        {"features.a": [1.0, float("nan")]},
        {"features.a": pa.nulls(2)},
        {"prediction": [True, False]},
        {"label": [None, "yes"]},
        {"features.": [1.0, None]},
    ],
)
def test_no_value_makes_an_event_unfit(columns: dict[str, Any] | None) -> None:
    check_batch(build(columns))


def test_columns_of_the_same_name_are_refused() -> None:
    batch = build()
    twice = pa.Table.from_arrays(
        [*batch.rows.columns, pa.array(["x", "y"])], [*batch.rows.column_names, "event_id"]
    )
    with pytest.raises(InvalidInputError, match="same name"):
        check_batch(Batch(batch.header, twice, RECEIVED_US))
