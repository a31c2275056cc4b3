"""A change of an infrastructure reaches its deployments at once: nodes that it concerns restart, one by one.

Either all of them run as the infrastructure says, or all as before. The caller holds the one lock for acts on
deployments and commits while it holds it.
"""

from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from wakeline.core.errors import InvalidInputError, WakelineError
from wakeline.deployer.api_keys import is_known_secret
from wakeline.deployer.deployments import configure_node, replace_node
from wakeline.deployer.infrastructures import (
    DEFAULT_STAGE,
    InfrastructureSettings,
    change_settings,
    read_settings,
    remove_unused_keys,
)
from wakeline.deployer.nodes import LocalNodes
from wakeline.metadata.queries import deployments, infrastructures
from wakeline.metadata.tables.serving import Infrastructure
from wakeline.wire.configuration import NodeConfiguration

Step = tuple[NodeConfiguration, NodeConfiguration]
"""A node's configuration before and after."""


def change_infrastructure(
    session: Session, nodes: LocalNodes, infrastructure_id: str, changes: dict[str, Any]
) -> tuple[Infrastructure, list[str]]:
    """What is not named stays; also the ids of the deployments whose nodes were restarted.

    Raises what keeps a node from starting; then every node is as it was, and so is the infrastructure.
    """
    row = infrastructures.get_infrastructure(session, infrastructure_id)
    before = row.settings
    if "stage" in changes:
        row.stage = changes["stage"] or DEFAULT_STAGE
    former = _list_configurations(session, nodes, infrastructure_id)
    settings = change_settings(nodes.home, read_settings(row), changes)
    _check_key_is_known(session, nodes.home, settings)
    row.settings = msgspec.to_builtins(settings)
    if row.settings == before:
        session.flush()
        return row, []
    fresh = _list_configurations(session, nodes, infrastructure_id)
    steps = [pair for pair in zip(former, fresh, strict=True) if pair[0] != pair[1]]
    try:
        _replace_all(nodes, steps)
    except WakelineError:
        row.settings = before
        raise
    finally:
        session.flush()
        remove_unused_keys(session, nodes.home)
    return row, [after.deployment_id for _, after in steps]


def _check_key_is_known(session: Session, home: Path, settings: InfrastructureSettings) -> None:
    """The home's own event servers take keys that the home has made; those elsewhere have their own."""
    key = settings.reporting_key
    if key is None or settings.event_servers is not None or is_known_secret(session, key.sha256):
        return
    remove_unused_keys(session, home)
    raise InvalidInputError(
        f"the key that ends in {key.ending} is none of this home's, whose event servers the nodes report to; "
        "make one with `wakeline api-key create`, or name event servers elsewhere"
    )


def _list_configurations(
    session: Session, nodes: LocalNodes, infrastructure_id: str
) -> list[NodeConfiguration]:
    return [
        configure_node(session, nodes, row, node)
        for row in deployments.list_deployments(session)
        if row.infrastructure_id == infrastructure_id
        for node in deployments.list_nodes(session, row.deployment_id)
    ]


def _replace_all(nodes: LocalNodes, steps: list[Step]) -> None:
    done: list[Step] = []
    try:
        for former, fresh in steps:
            replace_node(nodes, former, fresh)
            done.append((former, fresh))
    except WakelineError:
        for former, _ in done:
            nodes.resume(former)
        raise
