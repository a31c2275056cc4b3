"""Requests and responses that inference servers log apart, kept on the disk until they are joined.

A file of its own beside the spool, written with fsync before a half is answered. A half is *done* once its
row is in the spool; what was done is remembered for seven days, so that a repetition is known. That a half
shall have a row of its own is written down before it gets one, so that no crash joins it afterwards.
"""

import hashlib
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from wakeline.core.errors import UnavailableError
from wakeline.core.event import Stream
from wakeline.core.limits import HALVES_BYTES_MAX, IDEMPOTENCY_KEPT_SECONDS

_KEPT_US = IDEMPOTENCY_KEPT_SECONDS * 1_000_000
_BUSY_SECONDS = 10.0
_TABLES = """
CREATE TABLE IF NOT EXISTS halves (
  pair BLOB NOT NULL, side INTEGER NOT NULL, topic TEXT NOT NULL, routing_key TEXT NOT NULL,
  endpoint TEXT NOT NULL, at_us INTEGER NOT NULL, state INTEGER NOT NULL, payload BLOB,
  PRIMARY KEY (pair, side)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS waiting ON halves (at_us) WHERE state <> 1;
"""


class _State(IntEnum):
    WAITING = 0
    DONE = 1
    ALONE = 2


class Side(IntEnum):
    REQUEST = 0
    RESPONSE = 1

    @property
    def word(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Half:
    side: Side
    payload: bytes


@dataclass(frozen=True, slots=True)
class Pair:
    """`halves` are those that wait; `done` are the sides that have a row of their own, or will have."""

    key: bytes
    stream: Stream
    halves: tuple[Half, ...]
    done: tuple[Side, ...] = ()

    @property
    def is_due(self) -> bool:
        """Nothing more is to be waited for."""
        return bool(self.halves) and len(self.halves) + len(self.done) == len(Side)


def name_pair(stream: Stream, identifier: str) -> bytes:
    text = "\0".join((stream.topic, stream.routing_key, stream.endpoint, identifier))
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest()


class Halves:
    """May be used by several threads, and by the gateway that follows on this one."""

    def __init__(self, path: Path, *, bytes_max: int = HALVES_BYTES_MAX) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(
            path, isolation_level=None, timeout=_BUSY_SECONDS, check_same_thread=False
        )
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute("PRAGMA secure_delete=ON")
        self._connection.executescript(_TABLES)
        self._lock = threading.Lock()
        self._bytes_max = bytes_max
        query = "SELECT coalesce(sum(length(payload)), 0) FROM halves WHERE state <> 1"
        self._held_bytes = int(self._connection.execute(query).fetchone()[0])

    def keep(self, key: bytes, stream: Stream, half: Half, now_us: int) -> tuple[Pair, bool]:
        """The pair as it is on the disk now, and whether this half was new."""
        with self._transact():
            known = self._connection.execute(
                "SELECT 1 FROM halves WHERE pair = ? AND side = ?", (key, half.side)
            ).fetchone()
            if known is None:
                self._check_room(len(half.payload))
                self._connection.execute(
                    "INSERT INTO halves VALUES (?, ?, ?, ?, ?, ?, 0, ?)",
                    (key, half.side, stream.topic, stream.routing_key, stream.endpoint, now_us, half.payload),
                )
                self._held_bytes += len(half.payload)
            return self._read(key, stream), known is None

    def finish(self, pair: Pair) -> None:
        """The rows of the pair's halves are in the spool, and on the disk."""
        with self._transact():
            for half in pair.halves:
                done = self._connection.execute(
                    "UPDATE halves SET state = 1, payload = NULL WHERE pair = ? AND side = ? AND state <> 1",
                    (pair.key, half.side),
                )
                self._held_bytes -= done.rowcount * len(half.payload)

    def list_due(self, before_us: int) -> list[Pair]:
        """Pairs that are complete, and halves that came before `before_us`, which now stay alone; some at a
        time."""
        query = """SELECT DISTINCT pair, topic, routing_key, endpoint FROM halves h WHERE state <> 1 AND (
            state = 2 OR at_us <= ?
            OR EXISTS (SELECT 1 FROM halves o WHERE o.pair = h.pair AND o.side <> h.side)) LIMIT 100"""
        with self._transact():
            rows = self._connection.execute(query, (before_us,)).fetchall()
            return [pair for key, *names in rows for pair in self._decide(key, Stream(*names))]

    def _decide(self, key: bytes, stream: Stream) -> list[Pair]:
        alone = self._read(key, stream, _State.ALONE)
        waiting = self._read(key, stream)
        if waiting.halves and not waiting.is_due:
            self._connection.execute("UPDATE halves SET state = 2 WHERE pair = ? AND state = 0", (key,))
        return [pair for pair in (alone, waiting) if pair.halves]

    def forget(self, now_us: int) -> None:
        with self._transact():
            self._connection.execute(
                "DELETE FROM halves WHERE state = 1 AND at_us <= ?", (now_us - _KEPT_US,)
            )

    def count_waiting(self) -> int:
        with self._lock:
            return int(self._connection.execute("SELECT count(*) FROM halves WHERE state <> 1").fetchone()[0])

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _read(self, key: bytes, stream: Stream, state: _State = _State.WAITING) -> Pair:
        rows = self._connection.execute(
            "SELECT side, state, payload FROM halves WHERE pair = ? ORDER BY side", (key,)
        ).fetchall()
        return Pair(
            key,
            stream,
            tuple(Half(Side(side), payload) for side, found, payload in rows if found == state),
            tuple(Side(side) for side, found, _ in rows if found != state),
        )

    def _check_room(self, size: int) -> None:
        if self._held_bytes + size > self._bytes_max:
            raise UnavailableError(
                f"{self._held_bytes} bytes of requests and responses wait for their other halves, and at "
                f"most {self._bytes_max} are kept; try again later"
            )

    @contextmanager
    def _transact(self) -> Iterator[None]:
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    yield
                except BaseException:
                    self._connection.execute("ROLLBACK")
                    raise
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                raise UnavailableError(f"halves of events cannot be kept just now: {error}") from error
