"""Many small files become few: while a day is open in small steps, and once, sorted, when it is closed.

`plan_compaction` decides, from the log's list alone; `compact` does one bundle, in memory of its rows, by one
fenced commit. Rows, and the ids of the commits that brought them, stay what they are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

import pyarrow as pa
import pyarrow.compute as pc

from wakeline.core.clock import MICROSECONDS_PER_DAY
from wakeline.core.limits import DAY_CLOSES_AFTER_SECONDS
from wakeline.loglake.columns import read_columns
from wakeline.loglake.datafile import TIME_COLUMN, write_rewrite
from wakeline.loglake.file_names import FileKind, read_kind
from wakeline.loglake.place import Place
from wakeline.loglake.rewrite import LiveFile, commit_rewrite, list_live_files, read_stored_rows
from wakeline.loglake.storage import Storage
from wakeline.loglake.table import open_table

SMALL_FILES_MAX = 20
"""Files of about one size that an open day may have before they are merged."""

STILL_SECONDS = 600
CELLS_MAX = 6_000_000
BUNDLE_BYTES_MAX = 48 * 1024 * 1024
BUNDLE_FILES_MAX = 2_000
_SIZES = (256 * 1024, 2 * 1024 * 1024, 8 * 1024 * 1024)
_LATE_SHARE = 0.25
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Bundle:
    """Files of one day that become one file of the kind."""

    kind: FileKind
    day: date
    files: tuple[LiveFile, ...]


def plan_compaction(files: Iterable[LiveFile], *, column_count: int, now_us: int) -> list[Bundle]:
    """What there is to do now, closed days first; `files` are sorted as `list_live_files` gives them."""
    rows_max = max(1, CELLS_MAX // max(1, column_count))
    closed: list[Bundle] = []
    opened: list[Bundle] = []
    for day, group in groupby(files, key=lambda file: file.day):
        of_day = list(group)
        if is_closed(day, now_us):
            closed += _close_day(day, of_day, rows_max, now_us)
        else:
            opened += _merge_sizes(day, of_day, rows_max)
    return closed + opened


def is_closed(day: date, now_us: int) -> bool:
    """Two hours after its end, UTC."""
    end_us = ((day - _EPOCH).days + 1) * MICROSECONDS_PER_DAY
    return now_us >= end_us + DAY_CLOSES_AFTER_SECONDS * 1_000_000


def compact(root: Place, bundle: Bundle, disk: Storage) -> bool:
    """False if somebody has rewritten one of the files, or does so now: nothing is changed then."""
    table = open_table(root)
    live = {file.path for file in list_live_files(table)}
    if any(file.path not in live for file in bundle.files):
        return False
    found = [read_stored_rows(root, file) for file in bundle.files]
    attempts = sorted({attempt for _, covered in found for attempt in covered})
    order = [column.physical for column in read_columns(table.schema()).values()]
    parts = [rows for rows, _ in found]
    del found
    rows = sort_rows(parts, order)
    file = write_rewrite(root, rows, disk, kind=bundle.kind, day=bundle.day, attempts=attempts)
    return commit_rewrite(root, table, [file], bundle.files, disk, is_change=False)


def sort_rows(parts: list[pa.Table], order: Sequence[str]) -> pa.Table:
    """All rows by `event_time`, columns in the table's order. Empties `parts`; copies one column a time."""
    joined = pa.concat_tables(parts, promote_options="default")
    parts.clear()
    position = pc.sort_indices(joined.column(TIME_COLUMN))
    names = sorted(joined.column_names, key={name: index for index, name in enumerate(order)}.__getitem__)
    columns: dict[str, pa.Array] = {}
    for name in names:
        columns[name] = pc.take(joined.column(name).combine_chunks(), position)
        joined = joined.drop_columns([name])
    return pa.table(columns)


def _close_day(day: date, files: list[LiveFile], rows_max: int, now_us: int) -> list[Bundle]:
    """Everything that is not closed yet, once the day is still; late events wait until they are many."""
    rest = [file for file in files if read_kind(file.path) is not FileKind.DAY]
    if len(rest) < 2 or now_us - max(file.modified_us for file in rest) < STILL_SECONDS * 1_000_000:
        return []
    is_first = len(rest) == len(files)
    share = sum(file.bytes for file in rest) / sum(file.bytes for file in files)
    if not is_first and share < _LATE_SHARE and len(rest) < SMALL_FILES_MAX:
        return []
    return _bundle(FileKind.DAY, day, rest, rows_max)


def _merge_sizes(day: date, files: list[LiveFile], rows_max: int) -> list[Bundle]:
    """Files of one size at a time, so that a row is rewritten a few times a day and not at each step."""
    bundles: list[Bundle] = []
    lower = 0
    for upper in _SIZES:
        alike = [file for file in files if lower <= file.bytes < upper]
        lower = upper
        if len(alike) >= SMALL_FILES_MAX:
            bundles += _bundle(FileKind.RUN, day, alike, rows_max)
    return bundles


def _bundle(kind: FileKind, day: date, files: Sequence[LiveFile], rows_max: int) -> list[Bundle]:
    bundles: list[Bundle] = []
    taken: list[LiveFile] = []
    rows = size = 0
    for file in files:
        full = (
            rows + file.row_count > rows_max
            or size + file.bytes > BUNDLE_BYTES_MAX
            or len(taken) >= BUNDLE_FILES_MAX
        )
        if taken and full:
            bundles.append(Bundle(kind, day, tuple(taken)))
            taken, rows, size = [], 0, 0
        taken.append(file)
        rows += file.row_count
        size += file.bytes
    bundles.append(Bundle(kind, day, tuple(taken)))
    # A file alone gains nothing, but one that closes its day is sorted by it.
    return [bundle for bundle in bundles if len(bundle.files) > 1 or kind is FileKind.DAY]
