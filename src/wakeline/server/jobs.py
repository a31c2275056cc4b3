"""The job runner: worker threads that take jobs from the database's queue and record what became of them.

A job is a row before it is anything else, so a queued one survives a restart, and one that was running when
its server died is failed at that server's next start. A function of a job writes nothing half: it is stopped
only where it reports progress.
"""

import logging
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from wakeline.core.clock import Clock, SystemClock
from wakeline.core.errors import InvalidInputError, UnavailableError, WakelineError
from wakeline.metadata.queries import jobs
from wakeline.metadata.queries.jobs import JobState
from wakeline.metadata.tables.monitoring import Job
from wakeline.server.problems import describe_problem

PROGRESS_INTERVAL_SECONDS = 0.2
IDLE_SECONDS = 1.0
STOP_SECONDS_MAX = 5.0
RUNNER_NAME = "server"

_LOGGER = logging.getLogger(__name__)


class JobCancelledError(WakelineError):
    """Somebody asked for the job's end."""

    code = "cancelled"


class JobInterruptedError(UnavailableError):
    """The server ended before the job did; it can be submitted again."""

    code = "interrupted"


class JobCrashedError(WakelineError):
    """A fault of ours inside a job; the job's log has the traceback."""

    code = "internal"


class JobContext:
    """What a running job may ask of its runner. Used by the one thread that runs the job."""

    def __init__(
        self,
        job: Job,
        *,
        sessions: sessionmaker[Session],
        home: Path,
        clock: Clock,
        stopping: threading.Event,
    ) -> None:
        self.job_id = job.id
        self.project = job.project
        self.arguments: dict[str, Any] = job.arguments
        self.sessions = sessions
        self.home = home
        self.clock = clock
        self._stopping = stopping
        self._reported_at = 0.0

    def progress(self, fraction: float, message: str) -> None:
        """Records how far the job is, at most five times a second; raises where the job has to end."""
        self._check_stopping()
        now = time.monotonic()
        if now - self._reported_at < PROGRESS_INTERVAL_SECONDS and fraction < 1:
            return
        self._reported_at = now
        with self.sessions.begin() as session:
            wanted = jobs.report_progress(session, self.job_id, min(max(fraction, 0.0), 1.0), message)
        if not wanted:
            raise JobCancelledError("cancelled while it ran; nothing was kept")

    def log(self, *lines: str) -> None:
        """Adds lines to the log that people read."""
        with self.sessions.begin() as session:
            jobs.append_lines(session, self.job_id, lines, self.clock.now_us())

    def _check_stopping(self) -> None:
        if self._stopping.is_set():
            raise JobInterruptedError("the server stopped while the job ran; run it again")


JobFunction = Callable[[JobContext], dict[str, Any]]


class JobRunner:
    """Runs from `start` to `stop`. Between servers that share a database each needs a `name` of its own."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        home: Path,
        functions: Mapping[str, JobFunction],
        *,
        clock: Clock | None = None,
        worker_count: int = 1,
        name: str = RUNNER_NAME,
    ) -> None:
        self._sessions = sessions
        self._home = home
        self._functions = dict(functions)
        self._clock = clock or SystemClock()
        self._worker_count = worker_count
        self._name = name
        self._threads: list[threading.Thread] = []
        self._stopping = threading.Event()
        self._wake = threading.Semaphore(0)

    def submit(self, kind: str, arguments: dict[str, Any], project: str | None = None) -> str:
        """Queues a job and returns its id; it runs even where this runner is started only later."""
        if kind not in self._functions:
            raise InvalidInputError(f"{kind!r} is no kind of job; there are: {', '.join(self._functions)}")
        with self._sessions.begin() as session:
            job_id = jobs.add_job(session, kind, arguments, project, self._clock.now_us()).id
        self._wake.release()
        return job_id

    def start(self) -> None:
        """Fails the jobs that this runner's predecessor left running, then begins to work."""
        self._fail_cut_off()
        self._stopping.clear()
        for index in range(self._worker_count):
            thread = threading.Thread(target=self._work, name=f"jobs-{index}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self, timeout_s: float = STOP_SECONDS_MAX) -> None:
        """Interrupts what runs. A job that does not look within the time is failed at the next start."""
        self._stopping.set()
        self._wake.release(max(1, self._worker_count))
        deadline = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._threads.clear()

    def _fail_cut_off(self) -> None:
        error = JobInterruptedError("the server stopped while the job ran; run it again")
        with self._sessions.begin() as session:
            for job in jobs.list_cut_off(session, self._name):
                self._finish_failed(session, job.id, error)

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                ran = self._run_next()
            except Exception:
                # The loop outlives a database that does not answer.
                _LOGGER.exception("the job queue could not be read or written")
                ran = False
            if not ran and not self._stopping.is_set():
                self._wake.acquire(timeout=IDLE_SECONDS)

    def _run_next(self) -> bool:
        with self._sessions.begin() as session:
            job = jobs.claim_job(session, self._name, list(self._functions), self._clock.now_us())
        if job is None:
            return False
        self._run(job)
        return True

    def _run(self, job: Job) -> None:
        context = JobContext(
            job, sessions=self._sessions, home=self._home, clock=self._clock, stopping=self._stopping
        )
        try:
            result = self._functions[job.kind](context)
        except JobCancelledError as error:
            with self._sessions.begin() as session:
                now_us = self._clock.now_us()
                jobs.finish_job(session, job.id, JobState.CANCELLED, now_us, message=error.message)
        except WakelineError as error:
            with self._sessions.begin() as session:
                self._finish_failed(session, job.id, error)
        except Exception as error:
            # The loop outlives a failed job, which records the failure.
            _LOGGER.exception("job %s (%s) failed", job.id, job.kind)
            context.log(*traceback.format_exc().splitlines())
            with self._sessions.begin() as session:
                self._finish_failed(session, job.id, JobCrashedError(f"{type(error).__name__}: {error}"))
        else:
            with self._sessions.begin() as session:
                now_us = self._clock.now_us()
                jobs.finish_job(session, job.id, JobState.DONE, now_us, result=result)

    def _finish_failed(self, session: Session, job_id: str, error: WakelineError) -> None:
        jobs.finish_job(
            session,
            job_id,
            JobState.FAILED,
            self._clock.now_us(),
            message=error.message,
            error=describe_problem(error),
        )
