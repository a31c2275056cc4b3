"""Rows that were kept long enough are taken out, counted from `server_timestamp`; off unless asked for."""

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from wakeline.core.clock import MICROSECONDS_PER_DAY
from wakeline.loglake.datafile import ARRIVAL_COLUMN, open_data_file, write_rewrite
from wakeline.loglake.file_names import FileKind, read_kind
from wakeline.loglake.place import Place
from wakeline.loglake.rewrite import LiveFile, commit_rewrite, list_live_files, read_stored_rows
from wakeline.loglake.storage import Storage, open_bytes
from wakeline.loglake.table import open_table
from wakeline.loglake.window import report_unreadable


def expire_rows(
    root: Place, disk: Storage, *, days: int, now_us: int, should_stop: Callable[[], bool] = lambda: False
) -> int:
    """How many rows went; file by file, each in a commit of its own, so it may be stopped and repeated."""
    limit_us = now_us - days * MICROSECONDS_PER_DAY
    gone = 0
    for file in list_live_files(open_table(root)):
        if should_stop():
            break
        earliest, latest = read_arrival(root, file)
        if earliest < limit_us:
            gone += _expire(root, file, disk, limit_us, is_whole=latest < limit_us)
    return gone


def read_arrival(root: Place, file: LiveFile) -> tuple[int, int]:
    """The first and the last `server_timestamp`, from the footer where it says so."""
    try:
        with open_data_file(open_bytes(root / file.path, file.bytes)) as reader:
            index = reader.schema_arrow.names.index(ARRIVAL_COLUMN)
            groups = [
                reader.metadata.row_group(at).column(index).statistics for at in range(reader.num_row_groups)
            ]
            if all(found is not None and found.has_min_max for found in groups):
                return min(_to_us(found.min) for found in groups), max(_to_us(found.max) for found in groups)
            column = reader.read(columns=[ARRIVAL_COLUMN], use_threads=False).column(0)
    except (pa.ArrowException, OSError) as error:
        raise report_unreadable(root, file.path, error) from error
    bounds = pc.min_max(column.cast(pa.int64())).as_py()
    return bounds["min"], bounds["max"]


def _expire(root: Place, file: LiveFile, disk: Storage, limit_us: int, *, is_whole: bool) -> int:
    """0 where another rewrite came first; the next round looks again."""
    table = open_table(root)
    if file.path not in {live.path for live in list_live_files(table)}:
        return 0
    added = []
    kept = 0
    if not is_whole:
        rows, _ = read_stored_rows(root, file)
        rows = rows.filter(pc.greater_equal(rows.column(ARRIVAL_COLUMN).cast(pa.int64()), limit_us))
        kept = rows.num_rows
        if kept:
            kind = FileKind.DAY if read_kind(file.path) is FileKind.DAY else FileKind.RUN
            added = [write_rewrite(root, rows, disk, kind=kind, day=file.day, attempts=[])]
    if not commit_rewrite(root, table, added, [file], disk, is_change=True):
        return 0
    return file.row_count - kept


def _to_us(moment: object) -> int:
    return int(pa.scalar(moment, pa.timestamp("us", tz="UTC")).value)
