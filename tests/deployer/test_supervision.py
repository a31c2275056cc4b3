"""Supervision over real processes: restart, adoption, leftovers, an end that leaves nobody."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from wakeline.core.errors import ConflictError
from wakeline.deployer.logfile import read_tail, rotate_when_large
from wakeline.deployer.process import identify_process, is_alive
from wakeline.deployer.supervision import ProcessState, Supervisor

SLEEP = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(600)",
]


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    supervisor = Supervisor(tmp_path / "run", tmp_path / "logs", grace_s=1.0)
    yield supervisor
    supervisor.stop_all()


def pid_of(supervisor: Supervisor, name: str) -> int:
    status = supervisor.find(name)
    assert status is not None
    assert status.pid is not None
    return status.pid


def wait_for(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def test_a_killed_process_is_started_again(supervisor: Supervisor) -> None:
    first = supervisor.start("sleep", SLEEP).pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: (status := supervisor.find("sleep")) is not None and status.pid not in (None, first))
    assert [status.restarts for status in supervisor.statuses()] == [1]
    assert "ended with code -9" in supervisor.read_log_tail("sleep")


def test_one_that_always_fails_is_tried_less_and_less(supervisor: Supervisor) -> None:
    supervisor.start("broken", [sys.executable, "-c", "print('cannot'); raise SystemExit(3)"])
    wait_for(lambda: "again in 0.8 s" in supervisor.read_log_tail("broken"))
    tail = supervisor.read_log_tail("broken")
    assert "cannot" in tail
    assert tail.index("again in 0.2 s") < tail.index("again in 0.4 s")
    status = supervisor.find("broken")
    assert status is not None
    assert (status.state, status.pid) == (ProcessState.RESTARTING, None)


def test_stop_all_leaves_none_even_of_the_stubborn(supervisor: Supervisor) -> None:
    for name, argv in (("sleep", SLEEP), ("stubborn", STUBBORN)):
        supervisor.start(name, argv)
        wait_for(lambda name=name: "up" in supervisor.read_log_tail(name))  # type: ignore[misc]
    identities = [identify_process(pid_of(supervisor, name)) for name in ("sleep", "stubborn")]
    supervisor.stop_all()
    assert not any(identity is not None and is_alive(identity) for identity in identities)
    assert list(supervisor.run_folder.iterdir()) == []
    with pytest.raises(ConflictError):
        supervisor.start("late", SLEEP)


def test_an_earlier_life_is_adopted_when_unchanged_and_answering(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    earlier = subprocess.Popen([*SLEEP], start_new_session=True)
    identity = identify_process(earlier.pid)
    assert identity is not None
    _record(supervisor, identity.pid, identity.started)
    status = supervisor.start("sleep", SLEEP, fingerprint="a", answers=lambda: True)
    assert status.pid == earlier.pid
    earlier.kill()
    earlier.wait()
    wait_for(lambda: (found := supervisor.find("sleep")) is not None and found.restarts == 1)


@pytest.mark.parametrize(("fingerprint", "answers"), [("b", True), ("a", False)])
def test_an_earlier_life_is_ended_when_changed_or_silent(
    supervisor: Supervisor, fingerprint: str, answers: bool
) -> None:
    earlier = subprocess.Popen([*SLEEP], start_new_session=True)
    identity = identify_process(earlier.pid)
    assert identity is not None
    _record(supervisor, identity.pid, identity.started)
    status = supervisor.start("sleep", SLEEP, fingerprint=fingerprint, answers=lambda: answers)
    assert status.pid not in (None, earlier.pid)
    assert earlier.wait() == -signal.SIGTERM


def test_leftovers_are_ended_but_a_reused_pid_is_not(supervisor: Supervisor) -> None:
    earlier = subprocess.Popen([*SLEEP], start_new_session=True)
    innocent = subprocess.Popen([*SLEEP], start_new_session=True)
    identity = identify_process(earlier.pid)
    assert identity is not None
    _record(supervisor, earlier.pid, identity.started, name="gone")
    _record(supervisor, innocent.pid, "another-boot/1", name="reused")
    assert supervisor.end_leftovers() == ["gone"]
    assert earlier.wait() == -signal.SIGTERM
    assert innocent.poll() is None
    innocent.kill()
    innocent.wait()
    assert list(supervisor.run_folder.iterdir()) == []


def test_a_changed_command_replaces_the_process(supervisor: Supervisor) -> None:
    first = supervisor.start("sleep", SLEEP).pid
    assert supervisor.start("sleep", SLEEP).pid == first
    assert supervisor.start("sleep", SLEEP, fingerprint="new").pid != first


def test_logs_rotate(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    for number in range(7):
        log.write_text(f"life {number}\n" * 10)
        assert rotate_when_large(log, bytes_max=10)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.log", *(f"x.log.{n}" for n in range(1, 6))]
    assert (log.stat().st_size, read_tail(tmp_path / "x.log.1", 1)) == (0, "life 6")
    assert not rotate_when_large(log, bytes_max=10)


def _record(supervisor: Supervisor, pid: int, started: str, name: str = "sleep") -> None:
    supervisor.run_folder.mkdir(parents=True, exist_ok=True)
    content = {"name": name, "pid": pid, "started": started, "argv": SLEEP, "fingerprint": "a", "port": None}
    (supervisor.run_folder / f"{name}.json").write_text(json.dumps(content))
