"""Labels of an endpoint: how far its predictions have theirs, and which belong to no prediction."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from wakeline.core.errors import NotFoundError
from wakeline.core.schema import ModelSchema
from wakeline.core.window import Window
from wakeline.evaluation.groundtruth import locate_labels, open_labels, report_labels
from wakeline.evaluation.label_matching import LabelledLog
from wakeline.evaluation.label_report import LabelReport
from wakeline.evaluation.selection import Selection
from wakeline.loglake.window import LogSnapshot
from wakeline.metadata.queries import deployments, models
from wakeline.monitoring.state import locate_log, open_log
from wakeline.monitoring.watched import WatchedEndpoint
from wakeline.scoring.manifest import read_manifest


@dataclass(frozen=True, slots=True)
class EndpointLabels:
    """`business_key` None: labels name prediction ids alone."""

    business_key: str | None
    report: LabelReport


def report_endpoint(
    session: Session, home: Path, endpoint: WatchedEndpoint, window: Window | None
) -> EndpointLabels:
    """Of the window's answered predictions; of all when it is None."""
    key = deployments.find_business_key(session, endpoint.deployment_id, endpoint.endpoint_id)
    try:
        log = open_labelled(session, home, endpoint, window)
    except NotFoundError:
        table = locate_log(session, home, endpoint)
        labels = open_labels(locate_labels(table, endpoint.deployment_id))
        return EndpointLabels(key, LabelReport(unmatched=0 if labels is None else labels.count()))
    return EndpointLabels(key, report_labels(log, read_schema(session, home, endpoint)))


def open_labelled(
    session: Session, home: Path, endpoint: WatchedEndpoint, window: Window | None
) -> LabelledLog:
    """The endpoint's log and its labels; all days when the window is None.

    Raises `NotFoundError` while the log has no rows.
    """
    table = locate_log(session, home, endpoint)
    snapshot = open_log(table)
    chosen = window or _find_extent(snapshot)
    if snapshot is None or chosen is None:
        raise NotFoundError(
            f"the endpoint {endpoint.endpoint_id} of {endpoint.deployment_id} has no log yet: its first "
            "query makes it"
        )
    return LabelledLog(
        snapshot,
        open_labels(locate_labels(table, endpoint.deployment_id)),
        chosen,
        Selection(deployment_id=endpoint.deployment_id),
        deployments.find_business_key(session, endpoint.deployment_id, endpoint.endpoint_id),
    )


def read_schema(session: Session, home: Path, endpoint: WatchedEndpoint) -> ModelSchema:
    """Of the model version that is active now."""
    version = models.get_version(session, endpoint.project, endpoint.model, "active")
    return read_manifest(home / version.path).schema


def _find_extent(snapshot: LogSnapshot | None) -> Window | None:
    """The days that the log spans; None while it has no rows."""
    days = [] if snapshot is None else [partition.day for partition in snapshot.partitions()]
    return Window(min(days), max(days) + timedelta(days=1)) if days else None
