"""Infrastructures: where services run."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from wakeline.core.errors import NotFoundError
from wakeline.metadata.tables.serving import Infrastructure


def list_infrastructures(session: Session) -> Sequence[Infrastructure]:
    return session.scalars(select(Infrastructure).order_by(Infrastructure.id)).all()


def find_infrastructure(session: Session, infrastructure_id: str) -> Infrastructure | None:
    return session.get(Infrastructure, infrastructure_id)


def get_infrastructure(session: Session, infrastructure_id: str) -> Infrastructure:
    found = find_infrastructure(session, infrastructure_id)
    if found is None:
        known = ", ".join(row.id for row in list_infrastructures(session)) or "none"
        raise NotFoundError(f"there is no infrastructure {infrastructure_id!r}; there are: {known}")
    return found


def add_infrastructure(session: Session, infrastructure: Infrastructure) -> Infrastructure:
    session.add(infrastructure)
    session.flush()
    return infrastructure
