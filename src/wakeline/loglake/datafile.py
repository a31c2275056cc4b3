"""Data files of a log: zstd Parquet, one per day, create-only, named by a random attempt id.

Only `event_time` and `server_timestamp` have statistics, which tell nothing of what was asked. The
attempt id stands in the name and in the footer, where rewrites carry it over.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake.transaction import AddAction

from wakeline.core.event import DAY_COLUMN
from wakeline.core.ids import mint_attempt_id
from wakeline.loglake.file_names import FileKind, name_part, name_rewrite
from wakeline.loglake.place import Place
from wakeline.loglake.storage import Storage

ATTEMPTS_KEY = b"wakeline.attempts"
TIME_COLUMN = "event_time"
ARRIVAL_COLUMN = "server_timestamp"
ROW_GROUP_ROWS = 65_536

_EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file that is on disk and not in the log yet. `path` is relative to the table's folder."""

    path: str
    day: date
    bytes: int
    row_count: int
    earliest_us: int
    latest_us: int


def write_data_files(root: Place, rows: pa.Table, disk: Storage) -> list[DataFile]:
    """Writes and syncs the rows, one file for each `day`, in the order given within a day; all or none."""
    files: list[DataFile] = []
    try:
        for day, part in _split_by_day(rows):
            files.append(_write(root, day, part, disk))
    except OSError:
        for file in files:
            disk.remove(root / file.path)
        raise
    for folder in {(root / file.path).parent for file in files}:
        disk.sync_folder(folder)
    return files


def open_data_file(source: Any) -> pq.ParquetFile:
    """`source` is from `open_bytes`; a store's columns come in few requests."""
    return pq.ParquetFile(source, pre_buffer=not isinstance(source, Path))


def to_add_action(file: DataFile, modified_us: int, *, is_change: bool = True) -> AddAction:
    """The action that puts the file into the table; `is_change` is False where the rows were in it before."""
    statistics = {
        "numRecords": file.row_count,
        "minValues": {TIME_COLUMN: _format_time(file.earliest_us)},
        "maxValues": {TIME_COLUMN: _format_time(file.latest_us)},
        "nullCount": {TIME_COLUMN: 0},
    }
    return AddAction(
        path=file.path,
        size=file.bytes,
        partition_values={DAY_COLUMN: file.day.isoformat()},
        modification_time=modified_us // 1000,
        data_change=is_change,
        stats=json.dumps(statistics),
    )


def _split_by_day(rows: pa.Table) -> Iterator[tuple[date, pa.Table]]:
    days = rows.column(DAY_COLUMN)
    rest = rows.drop_columns([DAY_COLUMN])
    distinct = sorted(pc.unique(days).to_pylist())
    if len(distinct) == 1:
        yield distinct[0], rest
        return
    order = pc.sort_indices(days)
    rest, counts = rest.take(order), _count_by_value(days)
    start = 0
    for day in distinct:
        yield day, rest.slice(start, counts[day])
        start += counts[day]


def _count_by_value(days: pa.ChunkedArray) -> Mapping[date, int]:
    return {entry["values"]: entry["counts"] for entry in pc.value_counts(days).to_pylist()}


def _write(root: Place, day: date, rows: pa.Table, disk: Storage) -> DataFile:
    attempt = mint_attempt_id()
    return _put(root, name_part(day, attempt), rows, disk, day=day, attempts=[attempt])


def write_rewrite(
    root: Place, rows: pa.Table, disk: Storage, *, kind: FileKind, day: date, attempts: Sequence[str]
) -> DataFile:
    """One file of rows that the table has already, committed under `attempts`, in the order given.

    With no `attempts` they are not the same rows any more (some were erased), and it gets an id of its own.
    """
    attempt = mint_attempt_id()
    covered = list(attempts) or [attempt]
    path = name_rewrite(kind, day, covered, attempt)
    file = _put(root, path, rows, disk, day=day, attempts=covered)
    disk.sync_folder((root / file.path).parent)
    return file


def decode_attempts(reader: pq.ParquetFile) -> list[str]:
    """What the footer says: the attempt ids of the commits whose rows these are."""
    written = (reader.metadata.metadata or {}).get(ATTEMPTS_KEY, b"").decode()
    return [attempt for attempt in written.split(",") if attempt]


def _put(
    root: Place, path: str, rows: pa.Table, disk: Storage, *, day: date, attempts: Sequence[str]
) -> DataFile:
    content = _encode(rows, attempts)
    disk.make_folder((root / path).parent)
    disk.write_new(root / path, memoryview(content))
    times = pc.min_max(rows.column(TIME_COLUMN).cast(pa.int64())).as_py()
    return DataFile(path, day, content.size, rows.num_rows, times["min"], times["max"])


def _encode(rows: pa.Table, attempts: Sequence[str]) -> Any:
    strings = [field.name for field in rows.schema if pa.types.is_string(field.type)]
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(
        sink,
        rows.schema,
        compression="zstd",
        use_dictionary=strings,
        write_statistics=[TIME_COLUMN, ARRIVAL_COLUMN],
        store_schema=False,
    ) as writer:
        writer.write_table(rows, row_group_size=ROW_GROUP_ROWS)
        writer.add_key_value_metadata({ATTEMPTS_KEY: ",".join(attempts).encode()})
    return sink.getvalue()


def _format_time(microseconds: int) -> str:
    return (_EPOCH + timedelta(microseconds=microseconds)).isoformat(timespec="microseconds") + "Z"
