"""The size bound of a spool file: how full it is, and what goes when it is full.

The write-ahead log counts. What the shipper has claimed is never dropped; the oldest of the rest goes first.
"""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from wakeline.core.event import DroppedRange, DropReason
from wakeline.spool.layout import OFFSET_MAX, first_of, group_id, live_bytes
from wakeline.spool.ledger import StreamRow, declare_drop, find_claimed, list_streams

GROUP_OVERHEAD_BYTES = 64
_CHECKPOINT_BYTES_MAX = 16 * 1024**2
_CHECKPOINT_SHARE = 8
_SPARE_BYTES = 64 * 1024
_SLICE_GROUPS = 64


def checkpoint_bytes(bytes_max: int) -> int:
    """The size of the write-ahead log from which it is moved into the database."""
    return min(_CHECKPOINT_BYTES_MAX, bytes_max // _CHECKPOINT_SHARE)


@dataclass(slots=True)
class Room:
    """An estimate that only errs on the full side, and is measured anew when it says full."""

    bytes_max: int
    wal: Path
    used_bytes: int = 0

    def measure(self, connection: sqlite3.Connection) -> int:
        """What the file takes now, with the log's usual size kept free for it."""
        try:
            wal_bytes = self.wal.stat().st_size
        except FileNotFoundError:
            wal_bytes = 0
        return live_bytes(connection) + max(wal_bytes, checkpoint_bytes(self.bytes_max))

    def take(self, size: int) -> None:
        """Twice: in the database, and until the next checkpoint in the log."""
        self.used_bytes += 2 * size

    def fits(self, size: int) -> bool:
        return self.used_bytes + size <= self.bytes_max


def drop_oldest(connection: sqlite3.Connection, excess_bytes: int) -> int:
    """Drops unclaimed groups, oldest first, until `excess_bytes` and a little more are free.

    Runs inside the caller's write transaction; answers the number of dropped events. Frees less when all
    the rest is claimed.
    """
    wanted = live_bytes(connection) - excess_bytes - _SPARE_BYTES
    streams = [(row, find_claimed(connection, row)) for row in list_streams(connection)]
    for row, _ in streams:
        _sweep_stored(connection, row)
    dropped = 0
    while (missing := live_bytes(connection) - wanted) > 0:
        oldest = [entry for row, claimed in streams for entry in _list_unclaimed(connection, row, claimed)]
        if not oldest:
            break
        for _, group, last, stream_id, size in sorted(oldest)[:_SLICE_GROUPS]:
            connection.execute("DELETE FROM groups WHERE id = ?", (group,))
            lost = DroppedRange(first_of(group), last, DropReason.SPOOL_FULL)
            declare_drop(connection, stream_id, lost)
            dropped += last - lost.first + 1
            missing -= size + GROUP_OVERHEAD_BYTES
            if missing <= 0:
                break
    return dropped


def _sweep_stored(connection: sqlite3.Connection, row: StreamRow) -> None:
    connection.execute(
        "DELETE FROM groups WHERE id BETWEEN ? AND ? AND last <= ?",
        (group_id(row.id, 0), group_id(row.id, row.acknowledged), row.acknowledged),
    )


def _list_unclaimed(
    connection: sqlite3.Connection, row: StreamRow, claimed: int
) -> list[tuple[int, int, int, int, int]]:
    """(sequence, group, last, stream id, size) of the oldest groups that nobody has claimed any part of."""
    return connection.execute(
        "SELECT sequence, id, last, ?, length(payload) FROM groups"
        " WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?",
        (row.id, group_id(row.id, claimed + 1), group_id(row.id, OFFSET_MAX), _SLICE_GROUPS),
    ).fetchall()
