"""Deployments and their nodes."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from wakeline.core.errors import NotFoundError
from wakeline.metadata.tables.serving import Deployment, Node


def list_deployments(session: Session, project: str | None = None) -> Sequence[Deployment]:
    query = select(Deployment).order_by(Deployment.deployment_id)
    return session.scalars(query if project is None else query.where(Deployment.project == project)).all()


def find_deployment(session: Session, deployment_id: str) -> Deployment | None:
    return session.get(Deployment, deployment_id)


def get_deployment(session: Session, deployment_id: str) -> Deployment:
    found = find_deployment(session, deployment_id)
    if found is None:
        known = ", ".join(row.deployment_id for row in list_deployments(session)) or "none"
        raise NotFoundError(f"there is no deployment {deployment_id!r}; there are: {known}")
    return found


def add_deployment(session: Session, deployment: Deployment, nodes: Sequence[Node]) -> Deployment:
    session.add(deployment)
    session.flush()
    session.add_all(nodes)
    session.flush()
    return deployment


def delete_deployment(session: Session, deployment: Deployment) -> None:
    for node in list_nodes(session, deployment.deployment_id):
        session.delete(node)
    session.flush()
    session.delete(deployment)
    session.flush()


def find_business_key(session: Session, deployment_id: str, endpoint_id: str) -> str | None:
    """What the endpoint's labels may name instead of a prediction id; None where nothing is declared."""
    row = session.get(Deployment, deployment_id)
    declared = {} if row is None else row.settings.get("business_keys") or {}
    found: str | None = declared.get(endpoint_id)
    return found


def list_nodes(session: Session, deployment_id: str | None = None) -> Sequence[Node]:
    query = select(Node).order_by(Node.slot)
    return session.scalars(
        query if deployment_id is None else query.where(Node.deployment_id == deployment_id)
    ).all()
