"""Identifiers of events that must be stored once: kept for seven days in the same transaction as the event.

They outlive their file: a new file takes over those of its folder, a removed one leaves them in
`counters.sqlite`. Only digests are kept, of stream and identifier together.
"""

import hashlib
import logging
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from wakeline.core.event import Stream
from wakeline.core.limits import IDEMPOTENCY_KEPT_SECONDS
from wakeline.spool.layout import immediate, list_spools, open_file

_LOGGER = logging.getLogger(__name__)
_DIGEST_BYTES = 16
_FORGOTTEN_AT_ONCE = 1_000
_KEPT_US = IDEMPOTENCY_KEPT_SECONDS * 1_000_000

Entry = tuple[bytes, int]
"""A digest and when it was stored (µs)."""


def digest(stream: Stream, identifier: str) -> bytes:
    text = "\0".join((stream.topic, stream.routing_key, stream.endpoint, identifier))
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=_DIGEST_BYTES).digest()


def is_stored(connection: sqlite3.Connection, identifier: bytes) -> bool:
    row = connection.execute("SELECT 1 FROM identifiers WHERE id = ?", (identifier,)).fetchone()
    return row is not None


def store(connection: sqlite3.Connection, entries: Iterable[Entry]) -> None:
    """Runs inside the caller's transaction."""
    connection.executemany("INSERT OR IGNORE INTO identifiers VALUES (?, ?)", entries)


def list_fresh(connection: sqlite3.Connection, now_us: int) -> Iterable[Entry]:
    return connection.execute("SELECT id, at_us FROM identifiers WHERE at_us > ?", (now_us - _KEPT_US,))


def delete_old(connection: sqlite3.Connection, now_us: int) -> None:
    """Runs inside the caller's transaction."""
    connection.execute("DELETE FROM identifiers WHERE at_us <= ?", (now_us - _KEPT_US,))


def forget_old(path: Path, now_us: int) -> None:
    """Deletes them from a file whose owner goes on committing: it waits for no more than a few at a time."""
    connection = open_file(path)
    try:
        query = "SELECT id FROM identifiers WHERE at_us <= ?"
        old = connection.execute(query, (now_us - _KEPT_US,)).fetchall()
        for start in range(0, len(old), _FORGOTTEN_AT_ONCE):
            with immediate(connection):
                entries = old[start : start + _FORGOTTEN_AT_ONCE]
                connection.executemany("DELETE FROM identifiers WHERE id = ?", entries)
    finally:
        connection.close()


def take_over(connection: sqlite3.Connection, folder: Path, own: Path, counters: Path, now_us: int) -> None:
    """Copies what the folder's other files know; a broken one is reported and passed over.

    The counters are read last: a file that is removed meanwhile has left its identifiers there.
    """
    for path in [*(path for path in list_spools(folder) if path != own), counters]:
        if not path.exists():
            continue
        try:
            _copy(connection, path, now_us)
        except sqlite3.Error as error:
            _LOGGER.warning("identifiers of %s cannot be read (%s); repeats of them will count", path, error)


def _copy(connection: sqlite3.Connection, path: Path, now_us: int) -> None:
    source = open_file(path)
    source.execute("PRAGMA busy_timeout=5000")
    try:
        with immediate(connection):
            store(connection, list_fresh(source, now_us))
    finally:
        source.close()
