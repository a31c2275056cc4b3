"""Questions to a log by DuckDB: pages of rows with filters and sorting, streams of them, activity by day.

Memory is bounded: one thread, half a gigabyte, nothing spilled to disk; a question that needs more is refused
in words. Rows come in (day, file) order; sorted, equals stand in that order too, so that pages meet.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from wakeline.core.errors import InvalidInputError, TooLargeError
from wakeline.core.event import DAY_COLUMN
from wakeline.core.window import Window
from wakeline.loglake.batch import name_overflow
from wakeline.loglake.columns import ColumnType
from wakeline.loglake.row_order import POSITIONS_MAX, Positions, RowOrders
from wakeline.loglake.row_source import PLACES, SQL_TYPES, RowSource, quote
from wakeline.loglake.window import LogFile, LogSnapshot

ROWS_MAX = 1_000
STREAM_BATCH_ROWS = 10_000
_MEMORY_LIMIT = "512MB"


class Operator(StrEnum):
    EQUAL = "eq"
    UNEQUAL = "ne"
    LESS = "lt"
    LESS_OR_EQUAL = "le"
    GREATER = "gt"
    GREATER_OR_EQUAL = "ge"
    CONTAINS = "contains"
    IS_NULL = "is-null"
    NOT_NULL = "not-null"


_COMPARISONS = {
    Operator.EQUAL: "=",
    Operator.UNEQUAL: "IS DISTINCT FROM",
    Operator.LESS: "<",
    Operator.LESS_OR_EQUAL: "<=",
    Operator.GREATER: ">",
    Operator.GREATER_OR_EQUAL: ">=",
}


@dataclass(frozen=True, slots=True)
class Filter:
    """`value` is not looked at by `is-null` and `not-null`; times and days are texts."""

    column: str
    operator: Operator
    value: str | float | bool | None = None


@dataclass(frozen=True, slots=True)
class RowPage:
    """`row_count`: of all rows that the filters leave."""

    rows: pa.Table
    row_count: int


@dataclass(frozen=True, slots=True)
class RowQuery:
    """`columns` None: all. `sort` is a column's logical name."""

    columns: Sequence[str] | None = None
    filters: Sequence[Filter] = ()
    window: Window | None = None
    sort: str | None = None
    descending: bool = False


def read_page(
    snapshot: LogSnapshot, query: RowQuery, *, limit: int, offset: int, orders: RowOrders
) -> RowPage:
    if not 0 <= limit <= ROWS_MAX or offset < 0:
        raise InvalidInputError(f"limit {limit}, offset {offset}; expected up to {ROWS_MAX} rows, from 0 on")
    names, files = _list_columns(snapshot, query), snapshot.files(query.window)
    if query.filters or query.sort:
        order = orders.find(_describe_question(snapshot, query), lambda: _work_out(snapshot, files, query))
        rows = _read_positions(snapshot, files, query, order[offset : offset + limit])
        return RowPage(rows.rename_columns(names), len(order))
    row_count = sum(file.row_count for file in files)
    files, skipped = _skip_files(files, offset, limit)
    with _open(snapshot, files, query) as asking:
        sql, values = _build(asking, query)
        rows = asking.connection.sql(f"{sql} LIMIT {limit} OFFSET {skipped}", params=values).to_arrow_table()
    return RowPage(rows.rename_columns(names), row_count)


def list_with_overflow(snapshot: LogSnapshot, columns: Sequence[str]) -> list[str]:
    """The columns, and after them the text columns that hold what did not fit them."""
    texts = [text for name in columns if (text := name_overflow(name)) in snapshot.stored and text]
    return list(dict.fromkeys([*columns, *texts]))


def read_first(snapshot: LogSnapshot, query: RowQuery, limit: int) -> pa.Table:
    """The first rows in (day, file) order."""
    names, files = _list_columns(snapshot, query), snapshot.files(query.window)
    if not query.filters:
        files, _ = _skip_files(files, 0, limit)
    with _open(snapshot, files, query) as asking:
        sql, values = _build(asking, query)
        rows = asking.connection.sql(f"{sql} LIMIT {limit}", params=values).to_arrow_table()
    return rows.rename_columns(names)


def _describe_question(snapshot: LogSnapshot, query: RowQuery) -> Hashable:
    """All that an order depends on; the columns are none of it. A table made anew has other files."""
    table = (snapshot.root, snapshot.version, tuple(file.path for file in snapshot.all_files[-1:]))
    return (*table, repr(query.filters), query.window, query.sort, query.descending)


