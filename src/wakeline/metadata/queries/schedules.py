"""Schedules of recipes and the runs that they queued."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from wakeline.core.errors import ConflictError, NotFoundError
from wakeline.metadata.tables.alerting import Schedule, ScheduleRun
from wakeline.metadata.tables.monitoring import Job


def add_schedule(session: Session, schedule: Schedule) -> Schedule:
    if find_schedule(session, schedule.project, schedule.recipe) is not None:
        raise ConflictError(f"the recipe {schedule.recipe!r} has a schedule already; change that one")
    session.add(schedule)
    session.flush()
    return schedule


def find_schedule(session: Session, project: str, recipe: str) -> Schedule | None:
    return session.scalar(select(Schedule).where(Schedule.project == project, Schedule.recipe == recipe))


def get_schedule(session: Session, schedule_id: str) -> Schedule:
    schedule = session.get(Schedule, schedule_id)
    if schedule is None:
        raise NotFoundError(f"there is no schedule with the id {schedule_id!r}; GET /schedules lists them")
    return schedule


def list_schedules(
    session: Session, project: str | None = None, *, enabled_only: bool = False
) -> Sequence[Schedule]:
    query = select(Schedule).order_by(Schedule.project, Schedule.recipe)
    if project is not None:
        query = query.where(Schedule.project == project)
    if enabled_only:
        query = query.where(Schedule.enabled)
    return session.scalars(query).all()


def delete_schedule(session: Session, schedule: Schedule) -> None:
    """Its runs stay: a due time that was dealt with is so for ever."""
    session.delete(schedule)
    session.flush()


def delete_runs(session: Session, project: str, recipe: str) -> None:
    """After the recipe itself was deleted."""
    session.execute(delete(ScheduleRun).where(ScheduleRun.project == project, ScheduleRun.recipe == recipe))


def find_run(session: Session, project: str, recipe: str, due_at_us: int) -> ScheduleRun | None:
    return session.get(ScheduleRun, (project, recipe, due_at_us))


def list_runs(
    session: Session, project: str, recipe: str, *, limit: int
) -> Sequence[tuple[ScheduleRun, Job]]:
    """With the job of each, the latest due time first."""
    query = (
        select(ScheduleRun, Job)
        .join(Job, Job.id == ScheduleRun.job_id)
        .where(ScheduleRun.project == project, ScheduleRun.recipe == recipe)
        .order_by(ScheduleRun.due_at_us.desc())
        .limit(limit)
    )
    return [(run, job) for run, job in session.execute(query)]


def list_failed_runs(
    session: Session, attempts_max: int, *, since_us: int
) -> Sequence[tuple[ScheduleRun, Job]]:
    """Runs whose job failed since a moment, and that may have another."""
    query = (
        select(ScheduleRun, Job)
        .join(Job, Job.id == ScheduleRun.job_id)
        .where(Job.state == "failed", Job.finished_at_us >= since_us, ScheduleRun.attempt < attempts_max)
        .order_by(ScheduleRun.due_at_us)
    )
    return [(run, job) for run, job in session.execute(query)]
