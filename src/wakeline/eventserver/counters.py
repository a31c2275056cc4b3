"""What the event server has done since its start, by stream and destination; for people and `/v1/status`."""

from dataclasses import asdict, dataclass, field
from typing import Any

from wakeline.core.clock import format_rfc3339
from wakeline.core.event import Stream
from wakeline.loglake.offsets import Fenced, Gap, Outcome, Settled, Unknown

PRODUCERS_COUNTED_MAX = 20_000
"""Of one stream; beyond it `producers` stays."""


@dataclass(slots=True)
class StreamCounters:
    """`accepted` rows were acknowledged: `stored` now, or `duplicate` because they had been."""

    accepted: int = 0
    stored: int = 0
    duplicate: int = 0
    dropped: int = 0
    dead_letters: int = 0
    gaps: int = 0
    unknown: int = 0
    fenced: int = 0
    commits: int = 0
    failed_commits: int = 0
    last_commit_us: int | None = None
    last_error: str | None = None
    producers: set[str] = field(default_factory=set)

    def count_group(self, outcomes: list[Outcome], now_us: int) -> None:
        """What one group came to; a group of repetitions and refusals alone makes no commit."""
        before = self.stored + self.dropped + self.dead_letters
        for outcome in outcomes:
            self._count(outcome)
        if self.stored + self.dropped + self.dead_letters > before:
            self.commits += 1
            self.last_commit_us = now_us
        self.last_error = None

    def count_failure(self, message: str) -> None:
        self.failed_commits += 1
        self.last_error = message

    def _count(self, outcome: Outcome) -> None:
        if len(self.producers) < PRODUCERS_COUNTED_MAX:
            self.producers.add(outcome.producer)
        match outcome:
            case Settled():
                self.accepted += outcome.rows_stored + outcome.rows_duplicate
                self.stored += outcome.rows_stored
                self.duplicate += outcome.rows_duplicate
                self.dropped += outcome.events_dropped
                self.dead_letters += outcome.dead_letters
            case Gap():
                self.gaps += 1
            case Unknown():
                self.unknown += 1
            case Fenced():
                self.fenced += 1

    def to_dict(self, stream: Stream, destination: str) -> dict[str, Any]:
        counts = {name: value for name, value in asdict(self).items() if not name.startswith("last_commit")}
        return {
            **asdict(stream),
            "stream": str(stream),
            "destination": destination,
            **counts,
            "producers": len(self.producers),
            "last_commit": None if self.last_commit_us is None else format_rfc3339(self.last_commit_us),
        }