def _work_out(snapshot: LogSnapshot, files: Sequence[LogFile], query: RowQuery) -> Positions:
    """Only the columns of the filters and of the sorting are read."""
    if sum(file.row_count for file in files) > POSITIONS_MAX:
        raise TooLargeError(f"more than {POSITIONS_MAX} rows to choose from; narrow them by days")
    asked = RowQuery((), query.filters, query.window, query.sort, query.descending)
    with _open(snapshot, files, asked) as asking:
        sql, values = _build(asking, asked, "file_index, file_row_number")
        found = asking.connection.sql(sql, params=values).fetchnumpy()
    starts = _find_starts(files)
    positions: Positions = starts[found["file_index"].astype(np.int64)] + found["file_row_number"]
    return positions.astype(np.uint32)


def _read_positions(
    snapshot: LogSnapshot, files: Sequence[LogFile], query: RowQuery, positions: Positions
) -> pa.Table:
    """The rows at the positions, in that order; only the files that hold one are opened."""
    starts = _find_starts(files)
    of_files = np.searchsorted(starts, positions, side="right") - 1
    held = np.unique(of_files)
    wanted = pa.table(
        {
            "held_index": np.searchsorted(held, of_files).astype(np.uint64),
            "held_row": positions.astype(np.int64) - starts[of_files],
            "place": np.arange(len(positions)),
        }
    )
    picked = ", ".join(f"c{index}" for index in range(len(_list_columns(snapshot, query)))) or "NULL"
    chosen = RowQuery(query.columns)
    with _open(snapshot, [files[index] for index in held], chosen) as asking:
        sql, values = _build(asking, chosen, with_places=True)
        asking.connection.register("wanted", wanted)
        return asking.connection.sql(
            f"SELECT {picked} FROM ({sql}) JOIN wanted "  # noqa: S608 - names are our own
            "ON file_index = held_index AND file_row_number = held_row ORDER BY place",
            params=values,
        ).to_arrow_table()


def _find_starts(files: Sequence[LogFile]) -> npt.NDArray[np.int64]:
    """The position of each file's first row."""
    counts = np.array([0, *(file.row_count for file in files)], np.int64)
    return np.cumsum(counts)[:-1]


def stream_rows(snapshot: LogSnapshot, query: RowQuery) -> Iterator[pa.RecordBatch]:
    """All rows in batches; the first one comes even where there is no row, for its schema."""
    names = _list_columns(snapshot, query)
    with _open(snapshot, snapshot.files(query.window), query) as asking:
        sql, values = _build(asking, query)
        reader = asking.connection.sql(sql, params=values).to_arrow_reader(STREAM_BATCH_ROWS)
        yield pa.RecordBatch.from_pylist([], reader.schema).rename_columns(names)
        for batch in reader:
            yield batch.rename_columns(names)


def read_tail(snapshot: LogSnapshot, count: int) -> pa.Table:
    """The latest events, the newest first; only as many days are read as hold them."""
    files: list[LogFile] = []
    rows, day = 0, None
    for file in reversed(snapshot.files()):
        if rows >= count and file.day != day:
            break
        files.append(file)
        rows, day = rows + file.row_count, file.day
    query = RowQuery(sort="event_time", descending=True)
    with _open(snapshot, files, query) as asking:
        sql, values = _build(asking, query)
        table = asking.connection.sql(f"{sql} LIMIT {count}", params=values).to_arrow_table()
    return table.rename_columns(_list_columns(snapshot, query))


def summarize_days(
    snapshot: LogSnapshot, window: Window, measures: Mapping[str, str]
) -> list[dict[str, Any]]:
    """One row a day: `measures` are SQL over `{column}` placeholders, nulls where the log lacks the column.

    Only primary rows count."""
    columns = {name.replace(".", "_"): _name_column(snapshot, name) for name in _MEASURED}
    picked = ", ".join(f"{sql.format(**columns)} AS {name}" for name, sql in measures.items())
    asked = RowQuery([DAY_COLUMN, *(name for name in _MEASURED if name in snapshot.stored)])
    with _open(snapshot, snapshot.files(window), asked) as asking:
        sql = (
            f"SELECT {DAY_COLUMN}, {picked} FROM ({asking.source}) "  # noqa: S608 - names are the table's own
            f"WHERE coalesce({columns['arm']}, 'primary') = 'primary' GROUP BY {DAY_COLUMN} ORDER BY 1"
        )
        found = asking.connection.sql(sql, params=asking.values).to_arrow_table()
    return list(found.to_pylist())


_MEASURED = {
    "arm": ColumnType.STRING,
    "status": ColumnType.LONG,
    "generation": ColumnType.STRING,
    "client_ip": ColumnType.STRING,
    "api_key_id": ColumnType.STRING,
    "timing.total": ColumnType.LONG,
}


