"""Where the next batch of a stream ends: whole groups as far as the limits allow, then part of one.

And what is missing of a batch: offsets that neither an event nor a declared drop accounts for.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wakeline.core.event import DroppedRange
from wakeline.spool.group import lengths_bytes, read_lengths
from wakeline.spool.layout import OFFSET_MAX, first_of, group_id
from wakeline.spool.ledger import floor_group


@dataclass(slots=True)
class _Allowance:
    events: int
    bytes: int
    is_untouched: bool = True

    def takes(self, events: int, size: int) -> bool:
        """Whether so much fits; the very first event always does."""
        if (events > self.events or size > self.bytes) and not (self.is_untouched and events == 1):
            return False
        self.events -= events
        self.bytes -= size
        self.is_untouched = False
        return True


def find_cut(
    connection: sqlite3.Connection,
    stream_id: int,
    first: int,
    *,
    durable: int,
    events_max: int,
    bytes_max: int,
) -> int:
    """The last offset of a batch from `first` on, at most `durable`; first - 1 when there is nothing.

    Offsets without a group are declared drops: they cost nothing, and are taken along.
    """
    allowance = _Allowance(events_max, bytes_max)
    taken = first - 1
    for begin, last, size in _list_groups(connection, stream_id, first):
        if last > durable:
            return max(taken, begin - 1)
        taken = max(taken, begin - 1)
        if begin >= first and allowance.takes(last - begin + 1, size):
            taken = last
            continue
        taken += _count_fitting(
            _read_lengths(connection, stream_id, begin, last)[taken + 1 - begin :], allowance
        )
        if taken < last:
            return taken
    (dropped,) = connection.execute("SELECT max(last) FROM drops WHERE stream = ?", (stream_id,)).fetchone()
    return max(taken, dropped or 0)


def find_holes(
    first: int, last: int, offsets: Sequence[int], ranges: Sequence[DroppedRange]
) -> list[tuple[int, int]]:
    """The gaps (first, last) in `first`..`last`; offsets and ranges ascend and do not overlap."""
    known = len(offsets) + sum(entry.last - entry.first + 1 for entry in ranges)
    if known >= last - first + 1:
        return []
    spans = sorted([(offset, offset) for offset in offsets] + [(entry.first, entry.last) for entry in ranges])
    holes: list[tuple[int, int]] = []
    position = first
    for begin, end in [*spans, (last + 1, last + 1)]:
        if position < begin:
            holes.append((position, begin - 1))
        position = max(position, end + 1)
    return holes


def _list_groups(
    connection: sqlite3.Connection, stream_id: int, first: int
) -> Iterator[tuple[int, int, int]]:
    rows = connection.execute(
        "SELECT id, last, length(payload) FROM groups WHERE id BETWEEN ? AND ? AND last >= ? ORDER BY id",
        (floor_group(connection, stream_id, first), group_id(stream_id, OFFSET_MAX), first),
    )
    return ((first_of(group), last, size) for group, last, size in rows)


def _read_lengths(connection: sqlite3.Connection, stream_id: int, begin: int, last: int) -> list[int]:
    (head,) = connection.execute(
        "SELECT substr(payload, 1, ?) FROM groups WHERE id = ?",
        (lengths_bytes(last - begin + 1), group_id(stream_id, begin)),
    ).fetchone()
    return read_lengths(head)


def _count_fitting(lengths: list[int], allowance: _Allowance) -> int:
    for count, length in enumerate(lengths):
        if not allowance.takes(1, length):
            return count
    return len(lengths)
