"""An outbox in numbers, for the admin page and the tests."""

from dataclasses import dataclass

from wakeline.spool.ledger import StreamTotals


@dataclass(frozen=True, slots=True)
class OutboxStatistics:
    """`pending` events wait for `commit`; `durable` is whether every commit is safe on the disk."""

    producer: str
    streams: tuple[StreamTotals, ...]
    pending: int
    durable: bool
    used_bytes: int
    last_error: str | None

    @property
    def appended(self) -> int:
        return self.pending + sum(stream.appended for stream in self.streams)

    @property
    def spooled(self) -> int:
        return sum(stream.spooled for stream in self.streams)

    @property
    def shipped(self) -> int:
        return sum(stream.shipped for stream in self.streams)

    @property
    def dropped(self) -> dict[str, int]:
        """Events by reason; dead letters are one."""
        counts: dict[str, int] = {}
        for stream in self.streams:
            for reason, events in stream.dropped.items():
                counts[reason] = counts.get(reason, 0) + events
        return counts
