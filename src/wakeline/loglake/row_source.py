"""What DuckDB reads a log's rows from: the files of a local disk by itself, those of a store through us.

DuckDB's own client of stores is an extension that it would have to fetch, so rows of a store come as Arrow
batches: only the columns asked for, a batch at a time, the next small files fetched ahead.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

import duckdb
import pyarrow as pa

from wakeline.core.errors import WakelineError
from wakeline.core.event import DAY_COLUMN
from wakeline.loglake.columns import ColumnType, to_arrow
from wakeline.loglake.datafile import open_data_file
from wakeline.loglake.place import ObjectPlace
from wakeline.loglake.storage import open_bytes
from wakeline.loglake.window import LogFile, LogSnapshot, report_unreadable

SQL_TYPES = {
    ColumnType.DOUBLE: "DOUBLE",
    ColumnType.STRING: "VARCHAR",
    ColumnType.BOOLEAN: "BOOLEAN",
    ColumnType.LONG: "BIGINT",
    ColumnType.TIMESTAMP: "TIMESTAMPTZ",
    ColumnType.DATE: "DATE",
}
PLACES = {"file_index": "UBIGINT", "file_row_number": "BIGINT"}
"""Beside the columns: the file of a row among the files, and its number within."""

_AHEAD = 8
_BATCH_ROWS = 20_000
_VIEW = "log_files"
_UNION = " UNION ALL BY NAME SELECT *, file_index, file_row_number FROM "
_LOCAL_FILES = "read_parquet($files, union_by_name=true, hive_partitioning=true, hive_types={'day': DATE})"


class RowSource:
    """The files of one question. `failure` is what stopped their reading, which DuckDB would put in words
    of its own."""

    def __init__(self, snapshot: LogSnapshot, files: Sequence[LogFile], names: Sequence[str]) -> None:
        """`names`: the logical names of all columns that the question looks at."""
        self.failure: WakelineError | None = None
        self._snapshot = snapshot
        self._files = list(files)
        self._columns = [snapshot.stored[name] for name in dict.fromkeys(names) if name in snapshot.stored]

    def attach(self, connection: duckdb.DuckDBPyConnection) -> tuple[str, dict[str, Any]]:
        """A SELECT of the rows under physical names, and its values; the rows can be read once."""
        stored = self._snapshot.stored.values()
        empty = [f"NULL::{SQL_TYPES[column.type]} AS {quote(column.physical)}" for column in stored]
        empty += [f"NULL::{type_} AS {name}" for name, type_ in PLACES.items()]
        select = f"SELECT {', '.join(empty)} WHERE false"
        if not self._files:
            return select, {}
        root = self._snapshot.root
        if not isinstance(root, ObjectPlace):
            files = [_escape_glob(str(root / file.path)) for file in self._files]
            return select + _UNION + _LOCAL_FILES, {"files": files}
        connection.register(_VIEW, pa.RecordBatchReader.from_batches(self._schema, self._read()))
        return f"{select} UNION ALL BY NAME SELECT * FROM {_VIEW}", {}  # noqa: S608 - a name of ours

    @property
    def _schema(self) -> pa.Schema:
        fields = [pa.field(column.physical, to_arrow(column.type)) for column in self._columns]
        return pa.schema([*fields, ("file_index", pa.uint64()), ("file_row_number", pa.int64())])

    def _read(self) -> Iterator[pa.RecordBatch]:
        current = ""
        try:
            for index, (file, source) in enumerate(self._fetch()):
                current = file.path
                yield from self._read_file(index, file, source)
        except (pa.ArrowException, OSError) as error:
            self.failure = report_unreadable(self._snapshot.root, current, error)
            raise

    def _fetch(self) -> Iterator[tuple[LogFile, Any]]:
        """The files in their order, as something to read from."""
        root, files = self._snapshot.root, iter(self._files)
        with ThreadPoolExecutor(_AHEAD) as pool:

            def begin(file: LogFile) -> tuple[LogFile, Any]:
                return file, pool.submit(open_bytes, root / file.path, file.bytes)

            waiting = deque(begin(file) for file in islice(files, _AHEAD))
            while waiting:
                file, source = waiting.popleft()
                waiting.extend(begin(file) for file in islice(files, 1))
                yield file, source.result()

    def _read_file(self, index: int, file: LogFile, source: Any) -> Iterator[pa.RecordBatch]:
        start = 0
        with open_data_file(source) as reader:
            present = set(reader.schema_arrow.names)
            wanted = [column.physical for column in self._columns if column.physical in present]
            for batch in reader.iter_batches(_BATCH_ROWS, columns=wanted, use_threads=False):
                count = batch.num_rows
                numbers = pa.array(range(start, start + count), pa.int64())
                columns = [self._pick(batch, column.physical, file) for column in self._columns]
                places = [pa.repeat(pa.scalar(index, pa.uint64()), count), numbers]
                yield pa.RecordBatch.from_arrays([*columns, *places], schema=self._schema)
                start += count

    def _pick(self, batch: pa.RecordBatch, physical: str, file: LogFile) -> pa.Array:
        if physical == DAY_COLUMN:
            return pa.repeat(pa.scalar(file.day, pa.date32()), batch.num_rows)
        position = batch.schema.get_field_index(physical)
        if position >= 0:
            return batch.column(position)
        return pa.nulls(batch.num_rows, self._schema.field(physical).type)


def quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _escape_glob(path: str) -> str:
    return "".join(f"[{character}]" if character in "*?[" else character for character in path)
