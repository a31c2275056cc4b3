"""An outbox's statistics as `/v1/status` tells them."""

from typing import Any

from wakeline.spool.totals import OutboxStatistics


def describe_outbox(statistics: OutboxStatistics) -> dict[str, Any]:
    return {
        "producer": statistics.producer,
        "appended": statistics.appended,
        "pending": statistics.pending,
        "spooled": statistics.spooled,
        "shipped": statistics.shipped,
        "dropped": statistics.dropped,
        "used_bytes": statistics.used_bytes,
        "last_error": statistics.last_error,
    }
