"""Labels of an endpoint: how far its predictions have theirs, and which ids belong to no prediction."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from wakeline.core.window import Window
from wakeline.evaluation.groundtruth import (
    LabelReport,
    find_unknown_ids,
    locate_labels,
    open_labels,
    report_labels,
)
from wakeline.evaluation.selection import Selection
from wakeline.loglake.place import Place
from wakeline.monitoring.state import locate_log, open_log
from wakeline.monitoring.watched import WatchedEndpoint


def report_endpoint(
    session: Session, home: Path, endpoint: WatchedEndpoint, window: Window | None
) -> LabelReport:
    """Of the window's answered predictions; of all when it is None."""
    table = locate_log(session, home, endpoint)
    selection = Selection(deployment_id=endpoint.deployment_id)
    chosen = window or _find_extent(table)
    if chosen is None or open_log(table) is None:
        labels = open_labels(locate_labels(table, endpoint.deployment_id))
        return LabelReport(unmatched=0 if labels is None else labels.count())
    return report_labels(table, chosen, selection=selection)


def find_unknown(
    session: Session, home: Path, endpoint: WatchedEndpoint, prediction_ids: Sequence[str]
) -> list[str]:
    """Before the first event has arrived no id is known."""
    table = locate_log(session, home, endpoint)
    if open_log(table) is None:
        return list(prediction_ids)
    return find_unknown_ids(table, prediction_ids)


def _find_extent(table: Place) -> Window | None:
    """The days that the log spans; None while it has no rows."""
    snapshot = open_log(table)
    days = [] if snapshot is None else [partition.day for partition in snapshot.partitions()]
    return Window(min(days), max(days) + timedelta(days=1)) if days else None
