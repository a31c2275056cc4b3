"""The status of a store: the worst of the latest outcomes of its checks.

A store without checks shows what its latest evaluation says.
"""

from sqlalchemy.orm import Session

from wakeline.core.status import Status, find_worst
from wakeline.metadata.queries import checks, evaluations
from wakeline.monitoring.checks import list_latest


def read_store_status(session: Session, project: str, store: str) -> Status | None:
    """None before the first evaluation."""
    latest = evaluations.find_latest(session, project, store)
    if latest is None:
        return None
    rows = [row for row in checks.list_checks(session, project, store) if row.enabled]
    if not rows:
        return Status(latest.revision.status)
    return find_worst(Status(entry.result.outcome) for entry in list_latest(session, rows).values())
