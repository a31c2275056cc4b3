"""Schedules of recipes: made, changed, and turned into jobs when they are due.

Due times that nobody saw are caught up, each window once, the latest `CAUGHT_UP_MAX` of them. The run, its
job and how far the schedule is dealt with are one transaction under the project's lock, and the run's key
refuses a second one: so of two servers one queues it.
"""

from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from wakeline.core.ids import mint_object_id
from wakeline.metadata.queries import jobs, recipes, schedules
from wakeline.metadata.queries.locking import lock_project
from wakeline.metadata.tables.alerting import Schedule, ScheduleRun
from wakeline.metadata.tables.monitoring import Job
from wakeline.monitoring.due_times import (
    DEFAULT_CRON,
    DEFAULT_TIME_ZONE,
    DEFAULT_WINDOW_RULE,
    Due,
    check_cron,
    check_window_rule,
    choose_window,
    list_times,
)

CAUGHT_UP_MAX = 31
ATTEMPTS_MAX = 3
EVALUATE = "evaluate"
_LOOKED_BACK_US = 62 * 86_400_000_000
_RETRIED_WITHIN_US = 86_400_000_000
_INTERRUPTED = "urn:wakeline:problem:interrupted"


def create_schedule(
    session: Session,
    project: str,
    recipe: str,
    *,
    cron: str = DEFAULT_CRON,
    time_zone: str = DEFAULT_TIME_ZONE,
    window_rule: str = DEFAULT_WINDOW_RULE,
    now_us: int,
) -> Schedule:
    """What was due before now is not made up for."""
    lock_project(session, project)
    recipes.get_recipe(session, project, recipe)
    check_cron(cron, time_zone)
    row = Schedule(
        id=mint_object_id(),
        project=project,
        recipe=recipe,
        cron=cron,
        time_zone=time_zone,
        window_rule=check_window_rule(window_rule),
        enabled=True,
        handled_until_us=now_us,
        created_at_us=now_us,
        updated_at_us=now_us,
    )
    return schedules.add_schedule(session, row)


def change_schedule(session: Session, schedule_id: str, changes: dict[str, Any], now_us: int) -> Schedule:
    """`changes`: any of `cron`, `time_zone`, `window_rule`, `enabled`. It counts from now on."""
    lock_project(session, schedules.get_schedule(session, schedule_id).project)
    row = schedules.get_schedule(session, schedule_id)
    session.refresh(row)
    for name, value in changes.items():
        setattr(row, name, value)
    check_cron(row.cron, row.time_zone)
    check_window_rule(row.window_rule)
    if changes.keys() & {"cron", "time_zone", "enabled"}:
        row.handled_until_us = max(row.handled_until_us, now_us)
    row.updated_at_us = now_us
    session.flush()
    return row


def delete_schedule(session: Session, schedule_id: str) -> None:
    schedules.delete_schedule(session, schedules.get_schedule(session, schedule_id))


def find_next(row: Schedule, now_us: int) -> Due | None:
    """None while it is switched off."""
    if not row.enabled:
        return None
    at_us = next(list_times(row.cron, row.time_zone, max(now_us, row.handled_until_us)), None)
    return None if at_us is None else Due(at_us, choose_window(row.window_rule, at_us))


def list_due(row: Schedule, now_us: int) -> list[Due]:
    """What is due and not dealt with, the oldest first; of due times that mean one window the last."""
    latest: dict[str, Due] = {}
    for at_us in list_times(row.cron, row.time_zone, max(row.handled_until_us, now_us - _LOOKED_BACK_US)):
        if at_us > now_us:
            break
        window = choose_window(row.window_rule, at_us)
        latest[str(window)] = Due(at_us, window)
    return sorted(latest.values(), key=lambda due: due.at_us)[-CAUGHT_UP_MAX:]


def queue_due(session: Session, schedule_id: str, now_us: int) -> list[ScheduleRun]:
    """Queues a job for each due window that has no run yet."""
    row = session.get(Schedule, schedule_id)
    if row is None:
        return []
    lock_project(session, row.project)
    row = session.get(Schedule, schedule_id, populate_existing=True)
    if row is None or not row.enabled:
        return []
    queued = []
    for due in list_due(row, now_us):
        row.handled_until_us = due.at_us
        if schedules.find_run(session, row.project, row.recipe, due.at_us) is None:
            queued.append(_queue(session, row, due, now_us))
    session.flush()
    return queued


def queue_again(session: Session, now_us: int) -> list[ScheduleRun]:
    """Gives a further job to runs whose job ended with its server."""
    again = []
    for run, job in schedules.list_failed_runs(session, ATTEMPTS_MAX, since_us=now_us - _RETRIED_WITHIN_US):
        if (job.error or {}).get("type") != _INTERRUPTED:
            continue
        lock_project(session, run.project)
        fresh = _add_job(session, run.project, run.recipe, run.evaluated_window, now_us)
        taken = session.execute(
            update(ScheduleRun)
            .where(
                ScheduleRun.project == run.project,
                ScheduleRun.recipe == run.recipe,
                ScheduleRun.due_at_us == run.due_at_us,
                ScheduleRun.job_id == job.id,
            )
            .values(job_id=fresh.id, attempt=run.attempt + 1)
            .returning(ScheduleRun.due_at_us)
        ).all()
        if taken:
            again.append(run)
        else:
            session.delete(fresh)
    session.flush()
    return again


def _queue(session: Session, row: Schedule, due: Due, now_us: int) -> ScheduleRun:
    run = ScheduleRun(
        project=row.project,
        recipe=row.recipe,
        due_at_us=due.at_us,
        evaluated_window=str(due.window),
        job_id=_add_job(session, row.project, row.recipe, str(due.window), now_us).id,
        attempt=1,
        created_at_us=now_us,
    )
    session.add(run)
    session.flush()
    return run


def _add_job(session: Session, project: str, recipe: str, window: str, now_us: int) -> Job:
    arguments = {"recipe": recipe, "window": window, "scheduled": True}
    return jobs.add_job(session, EVALUATE, arguments, project, now_us)
