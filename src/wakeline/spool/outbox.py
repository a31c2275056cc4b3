"""The writing side of a spool: what this process has answered and nobody has stored yet.

Knows bytes, streams and offsets, never events. After `commit` returns under `written`, a killed process
loses nothing; under `fsync`, a power loss loses nothing either. Only the process that created a file appends
to it; a fork must create its own.
"""

import logging
import os
import threading
from collections.abc import Sequence
from pathlib import Path

from wakeline.core.clock import Clock, SystemClock
from wakeline.core.errors import InvalidInputError, TooLargeError, UnavailableError
from wakeline.core.event import DropReason, Durability, Stream, WhenFull
from wakeline.core.ids import mint_producer_id
from wakeline.core.limits import (
    EVENT_BYTES_MAX,
    SPOOL_BYTES_MAX,
    SPOOL_BYTES_MIN,
    SPOOL_STREAMS_MAX,
    SPOOL_SYNC_INTERVAL_MS,
)
from wakeline.spool import forks
from wakeline.spool import identifiers as ids
from wakeline.spool.counters import counters_path
from wakeline.spool.layout import (
    create_file,
    lock_path,
    open_file,
    snapshot,
    spool_path,
    sync_folder,
    translated,
    wal_path,
)
from wakeline.spool.ledger import list_streams, total
from wakeline.spool.owner import OwnerLock, try_lock
from wakeline.spool.pending import Batch, Line, Part, join_ranges
from wakeline.spool.room import GROUP_OVERHEAD_BYTES
from wakeline.spool.totals import OutboxStatistics
from wakeline.spool.upkeep import Loop
from wakeline.spool.writer import Writer

_LOGGER = logging.getLogger(__name__)
_CHECKPOINT_INTERVAL_SECONDS = 0.25
_FORGETTING_INTERVAL_SECONDS = 3600.0
_EXIT_DISK_FAILED = 74


