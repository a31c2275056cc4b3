"""Schedules of recipes: create, change, delete, and what they ran."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel
from sqlalchemy.orm import Session

from wakeline.core.clock import format_rfc3339
from wakeline.core.status import Status
from wakeline.metadata.queries import schedules
from wakeline.metadata.tables.alerting import Schedule, ScheduleRun
from wakeline.metadata.tables.monitoring import Job
from wakeline.monitoring.due_times import DEFAULT_CRON, DEFAULT_TIME_ZONE, DEFAULT_WINDOW_RULE
from wakeline.monitoring.schedules import change_schedule, create_schedule, delete_schedule, find_next
from wakeline.server.answers import Listed
from wakeline.server.dependencies import PartsDep, SessionDep
from wakeline.server.telling_answers import ScheduleAnswer, ScheduleRunAnswer

RUNS_MAX = 1_000

router = APIRouter(tags=["schedules"])


class NewSchedule(BaseModel, extra="forbid"):
    """`window_rule`: last-closed-day, last-<n>-days, previous-week or previous-month."""

    project: str
    recipe: str
    cron: str = DEFAULT_CRON
    time_zone: str = DEFAULT_TIME_ZONE
    window_rule: str = DEFAULT_WINDOW_RULE


class ScheduleChange(BaseModel, extra="forbid"):
    """What is left out stays."""

    cron: str | None = None
    time_zone: str | None = None
    window_rule: str | None = None
    enabled: bool | None = None


@router.get("/schedules")
def list_schedules(
    session: SessionDep, parts: PartsDep, project: str | None = None
) -> Listed[ScheduleAnswer]:
    now_us = parts.clock.now_us()
    rows = schedules.list_schedules(session, project)
    return Listed(items=[describe_schedule(session, row, now_us) for row in rows])


@router.post("/schedules", status_code=201)
def create(body: NewSchedule, session: SessionDep, parts: PartsDep) -> ScheduleAnswer:
    now_us = parts.clock.now_us()
    return describe_schedule(session, create_schedule(session, **body.model_dump(), now_us=now_us), now_us)


@router.get("/schedules/{schedule_id}")
def show(schedule_id: str, session: SessionDep, parts: PartsDep) -> ScheduleAnswer:
    return describe_schedule(session, schedules.get_schedule(session, schedule_id), parts.clock.now_us())


@router.patch("/schedules/{schedule_id}")
def change(schedule_id: str, body: ScheduleChange, session: SessionDep, parts: PartsDep) -> ScheduleAnswer:
    """Due times of the past are not made up for."""
    now_us = parts.clock.now_us()
    changes = body.model_dump(exclude_none=True)
    return describe_schedule(session, change_schedule(session, schedule_id, changes, now_us), now_us)


@router.delete("/schedules/{schedule_id}", status_code=204)
def delete(schedule_id: str, session: SessionDep) -> None:
    delete_schedule(session, schedule_id)


@router.get("/schedules/{schedule_id}/runs")
def list_runs(
    schedule_id: str, session: SessionDep, limit: Annotated[int, Query(ge=1, le=RUNS_MAX)] = 100
) -> Listed[ScheduleRunAnswer]:
    """The latest due time first."""
    row = schedules.get_schedule(session, schedule_id)
    runs = schedules.list_runs(session, row.project, row.recipe, limit=limit)
    return Listed(items=[_describe_run(run, job) for run, job in runs])


def describe_schedule(session: Session, row: Schedule, now_us: int) -> ScheduleAnswer:
    due = find_next(row, now_us)
    last = schedules.list_runs(session, row.project, row.recipe, limit=1)
    return ScheduleAnswer(
        id=row.id,
        project=row.project,
        recipe=row.recipe,
        cron=row.cron,
        time_zone=row.time_zone,
        window_rule=row.window_rule,
        enabled=row.enabled,
        next_due_at=None if due is None else format_rfc3339(due.at_us),
        next_window=None if due is None else str(due.window),
        last_run=_describe_run(*last[0]) if last else None,
        created_at=format_rfc3339(row.created_at_us),
        updated_at=format_rfc3339(row.updated_at_us),
    )


def _describe_run(run: ScheduleRun, job: Job) -> ScheduleRunAnswer:
    result = job.result or {}
    return ScheduleRunAnswer(
        due_at=format_rfc3339(run.due_at_us),
        window=run.evaluated_window,
        job_id=run.job_id,
        state=job.state,
        outcome=Status(result["status"]) if "status" in result else None,
        message=str(result.get("sentence", job.message)),
        attempt=run.attempt,
    )
