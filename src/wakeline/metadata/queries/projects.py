"""Projects: create, find, list."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from wakeline.core.errors import ConflictError, NotFoundError
from wakeline.core.ids import check_project_key
from wakeline.metadata.tables.serving import Project


def create_project(session: Session, key: str, name: str, now_us: int) -> Project:
    """`name` defaults to the key."""
    check_project_key(key)
    if session.get(Project, key) is not None:
        raise ConflictError(f"the project {key} exists already")
    project = Project(key=key, name=name or key, created_at_us=now_us)
    session.add(project)
    session.flush()
    return project


def get_project(session: Session, key: str) -> Project:
    project = session.get(Project, key)
    if project is None:
        known = ", ".join(row.key for row in list_projects(session)) or "none"
        raise NotFoundError(f"there is no project {key!r}; there are: {known}")
    return project


def check_project(session: Session, key: str | None) -> None:
    """For a list that may be narrowed to a project: one that is not there has no list, not an empty one."""
    if key is not None:
        get_project(session, key)


def list_projects(session: Session) -> Sequence[Project]:
    return session.scalars(select(Project).order_by(Project.key)).all()
