"""The activity of an endpoint by day, from its log: rows, errors, latency, callers, generations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from wakeline.core.window import Window
from wakeline.loglake.row_query import summarize_days
from wakeline.loglake.window import LogSnapshot

DAYS_SHOWN = 30

_MEASURES = {
    "row_count": "count(*)",
    "error_count": "count(*) FILTER (WHERE coalesce({status}, 200) >= 400)",
    "p50_us": "approx_quantile({timing_total}, 0.5)",
    "p95_us": "approx_quantile({timing_total}, 0.95)",
    "distinct_ips": "count(DISTINCT {client_ip})",
    "distinct_keys": "count(DISTINCT {api_key_id})",
    "generations": "list_sort(list(DISTINCT {generation}) FILTER (WHERE {generation} IS NOT NULL))",
}
"""Quantiles are of a t-digest: near the truth, in little memory."""


@dataclass(frozen=True, slots=True)
class ActivityDay:
    day: date
    row_count: int
    error_count: int
    p50_us: float | None
    p95_us: float | None
    distinct_ips: int
    distinct_keys: int
    generations: Sequence[str]

    @property
    def error_share(self) -> float:
        return self.error_count / self.row_count


@dataclass(frozen=True, slots=True)
class Activity:
    """`window`, `first_day` and `last_day` (of the whole log) are None before the first event has arrived."""

    window: Window | None
    days: tuple[ActivityDay, ...]
    first_day: date | None = None
    last_day: date | None = None

    @property
    def row_count(self) -> int:
        return sum(day.row_count for day in self.days)


def read_activity(snapshot: LogSnapshot | None, window: Window | None) -> Activity:
    """Without a window the last days that have rows: a log may hold days that lie years apart."""
    days = [] if snapshot is None else sorted(entry.day for entry in snapshot.partitions())
    if snapshot is None or not days:
        return Activity(window, ())
    chosen = window or Window(days[-DAYS_SHOWN:][0], days[-1] + timedelta(days=1))
    rows = summarize_days(snapshot, chosen, _MEASURES)
    listed = tuple(ActivityDay(**{**row, "generations": row["generations"] or []}) for row in rows)
    return Activity(chosen, listed, days[0], days[-1])
