"""Deleting files that no version of a table needs any more: replaced ones, and those of killed writers.

Nothing younger than seven days goes, by the clock of the store itself: a write may be that old. Nor does what
was replaced within that time: where a day has a rewritten file that is younger, all of its old files stay.
Refuses to touch anything that is not a data file in a day's folder.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import obstore
from deltalake import DeltaTable

from wakeline.core.ids import mint_attempt_id
from wakeline.loglake.file_names import FileKind, read_kind
from wakeline.loglake.place import ObjectPlace, Place
from wakeline.loglake.rewrite import list_live_files
from wakeline.loglake.storage import Storage, open_store, telling
from wakeline.loglake.table import open_table

KEPT_HOURS = 7 * 24

_DATA_FILE = re.compile(r"day=[^/]+/[^/]+\.parquet")
_HOUR_SECONDS = 3600.0


def vacuum(root: Place, disk: Storage, *, kept_hours: float = KEPT_HOURS) -> list[str]:
    """The paths that were deleted, relative to the table's folder."""
    table = open_table(root)
    live = {file.path for file in list_live_files(table)}
    kept = live | _list_removed_lately(table, kept_hours)
    limit = read_store_time(root, disk) - kept_hours * _HOUR_SECONDS
    stored = list_stored_files(root)
    rewritten = {
        _name_folder(file.path)
        for file in stored
        if file.path in live and read_kind(file.path) is not FileKind.PART and file.modified_s >= limit
    }
    doomed = [
        file.path
        for file in stored
        if file.modified_s < limit and file.path not in kept and _name_folder(file.path) not in rewritten
    ]
    for path in doomed:
        disk.remove(root / path)
    return doomed


@dataclass(frozen=True, slots=True, order=True)
class StoredFile:
    """A data file as the store has it, whatever the log says; the time is by the store's clock."""

    path: str
    modified_s: float
    size: int


def list_stored_files(root: Place) -> list[StoredFile]:
    """Every data file below the table's folder, listed or not, by path."""
    if isinstance(root, Path):
        return sorted(_list_on_disk(root))
    prefix = root.key + "/"
    with telling(root):
        entries = [entry for batch in obstore.list(open_store(root.bucket), prefix) for entry in batch]
    found = [
        StoredFile(entry["path"].removeprefix(prefix), entry["last_modified"].timestamp(), entry["size"])
        for entry in entries
    ]
    return sorted(file for file in found if _DATA_FILE.fullmatch(file.path))


def read_store_time(root: Place, disk: Storage) -> float:
    """Seconds of now as the store sees it: the time that it gives a file written beside the table."""
    probe = root.with_name(f".{root.name}.clock-{mint_attempt_id()}")
    disk.write_new(probe, datetime.now(UTC).isoformat().encode())
    try:
        if isinstance(probe, ObjectPlace):
            with telling(probe):
                return obstore.head(open_store(probe.bucket), probe.key)["last_modified"].timestamp()
        return probe.stat().st_mtime
    finally:
        disk.remove(probe)


def _name_folder(path: str) -> str:
    return path.partition("/")[0]


def _list_removed_lately(table: DeltaTable, kept_hours: float) -> set[str]:
    """What commits took out of the table within the time, as far as the log still tells."""
    return list_removed(table) - list_removed(table, int(kept_hours))


def list_removed(table: DeltaTable, hours: int = 0) -> set[str]:
    """What commits took out of the table at least so many hours ago."""
    return set(table.vacuum(retention_hours=hours, dry_run=True, enforce_retention_duration=False))


def _list_on_disk(root: Path) -> Iterator[StoredFile]:
    for path in root.glob("*/*.parquet"):
        name = path.relative_to(root).as_posix()
        with suppress(FileNotFoundError):
            found = path.stat()
            if _DATA_FILE.fullmatch(name):
                yield StoredFile(name, found.st_mtime, found.st_size)
