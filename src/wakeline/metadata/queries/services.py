"""Services, their endpoints and their published versions (generations)."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from wakeline.core.errors import NotFoundError
from wakeline.metadata.queries.projects import get_project
from wakeline.metadata.tables.serving import Service, ServiceEndpoint, ServiceVersion


def list_services(session: Session, project: str | None = None) -> Sequence[Service]:
    query = select(Service).order_by(Service.project, Service.service_id)
    return session.scalars(query if project is None else query.where(Service.project == project)).all()


def find_service(session: Session, project: str, service_id: str) -> Service | None:
    return session.get(Service, (project, service_id))


def get_service(session: Session, project: str, service_id: str) -> Service:
    service = find_service(session, project, service_id)
    if service is None:
        get_project(session, project)
        known = ", ".join(row.service_id for row in list_services(session, project)) or "none"
        raise NotFoundError(f"the project {project} has no service {service_id!r}; it has: {known}")
    return service


def add_service(session: Session, service: Service, endpoints: Sequence[ServiceEndpoint]) -> Service:
    session.add(service)
    session.flush()
    session.add_all(endpoints)
    session.flush()
    return service


def list_endpoints(session: Session, project: str, service_id: str) -> Sequence[ServiceEndpoint]:
    return session.scalars(
        select(ServiceEndpoint)
        .where(ServiceEndpoint.project == project, ServiceEndpoint.service_id == service_id)
        .order_by(ServiceEndpoint.position)
    ).all()


def list_generations(session: Session, project: str, service_id: str) -> Sequence[ServiceVersion]:
    """Oldest first."""
    return session.scalars(
        select(ServiceVersion)
        .where(ServiceVersion.project == project, ServiceVersion.service_id == service_id)
        .order_by(ServiceVersion.created_at_us, ServiceVersion.generation)
    ).all()


def find_generation(
    session: Session, project: str, service_id: str, generation: str
) -> ServiceVersion | None:
    return session.get(ServiceVersion, (project, service_id, generation))


def get_generation(session: Session, project: str, service_id: str, generation: str) -> ServiceVersion:
    found = find_generation(session, project, service_id, generation)
    if found is None:
        get_service(session, project, service_id)
        known = ", ".join(row.generation for row in list_generations(session, project, service_id)) or "none"
        raise NotFoundError(
            f"the service {project}/{service_id} has no generation {generation!r}; published are: {known}"
        )
    return found


def add_generation(session: Session, generation: ServiceVersion) -> ServiceVersion:
    session.add(generation)
    session.flush()
    return generation
