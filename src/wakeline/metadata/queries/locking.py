"""A lock on a project's rows, for acts that look first and write then."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from wakeline.metadata.queries.projects import get_project
from wakeline.metadata.tables.serving import Project


def lock_project(session: Session, key: str) -> Project:
    """Until the transaction ends no other one passes here for the project; what is read after it is current.

    A write that changes nothing takes the write lock on SQLite and the row's lock on PostgreSQL.
    """
    session.execute(
        update(Project).where(Project.key == key).values(name=Project.name),
        execution_options={"synchronize_session": False},
    )
    return get_project(session, key)
