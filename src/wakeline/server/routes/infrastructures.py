"""Infrastructures: create, list, show, change."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from wakeline.core.clock import format_rfc3339
from wakeline.deployer.infrastructures import (
    DEFAULT_STAGE,
    LOCAL,
    SWITCHES,
    create_infrastructure,
    read_settings,
)
from wakeline.deployer.rollout import change_infrastructure
from wakeline.metadata.queries import infrastructures
from wakeline.metadata.tables.serving import Infrastructure
from wakeline.server.answers import Listed
from wakeline.server.dependencies import DeployingSessionDep, PartsDep, SessionDep
from wakeline.server.serving_answers import (
    ChangedInfrastructureAnswer,
    InfrastructureAnswer,
    ReportingKeyAnswer,
)

router = APIRouter(tags=["infrastructures"])


class NewInfrastructure(BaseModel, extra="forbid"):
    id: str
    type: str = LOCAL
    stage: str = DEFAULT_STAGE


class InfrastructureChange(BaseModel, extra="forbid"):
    """What is left out stays. `event_servers` null: the home's own; `reporting_key` null: the home's key."""

    stage: str = Field(default="", max_length=63)
    event_servers: list[str] | None = None
    reporting_key: str | None = None
    ca_file: str | None = None
    log_queries: bool = True
    log_inputs: bool = True
    log_outputs: bool = True


@router.get("/infrastructures")
def list_infrastructures(session: SessionDep) -> Listed[InfrastructureAnswer]:
    return Listed(items=[_describe(row) for row in infrastructures.list_infrastructures(session)])


@router.post("/infrastructures", status_code=201)
def create(body: NewInfrastructure, session: SessionDep, parts: PartsDep) -> InfrastructureAnswer:
    row = create_infrastructure(session, body.id, body.type, body.stage, parts.clock.now_us())
    return _describe(row)


@router.get("/infrastructures/{infrastructure_id}")
def show(infrastructure_id: str, session: SessionDep) -> InfrastructureAnswer:
    return _describe(infrastructures.get_infrastructure(session, infrastructure_id))


@router.patch("/infrastructures/{infrastructure_id}")
def change(
    infrastructure_id: str, body: InfrastructureChange, session: DeployingSessionDep, parts: PartsDep
) -> ChangedInfrastructureAnswer:
    """Holds at once: the nodes of deployments that it concerns restart, or nothing changes."""
    changes = body.model_dump(exclude_unset=True)
    row, restarted = change_infrastructure(session, parts.nodes, infrastructure_id, changes)
    return ChangedInfrastructureAnswer(**_describe(row).model_dump(), restarted=restarted)


def _describe(row: Infrastructure) -> InfrastructureAnswer:
    settings = read_settings(row)
    key = settings.reporting_key
    return InfrastructureAnswer(
        id=row.id,
        type=row.type,
        stage=row.stage,
        event_servers=None if settings.event_servers is None else list(settings.event_servers),
        reporting_key=ReportingKeyAnswer(
            source="home" if key is None else "own", ending=None if key is None else key.ending
        ),
        ca_file=settings.ca_file,
        created_at=format_rfc3339(row.created_at_us),
        **{name: getattr(settings, name) for name in SWITCHES},
    )
