"""Reading a log: one snapshot of a table, its files by day, and rows under logical names.

A snapshot never changes; open a new one to see later commits. Files are always taken from the Delta log,
never from a folder listing, so a file that a killed writer left behind is not seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self

import pyarrow as pa
from deltalake import DeltaTable

from wakeline.core.errors import BrokenFileError, UnavailableError
from wakeline.core.event import DAY_COLUMN, METADATA_COLUMNS
from wakeline.core.window import Window
from wakeline.loglake.columns import LogColumn, StoredColumn, read_columns, to_arrow
from wakeline.loglake.datafile import decode_attempts, open_data_file
from wakeline.loglake.file_names import FileKind, read_attempt_id, read_data_id, read_kind
from wakeline.loglake.place import ObjectPlace, Place
from wakeline.loglake.storage import open_bytes
from wakeline.loglake.table import open_table
from wakeline.wire.frame import arrow_type

_METADATA_TYPES = {column.name: arrow_type(column.kind) for column in METADATA_COLUMNS}


@dataclass(frozen=True, slots=True)
class LogFile:
    """One data file of the snapshot. `path` is relative to the table's folder."""

    path: str
    day: date
    row_count: int
    bytes: int
    attempt_id: str
    data_id: str
    """Of the commits whose rows these are: rewrites keep it, see `file_names`."""


@dataclass(frozen=True, slots=True)
class Partition:
    """The files of one day, together."""

    day: date
    row_count: int
    bytes: int
    file_count: int


@dataclass(frozen=True, slots=True)
class LogSnapshot:
    """A table at one version. `stored` maps logical names to the table's own columns."""

    root: Place
    version: int
    stored: Mapping[str, StoredColumn]
    all_files: tuple[LogFile, ...]

    @classmethod
    def open(cls, root: Place, version: int | None = None) -> Self:
        """The newest version or the one asked for; raises `NotFoundError` where there is no such table."""
        table = open_table(root, version)
        return cls(root, table.version(), read_columns(table.schema()), _list_files(table))

    @property
    def columns(self) -> tuple[LogColumn, ...]:
        """Logical names and types, `day` included, in the table's order."""
        return tuple(LogColumn(column.logical, column.type) for column in self.stored.values())

    def files(self, window: Window | None = None) -> list[LogFile]:
        """Sorted by (day, path)."""
        return [file for file in self.all_files if window is None or file.day in window]

    def partitions(self, window: Window | None = None) -> list[Partition]:
        """Sorted by day; days without rows are absent."""
        by_day: dict[date, list[LogFile]] = {}
        for file in self.files(window):
            by_day.setdefault(file.day, []).append(file)
        return [
            Partition(
                day, sum(file.row_count for file in files), sum(file.bytes for file in files), len(files)
            )
            for day, files in by_day.items()
        ]

    def count(self, window: Window | None = None) -> int:
        """Rows of the window (of everything), from the log alone."""
        return sum(file.row_count for file in self.files(window))

    def read_file(self, file: LogFile, columns: Sequence[str]) -> pa.Table:
        """The columns asked for by logical name, in that order, on one thread.

        A column that the file, or the whole table, lacks is null: of the table's type, of the type of the
        metadata column, or of Arrow's null type where nothing is known of it.
        """
        try:
            with open_data_file(open_bytes(self.root / file.path, file.bytes)) as reader:
                present = set(reader.schema_arrow.names)
                wanted = [
                    found.physical
                    for name in columns
                    if (found := self.stored.get(name)) is not None and found.physical in present
                ]
                rows = reader.read(columns=list(dict.fromkeys(wanted)), use_threads=False)
        except (pa.ArrowException, OSError) as error:
            raise report_unreadable(self.root, file.path, error) from error
        arrays = [self._pick(rows, name, file) for name in columns]
        return pa.Table.from_arrays(arrays, names=list(columns))

    def read_attempts(self, file: LogFile) -> list[str]:
        """The attempt ids of the commits whose rows the file holds; a rewrite's stand in its footer."""
        if read_kind(file.path) is FileKind.PART:
            return [file.attempt_id]
        try:
            with open_data_file(open_bytes(self.root / file.path, file.bytes)) as reader:
                return decode_attempts(reader)
        except (pa.ArrowException, OSError) as error:
            raise report_unreadable(self.root, file.path, error) from error

    def _pick(self, rows: pa.Table, name: str, file: LogFile) -> pa.ChunkedArray | pa.Array:
        if name == DAY_COLUMN:
            return pa.repeat(pa.scalar(file.day, pa.date32()), file.row_count)
        column = self.stored.get(name)
        if column is None:
            return pa.nulls(file.row_count, _METADATA_TYPES.get(name, pa.null()))
        index = rows.schema.get_field_index(column.physical)
        if index < 0:
            return pa.nulls(file.row_count, to_arrow(column.type))
        return rows.column(index)


def report_unreadable(root: Place, path: str, error: Exception) -> BrokenFileError | UnavailableError:
    """A store that does not answer is asked again; a file that is gone or damaged stays so."""
    words = f"the log's data file {path} cannot be read: {error}"
    is_passing = isinstance(root, ObjectPlace) and not isinstance(error, FileNotFoundError | pa.ArrowInvalid)
    return UnavailableError(words) if is_passing else BrokenFileError(words)


def _list_files(table: DeltaTable) -> tuple[LogFile, ...]:
    actions = pa.table(table.get_add_actions(flatten=True)).to_pylist()
    files = (
        LogFile(
            path=action["path"],
            day=action[f"partition.{DAY_COLUMN}"],
            row_count=action["num_records"],
            bytes=action["size_bytes"],
            attempt_id=read_attempt_id(action["path"]),
            data_id=read_data_id(action["path"]),
        )
        for action in actions
    )
    return tuple(sorted(files, key=lambda file: (file.day, file.path)))
