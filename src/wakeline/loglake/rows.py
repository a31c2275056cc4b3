"""Rows of a batch as the table stores them: the server's columns, `day`, and every value in a column it fits.

A value of another type than the column's fixed one goes to the text column as JSON; nothing is ever cast
from one type to another. Which columns that needs is said first (`list_wanted`), so that they can be added.
"""

from collections.abc import Iterator, Mapping
from itertools import chain

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from wakeline.core.clock import MICROSECONDS_PER_DAY
from wakeline.core.event import DAY_COLUMN, METADATA_COLUMNS, PREDICTION_COLUMN, TimeFlag, Topic
from wakeline.core.limits import EVENT_TIME_SKEW_DAYS_MAX
from wakeline.loglake.batch import Batch, has_non_finite, name_overflow
from wakeline.loglake.columns import ColumnType, StoredColumn, from_arrow, to_arrow
from wakeline.wire.frame import OFFSET_COLUMN

BASE_COLUMNS: tuple[tuple[str, ColumnType], ...] = (
    ("event_schema", ColumnType.LONG),
    ("event_id", ColumnType.STRING),
    ("event_time", ColumnType.TIMESTAMP),
    ("server_timestamp", ColumnType.TIMESTAMP),
    (DAY_COLUMN, ColumnType.DATE),
    ("topic", ColumnType.STRING),
    ("routing_key", ColumnType.STRING),
)
"""What every table has from its first version; the others come with their first value."""

FIRST_EVENT_SCHEMA = 1
_TIMESTAMP = pa.timestamp("us", tz="UTC")
_SKEW_US_MAX = EVENT_TIME_SKEW_DAYS_MAX * MICROSECONDS_PER_DAY
_METADATA_ORDER = {column.name: index for index, column in enumerate(METADATA_COLUMNS)}


def add_server_columns(batch: Batch, rows: pa.Table) -> pa.Table:
    """The rows without offsets, with `server_timestamp`, `topic`, `routing_key`, `day` and `time_flag`."""
    count = rows.num_rows
    received = pa.repeat(pa.scalar(batch.received_us, pa.int64()), count)
    skewed = _find_skewed(batch, rows)
    moment = pc.if_else(skewed, received, rows.column("event_time").cast(pa.int64()))
    columns = {name: rows.column(name) for name in rows.column_names if name != OFFSET_COLUMN}
    columns["event_schema"] = _fill_schema_version(rows)
    columns["server_timestamp"] = received.cast(_TIMESTAMP)
    columns["topic"] = pa.repeat(pa.scalar(batch.header.topic), count)
    columns["routing_key"] = pa.repeat(pa.scalar(batch.header.routing_key), count)
    columns[DAY_COLUMN] = moment.cast(_TIMESTAMP).cast(pa.date32())
    columns["time_flag"] = pc.if_else(
        skewed,
        pa.scalar(TimeFlag.SKEWED.value),
        pc.if_else(_find_client_timed(rows), pa.scalar(TimeFlag.CLIENT.value), pa.scalar(None, pa.string())),
    )
    return pa.table(columns)


def list_wanted(rows: pa.Table, known: Mapping[str, StoredColumn]) -> list[tuple[str, ColumnType]]:
    """The columns that these rows need, in the order in which a table gets them."""
    wanted = dict(chain.from_iterable(_list_needs(rows, name, known) for name in rows.column_names))
    return sorted(wanted.items(), key=lambda item: _METADATA_ORDER.get(item[0], len(_METADATA_ORDER)))


