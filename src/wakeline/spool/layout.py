"""A spool file on disk: its names, its tables, how it is opened and how a transaction begins.

One SQLite file in WAL mode per producer. Nobody lets SQLite checkpoint by itself while the owner lives, and
no lock is ever taken on the database file but SQLite's own.
"""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wakeline.core.errors import BrokenFileError, UnavailableError

SUFFIX = ".spool"
PAGE_BYTES = 4096
APPLICATION_ID = 0x57414B45
FORMAT_VERSION = 1
OFFSET_BITS = 48
OFFSET_MAX = (1 << OFFSET_BITS) - 1

CREATING_SUFFIX = ".creating"
_SYNCHRONOUS = "NORMAL"
_BUSY_SECONDS_MAX = 10.0
_BUSY_PAUSE_SECONDS = 0.000_1
_PASSING = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_PROTOCOL,
    }
)
_TABLES = """
CREATE TABLE streams (
  id INTEGER PRIMARY KEY, topic TEXT NOT NULL, routing_key TEXT NOT NULL, endpoint TEXT NOT NULL,
  acknowledged INTEGER NOT NULL DEFAULT 0, alias TEXT, replaces TEXT,
  UNIQUE (topic, routing_key, endpoint)
);
CREATE TABLE groups (
  id INTEGER PRIMARY KEY, last INTEGER NOT NULL, sequence INTEGER NOT NULL, at_us INTEGER NOT NULL,
  checksum INTEGER NOT NULL, payload BLOB NOT NULL
);
CREATE TABLE drops (
  stream INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY (stream, first)
) WITHOUT ROWID;
CREATE TABLE counts (
  stream INTEGER NOT NULL, reason TEXT NOT NULL, events INTEGER NOT NULL, PRIMARY KEY (stream, reason)
) WITHOUT ROWID;
CREATE TABLE claims (
  stream INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, rules_version INTEGER NOT NULL,
  PRIMARY KEY (stream, first)
) WITHOUT ROWID;
CREATE TABLE dead_letters (
  stream INTEGER NOT NULL, position INTEGER NOT NULL, reason TEXT NOT NULL, message TEXT NOT NULL,
  at_us INTEGER NOT NULL, payload BLOB NOT NULL, PRIMARY KEY (stream, position)
);
CREATE TABLE identifiers (id BLOB PRIMARY KEY, at_us INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE settings (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""


def spool_path(folder: Path, producer: str) -> Path:
    return folder / (producer + SUFFIX)


def wal_path(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def lock_path(path: Path) -> Path:
    return path.with_name(path.name + ".lock")


def companions(path: Path) -> tuple[Path, ...]:
    """The file and all that belongs to it; the lock comes last."""
    return (path, wal_path(path), path.with_name(path.name + "-shm"), lock_path(path))


def list_spools(folder: Path) -> list[Path]:
    """Every finished spool file of a folder."""
    return sorted(path for path in folder.glob("*" + SUFFIX) if path.is_file())


def group_id(stream_id: int, first: int) -> int:
    """Orders groups by stream, then offset, without an index of its own."""
    return stream_id << OFFSET_BITS | first


def first_of(group: int) -> int:
    return group & OFFSET_MAX


def create_file(path: Path, rules_version: int) -> None:
    """Builds the whole file under another name first: a `.spool` file is never half made."""
    growing = path.with_name(path.name + CREATING_SUFFIX)
    connection = sqlite3.connect(growing, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute(f"PRAGMA page_size={PAGE_BYTES}")
        connection.execute("PRAGMA auto_vacuum=NONE")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version={FORMAT_VERSION}")
        connection.executescript("BEGIN;" + _TABLES + "COMMIT;")
        connection.execute("INSERT INTO settings VALUES ('rules_version', ?)", (rules_version,))
    finally:
        connection.close()
    sync_file(growing)
    growing.rename(path)
    sync_folder(path.parent)


def open_file(path: Path) -> sqlite3.Connection:
    """A connection that never waits inside SQLite, never checkpoints and never wipes what is deleted."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=0,
    )
    try:
        connection.execute(f"PRAGMA synchronous={_SYNCHRONOUS}")
        connection.execute("PRAGMA wal_autocheckpoint=0")
        connection.execute("PRAGMA secure_delete=OFF")
        connection.execute("PRAGMA temp_store=MEMORY")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def check_format(connection: sqlite3.Connection, path: Path) -> None:
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if (application, version) != (APPLICATION_ID, FORMAT_VERSION):
        raise BrokenFileError(
            f"{path} is not a spool file of format {FORMAT_VERSION}: found application {application:#x}, "
            f"format {version}"
        )


@contextmanager
def immediate(connection: sqlite3.Connection) -> Iterator[None]:
    """A write transaction; another writer is waited for in short pauses, as its transactions are short."""
    begin_immediate(connection)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def begin_immediate(connection: sqlite3.Connection) -> None:
    deadline: float | None = None
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
            return
        except sqlite3.OperationalError as error:
            if not is_busy(error):
                raise
            now = time.monotonic()
            deadline = now + _BUSY_SECONDS_MAX if deadline is None else deadline
            if now > deadline:
                raise
            time.sleep(_BUSY_PAUSE_SECONDS)


@contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """Several reads that see one state."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        if connection.in_transaction:
            connection.execute("COMMIT")


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """SQLite's errors in our words: a damaged file is `BrokenFileError`; what the machine may get over, such
    as a full disk or too many open files, is `UnavailableError`."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        is_short = getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_IOERR_SHORT_READ
        if primary_code(error) in _PASSING and not is_short:
            raise UnavailableError(f"the spool file {path} cannot be used just now: {error}") from error
        raise BrokenFileError(f"the spool file {path} cannot be read: {error}") from error


def primary_code(error: sqlite3.Error) -> int:
    """SQLite's primary result code; 1 (a plain error) where Python's own check raised."""
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return code & 0xFF


def is_busy(error: sqlite3.Error) -> bool:
    return primary_code(error) == sqlite3.SQLITE_BUSY


def live_bytes(connection: sqlite3.Connection) -> int:
    """Bytes of the pages in use; pages set free by deletes do not count."""
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (free,) = connection.execute("PRAGMA freelist_count").fetchone()
    return int(pages - free) * PAGE_BYTES


def sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
