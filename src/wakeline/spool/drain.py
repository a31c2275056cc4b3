"""The reading side of a spool file: what to send next, what is under way, what is settled.

Used by one shipper at a time, from one thread. A range is claimed before it is sent and a claim outlives the
shipper; only offsets that are safe on the disk are claimed. Removal happens under the owner's lock only,
once everything is settled and the counters are moved.
"""

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from wakeline.core.clock import Clock, SystemClock
from wakeline.core.errors import BrokenFileError, NotFoundError
from wakeline.core.event import DroppedRange, DropReason, Stream
from wakeline.core.faults import stop_at
from wakeline.core.ids import mint_producer_id
from wakeline.core.limits import SPOOL_DEAD_LETTERS_KEPT_MAX
from wakeline.spool import identifiers as ids
from wakeline.spool.counters import DeadLetter, record_removed
from wakeline.spool.cut import find_cut, find_holes
from wakeline.spool.group import seed_of, unpack_group
from wakeline.spool.layout import (
    OFFSET_MAX,
    check_format,
    companions,
    first_of,
    group_id,
    immediate,
    live_bytes,
    lock_path,
    open_file,
    snapshot,
    translated,
    wal_path,
)
from wakeline.spool.ledger import (
    StreamRow,
    StreamTotals,
    declare_drop,
    declare_lost,
    find_appended,
    find_claimed,
    find_stream,
    floor_group,
    list_drops,
    list_streams,
    settle,
    total,
)
from wakeline.spool.owner import OwnerLock, read_durable, try_lock

_LOGGER = logging.getLogger(__name__)
_SWEEP_GROUPS = 64
_OWNED_CHECKPOINT_PAGES = 1000


@dataclass(frozen=True, slots=True)
class Claim:
    """Offsets `first`..`last` of a stream, under way; resent unchanged until acknowledged."""

    stream: Stream
    first: int
    last: int
    rules_version: int = 0


@dataclass(frozen=True, slots=True)
class Identity:
    """The producer id under which a stream is sent; `replaces` are the former ones since the last that was
    acknowledged, because each of them may have reached the table."""

    producer: str
    replaces: tuple[str, ...]


