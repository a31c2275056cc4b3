"""What became of each stream's offsets: acknowledged, claimed, dropped, spooled.

Invariant: the offsets 1..appended of a stream are, each exactly once, acknowledged, in a group, or in a
declared drop; so `appended` needs no column. Every function runs inside its caller's transaction.
"""

import sqlite3
from dataclasses import dataclass

from wakeline.core.event import DroppedRange, DropReason, Stream
from wakeline.spool.layout import OFFSET_MAX, group_id


@dataclass(frozen=True, slots=True)
class StreamRow:
    """`alias` is the producer id under which the stream is sent, where it is not the file's own; `replaces`
    are the ids that it replaces, separated by spaces."""

    id: int
    stream: Stream
    acknowledged: int
    alias: str | None
    replaces: str | None


@dataclass(frozen=True, slots=True)
class StreamTotals:
    """At rest: appended = shipped + spooled + the sum of `dropped` (dead letters are one reason of it)."""

    stream: Stream
    appended: int
    shipped: int
    spooled: int
    dropped: dict[str, int]
    oldest_at_us: int | None


def list_streams(connection: sqlite3.Connection) -> list[StreamRow]:
    rows = connection.execute(
        "SELECT id, topic, routing_key, endpoint, acknowledged, alias, replaces FROM streams ORDER BY id"
    )
    return [StreamRow(row[0], Stream(*row[1:4]), *row[4:]) for row in rows]


def find_stream(connection: sqlite3.Connection, stream: Stream) -> StreamRow:
    row = connection.execute(
        "SELECT id, acknowledged, alias, replaces FROM streams"
        " WHERE topic = ? AND routing_key = ? AND endpoint = ?",
        (stream.topic, stream.routing_key, stream.endpoint),
    ).fetchone()
    if row is None:
        raise AssertionError(f"the stream {stream} is not in this spool file")
    return StreamRow(row[0], stream, *row[1:])


def find_appended(connection: sqlite3.Connection, row: StreamRow) -> int:
    """The last offset ever committed."""
    (dropped,) = connection.execute("SELECT max(last) FROM drops WHERE stream = ?", (row.id,)).fetchone()
    group = connection.execute(
        "SELECT last FROM groups WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1",
        (group_id(row.id, 0), group_id(row.id, OFFSET_MAX)),
    ).fetchone()
    return max(row.acknowledged, dropped or 0, group[0] if group else 0)


def find_claimed(connection: sqlite3.Connection, row: StreamRow) -> int:
    """The last offset that is claimed or acknowledged; drops begin behind it."""
    (claimed,) = connection.execute("SELECT max(last) FROM claims WHERE stream = ?", (row.id,)).fetchone()
    return max(row.acknowledged, claimed or 0)


def floor_group(connection: sqlite3.Connection, stream_id: int, offset: int) -> int:
    """The id from which to read groups so that the one holding `offset` is not missed."""
    (floor,) = connection.execute(
        "SELECT max(id) FROM groups WHERE id BETWEEN ? AND ?",
        (group_id(stream_id, 0), group_id(stream_id, offset)),
    ).fetchone()
    return floor if floor is not None else group_id(stream_id, offset)


def list_drops(connection: sqlite3.Connection, stream_id: int, first: int, last: int) -> list[DroppedRange]:
    """The declared drops within `first`..`last`, cut to it."""
    rows = connection.execute(
        "SELECT first, last, reason FROM drops WHERE stream = ? AND first <= ? AND last >= ? ORDER BY first",
        (stream_id, last, first),
    )
    return [DroppedRange(max(begin, first), min(end, last), reason) for begin, end, reason in rows]


def declare_drop(connection: sqlite3.Connection, stream_id: int, dropped: DroppedRange) -> None:
    """Declares and counts a range; it grows the range before it where reason and offsets meet."""
    grown = connection.execute(
        "UPDATE drops SET last = ? WHERE stream = ? AND last = ? AND reason = ?"
        " AND first = (SELECT max(first) FROM drops WHERE stream = ? AND first < ?)",
        (dropped.last, stream_id, dropped.first - 1, dropped.reason, stream_id, dropped.first),
    ).rowcount
    if not grown:
        connection.execute(
            "INSERT INTO drops VALUES (?, ?, ?, ?)",
            (stream_id, dropped.first, dropped.last, dropped.reason),
        )
    connection.execute(
        "INSERT INTO counts VALUES (?, ?, ?)"
        " ON CONFLICT (stream, reason) DO UPDATE SET events = events + excluded.events",
        (stream_id, dropped.reason, dropped.last - dropped.first + 1),
    )


def declare_lost(connection: sqlite3.Connection, stream_id: int, first: int, last: int) -> None:
    """Declares what is not yet declared of a range whose events cannot be read."""
    position = first
    for known in list_drops(connection, stream_id, first, last):
        if position < known.first:
            declare_drop(connection, stream_id, DroppedRange(position, known.first - 1, DropReason.LOST))
        position = known.last + 1
    if position <= last:
        declare_drop(connection, stream_id, DroppedRange(position, last, DropReason.LOST))


def settle(connection: sqlite3.Connection, row: StreamRow, last: int) -> None:
    """Marks everything up to `last` as stored, with its claims and declared drops; groups go later."""
    connection.execute("UPDATE streams SET acknowledged = ? WHERE id = ?", (last, row.id))
    for table in ("claims", "drops"):
        connection.execute(f"DELETE FROM {table} WHERE stream = ? AND last <= ?", (row.id, last))  # noqa: S608
        connection.execute(
            f"UPDATE {table} SET first = ? WHERE stream = ? AND first <= ?",  # noqa: S608
            (last + 1, row.id, last),
        )


def total(connection: sqlite3.Connection, row: StreamRow) -> StreamTotals:
    """Cheap whatever the backlog: nothing is scanned but the declared drops."""
    appended = find_appended(connection, row)
    counts = connection.execute("SELECT reason, events FROM counts WHERE stream = ?", (row.id,))
    dropped: dict[str, int] = {reason: events for reason, events in counts}  # noqa: C416
    (waiting,) = connection.execute(
        "SELECT coalesce(sum(last - first + 1), 0) FROM drops WHERE stream = ?", (row.id,)
    ).fetchone()
    oldest = connection.execute(
        "SELECT at_us FROM groups WHERE id >= ? AND id <= ? AND last > ? ORDER BY id LIMIT 1",
        (
            floor_group(connection, row.id, row.acknowledged + 1),
            group_id(row.id, OFFSET_MAX),
            row.acknowledged,
        ),
    ).fetchone()
    return StreamTotals(
        stream=row.stream,
        appended=appended,
        shipped=row.acknowledged - (sum(dropped.values()) - waiting),
        spooled=appended - row.acknowledged - waiting,
        dropped=dropped,
        oldest_at_us=oldest[0] if oldest else None,
    )
