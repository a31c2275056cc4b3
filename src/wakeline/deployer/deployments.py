"""Deployments: one generation of a service on an infrastructure, its settings, its node.

A deployment is there when its node answers; an act that fails leaves what was before. The caller holds the
one lock for acts on deployments and commits while it holds it.
"""

import shutil
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from wakeline.core.business_key import check_business_key
from wakeline.core.clock import Clock
from wakeline.core.errors import ConflictError, InvalidInputError, UnavailableError, WakelineError
from wakeline.core.event import Durability, WhenFull
from wakeline.core.ids import check_deployment_id
from wakeline.core.limits import SPOOL_BYTES_MAX
from wakeline.deployer.infrastructures import (
    SWITCHES,
    InfrastructureSettings,
    build_reporting,
    read_settings,
)
from wakeline.deployer.layout import locate_node
from wakeline.deployer.nodes import SPOOL_FOLDER, LocalNodes
from wakeline.deployer.ports import NodePorts
from wakeline.metadata.queries import deployments, infrastructures, services
from wakeline.metadata.tables.serving import Deployment, Node, ServiceVersion
from wakeline.wire.configuration import NodeConfiguration, NodeService, SpoolSettings


class DeploymentSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a deployment logs and how safely; `client_event_time` honours the callers' own times.

    `business_keys`: endpoint → what its labels may name instead of a prediction id.

    A deployment keeps of the log switches only those that it set itself: the others are its infrastructure's.
    """

    client_event_time: bool = False
    log_queries: bool = True
    log_inputs: bool = True
    log_outputs: bool = True
    sample_rate: float = 1.0
    durability: Durability = Durability.WRITTEN
    spool_bytes_max: int = SPOOL_BYTES_MAX
    when_full: WhenFull = WhenFull.DROP_OLDEST
    business_keys: dict[str, str] = {}

    def __post_init__(self) -> None:
        if not 0 < self.sample_rate <= 1:
            raise ValueError(f"sample_rate is {self.sample_rate}; expected a number above 0 and up to 1")
        if self.spool_bytes_max < 1024 * 1024:
            raise ValueError(f"spool_bytes_max is {self.spool_bytes_max}; expected at least 1 MiB")
        for key in self.business_keys.values():
            check_business_key(key)


@dataclass(frozen=True, slots=True)
class NewDeployment:
    project: str
    service_id: str
    infrastructure_id: str
    generation: str
    deployment_id: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)


def parse_settings(document: dict[str, Any]) -> DeploymentSettings:
    try:
        return msgspec.convert(document, DeploymentSettings)
    except ValueError as error:
        known = ", ".join(DeploymentSettings.__struct_fields__)
        raise InvalidInputError(f"the settings are wrong: {error}; known are {known}") from error


def create_deployment(session: Session, nodes: LocalNodes, new: NewDeployment, clock: Clock) -> Deployment:
    generation = services.get_generation(session, new.project, new.service_id, new.generation)
    infrastructures.get_infrastructure(session, new.infrastructure_id)
    row = Deployment(
        deployment_id=_choose_id(session, new),
        project=new.project,
        service_id=new.service_id,
        generation=new.generation,
        infrastructure_id=new.infrastructure_id,
        settings=_check_own_settings(new.settings),
        created_at_us=clock.now_us(),
    )
    _check_endpoints(session, row, row.settings["business_keys"])
    node = _plan_node(session, nodes, row.deployment_id)
    try:
        nodes.launch(_build_configuration(nodes, row, node, generation, settle_settings(session, row)))
    except WakelineError:
        shutil.rmtree(locate_node(nodes.home, row.deployment_id), ignore_errors=True)
        raise
    return deployments.add_deployment(session, row, [node])


def deploy_generation(
    session: Session, nodes: LocalNodes, deployment_id: str, generation: str
) -> tuple[Deployment, bool]:
    """Puts another generation on the deployment's node; False when it was there already."""
    row = deployments.get_deployment(session, deployment_id)
    services.get_generation(session, row.project, row.service_id, generation)
    if row.generation == generation:
        return row, False
    _relaunch(session, nodes, row, generation, row.settings)
    row.generation = generation
    session.flush()
    return row, True


def change_settings(
    session: Session, nodes: LocalNodes, deployment_id: str, changes: dict[str, Any]
) -> Deployment:
    """Settings not named stay as they are, a log switch of None becomes the infrastructure's again; the node
    is restarted where something changed."""
    row = deployments.get_deployment(session, deployment_id)
    settings = _check_own_settings(row.settings | changes)
    _check_endpoints(session, row, settings["business_keys"])
    if settings != row.settings:
        _relaunch(session, nodes, row, row.generation, settings)
        row.settings = settings
        session.flush()
    return row


def delete_deployment(session: Session, nodes: LocalNodes, deployment_id: str, *, discard: bool) -> None:
    """Ends the node once its events are shipped; `discard` drops what cannot be shipped."""
    row = deployments.get_deployment(session, deployment_id)
    for node in deployments.list_nodes(session, deployment_id):
        nodes.stop_node_only(node.node_id)
        waiting = nodes.wait_until_drained(deployment_id)
        if waiting and not discard:
            nodes.resume(configure_node(session, nodes, row, node))
            raise UnavailableError(
                f"events of {deployment_id} wait in {waiting} spool file(s) and the event server does not "
                "take them; the deployment stays. Start the event server, or delete with discard=true",
                details={"spool_files": waiting},
            )
        nodes.stop(node.node_id)
    deployments.delete_deployment(session, row)
    shutil.rmtree(locate_node(nodes.home, deployment_id), ignore_errors=True)


