"""Jobs: recorded from the first moment to the last, cancelled, cut off and failed cleanly."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.monitoring.world import PROJECT, make_world, read_stream_events
from wakeline.core.errors import ConflictError, InvalidInputError, NotFoundError
from wakeline.metadata.queries import jobs
from wakeline.metadata.session import locate_database, make_sessions, open_database
from wakeline.metadata.tables.monitoring import Job
from wakeline.server.jobs import JobContext, JobFunction, JobRunner

Make = Callable[[dict[str, JobFunction]], JobRunner]


class Bench:
    """Runners over one database; ends them all."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.sessions = make_sessions(open_database(locate_database(home)))
        self.runners: list[JobRunner] = []

    def make(self, functions: dict[str, JobFunction], name: str = "server") -> JobRunner:
        runner = JobRunner(self.sessions, self.home, functions, name=name)
        self.runners.append(runner)
        return runner

    def load(self, job_id: str) -> Job:
        with self.sessions() as session:
            return jobs.get_job(session, job_id)

    def list_lines(self, job_id: str) -> list[str]:
        with self.sessions() as session:
            return [line.text for line in jobs.list_lines(session, job_id)]

    def wait(self, job_id: str, *states: str) -> Job:
        deadline = time.monotonic() + 20
        while (job := self.load(job_id)).state not in states:
            assert time.monotonic() < deadline, f"the job is still {job.state}"
            time.sleep(0.02)
        return job


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    for runner in made.runners:
        runner.stop()


def run_to_the_end(job: JobContext) -> dict[str, Any]:
    job.progress(0.5, "half")
    job.log("one", "two")
    return {"arguments": job.arguments}


def test_a_job_runs_and_is_recorded(bench: Bench) -> None:
    runner = bench.make({"work": run_to_the_end})
    job_id = runner.submit("work", {"a": 1}, None)
    assert bench.load(job_id).state == "queued"
    runner.start()
    job = bench.wait(job_id, "done")
    assert (job.progress, job.result, job.error) == (1.0, {"arguments": {"a": 1}}, None)
    assert bench.list_lines(job_id) == ["one", "two"]
    assert job.created_at_us <= (job.started_at_us or 0) <= (job.finished_at_us or 0)
    with pytest.raises(InvalidInputError, match="there are: work"):
        runner.submit("other", {})


def test_a_failure_keeps_its_problem(bench: Bench) -> None:
    def fail(_job: JobContext) -> dict[str, Any]:
        raise NotFoundError("there is no such thing", details={"thing": "x"})

    def crash(_job: JobContext) -> dict[str, Any]:
        raise ZeroDivisionError("by zero")

    runner = bench.make({"fail": fail, "crash": crash})
    runner.start()
    failed = bench.wait(runner.submit("fail", {}), "failed")
    assert failed.error is not None
    assert (failed.error["type"], failed.error["status"]) == ("urn:wakeline:problem:not-found", 404)
    assert (failed.error["detail"], failed.error["details"]) == ("there is no such thing", {"thing": "x"})
    crashed = bench.wait(runner.submit("crash", {}), "failed")
    assert crashed.error is not None
    assert (crashed.error["status"], crashed.error["detail"]) == (500, "ZeroDivisionError: by zero")
    assert any("Traceback" in line for line in bench.list_lines(crashed.id))


def test_a_queued_job_is_cancelled_at_once_and_a_running_one_where_it_looks(bench: Bench) -> None:
    started = threading.Event()

    def run_on(job: JobContext) -> dict[str, Any]:
        while True:
            job.progress(0.1, "on and on")
            started.set()
            time.sleep(0.02)

    runner = bench.make({"on": run_on})
    running = runner.submit("on", {})
    runner.start()
    assert started.wait(10)
    queued = runner.submit("on", {})
    with bench.sessions.begin() as session:
        assert jobs.request_cancel(session, queued, 1).state == "cancelled"
        assert jobs.request_cancel(session, running, 1).state == "running"
    assert bench.wait(running, "cancelled").result is None
    with bench.sessions.begin() as session, pytest.raises(ConflictError, match="is cancelled already"):
        jobs.request_cancel(session, queued, 1)


def test_a_killed_servers_running_job_is_failed_at_the_next_start(bench: Bench) -> None:
    with bench.sessions.begin() as session:
        cut_off = jobs.add_job(session, "work", {}, None, 1).id
        assert jobs.claim_job(session, "server", ["work"], 2) is not None
        others = jobs.add_job(session, "work", {}, None, 3).id
        assert jobs.claim_job(session, "another server", ["work"], 4) is not None
        queued = jobs.add_job(session, "work", {}, None, 5).id
    bench.make({"work": run_to_the_end}).start()
    failed = bench.load(cut_off)
    assert failed.error is not None
    assert (failed.state, failed.error["type"]) == ("failed", "urn:wakeline:problem:interrupted")
    assert "the server stopped while the job ran" in failed.message
    assert bench.wait(queued, "done").state == "done"
    assert bench.load(others).state == "running"