def _name_column(snapshot: LogSnapshot, name: str) -> str:
    column = snapshot.stored.get(name)
    return f"NULL::{SQL_TYPES[_MEASURED[name]]}" if column is None else quote(column.physical)


@dataclass(frozen=True, slots=True)
class _Asking:
    """A connection, and the SELECT that gives it the rows of some files, with its values."""

    connection: duckdb.DuckDBPyConnection
    snapshot: LogSnapshot
    source: str
    values: dict[str, Any]


@contextmanager
def _open(snapshot: LogSnapshot, files: Sequence[LogFile], query: RowQuery) -> Iterator[_Asking]:
    """For one question, whose columns, filters and sorting say what has to be read."""
    names = [*_list_columns(snapshot, query), *(entry.column for entry in query.filters)]
    rows = RowSource(snapshot, files, [*names, query.sort] if query.sort else names)
    try:
        with duckdb.connect(config={"threads": 1, "memory_limit": _MEMORY_LIMIT}) as connection:
            connection.execute("SET temp_directory = ''")
            connection.execute("SET TimeZone = 'UTC'")
            yield _Asking(connection, snapshot, *rows.attach(connection))
    except duckdb.OutOfMemoryException as error:
        raise TooLargeError(
            f"the question needs more than {_MEMORY_LIMIT}; narrow it by days or by a filter"
        ) from error
    except (duckdb.ConversionException, duckdb.BinderException) as error:
        raise InvalidInputError(f"a filter does not fit its column: {_shorten(error)}") from error
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        if rows.failure is None:
            raise
        raise rows.failure from error


def _shorten(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _build(
    asking: _Asking, query: RowQuery, picked: str | None = None, *, with_places: bool = False
) -> tuple[str, dict[str, Any]]:
    """`with_places`: beside the columns, the file of a row among the files and its number within."""
    snapshot, values = asking.snapshot, dict(asking.values)
    names = _list_columns(snapshot, query)
    columns = picked or ", ".join(
        [f"{quote(snapshot.stored[name].physical)} AS c{index}" for index, name in enumerate(names)]
        + (list(PLACES) if with_places else [])
    )
    tests = []
    for index, entry in enumerate(query.filters):
        tests.append(_build_test(snapshot, entry, f"v{index}"))
        if entry.operator not in {Operator.IS_NULL, Operator.NOT_NULL}:
            values[f"v{index}"] = entry.value
    condition = f" WHERE {' AND '.join(tests)}" if tests else ""
    order = _build_order(snapshot, query) if query.sort else ""
    return f"SELECT {columns} FROM ({asking.source}){condition}{order}", values  # noqa: S608 - values are bound


def _build_test(snapshot: LogSnapshot, entry: Filter, value: str) -> str:
    check_columns(snapshot, [entry.column])
    stored = snapshot.stored[entry.column]
    column = quote(stored.physical)
    match entry.operator:
        case Operator.IS_NULL:
            return f"{column} IS NULL"
        case Operator.NOT_NULL:
            return f"{column} IS NOT NULL"
        case Operator.CONTAINS:
            return f"contains(lower({column}::VARCHAR), lower(${value}::VARCHAR))"
        case _:
            return f"{column} {_COMPARISONS[entry.operator]} ${value}::{SQL_TYPES[stored.type]}"


def _build_order(snapshot: LogSnapshot, query: RowQuery) -> str:
    assert query.sort is not None
    check_columns(snapshot, [query.sort])
    direction = "DESC" if query.descending else "ASC"
    order = f" ORDER BY {quote(snapshot.stored[query.sort].physical)} {direction} NULLS LAST"
    return f"{order}, {', '.join(PLACES)}"


def _list_columns(snapshot: LogSnapshot, query: RowQuery) -> list[str]:
    if query.columns is None:
        return [column.name for column in snapshot.columns]
    check_columns(snapshot, query.columns)
    return list(query.columns)


def check_columns(snapshot: LogSnapshot, names: Sequence[str]) -> None:
    for name in names:
        if name not in snapshot.stored:
            raise InvalidInputError(
                f"the log has no column {name!r}", details={"columns": list(snapshot.stored)}
            )


def _skip_files(files: Sequence[LogFile], offset: int, limit: int) -> tuple[list[LogFile], int]:
    """The files that a page of unfiltered rows lies in, and how many of their rows come before it."""
    taken: list[LogFile] = []
    skipped, rows = offset, 0
    for file in files:
        if not taken and skipped >= file.row_count:
            skipped -= file.row_count
        elif rows < skipped + limit:
            taken.append(file)
            rows += file.row_count
        else:
            break
    return taken, skipped
