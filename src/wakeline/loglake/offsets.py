"""Which rows of a batch are new: the rules of exactly once, as plain arithmetic on offsets.

A batch is accepted only if its rows and declared drops cover every offset from the stored one + 1 to its
last. Refuses gaps, fenced producers and tables that have lost what was acknowledged. Knows no rows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from wakeline.core.event import DropReason
from wakeline.wire.frame import FrameHeader

FENCED_OFFSET = 2**63 - 1
"""The stored offset of a producer that another one has replaced."""


@dataclass(frozen=True, slots=True)
class Settled:
    """Everything up to `stored_offset` is in the table or declared dropped."""

    producer: str
    stored_offset: int
    rows_stored: int
    rows_duplicate: int
    events_dropped: int
    dead_letters: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Nothing of the batch is stored; send again from `expected_offset`."""

    producer: str
    expected_offset: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """The table has less than the producer knows acknowledged; register again under a new id."""

    producer: str
    stored_offset: int


@dataclass(frozen=True, slots=True)
class Fenced:
    """Another producer id has taken over; nothing of this one is ever stored again."""

    producer: str


Outcome = Settled | Gap | Unknown | Fenced


@dataclass(slots=True)
class Ledger:
    """The stored offsets of one table as one handle shows them, moved on by the batches settled on top.

    `moved` is what the commit has to write. Without `deduplicate` every batch counts as new (fault tests).
    """

    read: Callable[[str], int | None]
    deduplicate: bool = True
    moved: dict[str, int] = field(default_factory=dict)

    def find_stored(self, producer: str) -> int | None:
        found = self.moved.get(producer)
        return self.read(producer) if found is None else found

    def settle(self, header: FrameHeader, offsets: Sequence[int]) -> tuple[Outcome, int]:
        """The outcome, and the offset above which the batch's rows are to be stored."""
        if not self.deduplicate:
            self.moved[header.producer] = max(header.last, self.find_stored(header.producer) or 0)
            return _count(header, offsets, header.first - 1, self.moved[header.producer]), header.first - 1
        own = self.find_stored(header.producer)
        if own == FENCED_OFFSET:
            return Fenced(header.producer), FENCED_OFFSET
        replaced = header.replaces if own is None else []
        base = own or 0
        if replaced:
            found = [stored for id_ in replaced if (stored := self.find_stored(id_)) is not None]
            standing = [stored for stored in found if stored != FENCED_OFFSET]
            if found and not standing:
                return Fenced(header.producer), FENCED_OFFSET
            base = max([*standing, header.acknowledged])
        return self._extend(header, offsets, base, replaced)

    def _extend(
        self, header: FrameHeader, offsets: Sequence[int], base: int, replaced: Sequence[str]
    ) -> tuple[Outcome, int]:
        if base < header.acknowledged:
            return Unknown(header.producer, base), FENCED_OFFSET
        if header.last > base:
            covered = sum(1 for offset in offsets if offset > base) + _sum_drops(header, base)
            if covered != header.last - base:
                return Gap(header.producer, base + 1), FENCED_OFFSET
            self.moved[header.producer] = header.last
        elif replaced:
            self.moved[header.producer] = base
        self.moved.update(dict.fromkeys(replaced, FENCED_OFFSET))
        return _count(header, offsets, base, max(base, header.last)), base


def order_batches(headers: Sequence[FrameHeader]) -> list[int]:
    """Indexes in the order in which batches settle best: contiguous ones of a producer count as one."""
    return sorted(
        range(len(headers)),
        key=lambda index: (headers[index].producer, headers[index].first, headers[index].last),
    )


def _count(header: FrameHeader, offsets: Sequence[int], base: int, stored: int) -> Settled:
    rows = sum(1 for offset in offsets if offset > base)
    dead = _sum_drops(header, base, only=DropReason.DEAD_LETTER)
    return Settled(
        producer=header.producer,
        stored_offset=stored,
        rows_stored=rows,
        rows_duplicate=len(offsets) - rows,
        events_dropped=_sum_drops(header, base) - dead,
        dead_letters=dead,
    )


def _sum_drops(header: FrameHeader, base: int, only: str | None = None) -> int:
    return sum(
        max(0, dropped.last - max(dropped.first, base + 1) + 1)
        for dropped in header.dropped_ranges
        if only is None or dropped.reason == only
    )
