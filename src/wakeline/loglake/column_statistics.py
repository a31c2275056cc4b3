"""What the columns of a log hold: nulls, range, a small histogram or the top levels, from a bounded sample.

The sample is whole files spread evenly over the window, thinned to `SAMPLE_ROWS_MAX` rows: the same log gives
the same answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wakeline.core.window import Window
from wakeline.loglake.columns import ColumnType
from wakeline.loglake.window import LogFile, LogSnapshot

SAMPLE_ROWS_MAX = 20_000
READ_ROWS_MAX = 60_000
BINS = 20
LEVELS_MAX = 10
_NUMBERS = frozenset({ColumnType.DOUBLE, ColumnType.LONG})
_TIMES = frozenset({ColumnType.TIMESTAMP, ColumnType.DATE})
_LEVEL_CHARACTERS_MAX = 200


@dataclass(frozen=True, slots=True)
class Level:
    value: str
    count: int


@dataclass(frozen=True, slots=True)
class ColumnStatistics:
    """Counts are of the sample. A number has a histogram, `edges` (one more than `counts`) and `counts`;
    anything else has `levels`, its most frequent values. `minimum` and `maximum` are texts for times."""

    name: str
    type: ColumnType
    null_count: int
    distinct_count: int
    minimum: float | str | None = None
    maximum: float | str | None = None
    mean: float | None = None
    edges: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()
    levels: tuple[Level, ...] = ()


@dataclass(frozen=True, slots=True)
class SampleStatistics:
    row_count: int
    sampled_rows: int
    columns: tuple[ColumnStatistics, ...]


def describe_columns(
    snapshot: LogSnapshot, window: Window | None, names: Sequence[str] | None = None
) -> SampleStatistics:
    """`names` None: every column."""
    chosen = [column for column in snapshot.columns if names is None or column.name in names]
    files = _spread(snapshot.files(window))
    rows = sum(file.row_count for file in files)
    step = max(1, -(-rows // SAMPLE_ROWS_MAX))
    parts = [_thin(snapshot, file, [column.name for column in chosen], step) for file in files]
    described = tuple(
        _describe(column.name, column.type, [part.column(column.name) for part in parts]) for column in chosen
    )
    return SampleStatistics(snapshot.count(window), sum(part.num_rows for part in parts), described)


def _spread(files: list[LogFile]) -> list[LogFile]:
    """At most about `READ_ROWS_MAX` rows, from the first to the last file."""
    rows = sum(file.row_count for file in files)
    return files[:: max(1, -(-rows // READ_ROWS_MAX))]


def _thin(snapshot: LogSnapshot, file: LogFile, names: Sequence[str], step: int) -> pa.Table:
    table = snapshot.read_file(file, names)
    return table.take(np.arange(0, table.num_rows, step)) if step > 1 else table


def _describe(name: str, type_: ColumnType, parts: Sequence[pa.ChunkedArray]) -> ColumnStatistics:
    values = pa.chunked_array([chunk for part in parts for chunk in part.chunks]) if parts else pa.array([])
    present = values.drop_null() if len(values) else values
    null_count = len(values) - len(present)
    if not len(present):
        return ColumnStatistics(name, type_, null_count, 0)
    distinct = pc.count_distinct(present).as_py()
    if type_ in _NUMBERS:
        return _describe_numbers(name, type_, null_count, distinct, present)
    low, high = (None, None)
    if type_ in _TIMES:
        bounds = pc.min_max(present).as_py()
        low, high = _to_text(bounds["min"]), _to_text(bounds["max"])
    levels = () if type_ is ColumnType.TIMESTAMP else _count_levels(present)
    return ColumnStatistics(name, type_, null_count, distinct, low, high, levels=levels)


def _describe_numbers(
    name: str, type_: ColumnType, null_count: int, distinct: int, present: pa.ChunkedArray
) -> ColumnStatistics:
    numbers = present.to_numpy().astype(np.float64)
    numbers = numbers[np.isfinite(numbers)]
    if not len(numbers):
        return ColumnStatistics(name, type_, null_count, distinct)
    counts, edges = np.histogram(numbers, bins=min(BINS, max(1, distinct)))
    return ColumnStatistics(
        name,
        type_,
        null_count,
        distinct,
        float(numbers.min()),
        float(numbers.max()),
        float(numbers.mean()),
        tuple(float(edge) for edge in edges),
        tuple(int(count) for count in counts),
    )


def _count_levels(present: pa.ChunkedArray) -> tuple[Level, ...]:
    counted = sorted(
        present.value_counts().to_pylist(), key=lambda entry: (-entry["counts"], str(entry["values"]))
    )
    return tuple(Level(_to_text(entry["values"]), entry["counts"]) for entry in counted[:LEVELS_MAX])


def _to_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = value if isinstance(value, str) else value.isoformat()
    return text[:_LEVEL_CHARACTERS_MAX]
