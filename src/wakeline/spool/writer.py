"""Writes one batch of pending events as one transaction, making room where the bound asks for it."""

import logging
import sqlite3
from pathlib import Path

from wakeline.core.clock import Clock
from wakeline.core.event import DropReason, WhenFull
from wakeline.spool import identifiers as ids
from wakeline.spool.group import checksum, pack_group, seed_of
from wakeline.spool.layout import PAGE_BYTES, group_id, immediate, open_file, primary_code, wal_path
from wakeline.spool.ledger import declare_drop
from wakeline.spool.pending import Batch, Part
from wakeline.spool.room import Room, checkpoint_bytes, drop_oldest
from wakeline.spool.upkeep import Checkpoint

_LOGGER = logging.getLogger(__name__)
_COMMIT_PAGES = 3


class Writer:
    """The only connection that appends. Not for two threads at a time."""

    def __init__(self, path: Path, bytes_max: int, when_full: WhenFull, clock: Clock) -> None:
        self.last_error: str | None = None
        self.checkpoint = Checkpoint(path, checkpoint_bytes(bytes_max))
        self.connection = open_file(path)
        self.connection.execute(f"PRAGMA journal_size_limit={checkpoint_bytes(bytes_max)}")
        self.room = Room(bytes_max, wal_path(path))
        self._name = path.name
        self._seed = seed_of(path.stem)
        self._drops_oldest = when_full is WhenFull.DROP_OLDEST
        self.clock = clock
        self._sequence = 0
        with immediate(self.connection):
            self.connection.execute("INSERT INTO settings VALUES ('opened_us', ?)", (clock.now_us(),))
        self.room.used_bytes = self.room.measure(self.connection)

    def store(self, batch: Batch) -> bool:
        """False where it went wrong; then everything in the batch has become a drop, not yet declared.

        An exception that is to end the process leaves the batch so, too, and goes on its way.
        """
        try:
            self._store(batch)
        except BaseException as error:
            is_full = isinstance(error, sqlite3.Error) and primary_code(error) == sqlite3.SQLITE_FULL
            self._report(f"the spool {self._name} could not be written: {error}")
            batch.drop_all(DropReason.SPOOL_FULL if is_full else DropReason.LOST)
            if not isinstance(error, Exception):
                raise
            return False
        for part in batch.parts:
            part.line.is_stored = True
            part.line.committed = max(part.line.committed, part.last)
        self.checkpoint.note_growth(batch.size + _COMMIT_PAGES * PAGE_BYTES)
        return True

    def close(self) -> None:
        self.checkpoint.close()
        self.connection.close()

    def _store(self, batch: Batch) -> None:
        is_crowded = not self.room.fits(0)
        if is_crowded:
            self.checkpoint.shrink()
        with immediate(self.connection):
            if is_crowded:
                self._make_room(batch)
            self._sequence += 1
            now_us = self.clock.now_us()
            for part in batch.parts:
                self._store_part(part, now_us)
            if batch.identifiers:
                ids.store(self.connection, [(entry, now_us) for entry in batch.identifiers])

    def _store_part(self, part: Part, now_us: int) -> None:
        execute, line = self.connection.execute, part.line
        if not line.is_stored:
            stream = line.stream
            execute(
                "INSERT INTO streams (id, topic, routing_key, endpoint) VALUES (?, ?, ?, ?)",
                (line.id, stream.topic, stream.routing_key, stream.endpoint),
            )
        for run in part.runs:
            payload = pack_group(run.events)
            execute(
                "INSERT INTO groups VALUES (?, ?, ?, ?, ?, ?)",
                (
                    group_id(line.id, run.first),
                    run.last,
                    self._sequence,
                    now_us,
                    checksum(payload, self._seed),
                    payload,
                ),
            )
        for dropped in part.drops:
            declare_drop(self.connection, line.id, dropped)

    def _make_room(self, batch: Batch) -> None:
        """Inside the transaction: drops the oldest; what still does not fit is dropped itself."""
        used = self.room.measure(self.connection)
        excess = used + batch.size - self.room.bytes_max
        if self._drops_oldest and excess > 0:
            drop_oldest(self.connection, excess)
            used = self.room.measure(self.connection)
            if used + batch.size > self.room.bytes_max:
                batch.drop_all(DropReason.SPOOL_FULL)
            self._report(f"the spool {self._name} is full; events are being dropped")
        self.room.used_bytes = used + batch.size

    def _report(self, message: str) -> None:
        """Logs a trouble once, however long it lasts."""
        if message != self.last_error:
            _LOGGER.error("%s", message)
        self.last_error = message
