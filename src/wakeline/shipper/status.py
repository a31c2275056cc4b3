"""`shipper.json`: what the shipper has done and what waits, for the deployer and the people."""

import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from wakeline.core.clock import format_rfc3339
from wakeline.core.event import DropReason
from wakeline.spool.counters import SHIPPED, FolderTotals
from wakeline.spool.ledger import StreamTotals

STATUS_FILE = "shipper.json"


class StreamStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One stream over all living spool files."""

    stream: str
    shipped: int
    spooled: int
    dropped: dict[str, int]


class ShipperStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Counts since the folder exists. `dropped` counts by reason, without the dead letters.

    `spooled_bytes` is what the files have in use; `unread_files` could not be read (yet) and are in no
    count; `last_error` is the trouble that still lasts.
    """

    pid: int
    shipped: int
    dropped: dict[str, int]
    dead_letters: int
    spooled_events: int
    spooled_bytes: int
    unread_files: int
    oldest_age_s: float | None
    broken_files: int
    broken_events_max: int
    last_error: str | None
    streams: list[StreamStatus]
    updated_at: str


def summarise(
    living: Iterable[tuple[list[StreamTotals], int] | None],
    removed: FolderTotals,
    *,
    now_us: int,
    last_error: str | None,
) -> ShipperStatus:
    found = list(living)
    files = [file for file in found if file is not None]
    totals = [entry for entries, _ in files for entry in entries]
    dropped = {reason: events for reason, events in removed.events.items() if reason != SHIPPED}
    for entry in totals:
        _add(dropped, entry.dropped)
    oldest = min((entry.oldest_at_us for entry in totals if entry.oldest_at_us is not None), default=None)
    spooled = sum(entry.spooled for entry in totals)
    return ShipperStatus(
        pid=os.getpid(),
        shipped=removed.events.get(SHIPPED, 0) + sum(entry.shipped for entry in totals),
        dead_letters=dropped.pop(DropReason.DEAD_LETTER, 0),
        dropped=dropped,
        spooled_events=spooled,
        spooled_bytes=sum(size for _, size in files) if spooled else 0,
        unread_files=len(found) - len(files),
        oldest_age_s=None if oldest is None else max(0.0, (now_us - oldest) / 1e6),
        broken_files=removed.broken_files,
        broken_events_max=removed.broken_events_max,
        last_error=last_error,
        streams=_list_streams(totals),
        updated_at=format_rfc3339(now_us),
    )


def write_status(path: Path, status: ShipperStatus) -> None:
    """A reader sees the old or the new one, never half of it."""
    growing = path.with_name(path.name + ".new")
    growing.write_bytes(msgspec.json.format(msgspec.json.encode(status), indent=1))
    growing.replace(path)


def _list_streams(totals: list[StreamTotals]) -> list[StreamStatus]:
    shipped: dict[str, int] = {}
    spooled: dict[str, int] = {}
    dropped: dict[str, dict[str, int]] = {}
    for entry in totals:
        name = str(entry.stream)
        shipped[name] = shipped.get(name, 0) + entry.shipped
        spooled[name] = spooled.get(name, 0) + entry.spooled
        _add(dropped.setdefault(name, {}), entry.dropped)
    return [
        StreamStatus(stream=name, shipped=shipped[name], spooled=spooled[name], dropped=dropped[name])
        for name in sorted(shipped)
    ]


def _add(counts: dict[str, int], more: dict[str, int]) -> None:
    for reason, events in more.items():
        counts[reason] = counts.get(reason, 0) + events
