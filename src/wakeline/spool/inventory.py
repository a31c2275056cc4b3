"""What became of every event of a spool folder, read from its files: true also while no shipper runs.

At rest appended = shipped + spooled + dropped (dead letters are one reason), for each stream, since the
folder exists. Changes nothing: the files are opened for reading only.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from wakeline.core.event import DropReason, Stream
from wakeline.spool.counters import SHIPPED, read_totals_by_producer
from wakeline.spool.layout import list_spools, live_bytes, snapshot
from wakeline.spool.ledger import StreamTotals, list_streams, total

_BUSY_SECONDS = 2.0


@dataclass(slots=True)
class StreamAccount:
    """`dropped` counts by reason, without the dead letters."""

    shipped: int = 0
    spooled: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    dead_letters: int = 0
    oldest_at_us: int | None = None

    @property
    def appended(self) -> int:
        return self.shipped + self.spooled + sum(self.dropped.values()) + self.dead_letters

    def add(self, counts: Iterable[tuple[str, int]]) -> None:
        for reason, events in counts:
            match reason:
                case "shipped":
                    self.shipped += events
                case DropReason.DEAD_LETTER:
                    self.dead_letters += events
                case _:
                    self.dropped[reason] = self.dropped.get(reason, 0) + events

    def add_living(self, totals: StreamTotals) -> None:
        self.add([(SHIPPED, totals.shipped), *totals.dropped.items()])
        self.spooled += totals.spooled
        if totals.oldest_at_us is not None:
            self.oldest_at_us = min(self.oldest_at_us or totals.oldest_at_us, totals.oldest_at_us)


@dataclass(slots=True)
class Inventory:
    """`unread` names files that could not be read; their events are in no count."""

    streams: dict[Stream, StreamAccount] = field(default_factory=dict)
    used_bytes: int = 0
    unread: dict[str, str] = field(default_factory=dict)

    def find(self, stream: Stream) -> StreamAccount:
        return self.streams.setdefault(stream, StreamAccount())


def take_inventory(folder: Path, into: Inventory | None = None) -> Inventory:
    """Adds a folder's streams to `into`, or to a new inventory.

    A file's counters move to the folder's own before it goes, so files are read first and those whose
    counters have moved meanwhile are left out: nothing is missed and nothing counted twice.
    """
    inventory = into or Inventory()
    living: dict[str, list[StreamTotals]] = {}
    sizes: dict[str, int] = {}
    for path in list_spools(folder):
        try:
            living[path.stem], sizes[path.stem] = _read(path)
        except sqlite3.Error as error:
            if path.exists():
                inventory.unread[str(path)] = str(error)
    moved = read_totals_by_producer(folder)
    for _, stream, reason, events in moved:
        inventory.find(stream).add([(reason, events)])
    gone = {producer for producer, *_ in moved}
    for producer, totals in living.items():
        if producer not in gone:
            inventory.used_bytes += sizes[producer]
            for entry in totals:
                inventory.find(entry.stream).add_living(entry)
    return inventory


def _read(path: Path) -> tuple[list[StreamTotals], int]:
    address = f"{path.absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(address, uri=True, isolation_level=None, timeout=_BUSY_SECONDS)
    try:
        with snapshot(connection):
            totals = [total(connection, row) for row in list_streams(connection)]
            return totals, live_bytes(connection)
    finally:
        connection.close()
