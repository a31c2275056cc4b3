"""Rows taken out of a log for good: from its live files by fenced rewrites, and from those that no version
needs any more, at once. What is left of a file gets ids of its own, so profiles of it are known to be stale.

May be stopped after any file and repeated; a second run finds what the first did not reach.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from wakeline.core.errors import UnavailableError
from wakeline.core.event import FEATURE_PREFIX
from wakeline.loglake.columns import StoredColumn, read_columns
from wakeline.loglake.datafile import open_data_file, write_rewrite
from wakeline.loglake.file_names import FileKind, read_kind
from wakeline.loglake.place import Place
from wakeline.loglake.rewrite import LiveFile, commit_rewrite, list_live_files, read_stored_rows
from wakeline.loglake.storage import Storage, find_storage, open_bytes
from wakeline.loglake.table import find_table, open_table
from wakeline.loglake.vacuum import list_removed, list_stored_files, read_store_time
from wakeline.wire.frame import FEATURE_TEXT_PREFIX

ID_COLUMN = "prediction_id"
ATTEMPTS_MAX = 30
STRAY_SECONDS = 3600.0
"""A file that no commit names may still be one that is being committed; an hour later it is not."""

Step = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class RowKey:
    """Rows with one of the ids, or whose `column` (a logical name) has the value, given as text."""

    prediction_ids: frozenset[str] = frozenset()
    column: str | None = None
    value: str = ""

    @property
    def columns(self) -> list[str]:
        """Logical names of what decides; a feature's value may stand in its text column."""
        names = [ID_COLUMN]
        if self.column is not None:
            names.append(self.column)
            if self.column.startswith(FEATURE_PREFIX):
                names.append(FEATURE_TEXT_PREFIX + self.column.removeprefix(FEATURE_PREFIX))
        return names


@dataclass(slots=True)
class Erased:
    """What was taken out of one table. `left` are files that could not be judged or deleted yet."""

    rows: int = 0
    files_deleted: int = 0
    days: set[date] = field(default_factory=set)
    left: list[str] = field(default_factory=list)


def find_prediction_ids(root: Place, key: RowKey) -> set[str]:
    """The ids of the rows that the key names in this table."""
    table = find_table(root)
    if table is None:
        return set()
    known = read_columns(table.schema())
    found: set[str] = set()
    for file in list_live_files(table):
        rows = _read_deciding(root, file.path, file.bytes, known, key)
        if rows is not None and ID_COLUMN in rows.column_names:
            found.update(rows.column(ID_COLUMN).filter(match_rows(rows, key)).to_pylist())
    return found - {None}


def erase_rows(root: Place, key: RowKey, *, step: Step = lambda _done: None) -> Erased:
    """Raises `UnavailableError` where other rewrites always come first, or the store does not let it."""
    erased = Erased()
    disk = find_storage(root)
    if find_table(root) is None:
        return erased
    try:
        for _ in range(ATTEMPTS_MAX):
            if not _pass_over(root, key, disk, erased, step):
                break
            time.sleep(0.05)
        else:
            raise UnavailableError(f"other rewrites of {root} came first {ATTEMPTS_MAX} times; erase again")
        _drop_unlisted(root, key, disk, erased)
    except OSError as error:
        raise UnavailableError(f"the log table at {root} cannot be erased from: {error}") from error
    return erased


def match_rows(rows: pa.Table, key: RowKey) -> pa.Array:
    """True for the rows that the key names; `rows` has logical names."""
    found = pa.repeat(pa.scalar(False), rows.num_rows)
    if ID_COLUMN in rows.column_names and key.prediction_ids:
        ids = pa.array(sorted(key.prediction_ids), pa.string())
        found = pc.or_(found, _or_false(pc.is_in(rows.column(ID_COLUMN), value_set=ids)))
    if key.column is None:
        return found
    for name in key.columns[1:]:
        if name in rows.column_names:
            found = pc.or_(found, _match_value(rows.column(name), key.value, is_json=name != key.column))
    return found