class Outbox:
    """One spool file of this process. `append` may be called from any thread; one caller at a time commits,
    and tells everyone whose events were pending how it went."""

    @classmethod
    def create(
        cls,
        folder: Path,
        *,
        durability: Durability,
        bytes_max: int = SPOOL_BYTES_MAX,
        when_full: WhenFull = WhenFull.DROP_OLDEST,
        rules_version: int = 0,
        clock: Clock | None = None,
        keeps_identifiers: bool = False,
        has_threads: bool = True,
    ) -> "Outbox":
        """A new file in `folder`. Without threads (tests) `synchronise` and `checkpoint` are the caller's."""
        if bytes_max < SPOOL_BYTES_MIN:
            raise InvalidInputError(f"a spool of {bytes_max} bytes is too small; {SPOOL_BYTES_MIN} or more")
        folder.mkdir(parents=True, exist_ok=True)
        path = spool_path(folder, mint_producer_id())
        lock = try_lock(lock_path(path))
        if lock is None:
            raise UnavailableError(f"{lock_path(path)} is locked by another process; start again")
        clock = clock or SystemClock()
        try:
            with translated(path):
                create_file(path, rules_version)
                outbox = cls(path, lock, durability, when_full, Writer(path, bytes_max, when_full, clock))
        except BaseException:
            lock.release()
            raise
        if keeps_identifiers:
            outbox._take_over_identifiers(clock.now_us())
        if has_threads:
            outbox._start_threads()
        return outbox

    def __init__(
        self, path: Path, owner: OwnerLock, durability: Durability, when_full: WhenFull, writer: Writer
    ) -> None:
        self.producer = path.stem
        self.path = path
        self._owner = owner
        self._durability = durability
        self._when_full = when_full
        self._writer = writer
        self._reader = open_file(path)
        # The log is one file until the end: a checkpoint rewinds or empties it, but never replaces it.
        self._log_descriptor = os.open(wal_path(path), os.O_RDONLY | os.O_CLOEXEC)
        sync_folder(path.parent)
        self._append_lock = threading.Lock()
        self._commit_lock = threading.Lock()
        self._sync_lock = threading.Lock()
        self._lines: dict[Stream, Line] = {}
        self._dirty: dict[int, Line] = {}
        self._pending_bytes = 0
        self._pending_identifiers: set[bytes] = set()
        self._committing_identifiers: set[bytes] = set()
        self._keeps_identifiers = False
        self._append_count = 0
        self._owes_failure = False
        self._durable: dict[int, int] = {}
        self._loops: list[Loop] = []
        self._is_closed = False
        forks.watch(self)

    def append(self, stream: Stream, events: Sequence[bytes]) -> tuple[int, int]:
        """The first and last offset given; the events are pending until `commit`.

        Raises `UnavailableError` when the spool is full and its setting says refuse, `TooLargeError` for an
        event beyond the limit; then nothing was appended.
        """
        size = self._check(events)
        with self._append_lock:
            return self._add(stream, events, size)

    def append_new(
        self, stream: Stream, events: Sequence[bytes], identifiers: Sequence[str | None]
    ) -> list[bool]:
        """Appends those events whose identifier is not known yet; says of each whether it was appended.

        An event without an identifier is always new. Raises `UnavailableError` too when an identifier is
        in a commit that may still fail: the caller tries again.
        """
        if not self._keeps_identifiers:
            raise AssertionError("this outbox was created without identifiers")
        self._check(events)
        digests = [None if text is None else ids.digest(stream, text) for text in identifiers]
        with self._append_lock:
            flags = self._find_new(digests)
            new = [event for event, is_new in zip(events, flags, strict=True) if is_new]
            if new:
                self._add(stream, new, sum(map(len, new)))
                self._pending_identifiers.update(entry for entry in digests if entry is not None)
            else:
                self._append_count += 1  # a repetition has to hear how the commit of the first one went
        return flags

    @property
    def appends(self) -> int:
        """How many there have been; tells `commit` for whom it is called."""
        return self._append_count

    def commit(self, appends: int | None = None) -> None:
        """Makes everything pending as safe as the durability says; under `buffered` a thread does it soon.

        `appends` is how many there had been when the last of those who wait for this call had appended
        (None: all up to now). What came later and goes down with this commit is told to the next call.
        Raises `UnavailableError` when the disk refused and the setting says refuse; else what could not be
        written is counted and declared as dropped.
        """
        if self._durability is not Durability.BUFFERED:
            self._write(appends)
            if self._durability is Durability.FSYNC:
                self.synchronise()

    def flush(self) -> None:
        """Commits under any durability, and waits until it is on the disk."""
        self._write()
        self.synchronise()

    def synchronise(self) -> None:
        """Waits for the disk, holding no SQLite lock, then publishes how far each stream is safe."""
        with self._sync_lock:
            committed = {line.id: line.committed for line in list(self._lines.values()) if line.committed}
            if committed != self._durable:
                self._sync_or_exit()
                self._owner.publish(committed)
                self._durable = committed

    def checkpoint(self) -> None:
        """Moves the write-ahead log into the database, where it has grown enough."""
        self._writer.checkpoint.run_if_due()

    def forget_identifiers(self) -> None:
        """Deletes those that were kept for their seven days."""
        ids.forget_old(self.path, self._writer.clock.now_us())

    def statistics(self) -> OutboxStatistics:
        with self._append_lock, snapshot(self._reader):
            lines = self._lines.values()
            return OutboxStatistics(
                producer=self.producer,
                streams=tuple(total(self._reader, row) for row in list_streams(self._reader)),
                pending=sum(line.next_offset - 1 - line.committed for line in lines),
                durable=all(self._durable.get(line.id, 0) == line.committed for line in lines),
                used_bytes=self._writer.room.measure(self._reader),
                last_error=self._writer.last_error,
            )

    def close(self) -> None:
        """Commits, waits for the disk and lets go of the file; the shipper drains and removes it."""
        if self._is_closed:
            return
        for loop in self._loops:
            loop.stop()
        try:
            self.flush()
        finally:
            self._is_closed = True
            self._reader.close()
            self._writer.close()
            os.close(self._log_descriptor)
            self._owner.release()

    def leave_to_parent(self) -> None:
        """In a forked child: the file is the parent's; nothing of it may be used or closed here."""
        self._is_closed = True
        self._loops = []
        self._owner.release()
        forks.keep(self._writer, self._reader)

    def _check_open(self) -> None:
        if self._is_closed:
            raise AssertionError("this outbox is closed, or belongs to the process that forked this one")

    def _check(self, events: Sequence[bytes]) -> int:
        self._check_open()
        lengths = [len(event) for event in events]
        if max(lengths, default=0) > EVENT_BYTES_MAX:
            raise TooLargeError(f"an event has {max(lengths)} bytes; at most {EVENT_BYTES_MAX} are kept")
        return sum(lengths)

    def _add(self, stream: Stream, events: Sequence[bytes], size: int) -> tuple[int, int]:
        line = self._lines.get(stream) or self._open_line(stream)
        size += GROUP_OVERHEAD_BYTES
        if self._when_full is WhenFull.DROP_OLDEST or self._has_room(size):
            first = line.add(list(events))
            self._pending_bytes += size
            self._writer.room.take(size)
        elif self._when_full is WhenFull.DROP_NEWEST:
            first = line.drop(len(events), DropReason.SPOOL_FULL)
        else:
            raise UnavailableError(
                f"the spool has no room for {size} bytes more ({self._writer.room.bytes_max} in all); "
                "is the event server reachable?"
            )
        self._dirty[line.id] = line
        self._append_count += 1
        return first, line.next_offset - 1

    def _find_new(self, digests: list[bytes | None]) -> list[bool]:
        flags: list[bool] = []
        seen: set[bytes] = set()
        for entry in digests:
            if entry in self._committing_identifiers:
                raise UnavailableError("an event with this identifier is being stored just now; try again")
            known = entry is not None and (
                entry in seen or entry in self._pending_identifiers or ids.is_stored(self._reader, entry)
            )
            flags.append(not known)
            if entry is not None:
                seen.add(entry)
        return flags

    def _open_line(self, stream: Stream) -> Line:
        if len(self._lines) >= SPOOL_STREAMS_MAX:
            raise TooLargeError(f"a spool holds at most {SPOOL_STREAMS_MAX} streams; {stream} is one more")
        line = self._lines[stream] = Line(len(self._lines) + 1, stream)
        return line

    def _has_room(self, size: int) -> bool:
        """Asks the estimate; when that says no, gives space back and measures."""
        room = self._writer.room
        if room.fits(size):
            return True
        self._writer.checkpoint.shrink()
        room.used_bytes = room.measure(self._reader) + self._pending_bytes
        return room.fits(size)

    def _take_pending(self) -> tuple[Batch, int]:
        """Everything pending, and how many appends there had been by then."""
        with self._append_lock:
            parts = [Part(line, line.runs, line.drops) for line in self._dirty.values()]
            for part in parts:
                part.line.runs, part.line.drops = [], []
            batch = Batch(parts, self._pending_identifiers, self._pending_bytes)
            self._committing_identifiers = self._pending_identifiers
            self._dirty, self._pending_identifiers, self._pending_bytes = {}, set(), 0
            return batch, self._append_count

    def _write(self, appends: int | None = None) -> None:
        self._check_open()
        appended_before = self._append_count if appends is None else appends
        with self._commit_lock:
            owed, self._owes_failure = self._owes_failure, False
            if self._dirty:
                batch, appended = self._take_pending()
                is_stored = False
                try:
                    is_stored = self._writer.store(batch)
                finally:
                    self._committing_identifiers = set()
                    if not is_stored:
                        self._take_back(batch)
                if not is_stored:
                    # Of events appended since this call was asked for, their own call has to hear.
                    self._owes_failure = appended != appended_before
                    owed = True
        if owed and self._when_full is WhenFull.REFUSE:
            raise UnavailableError(f"{self._writer.last_error}; nothing was stored")

    def _take_back(self, batch: Batch) -> None:
        """Drops that could not be declared wait for the next commit that succeeds."""
        with self._append_lock:
            for part in batch.parts:
                part.line.drops = join_ranges(part.drops + part.line.drops)
                self._dirty[part.line.id] = part.line

    def _sync_or_exit(self) -> None:
        """A failed fdatasync is never tried again: the kernel may have thrown the pages away."""
        try:
            os.fdatasync(self._log_descriptor)
        except OSError as error:
            _LOGGER.critical("fdatasync of %s failed: %s; the process ends", wal_path(self.path), error)
            logging.shutdown()
            os._exit(_EXIT_DISK_FAILED)

    def _take_over_identifiers(self, now_us: int) -> None:
        folder = self.path.parent
        ids.take_over(self._writer.connection, folder, self.path, counters_path(folder), now_us)
        self._keeps_identifiers = True

    def _start_threads(self) -> None:
        is_buffered = self._durability is Durability.BUFFERED
        self._loops = [
            Loop(
                "spool-sync",
                SPOOL_SYNC_INTERVAL_MS / 1000,
                self.flush if is_buffered else self.synchronise,
            ),
            Loop("spool-checkpoint", _CHECKPOINT_INTERVAL_SECONDS, self.checkpoint),
        ]
        if self._keeps_identifiers:
            self._loops.append(Loop("spool-forget", _FORGETTING_INTERVAL_SECONDS, self.forget_identifiers))
