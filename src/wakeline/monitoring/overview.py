"""The overview: every project with its deployments, their statuses, and the last days of volume and drift.

From metadata and the logs' own commit files; no row is read. A log that cannot be opened counts as none.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from sqlalchemy.orm import Session

from wakeline.core.errors import WakelineError
from wakeline.core.status import Status, find_worst
from wakeline.core.window import Window
from wakeline.deployer.nodes import LocalNodes
from wakeline.deployer.ports import NodePorts
from wakeline.metadata.queries import deployments, evaluations, models, projects, services
from wakeline.metadata.tables.serving import Deployment, Project
from wakeline.monitoring.parts import find_parts
from wakeline.monitoring.state import locate_log, open_log
from wakeline.monitoring.status import read_store_status
from wakeline.monitoring.watched import WatchedEndpoint, find_endpoint

DAYS_MAX = 90
WINDOWS_MAX = 30
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
class Verdict:
    """The evaluation of the latest window; its status is its own, not the checks'."""

    evaluation_id: str
    window: str
    status: str
    sentence: str


@dataclass(frozen=True, slots=True)
class EndpointOverview:
    """`volume` and `drift` in the order of time; `status` (the checks') None before the first evaluation."""

    endpoint_id: str
    model: str
    model_version: str
    configured: bool = False
    status: Status | None = None
    store: str | None = None
    row_count: int = 0
    volume: tuple[VolumePoint, ...] = ()
    drift: tuple[DriftPoint, ...] = ()
    latest: Verdict | None = None


@dataclass(frozen=True, slots=True)
class DeploymentOverview:
    deployment_id: str
    service_id: str
    infrastructure_id: str
    generation: str
    node_states: tuple[str, ...]
    status: Status
    endpoints: tuple[EndpointOverview, ...]


@dataclass(frozen=True, slots=True)
class ServiceOverview:
    service_id: str
    generation_count: int


@dataclass(frozen=True, slots=True)
class ModelOverview:
    name: str
    active_version: str | None


@dataclass(frozen=True, slots=True)
class ProjectOverview:
    """Models and services tell a new project what comes next."""

    key: str
    name: str
    status: Status
    models: tuple[ModelOverview, ...]
    services: tuple[ServiceOverview, ...]
    deployments: tuple[DeploymentOverview, ...]


def build_overview(session: Session, home: Path, nodes: LocalNodes) -> list[ProjectOverview]:
    return [_describe_project(session, home, nodes, row) for row in projects.list_projects(session)]


def _describe_deployment(
    session: Session, home: Path, nodes: LocalNodes, row: Deployment
) -> DeploymentOverview:
    generation = services.get_generation(session, row.project, row.service_id, row.generation)
    endpoints = tuple(_describe_endpoint(session, home, row, entry) for entry in generation.endpoints)
    return DeploymentOverview(
        deployment_id=row.deployment_id,
        service_id=row.service_id,
        infrastructure_id=row.infrastructure_id,
        generation=row.generation,
        node_states=tuple(
            nodes.describe(node.node_id, NodePorts(node.port, node.admin_port)).state
            for node in deployments.list_nodes(session, row.deployment_id)
        ),
        status=find_worst(endpoint.status for endpoint in endpoints if endpoint.status),
        endpoints=endpoints,
    )


def _describe_project(session: Session, home: Path, nodes: LocalNodes, row: Project) -> ProjectOverview:
    listed = [
        _describe_deployment(session, home, nodes, deployment)
        for deployment in deployments.list_deployments(session, row.key)
    ]
    return ProjectOverview(
        key=row.key,
        name=row.name,
        status=find_worst(deployment.status for deployment in listed),
        models=tuple(
            ModelOverview(model.name, model.active_version) for model in models.list_models(session, row.key)
        ),
        services=tuple(
            ServiceOverview(
                service.service_id, len(services.list_generations(session, row.key, service.service_id))
            )
            for service in services.list_services(session, row.key)
        ),
        deployments=tuple(listed),
    )


def _describe_endpoint(
    session: Session, home: Path, row: Deployment, entry: dict[str, str]
) -> EndpointOverview:
    bare = EndpointOverview(entry["endpoint_id"], entry["model"], entry["model_version"])
    try:
        endpoint = find_endpoint(session, row.deployment_id, bare.endpoint_id)
    except WakelineError:
        # An endpoint that cannot be watched, or whose events go nowhere, has nothing to show.
        return bare
    parts = find_parts(session, endpoint)
    row_count, volume = _read_volume(session, home, endpoint)
    counted = replace(bare, row_count=row_count, volume=volume)
    if parts.recipe is None:
        return counted
    store = parts.recipe.store
    return replace(
        counted,
        configured=True,
        store=store,
        status=read_store_status(session, endpoint.project, store),
        drift=_read_drift(session, endpoint.project, store),
        latest=_read_verdict(session, endpoint.project, store),
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
    days = snapshot.partitions()[-DAYS_MAX:]
    return snapshot.count(), tuple(VolumePoint(entry.day, entry.row_count) for entry in days)


def _read_drift(session: Session, project: str, store: str) -> tuple[DriftPoint, ...]:
    page = evaluations.list_evaluations(session, project, store, limit=WINDOWS_MAX)
    return tuple(
        DriftPoint(
            evaluation_id=row.evaluation.id,
            window=str(Window(row.evaluation.window_start, row.evaluation.window_end)),
            value=_find_drift(row.revision.headline),
            status=row.revision.status,
        )
        for row in reversed(page.items)
    )


def _read_verdict(session: Session, project: str, store: str) -> Verdict | None:
    found = evaluations.find_latest(session, project, store)
    if found is None:
        return None
    window = Window(found.evaluation.window_start, found.evaluation.window_end)
    return Verdict(found.evaluation.id, str(window), found.revision.status, found.revision.sentence)


def _find_drift(headline: Sequence[dict[str, float | str | None]]) -> float | None:
    found = (entry["value"] for entry in headline if entry["metric"] == DRIFT_METRIC and "value" in entry)
    value = next(found, None)
    return value if isinstance(value, int | float) else None
