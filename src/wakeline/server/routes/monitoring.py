"""The monitoring of an endpoint: what it will be, set it up by one act, see how it stands, remove it."""

from typing import Annotated, Any

from fastapi import APIRouter, Body
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from wakeline.evaluation.settings import EvaluateRecipe
from wakeline.metadata.queries import alerts, checks, schedules
from wakeline.monitoring.configure import configure_monitoring
from wakeline.monitoring.due_times import DEFAULT_CRON, DEFAULT_TIME_ZONE, DEFAULT_WINDOW_RULE
from wakeline.monitoring.plan import GROUND_TRUTH_KEY, AlertWish, ScheduleWish, Wishes, build_plan
from wakeline.monitoring.removal import remove_monitoring
from wakeline.monitoring.state import MonitoringState, read_state
from wakeline.monitoring.status import read_store_status
from wakeline.monitoring.watched import find_endpoint, list_watched
from wakeline.server.answers import Listed
from wakeline.server.dependencies import HomeDep, PartsDep, SessionDep
from wakeline.server.monitoring_answers import (
    ConfiguredAnswer,
    MonitoringAnswer,
    PlanAnswer,
    RemovedAnswer,
)
from wakeline.server.parts import Parts
from wakeline.server.plan_answers import describe_plan
from wakeline.server.routes.alerts import TargetBody, describe_alert
from wakeline.server.routes.checks import RuleBody, describe_checks
from wakeline.server.routes.evaluations import summarize
from wakeline.server.routes.schedules import describe_schedule

router = APIRouter(tags=["monitoring"])
_PLACE = "/deployments/{deployment_id}/endpoints/{endpoint_id}"


class WishedRecipe(BaseModel, extra="forbid"):
    """Settings that are left out get the presets for the deployment's log."""

    name: str | None = None
    settings: EvaluateRecipe = EvaluateRecipe()


class WishedSchedule(BaseModel, extra="forbid"):
    cron: str = DEFAULT_CRON
    time_zone: str = DEFAULT_TIME_ZONE
    window_rule: str = DEFAULT_WINDOW_RULE


class WishedCheck(RuleBody):
    name: str


class WishedAlert(BaseModel, extra="forbid"):
    name: str = "Alert"
    target: TargetBody


class WishBody(BaseModel, extra="forbid"):
    """What is left out is as in the plan. `schedule` null: none; `checks` empty: none."""

    zone: str | None = None
    dataset: str | None = None
    store: str | None = None
    recipe: WishedRecipe = WishedRecipe()
    schedule: WishedSchedule | None = Field(default_factory=WishedSchedule)
    checks: list[WishedCheck] | None = Field(default=None, max_length=200)
    alert: WishedAlert | None = None
    ground_truth_key: str = GROUND_TRUTH_KEY

    def to_wishes(self) -> Wishes:
        wished: dict[str, Any] = {}
        if self.checks is not None:
            wished["checks"] = [(check.name, check.to_rule()) for check in self.checks]
        return Wishes(
            zone=self.zone,
            dataset=self.dataset,
            recipe=self.recipe.name,
            store=self.store,
            settings=self.recipe.settings.model_dump(exclude_unset=True),
            schedule=ScheduleWish(**self.schedule.model_dump()) if self.schedule else None,
            alert=AlertWish(self.alert.name, self.alert.target) if self.alert else None,
            ground_truth_key=self.ground_truth_key,
            **wished,
        )


WishesInBody = Annotated[WishBody | None, Body()]


@router.get(_PLACE + "/monitoring/plan")
def show_plan(deployment_id: str, endpoint_id: str, session: SessionDep, parts: PartsDep) -> PlanAnswer:
    """What Configure will make where nothing is changed; nothing is made."""
    endpoint = find_endpoint(session, deployment_id, endpoint_id)
    return describe_plan(session, parts, build_plan(session, endpoint, Wishes()))


