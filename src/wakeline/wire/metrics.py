"""Metrics as Prometheus reads them: one literal list, histograms counted here, one page of text.

There is no registry that outlives a page: each process keeps plain numbers and writes them down when asked.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

CONTENT_TYPE = CONTENT_TYPE_LATEST.encode()
SECONDS_BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0)
COUNTER, GAUGE, HISTOGRAM = "counter", "gauge", "histogram"
_STREAM = ("destination", "topic", "routing_key", "endpoint")
_SPOOL = ("of",)
_ACCOUNT = ("topic", "routing_key", "endpoint")


@dataclass(frozen=True, slots=True)
class Definition:
    """`process` is who serves it. A counter's name is without `_total`, which Prometheus' text adds."""

    name: str
    kind: str
    process: str
    labels: tuple[str, ...]
    help: str


def _count(name: str, process: str, labels: tuple[str, ...], text: str) -> Definition:
    return Definition(f"wakeline_{name}", COUNTER, process, labels, text)


def _gauge(name: str, process: str, labels: tuple[str, ...], text: str) -> Definition:
    return Definition(f"wakeline_{name}", GAUGE, process, labels, text)


_INTAKE = "event server"
_GATEWAY = "gateway"
_SERVER = "server"
DEFINITIONS: tuple[Definition, ...] = (
    _count("intake_events_accepted", _INTAKE, _STREAM, "Rows acknowledged: stored now, or duplicates."),
    _count("intake_events_stored", _INTAKE, _STREAM, "Rows committed to the log."),
    _count("intake_events_duplicate", _INTAKE, _STREAM, "Rows left out because they had been stored."),
    _count("intake_events_dropped", _INTAKE, _STREAM, "Events that producers declared dropped."),
    _count("intake_dead_letters", _INTAKE, _STREAM, "Events that producers declared dead letters."),
    _count("intake_gaps", _INTAKE, _STREAM, "Batches answered with a gap."),
    _count("intake_commits", _INTAKE, _STREAM, "Commits of the table."),
    _count("intake_failed_commits", _INTAKE, _STREAM, "Commits that failed; their events are sent again."),
    _gauge("intake_last_commit_timestamp_seconds", _INTAKE, _STREAM, "Unix time of the last commit."),
    _gauge("intake_producers", _INTAKE, _STREAM, "Producers seen since the start, up to 1,000."),
    _gauge("intake_table_files", _INTAKE, _STREAM, "Data files of the table, at most a minute old."),
    _gauge("intake_table_bytes", _INTAKE, _STREAM, "Bytes of these files."),
    Definition(
        "wakeline_intake_commit_seconds", HISTOGRAM, _INTAKE, _STREAM, "Time that a commit of a group took."
    ),
    Definition(
        "wakeline_intake_lag_seconds", HISTOGRAM, _INTAKE, _STREAM, "From a batch's arrival to its commit."
    ),
    Definition(
        "wakeline_intake_event_age_seconds",
        HISTOGRAM,
        _INTAKE,
        _STREAM,
        "Age of a batch's newest event when it was committed.",
    ),
    _gauge("intake_held_bytes", _INTAKE, (), "Bytes of requests and decoded events in memory."),
    _count("intake_malformed_batches", _INTAKE, (), "Batches refused for good."),
    _gauge("intake_no_destination_streams", _INTAKE, (), "Streams that no destination takes; they wait."),
    _gauge("intake_rules_version", _INTAKE, (), "Version of the rules in force."),
    _gauge("intake_configuration_failing", _INTAKE, (), "1 while newer rules cannot be had."),
    _count("gateway_events_accepted", _GATEWAY, (), "Events taken since the start."),
    _count("gateway_events_duplicate", _GATEWAY, (), "Events recognised as sent before."),
    _count("gateway_requests_refused", _GATEWAY, (), "Requests answered with an error."),
    _gauge("gateway_spooled_events", _GATEWAY, (), "Events of this process that wait in its spool file."),
    _gauge("gateway_spooled_bytes", _GATEWAY, (), "Bytes that the spool file has in use."),
    _count("events_accepted", _SERVER, _ACCOUNT, "Events that nodes and gateway of this home have taken."),
    _count("events_stored", _SERVER, _ACCOUNT, "Of these, events whose commit was acknowledged."),
    _count("events_dropped", _SERVER, (*_ACCOUNT, "reason"), "Of these, events dropped, by reason."),
    _count("dead_letters", _SERVER, _ACCOUNT, "Of these, events refused for good and kept aside."),
    _gauge("spooled_events", _SERVER, _ACCOUNT, "Of these, events that wait in spools."),
    _gauge("oldest_spooled_age_seconds", _SERVER, _ACCOUNT, "Age of the oldest event that waits."),
    _gauge("shipper_spooled_bytes", _SERVER, _SPOOL, "Bytes in use by spool files, by the shipper's report."),
    _gauge("shipper_report_age_seconds", _SERVER, _SPOOL, "Age of the shipper's last report."),
    _gauge("shipper_failing", _SERVER, _SPOOL, "1 while the shipper reports a trouble."),
    _gauge("spool_files_unread", _SERVER, _SPOOL, "Spool files whose events are in no count yet."),
)
_BY_NAME = {definition.name: definition for definition in DEFINITIONS}


@dataclass(slots=True)
class Buckets:
    """A histogram of seconds."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(SECONDS_BOUNDS) + 1))
    sum: float = 0.0
    last: float | None = None

    def observe(self, seconds: float) -> None:
        self.counts[bisect_left(SECONDS_BOUNDS, seconds)] += 1
        self.sum += seconds
        self.last = seconds


Sample = tuple[str, Sequence[str], float | Buckets]
"""A name of `DEFINITIONS` without `wakeline_`, the labels' values, and the value."""


def render_metrics(samples: Iterable[Sample]) -> bytes:
    """The page; the samples of a name need not stand together."""
    families: dict[str, Any] = {}
    for name, labels, value in samples:
        full = f"wakeline_{name}"
        family = families.setdefault(full, _begin(_BY_NAME[full]))
        values = [_clean(label) for label in labels]
        if isinstance(value, Buckets):
            family.add_metric(values, buckets=list(_accumulate(value)), sum_value=value.sum)
        else:
            family.add_metric(values, value)
    return generate_latest(_Page(list(families.values())))


class _Page:
    """What the library takes for a registry."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        return iter(self._families)


def _begin(definition: Definition) -> Any:
    kinds: dict[str, Any] = {
        COUNTER: CounterMetricFamily,
        GAUGE: GaugeMetricFamily,
        HISTOGRAM: HistogramMetricFamily,
    }
    return kinds[definition.kind](definition.name, definition.help, labels=list(definition.labels))


def _clean(label: str) -> str:
    """Names are of any kind, but the page is UTF-8."""
    return label.encode("utf-8", "replace").decode()


def _accumulate(buckets: Buckets) -> Iterator[tuple[str, int]]:
    total = 0
    for bound, count in zip([*map(str, SECONDS_BOUNDS), "+Inf"], buckets.counts, strict=True):
        total += count
        yield bound, total
