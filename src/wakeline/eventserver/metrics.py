"""The event server's numbers for Prometheus: those of streams that the caller may see, and of the process."""

from collections.abc import Callable, Iterator

from wakeline.core.event import Stream
from wakeline.eventserver.counters import StreamCounters
from wakeline.eventserver.intake import Intake
from wakeline.wire.metrics import Buckets, Sample


def list_samples(
    intake: Intake, may_see: Callable[[Stream], bool], *, rules_version: int, is_failing: bool
) -> Iterator[Sample]:
    for destination, stream, queue in intake.list_tables(may_see):
        labels = (destination, stream.topic, stream.routing_key, stream.endpoint)
        for name, value in _list_values(queue.counters):
            yield name, labels, value
        if queue.size is not None:
            yield "intake_table_files", labels, float(queue.size.files)
            yield "intake_table_bytes", labels, float(queue.size.bytes)
    yield "intake_held_bytes", (), float(intake.held_bytes)
    yield "intake_malformed_batches", (), float(intake.malformed)
    waiting = sum(may_see(stream) for stream, _ in intake.waiting.list())
    yield "intake_no_destination_streams", (), float(waiting)
    yield "intake_rules_version", (), float(rules_version)
    yield "intake_configuration_failing", (), float(is_failing)


def _list_values(counters: StreamCounters) -> Iterator[tuple[str, float | Buckets]]:
    yield "intake_events_accepted", counters.accepted
    yield "intake_events_stored", counters.stored
    yield "intake_events_duplicate", counters.duplicate
    yield "intake_events_dropped", counters.dropped
    yield "intake_dead_letters", counters.dead_letters
    yield "intake_gaps", counters.gaps
    yield "intake_commits", counters.commits
    yield "intake_failed_commits", counters.failed_commits
    yield "intake_producers", len(counters.producers)
    if counters.last_commit_us is not None:
        yield "intake_last_commit_timestamp_seconds", counters.last_commit_us / 1e6
    yield "intake_commit_seconds", counters.commit_seconds
    yield "intake_lag_seconds", counters.lag_seconds
    yield "intake_event_age_seconds", counters.age_seconds
