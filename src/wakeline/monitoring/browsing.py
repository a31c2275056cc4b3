"""Looks into a connection below its root: folders, and log tables recognised by their `_delta_log`.

Nothing above the root is ever read: `..` is refused, and so is a link that leads out. Paths are as on disk,
escaped; names are as they were given.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from wakeline.core.errors import InvalidInputError, NotFoundError, WakelineError
from wakeline.loglake.names import unescape_name
from wakeline.loglake.window import LogSnapshot

ENTRIES_MAX = 10_000
COUNTED_TABLES_MAX = 50
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


def browse(root: Path, path: str) -> Listing:
    """What stands under `path` of a connection; a root that does not exist yet is an empty one."""
    folder = locate_below(root, path)
    place = "/".join(split_path(path))
    if not folder.is_dir():
        if not place:
            return Listing(place, EntryKind.FOLDER, ())
        raise NotFoundError(f"the connection has no folder {place!r}")
    if is_log_table(folder):
        return Listing(place, EntryKind.LOG_TABLE, ())
    return Listing(place, EntryKind.FOLDER, tuple(_list_entries(root, folder, place)))


def split_path(path: str) -> list[str]:
    """The segments of a path on a connection; raises `InvalidInputError` for one that could lead out."""
    segments = [segment for segment in path.split("/") if segment]
    for segment in segments:
        decoded = unescape_name(segment)
        if {segment, decoded} & {".", ".."} or any(sign in decoded for sign in "\\\0"):
            raise InvalidInputError(
                f"the path {path!r} is refused for its segment {segment!r}; "
                "expected names of folders below the connection's root"
            )
    return segments


def locate_below(root: Path, path: str) -> Path:
    """The place on disk, links followed; it may not exist."""
    top = root.resolve()
    place = top.joinpath(*split_path(path)).resolve()
    if not place.is_relative_to(top):
        raise InvalidInputError(f"the path {path!r} leads out of the connection's root")
    return place


def is_log_table(folder: Path) -> bool:
    return (folder / _LOG_FOLDER).is_dir()


def _list_entries(root: Path, folder: Path, place: str) -> Iterator[Entry]:
    counted, top = 0, root.resolve()
    for child in sorted(folder.iterdir())[:ENTRIES_MAX]:
        inside = child.is_dir() and child.resolve().is_relative_to(top)
        if not inside or child.name.startswith("."):
            continue
        path = f"{place}/{child.name}" if place else child.name
        if is_log_table(child):
            counted += 1
            row_count = _count_rows(child) if counted <= COUNTED_TABLES_MAX else None
            yield Entry(unescape_name(child.name), EntryKind.LOG_TABLE, path, row_count)
        else:
            yield Entry(unescape_name(child.name), EntryKind.FOLDER, path)


def _count_rows(table: Path) -> int | None:
    """None for a table that cannot be read: one broken neighbour does not hide the others."""
    try:
        return LogSnapshot.open(table).count()
    except WakelineError:
        return None
