"""The Flow of a project as a graph."""

from fastapi import APIRouter

from wakeline.monitoring.flow import build_flow
from wakeline.server.answers import FlowAnswer
from wakeline.server.dependencies import SessionDep

router = APIRouter(tags=["flow"])


@router.get("/flow")
def show_flow(session: SessionDep, project: str) -> FlowAnswer:
    return FlowAnswer.model_validate(build_flow(session, project))