def resume_all(session: Session, nodes: LocalNodes) -> None:
    """At a start of the server: adopts or starts every node, and ends those that no deployment owns."""
    rows = deployments.list_nodes(session)
    for node in rows:
        ports = nodes.revise_ports(node.node_id, node.slot, NodePorts(node.port, node.admin_port))
        node.port, node.admin_port = ports.port, ports.admin_port
        row = deployments.get_deployment(session, node.deployment_id)
        nodes.resume(configure_node(session, nodes, row, node))
    nodes.supervisor.end_leftovers()
    session.flush()


def settle_settings(session: Session, row: Deployment) -> tuple[DeploymentSettings, InfrastructureSettings]:
    """What holds for a deployment: its own settings, and its infrastructure's where it has none."""
    defaults = read_settings(infrastructures.get_infrastructure(session, row.infrastructure_id))
    return parse_settings(defaults.switches | row.settings), defaults


def list_inherited(row: Deployment) -> list[str]:
    """The log switches that follow the infrastructure."""
    return [name for name in SWITCHES if name not in row.settings]


def _check_own_settings(document: dict[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in document.items() if value is not None or name not in SWITCHES}
    settings: dict[str, Any] = msgspec.to_builtins(parse_settings(given))
    return {name: value for name, value in settings.items() if name not in SWITCHES or name in given}


def _check_endpoints(session: Session, row: Deployment, named: dict[str, str]) -> None:
    generation = services.get_generation(session, row.project, row.service_id, row.generation)
    known = [entry["endpoint_id"] for entry in generation.endpoints]
    unknown = sorted(set(named) - set(known))
    if unknown:
        raise InvalidInputError(
            f"business_keys: found the endpoint {unknown[0]!r}, expected one of {', '.join(known)}"
        )


def _build_configuration(
    nodes: LocalNodes,
    row: Deployment,
    node: Node,
    generation: ServiceVersion,
    settled: tuple[DeploymentSettings, InfrastructureSettings],
) -> NodeConfiguration:
    settings, defaults = settled
    return NodeConfiguration(
        node_id=node.node_id,
        host=nodes.host,
        port=node.port,
        admin_port=node.admin_port,
        project=row.project,
        deployment_id=row.deployment_id,
        infrastructure_id=row.infrastructure_id,
        services=(
            NodeService(
                service_id=row.service_id,
                generation=generation.generation,
                package=str(nodes.home / generation.path),
            ),
        ),
        spool=SpoolSettings(
            folder=str(locate_node(nodes.home, row.deployment_id) / SPOOL_FOLDER),
            durability=settings.durability,
            bytes_max=settings.spool_bytes_max,
            when_full=settings.when_full,
        ),
        reporting=build_reporting(nodes.home, defaults, nodes.event_servers, nodes.ca_file),
        client_event_time=settings.client_event_time,
        log_queries=settings.log_queries,
        log_inputs=settings.log_inputs,
        log_outputs=settings.log_outputs,
        sample_rate=settings.sample_rate,
    )


def _choose_id(session: Session, new: NewDeployment) -> str:
    """The given id, or PROJECT-on-INFRASTRUCTURE, or with the service when that is taken."""
    if new.deployment_id is not None:
        check_deployment_id(new.deployment_id)
        candidates = [new.deployment_id]
    else:
        candidates = [
            f"{new.project}-on-{new.infrastructure_id}",
            f"{new.project}-{new.service_id}-on-{new.infrastructure_id}",
        ]
    taken = {row.deployment_id.lower() for row in deployments.list_deployments(session)}
    for candidate in candidates:
        if candidate.lower() not in taken:
            return candidate
    raise ConflictError(
        f"there is a deployment {candidates[-1]} already; deploy another generation to it, or give "
        "another id",
        details={"deployment_id": candidates[-1]},
    )


def _plan_node(session: Session, nodes: LocalNodes, deployment_id: str) -> Node:
    taken = {node.slot for node in deployments.list_nodes(session)}
    slot = next(number for number in range(len(taken) + 1) if number not in taken)
    ports = nodes.choose_ports(slot)
    return Node(
        node_id=f"{deployment_id}-0",
        deployment_id=deployment_id,
        slot=slot,
        port=ports.port,
        admin_port=ports.admin_port,
    )


def configure_node(session: Session, nodes: LocalNodes, row: Deployment, node: Node) -> NodeConfiguration:
    generation = services.get_generation(session, row.project, row.service_id, row.generation)
    return _build_configuration(nodes, row, node, generation, settle_settings(session, row))


def replace_node(nodes: LocalNodes, former: NodeConfiguration, fresh: NodeConfiguration) -> None:
    """Brings the former back if the one that is configured anew does not start."""
    nodes.stop_node_only(former.node_id)
    try:
        nodes.launch(fresh)
    except (UnavailableError, ConflictError):
        nodes.resume(former)
        raise


def _relaunch(
    session: Session, nodes: LocalNodes, row: Deployment, generation: str, settings: dict[str, Any]
) -> None:
    """Replaces the node where its configuration changes; brings the former back if that does not start."""
    changed = Deployment(
        deployment_id=row.deployment_id,
        project=row.project,
        service_id=row.service_id,
        generation=generation,
        infrastructure_id=row.infrastructure_id,
        settings=settings,
    )
    for node in deployments.list_nodes(session, row.deployment_id):
        former, fresh = (configure_node(session, nodes, one, node) for one in (row, changed))
        if former != fresh:
            replace_node(nodes, former, fresh)