def conform(rows: pa.Table, known: Mapping[str, StoredColumn]) -> pa.Table:
    """The rows under physical names, in the table's types and order; columns without a value are left out."""
    fitted: dict[str, pa.ChunkedArray | pa.Array] = {}
    overflow: dict[str, pa.Array] = {}
    for name in rows.column_names:
        column = rows.column(name)
        if column.null_count == len(column):
            continue
        fixed = _find_fixed(name, column.type, known)
        if fixed is not None and column.type == to_arrow(fixed):
            fitted[name] = _drop_non_finite(column) if _overflows(name, column) else column
        if name not in fitted or fitted[name] is not column:
            overflow[_name_text(name)] = _to_texts(column, keep_non_finite_only=name in fitted)
    for name, texts in overflow.items():
        fitted[name] = pc.coalesce(fitted[name], texts) if name in fitted else texts
    arrays = {known[name].physical: fitted[name] for name in known if name in fitted}
    return pa.table(arrays)


def _fill_schema_version(rows: pa.Table) -> pa.Array | pa.ChunkedArray:
    """Events leave their first schema version out."""
    if "event_schema" not in rows.column_names:
        return pa.repeat(pa.scalar(FIRST_EVENT_SCHEMA, pa.int64()), rows.num_rows)
    return pc.fill_null(rows.column("event_schema").cast(pa.int64()), FIRST_EVENT_SCHEMA)


def _find_client_timed(rows: pa.Table) -> pa.Array:
    if "time_flag" not in rows.column_names:
        return pa.repeat(pa.scalar(False), rows.num_rows)
    flags = rows.column("time_flag").cast(pa.string()).combine_chunks()
    return pc.fill_null(pc.equal(flags, TimeFlag.CLIENT.value), False)


def _find_skewed(batch: Batch, rows: pa.Table) -> pa.Array:
    """Rows whose `event_time` is too far from the server's clock to choose their day."""
    if batch.header.topic == Topic.GROUND_TRUTH:
        return pa.repeat(pa.scalar(False), rows.num_rows)
    times = rows.column("event_time").cast(pa.int64()).combine_chunks()
    far = pc.or_(
        pc.greater(times, batch.received_us + _SKEW_US_MAX), pc.less(times, batch.received_us - _SKEW_US_MAX)
    )
    return pc.and_(far, pc.invert(_find_client_timed(rows)))


def _list_needs(
    rows: pa.Table, name: str, known: Mapping[str, StoredColumn]
) -> Iterator[tuple[str, ColumnType]]:
    column = rows.column(name)
    if column.null_count == len(column):
        return
    fixed = _find_fixed(name, column.type, known)
    fits = fixed is not None and column.type == to_arrow(fixed)
    if fits and fixed is not None:
        yield name, fixed
    if not fits or _overflows(name, column):
        yield _name_text(name), ColumnType.STRING


def _find_fixed(name: str, type_: pa.DataType, known: Mapping[str, StoredColumn]) -> ColumnType | None:
    """The column's type for ever: the table's, or what the first value makes it; None if text only."""
    if name in known:
        return known[name].type
    if name == PREDICTION_COLUMN and type_ == pa.bool_():
        return None
    return from_arrow(type_)


def _name_text(name: str) -> str:
    text = name_overflow(name)
    if text is None:
        raise AssertionError(f"{name} has no text column, and its type was checked")
    return text


def _overflows(name: str, column: pa.ChunkedArray) -> bool:
    return column.type == pa.float64() and name_overflow(name) is not None and has_non_finite(column)


def _drop_non_finite(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.if_else(pc.is_finite(column), column, pa.scalar(None, pa.float64()))


def _to_texts(column: pa.ChunkedArray, *, keep_non_finite_only: bool) -> pa.Array:
    return pa.array(
        [
            None if value is None or (keep_non_finite_only and _is_finite(value)) else _to_json(value)
            for value in column.to_pylist()
        ],
        pa.string(),
    )


def _is_finite(value: float) -> bool:
    return value - value == 0


def _to_json(value: float | bool | str) -> str:
    """JSON; NaN and the infinities, which JSON lacks, as the texts that JavaScript shows."""
    if isinstance(value, float) and not _is_finite(value):
        value = "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"  # noqa: PLR0124
    return msgspec.json.encode(value).decode()
