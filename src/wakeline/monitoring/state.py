"""How the monitoring of an endpoint stands: its parts, its log, its latest evaluation. Never writes."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from wakeline.core.errors import NotFoundError
from wakeline.loglake.place import Place, locate_below
from wakeline.loglake.window import LogSnapshot
from wakeline.metadata.queries import datasets, destinations, evaluations, recipes
from wakeline.metadata.queries.evaluations import EvaluationRow
from wakeline.metadata.queries.places import locate_connection
from wakeline.monitoring.parts import MonitoringParts, find_parts
from wakeline.monitoring.watched import WatchedEndpoint


@dataclass(frozen=True, slots=True)
class LogState:
    row_count: int
    first_day: date | None
    last_day: date | None


@dataclass(frozen=True, slots=True)
class MonitoringState:
    """`log` is None before the first event has arrived."""

    endpoint: WatchedEndpoint
    parts: MonitoringParts
    log: LogState | None
    evaluation_count: int
    latest: EvaluationRow | None

    @property
    def configured(self) -> bool:
        return self.parts.recipe is not None


def read_state(session: Session, home: Path, endpoint: WatchedEndpoint) -> MonitoringState:
    parts = find_parts(session, endpoint)
    count, latest = 0, None
    if parts.recipe is not None:
        count = evaluations.count_evaluations(session, endpoint.project, parts.recipe.store)
        latest = evaluations.find_latest(session, endpoint.project, parts.recipe.store)
    return MonitoringState(endpoint, parts, _read_log(locate_log(session, home, endpoint)), count, latest)


def locate_log(session: Session, home: Path, endpoint: WatchedEndpoint) -> Place:
    """The folder of the endpoint's query log; there may be nothing yet."""
    connection = destinations.get_connection(session, endpoint.connection_id)
    return locate_below(locate_connection(home, connection), endpoint.path)


def open_log(table: Place, version: int | None = None) -> LogSnapshot | None:
    """None before the first event has arrived."""
    try:
        return LogSnapshot.open(table, version)
    except NotFoundError:
        if version is not None:
            raise
        return None


def has_log(sessions: sessionmaker[Session], home: Path, project: str, recipe: str) -> bool:
    """Whether the table that a recipe reads has had its first event."""
    with sessions() as session:
        row = recipes.get_recipe(session, project, recipe)
        dataset = datasets.get_dataset(session, project, row.dataset)
        return open_log(datasets.locate_dataset(session, home, dataset)) is not None


def _read_log(table: Place) -> LogState | None:
    snapshot = open_log(table)
    if snapshot is None:
        return None
    days = [partition.day for partition in snapshot.partitions()]
    return LogState(snapshot.count(), min(days, default=None), max(days, default=None))
