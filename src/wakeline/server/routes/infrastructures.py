"""Infrastructures: create and list."""

from fastapi import APIRouter
from pydantic import BaseModel

from wakeline.deployer.infrastructures import DEFAULT_STAGE, LOCAL, create_infrastructure
from wakeline.metadata.queries import infrastructures
from wakeline.server.answers import Listed
from wakeline.server.dependencies import PartsDep, SessionDep
from wakeline.server.serving_answers import InfrastructureAnswer

router = APIRouter(tags=["infrastructures"])


class NewInfrastructure(BaseModel, extra="forbid"):
    id: str
    type: str = LOCAL
    stage: str = DEFAULT_STAGE


@router.get("/infrastructures")
def list_infrastructures(session: SessionDep) -> Listed[InfrastructureAnswer]:
    rows = infrastructures.list_infrastructures(session)
    return Listed(items=[InfrastructureAnswer.model_validate(row) for row in rows])


@router.post("/infrastructures", status_code=201)
def create(body: NewInfrastructure, session: SessionDep, parts: PartsDep) -> InfrastructureAnswer:
    row = create_infrastructure(session, body.id, body.type, body.stage, parts.clock.now_us())
    return InfrastructureAnswer.model_validate(row)
