"""Jobs: a queue in the database, from which a runner claims one job at a time, and what became of them."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import Session

from wakeline.core.errors import ConflictError, NotFoundError
from wakeline.core.ids import mint_object_id
from wakeline.metadata.queries.paging import Page, check_limit, cut_page, decode_cursor
from wakeline.metadata.tables.monitoring import Job, JobLine

LOG_LINES_MAX = 1_000


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINAL_STATES = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})


def add_job(session: Session, kind: str, arguments: dict[str, Any], project: str | None, now_us: int) -> Job:
    job = Job(
        id=mint_object_id(),
        project=project,
        kind=kind,
        arguments=arguments,
        state=JobState.QUEUED,
        progress=0.0,
        message="",
        cancel_requested=False,
        created_at_us=now_us,
    )
    session.add(job)
    session.flush()
    return job


def get_job(session: Session, job_id: str) -> Job:
    job = session.get(Job, job_id)
    if job is None:
        raise NotFoundError(f"there is no job {job_id!r}")
    return job


def list_jobs(
    session: Session, project: str | None = None, *, limit: int, cursor: str | None = None
) -> Page[Job]:
    """The newest first."""
    query = select(Job).order_by(Job.created_at_us.desc(), Job.id.desc()).limit(check_limit(limit) + 1)
    if project is not None:
        query = query.where(Job.project == project)
    if cursor:
        created_at_us, job_id = decode_cursor(cursor, int, str)
        query = query.where(
            or_(Job.created_at_us < created_at_us, and_(Job.created_at_us == created_at_us, Job.id < job_id))
        )
    return cut_page(session.scalars(query).all(), limit, lambda job: (job.created_at_us, job.id))


def claim_job(session: Session, runner: str, kinds: Sequence[str], now_us: int) -> Job | None:
    """The oldest queued job becomes `runner`'s; of two runners that reach for it one gets it."""
    query = select(Job.id).where(Job.state == JobState.QUEUED, Job.kind.in_(kinds))
    job_id = session.scalar(query.order_by(Job.created_at_us, Job.id).limit(1))
    if job_id is None:
        return None
    claimed = session.execute(
        update(Job)
        .where(Job.id == job_id, Job.state == JobState.QUEUED)
        .values(state=JobState.RUNNING, runner=runner, started_at_us=now_us)
        .returning(Job.id)
    ).all()
    return session.get(Job, job_id, populate_existing=True) if claimed else None


def report_progress(session: Session, job_id: str, progress: float, message: str) -> bool:
    """False where somebody asked to cancel the job."""
    job = get_job(session, job_id)
    job.progress, job.message = progress, message
    return not job.cancel_requested


def append_lines(session: Session, job_id: str, lines: Sequence[str], now_us: int) -> None:
    """Beyond `LOG_LINES_MAX` lines are left out; the last one kept says so."""
    count = session.scalar(select(func.count()).select_from(JobLine).where(JobLine.job_id == job_id)) or 0
    for number, text in enumerate(lines, start=count + 1):
        if number > LOG_LINES_MAX:
            return
        kept = text if number < LOG_LINES_MAX else "further lines are not kept"
        session.add(JobLine(job_id=job_id, line=number, at_us=now_us, text=kept))
    session.flush()


def list_lines(session: Session, job_id: str) -> Sequence[JobLine]:
    return session.scalars(select(JobLine).where(JobLine.job_id == job_id).order_by(JobLine.line)).all()


def finish_job(
    session: Session,
    job_id: str,
    state: JobState,
    now_us: int,
    *,
    message: str = "",
    result: dict[str, Any] | None = None,
    error: dict[str, Any] | None = None,
) -> None:
    assert state in FINAL_STATES
    job = get_job(session, job_id)
    job.state, job.finished_at_us = state, now_us
    job.result, job.error = result, error
    job.message = message or job.message or state
    if state is JobState.DONE:
        job.progress = 1.0
    session.flush()


def request_cancel(session: Session, job_id: str, now_us: int) -> Job:
    """A queued job is cancelled at once, a running one when it next looks."""
    withdrawn = session.execute(
        update(Job)
        .where(Job.id == job_id, Job.state == JobState.QUEUED)
        .values(state=JobState.CANCELLED, finished_at_us=now_us, message="cancelled before it began")
        .returning(Job.id)
    ).all()
    job = get_job(session, job_id)
    if not withdrawn and job.state in FINAL_STATES:
        raise ConflictError(f"the job {job_id} is {job.state} already and cannot be cancelled")
    job.cancel_requested = True
    session.flush()
    return job


def list_open(session: Session, project: str) -> Sequence[Job]:
    """Queued or running."""
    states = (JobState.QUEUED, JobState.RUNNING)
    return session.scalars(select(Job).where(Job.project == project, Job.state.in_(states))).all()


def list_cut_off(session: Session, runner: str) -> Sequence[Job]:
    """Jobs that stand as running under a runner that is only now starting."""
    return session.scalars(select(Job).where(Job.state == JobState.RUNNING, Job.runner == runner)).all()