class Drain:
    """One spool file, read by the shipper."""

    @classmethod
    def open(cls, path: Path, *, clock: Clock | None = None) -> "Drain":
        """Raises `NotFoundError` where there is no file, `BrokenFileError` where it is none of ours.

        Where the owner is gone, its lock is held from here on, and events that were safe on the disk once
        and are missing now are declared lost.
        """
        if not path.exists():
            raise NotFoundError(f"there is no spool file {path}")
        owned = try_lock(lock_path(path))
        try:
            _sync_log(path)
            with translated(path):
                connection = open_file(path)
                check_format(connection, path)
                drain = cls(path, connection, owned, clock or SystemClock())
                if owned:
                    drain._adopt()
        except BaseException:
            if owned:
                owned.release()
            raise
        return drain

    def __init__(
        self, path: Path, connection: sqlite3.Connection, owned: OwnerLock | None, clock: Clock
    ) -> None:
        self.path = path
        self.producer = path.stem
        self._seed = seed_of(path.stem)
        self._connection = connection
        self._owned = owned
        self._clock = clock
        self._names: dict[int, Stream] = {}
        self._final: dict[Stream, int] | None = None

    def close(self) -> None:
        self._connection.close()
        if self._owned:
            self._owned.release()
            self._owned = None

    def streams(self) -> list[Stream]:
        with translated(self.path):
            return [row.stream for row in list_streams(self._connection)]

    def safe_offsets(self) -> dict[Stream, int]:
        """The last offset of each stream that may be sent. Cheap enough to be asked many times a second."""
        if self._owned:
            if self._final is None:
                with translated(self.path), snapshot(self._connection):
                    rows = list_streams(self._connection)
                    self._final = {row.stream: find_appended(self._connection, row) for row in rows}
            return self._final
        durable = read_durable(lock_path(self.path))
        if not durable.keys() <= self._names.keys():
            with translated(self.path):
                self._names = {row.id: row.stream for row in list_streams(self._connection)}
        return {self._names[id_]: offset for id_, offset in durable.items() if id_ in self._names}

    def claimed(self, stream: Stream) -> int:
        """The last offset that is claimed or acknowledged."""
        with translated(self.path):
            return find_claimed(self._connection, find_stream(self._connection, stream))

    def claim(
        self, stream: Stream, *, events_max: int, bytes_max: int, rules_version: int = 0
    ) -> Claim | None:
        """The next unclaimed range that is safe on the disk, or None; written down before it is returned.

        The range is found without a lock: whatever the owner drops meanwhile stays in the range, declared.
        """
        with translated(self.path):
            with snapshot(self._connection):
                row = find_stream(self._connection, stream)
                first = find_claimed(self._connection, row) + 1
                durable = OFFSET_MAX if self._owned else read_durable(lock_path(self.path)).get(row.id, 0)
                last = find_cut(
                    self._connection,
                    row.id,
                    first,
                    durable=durable,
                    events_max=events_max,
                    bytes_max=bytes_max,
                )
            if last < first:
                return None
            with immediate(self._connection):
                if find_claimed(self._connection, row) != first - 1:
                    raise AssertionError(f"{stream} was claimed by somebody else; one shipper a folder")
                version = max(rules_version, self._rules_version())
                self._connection.execute(
                    "INSERT INTO claims VALUES (?, ?, ?, ?)", (row.id, first, last, version)
                )
        stop_at("shipper.claimed")
        return Claim(stream, first, last, version)

    def claims(self, stream: Stream) -> list[Claim]:
        """What is under way, in order; survives a restart and is to be sent again as it is."""
        with translated(self.path):
            row = find_stream(self._connection, stream)
            rows = self._connection.execute(
                "SELECT first, last, rules_version FROM claims WHERE stream = ? ORDER BY first", (row.id,)
            )
            return [Claim(stream, *entry) for entry in rows]

    def read(self, claim: Claim) -> list[tuple[int, bytes]]:
        """The claim's events with their offsets, without those dropped.

        A damaged group is declared lost, and so is whatever the file should hold and does not: a hole that
        nobody declares would stop its stream for ever.
        """
        with translated(self.path):
            row = find_stream(self._connection, claim.stream)
            groups = self._connection.execute(
                "SELECT id, last, checksum, payload FROM groups WHERE id BETWEEN ? AND ? ORDER BY id",
                (floor_group(self._connection, row.id, claim.first), group_id(row.id, claim.last)),
            ).fetchall()
            events = [entry for group in groups for entry in self._unpack(row, *group)]
            gone = list_drops(self._connection, row.id, claim.first, claim.last)
            claimed = [entry for entry in events if claim.first <= entry[0] <= claim.last]
            kept = _leave_out(claimed, gone)
            first = max(claim.first, row.acknowledged + 1)
            for hole in find_holes(first, claim.last, [offset for offset, _ in kept], gone):
                _LOGGER.error("%s has lost the offsets %d to %d of %s", self.path, *hole, claim.stream)
                with immediate(self._connection):
                    declare_lost(self._connection, row.id, *hole)
        return kept

    def dropped(self, stream: Stream, first: int, last: int) -> list[DroppedRange]:
        """The declared drops within a range, cut to it."""
        with translated(self.path):
            return list_drops(self._connection, find_stream(self._connection, stream).id, first, last)

    def acknowledge(self, stream: Stream, last: int) -> None:
        """Everything up to `last` is stored: claims and drops end at once, rows go in short transactions."""
        with translated(self.path):
            row = find_stream(self._connection, stream)
            with immediate(self._connection):
                last = min(last, find_claimed(self._connection, row))
                if last <= row.acknowledged:
                    return
                settle(self._connection, row, last)
                self._connection.execute("UPDATE streams SET replaces = NULL WHERE id = ?", (row.id,))
            stop_at("shipper.settled")
            self._sweep(row.id, last)

    def acknowledged(self, stream: Stream) -> int:
        with translated(self.path):
            return find_stream(self._connection, stream).acknowledged

    def dead_letter(self, stream: Stream, offset: int, reason: str, message: str) -> None:
        """Keeps the event aside, and declares its offset dropped; of many the newest are kept."""
        with translated(self.path):
            row = find_stream(self._connection, stream)
            payload = dict(self.read(Claim(stream, offset, offset))).get(offset)
            if payload is None:
                return
            with immediate(self._connection):
                self._connection.execute(
                    "INSERT INTO dead_letters VALUES (?, ?, ?, ?, ?, ?)",
                    (row.id, offset, reason, message, self._clock.now_us(), payload),
                )
                self._connection.execute(
                    "DELETE FROM dead_letters WHERE rowid <= (SELECT max(rowid) FROM dead_letters) - ?",
                    (SPOOL_DEAD_LETTERS_KEPT_MAX,),
                )
                declare_drop(self._connection, row.id, DroppedRange(offset, offset, DropReason.DEAD_LETTER))

    def dead_letters(self) -> list[DeadLetter]:
        with translated(self.path):
            rows = self._connection.execute(
                "SELECT topic, routing_key, endpoint, position, reason, message, at_us, payload"
                " FROM dead_letters JOIN streams ON streams.id = stream ORDER BY stream, position"
            )
            return [DeadLetter(Stream(*row[:3]), *row[3:]) for row in rows]

    def identity(self, stream: Stream) -> Identity:
        with translated(self.path):
            row = find_stream(self._connection, stream)
            return Identity(row.alias or self.producer, _split_ids(row.replaces))

    def replace_identity(self, stream: Stream) -> Identity:
        """A new producer id for one stream whose table has lost its state; offsets stay as they are.

        It is on the disk before it is returned: once the server knows it, it fences the one before.
        """
        with translated(self.path):
            row = find_stream(self._connection, stream)
            identity = Identity(mint_producer_id(), (*_split_ids(row.replaces), row.alias or self.producer))
            with immediate(self._connection):
                self._connection.execute(
                    "UPDATE streams SET alias = ?, replaces = ? WHERE id = ?",
                    (identity.producer, " ".join(identity.replaces), row.id),
                )
        _sync_log(self.path)
        return identity

    def totals(self) -> list[StreamTotals]:
        with translated(self.path), snapshot(self._connection):
            return [total(self._connection, row) for row in list_streams(self._connection)]

    def live_bytes(self) -> int:
        with translated(self.path):
            return live_bytes(self._connection)

    def is_owner_gone(self) -> bool:
        """Once True it stays so: the lock is kept, and the owner's log counts as the shipper's own."""
        if self._owned is None:
            self._owned = try_lock(lock_path(self.path))
            if self._owned:
                _sync_log(self.path)
                with translated(self.path):
                    self._adopt()
        return self._owned is not None

    def is_drained(self) -> bool:
        with translated(self.path), snapshot(self._connection):
            return all(
                find_appended(self._connection, row) == row.acknowledged
                for row in list_streams(self._connection)
            )

    def remove_if_drained(self) -> bool:
        """Removes the file of an owner that is gone, once everything is settled; closes the drain then."""
        if not self.is_owner_gone() or not self.is_drained():
            return False
        now_us = self._clock.now_us()
        with translated(self.path):
            fresh = list(ids.list_fresh(self._connection, now_us))
        record_removed(
            self.path.parent, self.producer, self.totals(), self.dead_letters(), fresh, now_us=now_us
        )
        stop_at("shipper.counters-moved")
        self._connection.close()
        for path in companions(self.path):
            path.unlink(missing_ok=True)
        self.close()
        return True

    def _unpack(
        self, row: StreamRow, group: int, last: int, expected: int, payload: bytes
    ) -> Iterator[tuple[int, bytes]]:
        first = first_of(group)
        try:
            return enumerate(unpack_group(payload, last - first + 1, expected, self._seed), start=first)
        except BrokenFileError:
            with immediate(self._connection):
                declare_lost(self._connection, row.id, max(first, row.acknowledged + 1), last)
            return enumerate([])

    def _rules_version(self) -> int:
        row = self._connection.execute("SELECT value FROM settings WHERE name = 'rules_version'").fetchone()
        return int(row[0]) if row else 0

    def _sweep(self, stream_id: int, acknowledged: int) -> None:
        """Short transactions: the owner's commit may be waiting."""
        while True:
            with immediate(self._connection):
                removed = self._connection.execute(
                    "DELETE FROM groups WHERE id IN (SELECT id FROM groups WHERE id BETWEEN ? AND ?"
                    " AND last <= ? ORDER BY id LIMIT ?)",
                    (group_id(stream_id, 0), group_id(stream_id, acknowledged), acknowledged, _SWEEP_GROUPS),
                ).rowcount
            if removed < _SWEEP_GROUPS:
                return

    def _adopt(self) -> None:
        """The owner is gone: checkpoints are ours, and so is the account of what its disk has lost."""
        self._connection.execute(f"PRAGMA wal_autocheckpoint={_OWNED_CHECKPOINT_PAGES}")
        durable = read_durable(lock_path(self.path))
        for row in list_streams(self._connection):
            with immediate(self._connection):
                appended = find_appended(self._connection, row)
                if appended < durable.get(row.id, 0):
                    declare_lost(self._connection, row.id, appended + 1, durable[row.id])
            self._sweep(row.id, row.acknowledged)


def _split_ids(text: str | None) -> tuple[str, ...]:
    return tuple((text or "").split())


def _leave_out(events: list[tuple[int, bytes]], ranges: list[DroppedRange]) -> list[tuple[int, bytes]]:
    """Both ascend; a range may be far longer than the events, so it is never spelled out."""
    kept: list[tuple[int, bytes]] = []
    rest = iter(ranges)
    gone = next(rest, None)
    for offset, event in events:
        while gone and gone.last < offset:
            gone = next(rest, None)
        if gone is None or offset < gone.first:
            kept.append((offset, event))
    return kept


def _sync_log(path: Path) -> None:
    """What an owner or a shipper committed and could not wait for is made safe before it is relied on."""
    try:
        descriptor = os.open(wal_path(path), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        os.fdatasync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def opened(path: Path) -> Iterator[Drain]:
    """For a look at a file: closes it whatever happens."""
    drain = Drain.open(path)
    try:
        yield drain
    finally:
        drain.close()
