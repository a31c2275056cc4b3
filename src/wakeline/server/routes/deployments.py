"""Deployments: create, show, change, deploy another generation, try a query, delete."""

from typing import Any

import msgspec
from fastapi import APIRouter
from pydantic import BaseModel, Field, JsonValue
from sqlalchemy.orm import Session

from wakeline.core.clock import format_rfc3339
from wakeline.deployer.deployments import (
    NewDeployment,
    change_settings,
    create_deployment,
    delete_deployment,
    deploy_generation,
    list_inherited,
    settle_settings,
)
from wakeline.deployer.ports import NodePorts
from wakeline.deployer.trial import locate_endpoint, try_query
from wakeline.metadata.queries import deployments, services
from wakeline.metadata.queries.projects import get_project
from wakeline.metadata.tables.serving import Deployment
from wakeline.monitoring.log_datasets import create_log_datasets, list_endpoint_ids
from wakeline.server.answers import Listed
from wakeline.server.dependencies import DeployingSessionDep, PartsDep, SessionDep
from wakeline.server.parts import Parts
from wakeline.server.serving_answers import (
    DeployedAnswer,
    DeployedEndpointAnswer,
    DeploymentAnswer,
    NodeAnswer,
    QueryAnswer,
)

router = APIRouter(tags=["deployments"])


class NewDeploymentBody(BaseModel, extra="forbid"):
    """`settings` has any of the names that a deployment's `settings` show."""

    project: str
    service_id: str
    infrastructure_id: str = "local"
    generation: str
    deployment_id: str | None = None
    settings: dict[str, JsonValue] = Field(default_factory=dict)


class Changes(BaseModel, extra="forbid"):
    """Settings that are not named stay; a log switch of null is the infrastructure's again."""

    settings: dict[str, JsonValue]


class Deploying(BaseModel, extra="forbid"):
    generation: str


class TrialQuery(BaseModel, extra="forbid"):
    endpoint_id: str
    features: dict[str, JsonValue]


@router.get("/deployments")
def list_deployments(
    session: SessionDep, parts: PartsDep, project: str | None = None
) -> Listed[DeploymentAnswer]:
    if project is not None:
        get_project(session, project)
    rows = deployments.list_deployments(session, project)
    return Listed(items=[DeploymentAnswer(**_describe(session, parts, row)) for row in rows])


@router.post("/deployments", status_code=201)
def create(body: NewDeploymentBody, session: DeployingSessionDep, parts: PartsDep) -> DeploymentAnswer:
    """Answers when the deployment's node does. The log of each endpoint becomes a dataset of the project."""
    row = create_deployment(session, parts.nodes, NewDeployment(**body.model_dump()), parts.clock)
    create_log_datasets(session, row.deployment_id, parts.clock.now_us())
    return DeploymentAnswer(**_describe(session, parts, row))


@router.get("/deployments/{deployment_id}")
def show(deployment_id: str, session: SessionDep, parts: PartsDep) -> DeploymentAnswer:
    row = deployments.get_deployment(session, deployment_id)
    return DeploymentAnswer(**_describe(session, parts, row))


@router.patch("/deployments/{deployment_id}")
def change(
    deployment_id: str, body: Changes, session: DeployingSessionDep, parts: PartsDep
) -> DeploymentAnswer:
    """The node restarts where a setting really changes."""
    row = change_settings(session, parts.nodes, deployment_id, body.settings)
    return DeploymentAnswer(**_describe(session, parts, row))


@router.delete("/deployments/{deployment_id}", status_code=204)
def delete(deployment_id: str, session: DeployingSessionDep, parts: PartsDep, discard: bool = False) -> None:
    """Waits until the node's events are shipped; `discard` drops those that cannot be."""
    delete_deployment(session, parts.nodes, deployment_id, discard=discard)


@router.post("/deployments/{deployment_id}/actions/deploy")
def deploy(
    deployment_id: str, body: Deploying, session: DeployingSessionDep, parts: PartsDep
) -> DeployedAnswer:
    known = list_endpoint_ids(session, deployment_id)
    row, changed = deploy_generation(session, parts.nodes, deployment_id, body.generation)
    create_log_datasets(session, deployment_id, parts.clock.now_us(), known=known)
    return DeployedAnswer(**_describe(session, parts, row), changed=changed)


@router.post("/deployments/{deployment_id}/actions/query")
def query(deployment_id: str, body: TrialQuery, session: SessionDep, parts: PartsDep) -> QueryAnswer:
    """One real query to the deployment's node, logged like any other."""
    row = deployments.get_deployment(session, deployment_id)
    url = locate_endpoint(session, parts.nodes, row, body.endpoint_id)
    return QueryAnswer.model_validate(try_query(url, body.features))


def _describe(session: Session, parts: Parts, row: Deployment) -> dict[str, Any]:
    generation = services.get_generation(session, row.project, row.service_id, row.generation)
    return {
        "deployment_id": row.deployment_id,
        "project": row.project,
        "service_id": row.service_id,
        "generation": row.generation,
        "infrastructure_id": row.infrastructure_id,
        "settings": msgspec.to_builtins(settle_settings(session, row)[0]),
        "inherited": list_inherited(row),
        "created_at": format_rfc3339(row.created_at_us),
        "endpoints": [
            DeployedEndpointAnswer(
                **endpoint, url=locate_endpoint(session, parts.nodes, row, endpoint["endpoint_id"])
            )
            for endpoint in generation.endpoints
        ],
        "nodes": [
            NodeAnswer.model_validate(
                parts.nodes.describe(node.node_id, NodePorts(node.port, node.admin_port))
            )
            for node in deployments.list_nodes(session, row.deployment_id)
        ],
        "shipper": parts.nodes.read_shipper_status(row.deployment_id),
    }
