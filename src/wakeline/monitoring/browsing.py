"""Looks into a connection below its root: folders, and log tables recognised by their `_delta_log`.

Nothing above the root is ever read: `..` is refused, and so is a link that leads out. Paths are as on disk,
escaped; names are as they were given.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from wakeline.core.errors import NotFoundError, UnavailableError, WakelineError
from wakeline.loglake.names import unescape_name
from wakeline.loglake.place import ObjectPlace, Place, locate_below, split_path
from wakeline.loglake.storage import ObjectStore
from wakeline.loglake.window import LogSnapshot

ENTRIES_MAX = 10_000
COUNTED_TABLES_MAX = 50
ASKED_AT_ONCE = 8
_LOG_FOLDER = "_delta_log"


class EntryKind(StrEnum):
    FOLDER = "folder"
    LOG_TABLE = "log-table"


@dataclass(frozen=True, slots=True)
class Entry:
    """`row_count` is None for a folder, and for tables beyond the first `COUNTED_TABLES_MAX`."""

    name: str
    kind: EntryKind
    path: str
    row_count: int | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """`kind` is that of the path itself; a log table has no entries."""

    path: str
    kind: EntryKind
    entries: tuple[Entry, ...]


def browse(root: Place, path: str) -> Listing:
    """What stands under `path` of a connection; a root that does not exist yet is an empty one."""
    folder = locate_below(root, path)
    place = "/".join(split_path(path))
    children = _list_children(root, folder)
    if children is None:
        if not place:
            return Listing(place, EntryKind.FOLDER, ())
        raise NotFoundError(f"the connection has no folder {place!r}")
    if _LOG_FOLDER in children:
        return Listing(place, EntryKind.LOG_TABLE, ())
    shown = [name for name in children if not name.startswith(".")][:ENTRIES_MAX]
    return Listing(place, EntryKind.FOLDER, tuple(_list_entries(folder, place, shown)))


def _list_children(root: Place, folder: Place) -> list[str] | None:
    """The names of the folders in it, sorted, those that lead out of the root left out; None: no folder."""
    if isinstance(folder, ObjectPlace):
        try:
            folders, objects = ObjectStore().list_names(folder)
        except OSError as error:
            raise UnavailableError(f"the connection cannot be looked into now: {error}") from error
        return folders if folders or objects else None
    if not isinstance(root, Path) or not folder.is_dir():
        return None
    top = root.resolve()
    return sorted(
        child.name for child in folder.iterdir() if child.is_dir() and child.resolve().is_relative_to(top)
    )


def _list_entries(folder: Place, place: str, names: Sequence[str]) -> Iterator[Entry]:
    """A store is asked about several at a time."""
    askers = ASKED_AT_ONCE if isinstance(folder, ObjectPlace) else 1
    with ThreadPoolExecutor(askers) as pool:
        are_tables = list(pool.map(lambda name: _is_log_table(folder / name), names))
        counted = [name for name, is_table in zip(names, are_tables, strict=True) if is_table]
        counted = counted[:COUNTED_TABLES_MAX]
        counts = dict(zip(counted, pool.map(lambda name: _count_rows(folder / name), counted), strict=True))
    for name, is_table in zip(names, are_tables, strict=True):
        path = f"{place}/{name}" if place else name
        kind = EntryKind.LOG_TABLE if is_table else EntryKind.FOLDER
        yield Entry(unescape_name(name), kind, path, counts.get(name))


def _is_log_table(folder: Place) -> bool:
    log = folder / _LOG_FOLDER
    if isinstance(log, Path):
        return log.is_dir()
    try:
        return any(ObjectStore().list_names(log))
    except OSError as error:
        raise UnavailableError(f"the connection cannot be looked into now: {error}") from error


def _count_rows(table: Place) -> int | None:
    """None for a table that cannot be read: one broken neighbour does not hide the others."""
    try:
        return LogSnapshot.open(table).count()
    except WakelineError:
        return None