_HANGING_SERVER = """
import sys, time
from pathlib import Path
from wakeline.metadata.session import locate_database, make_sessions, open_database
from wakeline.server.jobs import JobRunner

def hang(job):
    job.progress(0.3, "hanging")
    time.sleep(600)

home = Path(sys.argv[1])
runner = JobRunner(make_sessions(open_database(locate_database(home))), home, {"work": hang})
runner.submit("work", {})
runner.start()
time.sleep(600)
"""


@pytest.mark.slow
def test_kill_9_in_the_middle_of_a_job_is_told_at_the_next_start(bench: Bench) -> None:
    process = subprocess.Popen([sys.executable, "-c", _HANGING_SERVER, str(bench.home)])
    try:
        with bench.sessions() as session:
            deadline = time.monotonic() + 30
            while not (page := jobs.list_jobs(session, limit=1).items) or page[0].progress < 0.3:
                assert time.monotonic() < deadline
                time.sleep(0.05)
                session.expire_all()
    finally:
        process.kill()
        process.wait()
    job_id = page[0].id
    assert bench.load(job_id).state == "running"
    runner = bench.make({"work": run_to_the_end})
    runner.start()
    assert bench.load(job_id).state == "failed"
    assert bench.wait(runner.submit("work", {}), "done").result == {"arguments": {}}


def test_stopping_interrupts_what_runs(bench: Bench) -> None:
    started = threading.Event()

    def run_on(job: JobContext) -> dict[str, Any]:
        while True:
            started.set()
            job.progress(0.1, "on and on")
            time.sleep(0.01)

    runner = bench.make({"on": run_on})
    job_id = runner.submit("on", {})
    runner.start()
    assert started.wait(10)
    runner.stop()
    job = bench.load(job_id)
    assert (job.state, job.error and job.error["type"]) == ("failed", "urn:wakeline:problem:interrupted")


def test_two_runners_share_a_queue_without_doing_anything_twice(bench: Bench) -> None:
    done: list[str] = []

    def note(job: JobContext) -> dict[str, Any]:
        done.append(job.job_id)
        return {}

    runners = [bench.make({"note": note}, name) for name in ("first", "second")]
    submitted = [runners[0].submit("note", {}) for _ in range(20)]
    for runner in runners:
        runner.start()
    for job_id in submitted:
        bench.wait(job_id, "done")
    assert sorted(done) == sorted(submitted)


def test_a_log_that_runs_over_says_so(bench: Bench) -> None:
    with bench.sessions.begin() as session:
        job_id = jobs.add_job(session, "work", {}, None, 1).id
        jobs.append_lines(session, job_id, ["line"] * (jobs.LOG_LINES_MAX - 1), 1)
        jobs.append_lines(session, job_id, ["line"] * 10, 1)
    lines = bench.list_lines(job_id)
    assert (len(lines), lines[-1]) == (jobs.LOG_LINES_MAX, "further lines are not kept")


def list_all(client: TestClient, **params: Any) -> list[str]:
    found, cursor = [], None
    while True:
        page = client.get("/api/v1/jobs", params={"limit": 3, "cursor": cursor, **params}).json()
        found += [job["id"] for job in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def test_jobs_are_listed_page_by_page_the_newest_first(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    with world.parts.sessions.begin() as session:
        made = [jobs.add_job(session, "none", {}, PROJECT, index // 2).id for index in range(7)]
    with world.open_client() as client:
        listed = list_all(client, project=PROJECT)
        assert sorted(listed) == sorted(made)
        assert set(listed[:1]) == {made[6]}
        assert set(listed[-2:]) == set(made[:2])
        assert client.get("/api/v1/jobs", params={"cursor": "nonsense"}).status_code == 422
        assert client.get("/api/v1/jobs/none").status_code == 404


def test_progress_is_streamed_until_the_end(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    with world.open_client() as client:
        with world.parts.sessions.begin() as session:
            job_id = jobs.add_job(session, "none", {}, PROJECT, 1).id
        threading.Timer(0.6, client.post, [f"/api/v1/jobs/{job_id}/actions/cancel"]).start()
        answer = client.get(f"/api/v1/jobs/{job_id}/events")
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-cache"
        states = [event["state"] for event in read_stream_events(answer.text)]
        assert states == ["queued", "cancelled"]
        assert client.get("/api/v1/jobs/none/events").status_code == 404
