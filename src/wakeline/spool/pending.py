"""What was appended and not yet committed, by stream, in memory."""

from dataclasses import dataclass, field

from wakeline.core.event import DroppedRange, Stream


@dataclass(slots=True)
class Run:
    """Events with offsets from `first` on, without a gap; becomes one group."""

    first: int
    events: list[bytes]

    @property
    def last(self) -> int:
        return self.first + len(self.events) - 1


@dataclass(slots=True)
class Line:
    """One stream as its writer sees it. `runs` and `drops` cover every offset behind `committed`."""

    id: int
    stream: Stream
    is_stored: bool = False
    next_offset: int = 1
    committed: int = 0
    runs: list[Run] = field(default_factory=list)
    drops: list[DroppedRange] = field(default_factory=list)

    def add(self, events: list[bytes]) -> int:
        """Answers the first offset given."""
        first = self.next_offset
        self.next_offset = first + len(events)
        if self.runs and self.runs[-1].last == first - 1:
            self.runs[-1].events.extend(events)
        elif events:
            self.runs.append(Run(first, events))
        return first

    def drop(self, count: int, reason: str) -> int:
        """Gives `count` offsets to events that are dropped at once; answers the first."""
        first = self.next_offset
        self.next_offset = first + count
        if count:
            self.drops = join_ranges([*self.drops, DroppedRange(first, self.next_offset - 1, reason)])
        return first


@dataclass(slots=True)
class Part:
    """One stream's share of a commit."""

    line: Line
    runs: list[Run]
    drops: list[DroppedRange]

    @property
    def last(self) -> int:
        return max([run.last for run in self.runs[-1:]] + [entry.last for entry in self.drops], default=0)


@dataclass(slots=True)
class Batch:
    """What one commit stores."""

    parts: list[Part]
    identifiers: set[bytes]
    size: int

    def drop_all(self, reason: str) -> int:
        """Turns every event into a declared drop; answers how many there were."""
        count = 0
        for part in self.parts:
            ranges = [DroppedRange(run.first, run.last, reason) for run in part.runs]
            count += sum(len(run.events) for run in part.runs)
            part.drops = join_ranges(sorted([*part.drops, *ranges], key=lambda entry: entry.first))
            part.runs = []
        self.identifiers = set()
        self.size = 0
        return count


def join_ranges(ranges: list[DroppedRange]) -> list[DroppedRange]:
    """Ascending ranges, those that meet and have one reason made one."""
    joined: list[DroppedRange] = []
    for entry in ranges:
        before = joined[-1] if joined else None
        if before and before.last == entry.first - 1 and before.reason == entry.reason:
            joined[-1] = DroppedRange(before.first, entry.last, entry.reason)
        else:
            joined.append(entry)
    return joined
