"""Audit records of erasures: added, finished, listed; never deleted."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from wakeline.core.errors import NotFoundError
from wakeline.metadata.tables.monitoring import Job
from wakeline.metadata.tables.upkeep import Erasure

RUNNING = "running"
DONE = "done"
FAILED = "failed"


def add_erasure(session: Session, erasure: Erasure) -> Erasure:
    session.add(erasure)
    session.flush()
    return erasure


def get_erasure(session: Session, erasure_id: str) -> Erasure:
    found = session.get(Erasure, erasure_id)
    if found is None:
        raise NotFoundError(f"there is no erasure {erasure_id!r}; see `wakeline event erasures`")
    return found


def list_erasures(session: Session, project: str) -> Sequence[Erasure]:
    """The newest first."""
    query = select(Erasure).where(Erasure.project == project)
    return session.scalars(query.order_by(Erasure.created_at_us.desc(), Erasure.id)).all()


def list_running(session: Session) -> Sequence[tuple[Erasure, Job]]:
    """With the job that was last asked to do each."""
    query = select(Erasure, Job).join(Job, Job.id == Erasure.job_id).where(Erasure.state == RUNNING)
    return [(erasure, job) for erasure, job in session.execute(query).all()]


def finish_erasure(
    session: Session, erasure_id: str, state: str, now_us: int, *, row_count: int, places: list[Any]
) -> Erasure:
    row = get_erasure(session, erasure_id)
    row.state, row.row_count, row.places, row.finished_at_us = state, row_count, places, now_us
    session.flush()
    return row
