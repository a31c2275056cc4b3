"""`counters.sqlite` of a spool folder: what is left of removed and broken files.

Holds the totals, dead letters and identifiers of every file that was drained and removed, and one row for
every file that was set aside. Written by the shipper only, and always before the file goes.
"""

import logging
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from wakeline.core.errors import UnavailableError
from wakeline.core.event import Stream
from wakeline.core.limits import SPOOL_DEAD_LETTERS_KEPT_MAX
from wakeline.spool import identifiers as ids
from wakeline.spool.layout import primary_code
from wakeline.spool.ledger import StreamTotals

_Result = TypeVar("_Result")
_LOGGER = logging.getLogger(__name__)
_BUSY_SECONDS = 10.0
_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_FILE_NAME = "counters.sqlite"
_TABLES = """
CREATE TABLE IF NOT EXISTS totals (
  producer TEXT NOT NULL, topic TEXT NOT NULL, routing_key TEXT NOT NULL, endpoint TEXT NOT NULL,
  reason TEXT NOT NULL, events INTEGER NOT NULL,
  PRIMARY KEY (producer, topic, routing_key, endpoint, reason)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS dead_letters (
  producer TEXT NOT NULL, topic TEXT NOT NULL, routing_key TEXT NOT NULL, endpoint TEXT NOT NULL,
  position INTEGER NOT NULL, reason TEXT NOT NULL, message TEXT NOT NULL, at_us INTEGER NOT NULL,
  payload BLOB NOT NULL, UNIQUE (producer, topic, routing_key, endpoint, position)
);
CREATE TABLE IF NOT EXISTS identifiers (id BLOB PRIMARY KEY, at_us INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS broken (
  name TEXT PRIMARY KEY, reason TEXT NOT NULL, events_max INTEGER NOT NULL, bytes INTEGER NOT NULL
);
"""
SHIPPED = "shipped"
"""Among the reasons of `totals`; the others are those of drops."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event that the server refused for good, kept as it was."""

    stream: Stream
    offset: int
    reason: str
    message: str
    at_us: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class FolderTotals:
    """Of removed files: events by `shipped` or drop reason. `broken_files` were set aside, holding at most
    `broken_events_max` events that were safe on the disk once."""

    events: dict[str, int]
    broken_files: int
    broken_events_max: int


def counters_path(folder: Path) -> Path:
    return folder / _FILE_NAME


def record_removed(
    folder: Path,
    producer: str,
    totals: Sequence[StreamTotals],
    letters: Sequence[DeadLetter],
    identifiers: Sequence[ids.Entry],
    *,
    now_us: int,
) -> None:
    """Takes over everything that a drained file still knows; doing it twice changes nothing."""

    def record(connection: sqlite3.Connection) -> None:
        for entry in totals:
            stream = entry.stream
            counts = {SHIPPED: entry.shipped, **entry.dropped}
            connection.executemany(
                "INSERT OR REPLACE INTO totals VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (producer, stream.topic, stream.routing_key, stream.endpoint, reason, events)
                    for reason, events in counts.items()
                ],
            )
        connection.executemany(
            "INSERT OR IGNORE INTO dead_letters VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    producer,
                    letter.stream.topic,
                    letter.stream.routing_key,
                    letter.stream.endpoint,
                    letter.offset,
                    letter.reason,
                    letter.message,
                    letter.at_us,
                    letter.payload,
                )
                for letter in letters
            ],
        )
        connection.execute(
            "DELETE FROM dead_letters WHERE rowid <= (SELECT max(rowid) FROM dead_letters) - ?",
            (SPOOL_DEAD_LETTERS_KEPT_MAX,),
        )
        ids.store(connection, identifiers)
        ids.delete_old(connection, now_us)

    _transact(folder, record)


def record_broken(folder: Path, name: str, reason: str, events_max: int, size: int) -> None:
    _transact(
        folder,
        lambda connection: connection.execute(
            "INSERT OR REPLACE INTO broken VALUES (?, ?, ?, ?)", (name, reason, events_max, size)
        ),
    )


def read_totals(folder: Path) -> FolderTotals:
    if not counters_path(folder).exists():
        return FolderTotals({}, 0, 0)
    return _transact(folder, _read_totals)


def read_totals_by_producer(folder: Path) -> list[tuple[str, Stream, str, int]]:
    """Of removed files: producer, stream, `shipped` or a drop reason, events."""
    if not counters_path(folder).exists():
        return []
    rows = _transact(
        folder,
        lambda connection: connection.execute(
            "SELECT producer, topic, routing_key, endpoint, reason, events FROM totals"
        ).fetchall(),
    )
    return [(row[0], Stream(*row[1:4]), row[4], row[5]) for row in rows]


def list_dead_letters(folder: Path) -> list[DeadLetter]:
    """Those of removed files."""
    if not counters_path(folder).exists():
        return []
    rows = _transact(
        folder,
        lambda connection: connection.execute(
            "SELECT topic, routing_key, endpoint, position, reason, message, at_us, payload FROM dead_letters"
        ).fetchall(),
    )
    return [DeadLetter(Stream(*row[:3]), *row[3:]) for row in rows]


def _read_totals(connection: sqlite3.Connection) -> FolderTotals:
    events = dict(connection.execute("SELECT reason, sum(events) FROM totals GROUP BY reason").fetchall())
    files, most = connection.execute("SELECT count(*), coalesce(sum(events_max), 0) FROM broken").fetchone()
    return FolderTotals(events, files, most)


def _transact(folder: Path, act: Callable[[sqlite3.Connection], _Result]) -> _Result:
    """One transaction. Counters that are damaged, and only those, are renamed, reported, and begun anew.

    Raises `UnavailableError` for what passes: a lock, a full disk, too many open files.
    """
    path = counters_path(folder)
    try:
        try:
            return _attempt(path, act)
        except sqlite3.DatabaseError as error:
            if primary_code(error) not in _DAMAGE:
                raise
            _set_aside(path, error)
            return _attempt(path, act)
    except sqlite3.Error as error:
        raise UnavailableError(f"{path} cannot be used just now: {error}") from error


def _attempt(path: Path, act: Callable[[sqlite3.Connection], _Result]) -> _Result:
    connection = sqlite3.connect(path, isolation_level=None, timeout=_BUSY_SECONDS)
    try:
        connection.executescript(_TABLES)
        connection.execute("BEGIN IMMEDIATE")
        result = act(connection)
        connection.execute("COMMIT")
        return result
    finally:
        connection.close()


def _set_aside(path: Path, error: sqlite3.Error) -> None:
    aside = path.with_name(f"{path.name}.broken-{time.time_ns()}")
    _LOGGER.error("%s cannot be read (%s); it is kept as %s", path, error, aside.name)
    path.rename(aside)
