"""Services: create, list, show, publish a generation."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from wakeline.core.clock import format_rfc3339
from wakeline.deployer.services import NewEndpoint, create_service, publish_service
from wakeline.metadata.queries import services
from wakeline.metadata.queries.models import ACTIVE
from wakeline.metadata.queries.projects import get_project
from wakeline.metadata.tables.serving import Service
from wakeline.server.answers import Listed
from wakeline.server.dependencies import PartsDep, SessionDep, StoringSessionDep
from wakeline.server.serving_answers import EndpointAnswer, GenerationAnswer, ServiceAnswer
from wakeline.wire.package import EndpointKind

router = APIRouter(tags=["services"])


class EndpointBody(BaseModel, extra="forbid"):
    """`version` is `active` (resolved when the service is published) or a version of the model."""

    endpoint_id: str
    kind: str = EndpointKind.PREDICTION.value
    model: str
    version: str = ACTIVE


class NewService(BaseModel, extra="forbid"):
    project: str
    service_id: str
    endpoints: Annotated[list[EndpointBody], Field(min_length=1)]


class Publication(BaseModel, extra="forbid"):
    """Without a name the generation is the next free `v<n>`."""

    generation: str | None = None


@router.get("/services")
def list_services(session: SessionDep, project: str | None = None) -> Listed[ServiceAnswer]:
    if project is not None:
        get_project(session, project)
    return Listed(items=[_describe(session, row) for row in services.list_services(session, project)])


@router.post("/services", status_code=201)
def create(body: NewService, session: SessionDep, parts: PartsDep) -> ServiceAnswer:
    endpoints = [NewEndpoint(**endpoint.model_dump()) for endpoint in body.endpoints]
    row = create_service(session, body.project, body.service_id, endpoints, parts.clock.now_us())
    return _describe(session, row)


@router.get("/services/{project}/{service_id}")
def show(project: str, service_id: str, session: SessionDep) -> ServiceAnswer:
    return _describe(session, services.get_service(session, project, service_id))


@router.post("/services/{project}/{service_id}/actions/publish", status_code=201)
def publish(
    project: str,
    service_id: str,
    session: StoringSessionDep,
    parts: PartsDep,
    body: Publication | None = None,
) -> GenerationAnswer:
    row = publish_service(
        session,
        parts.home,
        project,
        service_id,
        generation=body.generation if body else None,
        now_us=parts.clock.now_us(),
    )
    return GenerationAnswer.model_validate(row)


@router.get("/services/{project}/{service_id}/generations")
def list_generations(project: str, service_id: str, session: SessionDep) -> Listed[GenerationAnswer]:
    """Oldest first."""
    services.get_service(session, project, service_id)
    rows = services.list_generations(session, project, service_id)
    return Listed(items=[GenerationAnswer.model_validate(row) for row in rows])


@router.get("/services/{project}/{service_id}/generations/{generation}")
def show_generation(project: str, service_id: str, generation: str, session: SessionDep) -> GenerationAnswer:
    row = services.get_generation(session, project, service_id, generation)
    return GenerationAnswer.model_validate(row)


def _describe(session: Session, row: Service) -> ServiceAnswer:
    endpoints = services.list_endpoints(session, row.project, row.service_id)
    generations = services.list_generations(session, row.project, row.service_id)
    return ServiceAnswer(
        project=row.project,
        service_id=row.service_id,
        endpoints=[EndpointAnswer.model_validate(endpoint) for endpoint in endpoints],
        generations=[generation.generation for generation in generations],
        created_at=format_rfc3339(row.created_at_us),
    )
