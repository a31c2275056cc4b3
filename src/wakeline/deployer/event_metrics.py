"""The status of the events as samples for Prometheus."""

from collections.abc import Iterator

from wakeline.core.clock import parse_rfc3339
from wakeline.deployer.event_status import EventStatus
from wakeline.wire.metrics import Sample


def list_samples(status: EventStatus, now_us: int) -> Iterator[Sample]:
    """Of the streams that this home's spools have held, and of each shipper."""
    for stream in status.streams:
        if not stream.here:
            continue
        labels = (stream.topic, stream.routing_key, stream.endpoint)
        yield "events_accepted", labels, stream.accepted
        yield "events_stored", labels, stream.stored
        yield "dead_letters", labels, stream.dead_letters
        yield "spooled_events", labels, stream.spooled
        yield "oldest_spooled_age_seconds", labels, stream.oldest_age_s or 0.0
        for reason, events in stream.dropped.items():
            yield "events_dropped", (*labels, reason), events
    for report in status.shippers:
        of = (str(report["of"]),)
        yield "shipper_spooled_bytes", of, float(report.get("spooled_bytes") or 0)
        yield "shipper_report_age_seconds", of, (now_us - parse_rfc3339(report["updated_at"])) / 1e6
        yield "shipper_failing", of, float(report.get("last_error") is not None)
        yield "spool_files_unread", of, float(report.get("unread_files") or 0)
