"""Model evaluation stores: create, find, list."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from wakeline.core.errors import ConflictError, NotFoundError
from wakeline.metadata.tables.monitoring import Store


def create_store(session: Session, project: str, name: str, now_us: int) -> Store:
    if find_store(session, project, name) is not None:
        raise ConflictError(f"the project {project} has a store {name!r} already")
    store = Store(project=project, name=name, created_at_us=now_us)
    session.add(store)
    session.flush()
    return store


def find_store(session: Session, project: str, name: str) -> Store | None:
    return session.get(Store, (project, name))


def get_store(session: Session, project: str, name: str) -> Store:
    store = find_store(session, project, name)
    if store is None:
        known = ", ".join(row.name for row in list_stores(session, project)) or "none"
        raise NotFoundError(f"the project {project} has no store {name!r}; there are: {known}")
    return store


def list_stores(session: Session, project: str | None = None) -> Sequence[Store]:
    query = select(Store).order_by(Store.project, Store.name)
    return session.scalars(query if project is None else query.where(Store.project == project)).all()