@router.post(_PLACE + "/actions/plan-monitoring")
def plan(
    deployment_id: str, endpoint_id: str, session: SessionDep, parts: PartsDep, body: WishesInBody = None
) -> PlanAnswer:
    """The plan with changes, to look at before it is carried out; nothing is made."""
    endpoint = find_endpoint(session, deployment_id, endpoint_id)
    return describe_plan(session, parts, build_plan(session, endpoint, (body or WishBody()).to_wishes()))


@router.post(_PLACE + "/actions/configure-monitoring")
def configure(
    deployment_id: str, endpoint_id: str, session: SessionDep, parts: PartsDep, body: WishesInBody = None
) -> ConfiguredAnswer:
    """Makes zone, log dataset, recipe, store, schedule, checks and alert, as far as they are missing.

    A second run changes nothing."""
    endpoint = find_endpoint(session, deployment_id, endpoint_id)
    wishes = (body or WishBody()).to_wishes()
    return ConfiguredAnswer.model_validate(
        configure_monitoring(session, endpoint, parts.clock.now_us(), wishes)
    )


@router.post(_PLACE + "/actions/remove-monitoring")
def remove(deployment_id: str, endpoint_id: str, session: SessionDep, parts: PartsDep) -> RemovedAnswer:
    """Takes all of it away, evaluations too, and leaves the logs."""
    endpoint = find_endpoint(session, deployment_id, endpoint_id)
    return RemovedAnswer.model_validate(remove_monitoring(session, endpoint, parts.clock.now_us()))


@router.get("/monitoring")
def list_monitoring(
    *,
    session: SessionDep,
    parts: PartsDep,
    project: str | None = None,
    service_id: str | None = None,
    deployment_id: str | None = None,
    endpoint_id: str | None = None,
) -> Listed[MonitoringAnswer]:
    """Of every deployed endpoint that can be watched; the parameters narrow it."""
    found = list_watched(session, project, service_id, deployment_id)
    return Listed(
        items=[
            _describe(session, parts, read_state(session, parts.home, endpoint))
            for endpoint in found
            if endpoint_id in {None, endpoint.endpoint_id}
        ]
    )


@router.get(_PLACE + "/monitoring")
def show_monitoring(
    deployment_id: str, endpoint_id: str, session: SessionDep, home: HomeDep, parts: PartsDep
) -> MonitoringAnswer:
    state = read_state(session, home, find_endpoint(session, deployment_id, endpoint_id))
    return _describe(session, parts, state)


def _describe(session: Session, server: Parts, state: MonitoringState) -> MonitoringAnswer:
    parts, log, project = state.parts, state.log, state.endpoint.project
    store = parts.store.name if parts.store and parts.recipe else None
    schedule = schedules.find_schedule(session, project, parts.recipe.name) if parts.recipe else None
    own_checks = list(checks.list_checks(session, project, store)) if store else []
    own_alerts = alerts.list_alerts(session, project, store) if store else []
    now_us = server.clock.now_us()
    return MonitoringAnswer(
        deployment_id=state.endpoint.deployment_id,
        endpoint_id=state.endpoint.endpoint_id,
        project=project,
        model=state.endpoint.model,
        configured=state.configured,
        status=read_store_status(session, project, store) if store else None,
        zone=parts.zone.name if parts.zone else None,
        dataset=parts.dataset.name if parts.dataset else None,
        recipe=parts.recipe.name if parts.recipe else None,
        store=parts.store.name if parts.store else None,
        schedule=describe_schedule(session, schedule, now_us) if schedule else None,
        checks=describe_checks(session, own_checks),
        alerts=[describe_alert(session, server, row) for row in own_alerts],
        log_path=state.endpoint.path,
        log_row_count=log.row_count if log else None,
        log_first_day=log.first_day.isoformat() if log and log.first_day else None,
        log_last_day=log.last_day.isoformat() if log and log.last_day else None,
        evaluation_count=state.evaluation_count,
        latest=None if state.latest is None else summarize(state.latest),
    )
