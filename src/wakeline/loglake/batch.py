"""A batch as it came from a frame, and everything that makes it malformed.

`check_batch` refuses what no retry can repair; after it every batch can be stored. No event is unfit for
its value: only names, types, offsets and times that are not of the protocol are refused.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

import pyarrow as pa
import pyarrow.compute as pc

from wakeline.core.errors import InvalidInputError
from wakeline.core.event import (
    FEATURE_PREFIX,
    METADATA_COLUMNS,
    PREDICTION_COLUMN,
    PROBA_PREFIX,
    TIMING_PREFIX,
)
from wakeline.loglake.offsets import FENCED_OFFSET
from wakeline.wire.frame import (
    FEATURE_TEXT_PREFIX,
    OFFSET_COLUMN,
    PREDICTION_TEXT_COLUMN,
    FrameHeader,
    arrow_type,
)

NAME_CHARACTERS_MAX = 1_000
COLUMNS_MAX = 10_000
REPLACED_MAX = 1_000

_PRODUCER = re.compile(r"[0-9a-f]{32,64}")
_REASON = re.compile(r"[a-z][a-z_]{0,39}")
_TIME_US_MIN = -62_135_596_800_000_000  # 0001-01-01
_TIME_US_MAX = 253_402_300_799_999_999  # 9999-12-31
_VALUE_TYPES = (pa.float64(), pa.bool_(), pa.string())
_SERVER_COLUMNS = frozenset({"server_timestamp", "topic", "routing_key"})
_TYPES: dict[str, tuple[pa.DataType, ...]] = {
    **{c.name: (arrow_type(c.kind),) for c in METADATA_COLUMNS if c.name not in _SERVER_COLUMNS},
    OFFSET_COLUMN: (pa.int64(),),
    PREDICTION_COLUMN: _VALUE_TYPES,
    PREDICTION_TEXT_COLUMN: (pa.string(),),
}
_TYPES_BY_PREFIX: dict[str, tuple[pa.DataType, ...]] = {
    FEATURE_PREFIX: _VALUE_TYPES,
    FEATURE_TEXT_PREFIX: (pa.string(),),
    PROBA_PREFIX: (pa.float64(),),
    TIMING_PREFIX: (pa.int64(),),
}


@dataclass(frozen=True, slots=True)
class Batch:
    """A frame's content. `received_us` becomes the rows' `server_timestamp`."""

    header: FrameHeader
    rows: pa.Table
    received_us: int

    @property
    def offsets(self) -> list[int]:
        offsets: list[int] = self.rows.column(OFFSET_COLUMN).to_pylist()
        return offsets


def name_overflow(logical: str) -> str | None:
    """The text column for values that do not fit `logical`, where it has one."""
    if logical == PREDICTION_COLUMN:
        return PREDICTION_TEXT_COLUMN
    if logical.startswith(FEATURE_PREFIX):
        return FEATURE_TEXT_PREFIX + logical.removeprefix(FEATURE_PREFIX)
    return None


def check_batch(batch: Batch) -> None:
    """Raises `InvalidInputError` for a batch that can never be stored as it is."""
    _check_header(batch.header)
    _check_columns(batch.rows)
    offsets = batch.rows.column(OFFSET_COLUMN)
    if offsets.null_count:
        raise InvalidInputError("an offset is null; expected one for each row")
    _check_offsets(batch.header, offsets.to_pylist())
    _check_values(batch.rows)


def _check_header(header: FrameHeader) -> None:
    if len(header.replaces) > REPLACED_MAX:
        raise InvalidInputError(f"replaces has {len(header.replaces)} ids; expected at most {REPLACED_MAX}")
    for name, producer in (("producer", header.producer), *(("replaces", old) for old in header.replaces)):
        if not _PRODUCER.fullmatch(producer):
            raise InvalidInputError(f"{name} is {producer[:80]!r}; expected 32 to 64 lower-case hex digits")
    if header.producer in header.replaces:
        raise InvalidInputError("a producer cannot replace itself")
    if not 1 <= header.first <= header.last < FENCED_OFFSET:
        raise InvalidInputError(
            f"the offsets are {header.first}..{header.last}; expected 1 <= first <= last < {FENCED_OFFSET}"
        )
    if not 0 <= header.acknowledged < FENCED_OFFSET:
        raise InvalidInputError(f"acknowledged is {header.acknowledged}; expected 0 or an offset")
    for dropped in header.dropped_ranges:
        if not header.first <= dropped.first <= dropped.last <= header.last:
            raise InvalidInputError(
                f"the dropped range {dropped.first}..{dropped.last} is not within "
                f"{header.first}..{header.last}"
            )
        if not _REASON.fullmatch(dropped.reason):
            raise InvalidInputError(f"{dropped.reason[:80]!r} is not a reason; expected a word of a-z and _")


def _check_offsets(header: FrameHeader, offsets: list[int]) -> None:
    spans = sorted(
        [(offset, offset) for offset in offsets]
        + [(dropped.first, dropped.last) for dropped in header.dropped_ranges]
    )
    if any(left >= right for left, right in pairwise(offsets)):
        raise InvalidInputError("the rows' offsets do not ascend")
    if offsets and not header.first <= offsets[0] <= offsets[-1] <= header.last:
        raise InvalidInputError(
            f"rows have the offsets {offsets[0]}..{offsets[-1]}; expected {header.first}..{header.last}"
        )
    for (_, last), (first, _) in pairwise(spans):
        if first <= last:
            raise InvalidInputError(f"offset {first} is given twice, as rows or declared drops")


def _check_columns(rows: pa.Table) -> None:
    names = rows.column_names
    if len(names) > COLUMNS_MAX:
        raise InvalidInputError(f"the frame has {len(names)} columns; expected at most {COLUMNS_MAX}")
    if len(set(names)) != len(names):
        raise InvalidInputError("two columns of the frame have the same name")
    for field in rows.schema:
        expected = _find_types(field.name)
        if field.type not in expected and field.type != pa.null():
            raise InvalidInputError(
                f"column {field.name!r} has type {field.type}; expected {' or '.join(map(str, expected))}"
            )


def _find_types(name: str) -> tuple[pa.DataType, ...]:
    if len(name) > NAME_CHARACTERS_MAX:
        raise InvalidInputError(
            f"a column's name has {len(name)} characters; expected at most {NAME_CHARACTERS_MAX}"
        )
    if name in _TYPES:
        return _TYPES[name]
    for prefix, types in _TYPES_BY_PREFIX.items():
        if name.startswith(prefix):
            return types
    raise InvalidInputError(f"column {name!r} is not one of a frame")


def _check_values(rows: pa.Table) -> None:
    if rows.num_rows == 0:
        return
    for name in ("event_id", "event_time"):
        if name not in rows.column_names or rows.column(name).null_count:
            raise InvalidInputError(f"{name} is missing in a row")
    for field in rows.schema:
        column = rows.column(field.name)
        if pa.types.is_timestamp(field.type):
            _check_times(field.name, column)
        elif field.type == pa.float64() and name_overflow(field.name) is None and has_non_finite(column):
            raise InvalidInputError(f"{field.name} holds NaN or an infinity; expected a number or null")


def _check_times(name: str, column: pa.ChunkedArray) -> None:
    bounds = pc.min_max(column.cast(pa.int64())).as_py()
    if bounds["min"] is not None and not _TIME_US_MIN <= bounds["min"] <= bounds["max"] <= _TIME_US_MAX:
        raise InvalidInputError(f"{name} lies outside the years 0001 to 9999")


def has_non_finite(column: pa.ChunkedArray) -> bool:
    return pc.all(pc.is_finite(column), skip_nulls=True).as_py() is False
