"""A plan of Configure as its preview shows it."""

from sqlalchemy.orm import Session

from wakeline.core.clock import format_rfc3339
from wakeline.core.event import Topic
from wakeline.monitoring.checks import read_rule
from wakeline.monitoring.due_times import choose_window, list_times
from wakeline.monitoring.objects import preset_settings, read_settings
from wakeline.monitoring.plan import GROUND_TRUTH_KEY, Plan
from wakeline.monitoring.ranges import Rule
from wakeline.monitoring.targets import read_target
from wakeline.server.monitoring_answers import (
    PlanAnswer,
    PlannedAlert,
    PlannedCheck,
    PlannedDataset,
    PlannedPart,
    PlannedRecipe,
    PlannedSchedule,
)
from wakeline.server.parts import Parts
from wakeline.server.routes.alerts import describe_target
from wakeline.server.routes.checks import describe_parts
from wakeline.server.routes.schedules import describe_schedule


def describe_plan(session: Session, server: Parts, plan: Plan) -> PlanAnswer:
    endpoint, found = plan.endpoint, plan.parts
    return PlanAnswer(
        deployment_id=endpoint.deployment_id,
        endpoint_id=endpoint.endpoint_id,
        project=endpoint.project,
        model=endpoint.model,
        zone=PlannedPart(name=plan.zone, exists=found.zone is not None),
        dataset=PlannedDataset(
            name=plan.dataset,
            exists=found.dataset is not None,
            connection_id=endpoint.connection_id,
            path=endpoint.path,
        ),
        recipe=_describe_recipe(plan),
        store=PlannedPart(name=plan.store, exists=found.store is not None),
        schedule=_describe_schedule(session, plan, server.clock.now_us()),
        checks=_list_checks(plan),
        alerts=_list_alerts(plan),
        ground_truth_key=GROUND_TRUTH_KEY,
        changes=plan.changes,
    )


def _describe_recipe(plan: Plan) -> PlannedRecipe:
    known = plan.parts.recipe
    presets = preset_settings(Topic.QUERY, plan.endpoint.deployment_id)
    settings = known.settings if known else {**presets, **plan.settings}
    return PlannedRecipe(
        name=plan.recipe,
        exists=known is not None,
        dataset=plan.dataset,
        model=plan.endpoint.model,
        store=plan.store,
        settings=read_settings(settings),
    )


def _describe_schedule(session: Session, plan: Plan, now_us: int) -> PlannedSchedule | None:
    if plan.schedule:
        known = describe_schedule(session, plan.schedule, now_us)
        return PlannedSchedule(exists=True, **known.model_dump(include=set(PlannedSchedule.model_fields)))
    wish = plan.new_schedule
    if wish is None:
        return None
    due_us = next(list_times(wish.cron, wish.time_zone, now_us), None)
    return PlannedSchedule(
        exists=False,
        cron=wish.cron,
        time_zone=wish.time_zone,
        window_rule=wish.window_rule,
        next_due_at=None if due_us is None else format_rfc3339(due_us),
        next_window=None if due_us is None else str(choose_window(wish.window_rule, due_us)),
    )


def _list_checks(plan: Plan) -> list[PlannedCheck]:
    known = [_describe_check(row.name, read_rule(row), exists=True) for row in plan.checks]
    return known + [_describe_check(name, rule, exists=False) for name, rule in plan.new_checks]


def _describe_check(name: str, rule: Rule, *, exists: bool) -> PlannedCheck:
    return PlannedCheck(name=name, exists=exists, **describe_parts(rule))


def _list_alerts(plan: Plan) -> list[PlannedAlert]:
    listed = [
        PlannedAlert(name=row.name, exists=True, target=describe_target(read_target(row.settings)))
        for row in plan.alerts
    ]
    if plan.new_alert:
        target = describe_target(plan.new_alert.target)
        listed.append(PlannedAlert(name=plan.new_alert.name, exists=False, target=target))
    return listed
