"""What the event server has done since its start, by stream and destination; for people and `/v1/status`."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import pyarrow.compute as pc

from wakeline.core.clock import format_rfc3339
from wakeline.core.event import Stream
from wakeline.loglake.batch import Batch
from wakeline.loglake.offsets import Fenced, Gap, Outcome, Settled, Unknown
from wakeline.wire.metrics import Buckets

PRODUCERS_COUNTED_MAX = 1_000
"""Of one stream; beyond it `producers` stays."""


_TOLD = (
    "accepted",
    "stored",
    "duplicate",
    "dropped",
    "dead_letters",
    "gaps",
    "unknown",
    "fenced",
    "commits",
    "failed_commits",
    "last_error",
    "is_disk_full",
)


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
    is_disk_full: bool = False
    producers: set[str] = field(default_factory=set)
    commit_seconds: Buckets = field(default_factory=Buckets)
    lag_seconds: Buckets = field(default_factory=Buckets)
    age_seconds: Buckets = field(default_factory=Buckets)

    def count_group(self, outcomes: list[Outcome], now_us: int) -> None:
        """What one group came to; a group of repetitions and refusals alone makes no commit."""
        before = self.stored + self.dropped + self.dead_letters
        for outcome in outcomes:
            self._count(outcome)
        if self.stored + self.dropped + self.dead_letters > before:
            self.commits += 1
            self.last_commit_us = now_us
        self.last_error = None
        self.is_disk_full = False

    def count_times(self, batches: Sequence[Batch], commit_seconds: float, now_us: int) -> None:
        """How long the commit took, how long each batch was here, and how old its newest event is."""
        self.commit_seconds.observe(commit_seconds)
        for batch in batches:
            self.lag_seconds.observe(max(0.0, (now_us - batch.received_us) / 1e6))
            newest = pc.max(batch.rows.column("event_time")) if batch.rows.num_rows else None
            if newest is not None and newest.is_valid:
                self.age_seconds.observe(max(0.0, (now_us - newest.cast("int64").as_py()) / 1e6))

    def count_failure(self, message: str, *, is_disk_full: bool = False) -> None:
        self.failed_commits += 1
        self.is_disk_full = is_disk_full
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
        return {
            **asdict(stream),
            "stream": str(stream),
            "destination": destination,
            **{name: getattr(self, name) for name in _TOLD},
            "producers": len(self.producers),
            "lag_s": self.lag_seconds.last,
            "last_commit": None if self.last_commit_us is None else format_rfc3339(self.last_commit_us),
        }