def _match_value(column: pa.ChunkedArray, text: str, *, is_json: bool) -> pa.Array:
    wanted: Any = text
    if pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
        try:
            wanted = float(text)
        except ValueError:
            return pa.repeat(pa.scalar(False), len(column))
    elif pa.types.is_boolean(column.type):
        wanted = text.lower() == "true" if text.lower() in {"true", "false"} else None
    elif is_json:
        alike = [
            found for found in pc.unique(column).to_pylist() if found is not None and _means(found, text)
        ]
        return _or_false(pc.is_in(column, value_set=pa.array(alike, pa.string())))
    elif not pa.types.is_string(column.type):
        column = column.cast(pa.string())
    return _or_false(pc.equal(column, wanted))


def _means(written: str, text: str) -> bool:
    """Whether JSON text stands for the value: the number 7 may be written 7 or 7.0."""
    try:
        value = json.loads(written)
    except ValueError:
        return written == text
    match value:
        case bool():
            return json.dumps(value) == text.lower()
        case int() | float():
            try:
                return float(text) == value
            except ValueError:
                return written == text
        case str():
            return text in {value, written}
        case _:
            return text == written


def _or_false(found: pa.ChunkedArray) -> pa.Array:
    joined = pc.fill_null(found, False)
    return joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined


def _pass_over(root: Place, key: RowKey, disk: Storage, erased: Erased, step: Step) -> bool:
    """Every live file once; True if one was rewritten by somebody else meanwhile."""
    table = open_table(root)
    known = read_columns(table.schema())
    files = list_live_files(table)
    refused = False
    for done, file in enumerate(files, start=1):
        rows = _read_deciding(root, file.path, file.bytes, known, key)
        if rows is not None and pc.any(match_rows(rows, key)).as_py():
            refused |= not _erase(root, file, key, disk, erased)
        step(done / len(files))
    return refused


def _erase(root: Place, file: LiveFile, key: RowKey, disk: Storage, erased: Erased) -> bool:
    table = open_table(root)
    if file.path not in {live.path for live in list_live_files(table)}:
        return False
    rows, _ = read_stored_rows(root, file)
    doomed = match_rows(_name_logically(rows, read_columns(table.schema())), key)
    kept = rows.filter(pc.invert(doomed))
    kind = FileKind.DAY if read_kind(file.path) is FileKind.DAY else FileKind.RUN
    added = [write_rewrite(root, kept, disk, kind=kind, day=file.day, attempts=[])] if kept.num_rows else []
    if not commit_rewrite(root, table, added, [file], disk, is_change=True):
        return False
    disk.remove(root / file.path)
    erased.rows += file.row_count - kept.num_rows
    erased.files_deleted += 1
    erased.days.add(file.day)
    return True


def _drop_unlisted(root: Place, key: RowKey, disk: Storage, erased: Erased) -> None:
    """Files that merges have replaced and those of killed writers hold the rows as well."""
    table = open_table(root)
    known = read_columns(table.schema())
    live = {file.path for file in list_live_files(table)}
    removed = list_removed(table)
    limit = read_store_time(root, disk) - STRAY_SECONDS
    for stored in list_stored_files(root):
        if stored.path in live:
            continue
        try:
            rows = _read_deciding(root, stored.path, stored.size, known, key)
        except (OSError, pa.ArrowException):
            erased.left.append(stored.path)
            continue
        if rows is None or not pc.any(match_rows(rows, key)).as_py():
            continue
        if stored.path in removed or stored.modified_s < limit:
            disk.remove(root / stored.path)
            erased.files_deleted += 1
        else:
            erased.left.append(stored.path)


def _read_deciding(
    root: Place, path: str, size: int, known: dict[str, StoredColumn], key: RowKey
) -> pa.Table | None:
    """The columns that decide, under logical names; None where the file has none of them."""
    with open_data_file(open_bytes(root / path, size)) as reader:
        present = set(reader.schema_arrow.names)
        wanted = [known[name].physical for name in key.columns if name in known]
        wanted = [name for name in wanted if name in present]
        if not wanted:
            return None
        return _name_logically(reader.read(columns=wanted, use_threads=False), known)


def _name_logically(rows: pa.Table, known: dict[str, StoredColumn]) -> pa.Table:
    names = {column.physical: column.logical for column in known.values()}
    return rows.rename_columns([names.get(name, name) for name in rows.column_names])
