"""Rows of a log for a page: DuckDB over the snapshot's file list, answered under logical names."""

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from wakeline.core.errors import InvalidInputError
from wakeline.core.window import Window
from wakeline.loglake.columns import ColumnType
from wakeline.loglake.place import Place
from wakeline.loglake.window import LogFile, LogSnapshot

PREVIEW_ROWS_MAX = 10_000

_FILES_SOURCE = """ UNION ALL BY NAME
SELECT * FROM read_parquet($files, union_by_name=true, hive_partitioning=true, hive_types={'day': DATE})"""

SQL_TYPES = {
    ColumnType.DOUBLE: "DOUBLE",
    ColumnType.STRING: "VARCHAR",
    ColumnType.BOOLEAN: "BOOLEAN",
    ColumnType.LONG: "BIGINT",
    ColumnType.TIMESTAMP: "TIMESTAMPTZ",
    ColumnType.DATE: "DATE",
}


def preview(
    root: Place,
    *,
    limit: int,
    window: Window | None = None,
    columns: Sequence[str] | None = None,
    where: Mapping[str, str | float | bool] | None = None,
) -> pa.Table:
    """The first rows in (day, file) order; `where` asks for equality, by logical name."""
    if not 0 <= limit <= PREVIEW_ROWS_MAX:
        raise InvalidInputError(f"limit is {limit}; expected 0 to {PREVIEW_ROWS_MAX}")
    snapshot = LogSnapshot.open(root)
    names = [column.name for column in snapshot.columns] if columns is None else list(columns)
    filters = dict(where or {})
    _check_names(snapshot, [*names, *filters])
    files = snapshot.files(window)
    if not filters:
        files = _take_enough(files, limit)
    rows = _query(snapshot, files, names, filters, limit)
    return rows.rename_columns(names)


def _check_names(snapshot: LogSnapshot, names: Sequence[str]) -> None:
    for name in names:
        if name not in snapshot.stored:
            raise InvalidInputError(
                f"the log has no column {name!r}", details={"columns": list(snapshot.stored)}
            )


def _take_enough(files: list[LogFile], limit: int) -> list[LogFile]:
    taken, rows = [], 0
    for file in files:
        if rows >= limit:
            break
        taken.append(file)
        rows += file.row_count
    return taken


def _query(
    snapshot: LogSnapshot, files: list[LogFile], names: list[str], filters: dict[str, Any], limit: int
) -> pa.Table:
    stored = snapshot.stored
    empty = ", ".join(f'NULL::{SQL_TYPES[column.type]} AS "{column.physical}"' for column in stored.values())
    source = f"SELECT {empty} WHERE false"
    if files:
        source += _FILES_SOURCE
    picked = ", ".join(f'"{stored[name].physical}" AS c{index}' for index, name in enumerate(names))
    tests = [f'"{stored[name].physical}" = $v{index}' for index, name in enumerate(filters)]
    values: dict[str, Any] = {f"v{index}": value for index, value in enumerate(filters.values())}
    if files:
        values["files"] = [escape_glob(str(snapshot.root / file.path)) for file in files]
    condition = f" WHERE {' AND '.join(tests)}" if tests else ""
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        sql = f"SELECT {picked} FROM ({source}){condition} LIMIT {limit}"  # noqa: S608 - values are bound
        return connection.sql(sql, params=values).to_arrow_table()


def escape_glob(path: str) -> str:
    return "".join(f"[{character}]" if character in "*?[" else character for character in path)
