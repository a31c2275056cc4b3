"""The overview: every project with its deployments, their statuses, and the last days of volume and drift.

From metadata and the logs' own commit files; no row is read. A log that cannot be opened counts as none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy.orm import Session

from wakeline.core.errors import WakelineError
from wakeline.core.status import Status, find_worst
from wakeline.core.window import Window
from wakeline.metadata.queries import deployments, evaluations, models, projects, services
from wakeline.metadata.tables.serving import Deployment, Project
from wakeline.monitoring.parts import find_parts
from wakeline.monitoring.state import locate_log, open_log
from wakeline.monitoring.status import read_store_status
from wakeline.monitoring.watched import WatchedEndpoint, find_endpoint

POINTS_MAX = 30
DRIFT_METRIC = "drifted_share"


@dataclass(frozen=True, slots=True)
class VolumePoint:
    day: date
    row_count: int


@dataclass(frozen=True, slots=True)
class DriftPoint:
    """`value` is the share of drifted features, None where it was not computed."""

    evaluation_id: str
    window: str
    value: float | None
    status: str


@dataclass(frozen=True, slots=True)
class EndpointOverview:
    """`volume` and `drift` in the order of time; `status` None before the first evaluation."""

    endpoint_id: str
    model: str | None
    configured: bool
    status: Status | None
    store: str | None
    row_count: int
    volume: tuple[VolumePoint, ...] = ()
    drift: tuple[DriftPoint, ...] = ()
    sentence: str | None = None


@dataclass(frozen=True, slots=True)
class DeploymentOverview:
    deployment_id: str
    service_id: str
    infrastructure_id: str
    generation: str
    status: Status
    endpoints: tuple[EndpointOverview, ...]


@dataclass(frozen=True, slots=True)
class ProjectOverview:
    """The counts tell an empty project what comes first."""

    key: str
    name: str
    status: Status
    model_count: int
    service_count: int
    deployments: tuple[DeploymentOverview, ...]


def build_overview(session: Session, home: Path) -> list[ProjectOverview]:
    return [_describe_project(session, home, row) for row in projects.list_projects(session)]


def describe_deployment(session: Session, home: Path, row: Deployment) -> DeploymentOverview:
    generation = services.get_generation(session, row.project, row.service_id, row.generation)
    endpoints = tuple(
        _describe_endpoint(session, home, row, entry["endpoint_id"]) for entry in generation.endpoints
    )
    return DeploymentOverview(
        deployment_id=row.deployment_id,
        service_id=row.service_id,
        infrastructure_id=row.infrastructure_id,
        generation=row.generation,
        status=find_worst(endpoint.status for endpoint in endpoints if endpoint.status),
        endpoints=endpoints,
    )


def _describe_project(session: Session, home: Path, row: Project) -> ProjectOverview:
    listed = [
        describe_deployment(session, home, deployment)
        for deployment in deployments.list_deployments(session, row.key)
    ]
    return ProjectOverview(
        key=row.key,
        name=row.name,
        status=find_worst(deployment.status for deployment in listed),
        model_count=len(models.list_models(session, row.key)),
        service_count=len(services.list_services(session, row.key)),
        deployments=tuple(listed),
    )


def _describe_endpoint(session: Session, home: Path, row: Deployment, endpoint_id: str) -> EndpointOverview:
    try:
        endpoint = find_endpoint(session, row.deployment_id, endpoint_id)
    except WakelineError:
        # An endpoint that cannot be watched, or whose events go nowhere, has nothing to show.
        return EndpointOverview(endpoint_id, None, False, None, None, 0)
    parts = find_parts(session, endpoint)
    store = parts.recipe.store if parts.recipe else None
    row_count, volume = _read_volume(session, home, endpoint)
    latest = evaluations.find_latest(session, endpoint.project, store) if store else None
    return EndpointOverview(
        endpoint_id=endpoint_id,
        model=endpoint.model,
        configured=parts.recipe is not None,
        status=read_store_status(session, endpoint.project, store) if store else None,
        store=store,
        row_count=row_count,
        volume=volume,
        drift=_read_drift(session, endpoint.project, store) if store else (),
        sentence=latest.revision.sentence if latest else None,
    )


def _read_volume(
    session: Session, home: Path, endpoint: WatchedEndpoint
) -> tuple[int, tuple[VolumePoint, ...]]:
    try:
        snapshot = open_log(locate_log(session, home, endpoint))
    except WakelineError:
        return 0, ()
    if snapshot is None:
        return 0, ()
    days = snapshot.partitions()[-POINTS_MAX:]
    return snapshot.count(), tuple(VolumePoint(entry.day, entry.row_count) for entry in days)


def _read_drift(session: Session, project: str, store: str) -> tuple[DriftPoint, ...]:
    page = evaluations.list_evaluations(session, project, store, limit=POINTS_MAX)
    return tuple(
        DriftPoint(
            evaluation_id=row.evaluation.id,
            window=str(Window(row.evaluation.window_start, row.evaluation.window_end)),
            value=_find_drift(row.revision.headline),
            status=row.revision.status,
        )
        for row in reversed(page.items)
    )


def _find_drift(headline: Sequence[dict[str, float | str | None]]) -> float | None:
    found = (entry["value"] for entry in headline if entry["metric"] == DRIFT_METRIC and "value" in entry)
    value = next(found, None)
    return value if isinstance(value, int | float) else None
