"""The overview that the home page shows."""

from fastapi import APIRouter

from wakeline.core.status import find_worst
from wakeline.monitoring.overview import build_overview
from wakeline.server.dependencies import PartsDep, SessionDep
from wakeline.server.overview_answers import OverviewAnswer, ProjectOverviewAnswer

router = APIRouter(tags=["overview"])


@router.get("/overview")
def show_overview(session: SessionDep, parts: PartsDep) -> OverviewAnswer:
    """Projects with models and services, deployments with status, and the last days of volume and drift."""
    listed = build_overview(session, parts.home, parts.nodes)
    return OverviewAnswer(
        status=find_worst(project.status for project in listed),
        projects=[ProjectOverviewAnswer.model_validate(project) for project in listed],
    )
