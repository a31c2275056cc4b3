"""The monitoring of a deployment's endpoint: set it up by one act, see how it stands."""

from fastapi import APIRouter

from wakeline.monitoring.configure import configure_monitoring
from wakeline.monitoring.state import MonitoringState, read_state
from wakeline.monitoring.watched import find_endpoint
from wakeline.server.answers import ConfiguredAnswer, MonitoringAnswer
from wakeline.server.dependencies import HomeDep, PartsDep, SessionDep
from wakeline.server.routes.evaluations import summarize

router = APIRouter(tags=["monitoring"])


@router.post("/deployments/{deployment_id}/endpoints/{endpoint_id}/actions/configure-monitoring")
def configure(deployment_id: str, endpoint_id: str, session: SessionDep, parts: PartsDep) -> ConfiguredAnswer:
    """Makes the zone, log dataset, recipe and store that are missing; a second run changes nothing."""
    endpoint = find_endpoint(session, deployment_id, endpoint_id)
    return ConfiguredAnswer.model_validate(configure_monitoring(session, endpoint, parts.clock.now_us()))


@router.get("/deployments/{deployment_id}/endpoints/{endpoint_id}/monitoring")
def show_monitoring(
    deployment_id: str, endpoint_id: str, session: SessionDep, home: HomeDep
) -> MonitoringAnswer:
    return _describe(read_state(session, home, find_endpoint(session, deployment_id, endpoint_id)))


def _describe(state: MonitoringState) -> MonitoringAnswer:
    parts, log = state.parts, state.log
    return MonitoringAnswer(
        deployment_id=state.endpoint.deployment_id,
        endpoint_id=state.endpoint.endpoint_id,
        project=state.endpoint.project,
        model=state.endpoint.model,
        configured=state.configured,
        zone=parts.zone.name if parts.zone else None,
        dataset=parts.dataset.name if parts.dataset else None,
        recipe=parts.recipe.name if parts.recipe else None,
        store=parts.store.name if parts.store else None,
        log_path=state.endpoint.path,
        log_row_count=log.row_count if log else None,
        log_first_day=log.first_day.isoformat() if log and log.first_day else None,
        log_last_day=log.last_day.isoformat() if log and log.last_day else None,
        evaluation_count=state.evaluation_count,
        latest=None if state.latest is None else summarize(state.latest),
    )
