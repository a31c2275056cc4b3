"""Jobs: what runs, how far it is (also as server-sent events), and how to stop it."""

import asyncio
from collections.abc import AsyncIterator

from fastapi import APIRouter, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from sqlalchemy.orm import Session, sessionmaker

from wakeline.metadata.queries import jobs
from wakeline.metadata.queries.jobs import FINAL_STATES
from wakeline.metadata.queries.paging import PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX
from wakeline.metadata.tables.monitoring import Job
from wakeline.server.answers import JobAnswer, JobLineAnswer, JobSummary, Listed
from wakeline.server.dependencies import PartsDep, SessionDep

LOOK_SECONDS = 0.3
KEEP_ALIVE_LOOKS = 50

router = APIRouter(tags=["jobs"])


@router.get("/jobs")
def list_jobs(
    session: SessionDep,
    project: str | None = None,
    limit: int = Query(default=PAGE_ROWS_DEFAULT, ge=1, le=PAGE_ROWS_MAX),
    cursor: str | None = None,
) -> Listed[JobSummary]:
    """The newest first, without their logs."""
    page = jobs.list_jobs(session, project, limit=limit, cursor=cursor)
    return Listed(items=[JobSummary.model_validate(row) for row in page.items], next_cursor=page.next_cursor)


@router.get("/jobs/{job_id}")
def show_job(job_id: str, session: SessionDep) -> JobAnswer:
    return _describe(session, jobs.get_job(session, job_id))


@router.post("/jobs/{job_id}/actions/cancel")
def cancel_job(job_id: str, session: SessionDep, parts: PartsDep) -> JobAnswer:
    """A running job ends when it next reports progress."""
    return _describe(session, jobs.request_cancel(session, job_id, parts.clock.now_us()))


@router.get(
    "/jobs/{job_id}/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def stream_job(job_id: str, parts: PartsDep) -> StreamingResponse:
    """An event `job` with the whole job at each change, the last one in its final state."""
    await run_in_threadpool(_load, parts.sessions, job_id)
    return StreamingResponse(
        _follow(parts.sessions, job_id),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
    )


async def _follow(sessions: sessionmaker[Session], job_id: str) -> AsyncIterator[str]:
    """Looks at the database, not at this process: the job may run under another server."""
    shown, looks = "", 0
    while True:
        job = await run_in_threadpool(_load, sessions, job_id)
        text = job.model_dump_json()
        looks += 1
        if text != shown:
            yield f"event: job\ndata: {text}\n\n"
            shown = text
        elif looks % KEEP_ALIVE_LOOKS == 0:
            yield ": still here\n\n"
        if job.state in FINAL_STATES:
            return
        await asyncio.sleep(LOOK_SECONDS)


def _load(sessions: sessionmaker[Session], job_id: str) -> JobAnswer:
    with sessions() as session:
        return _describe(session, jobs.get_job(session, job_id))


def _describe(session: Session, row: Job) -> JobAnswer:
    answer = JobAnswer.model_validate(row)
    answer.log = [JobLineAnswer.model_validate(line) for line in jobs.list_lines(session, row.id)]
    return answer
