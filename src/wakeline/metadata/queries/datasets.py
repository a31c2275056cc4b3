"""Log datasets: create, find, list, locate, delete."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from wakeline.core.errors import ConflictError, NotFoundError
from wakeline.loglake.place import Place, locate_below
from wakeline.metadata.queries.destinations import get_connection
from wakeline.metadata.queries.places import locate_connection
from wakeline.metadata.tables.monitoring import Dataset


def add_dataset(session: Session, dataset: Dataset) -> Dataset:
    if session.get(Dataset, (dataset.project, dataset.name)) is not None:
        raise ConflictError(f"the project {dataset.project} has a dataset {dataset.name!r} already")
    session.add(dataset)
    session.flush()
    return dataset


def get_dataset(session: Session, project: str, name: str) -> Dataset:
    dataset = session.get(Dataset, (project, name))
    if dataset is None:
        known = ", ".join(row.name for row in list_datasets(session, project)) or "none"
        raise NotFoundError(f"the project {project} has no dataset {name!r}; there are: {known}")
    return dataset


def list_datasets_at(session: Session, project: str, connection_id: str, path: str) -> Sequence[Dataset]:
    """The project's datasets of that table, the oldest first."""
    return session.scalars(
        select(Dataset)
        .where(Dataset.project == project, Dataset.connection_id == connection_id, Dataset.path == path)
        .order_by(Dataset.created_at_us, Dataset.name)
    ).all()


def list_datasets(session: Session, project: str | None = None) -> Sequence[Dataset]:
    query = select(Dataset).order_by(Dataset.project, Dataset.name)
    return session.scalars(query if project is None else query.where(Dataset.project == project)).all()


def locate_dataset(session: Session, home: Path, dataset: Dataset) -> Place:
    """Where the log table lies, links followed; there may be nothing yet."""
    connection = get_connection(session, dataset.connection_id)
    return locate_below(locate_connection(home, connection), dataset.path)


def delete_dataset(session: Session, dataset: Dataset) -> None:
    """Forgets the dataset; the log itself stays."""
    session.delete(dataset)
    session.flush()
