"""Keeps the processes of one home running: starts, restarts, adopts what an earlier life left, ends all.

Each process has a record `<run folder>/<name>.json` (identity, command) and a log `<logs folder>/<name>.log`.
Supervised processes outlive a killed supervisor, on purpose: its next life adopts or ends them. A log is
rotated by copying and truncating, since the process keeps its file open.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from wakeline.core.clock import Clock, SystemClock
from wakeline.core.errors import ConflictError
from wakeline.deployer.logfile import append_line, read_tail, rotate_when_large
from wakeline.deployer.process import ProcessIdentity, end_processes, identify_process, is_alive

STOP_GRACE_SECONDS = 10.0
_POLL_SECONDS = 0.1
_FIRST_DELAY_US = 200_000
_DELAY_US_MAX = 10_000_000
_SETTLED_AFTER_US = 5_000_000
"""A process that ran this long is restarted at once again: its earlier failures are forgotten."""


class ProcessState(StrEnum):
    RUNNING = "running"
    RESTARTING = "restarting"
    """It has ended and will be started again after a pause."""


@dataclass(frozen=True, slots=True)
class ProcessStatus:
    name: str
    pid: int | None
    state: ProcessState
    port: int | None
    restarts: int


@dataclass(slots=True)
class _Child:
    name: str
    argv: list[str]
    port: int | None
    fingerprint: str
    identity: ProcessIdentity
    started_us: int
    process: "subprocess.Popen[bytes] | None" = None
    """None when it was adopted: not a child of ours, so no exit code and nothing to reap."""
    restarts: int = 0
    delay_us: int = _FIRST_DELAY_US
    due_us: int | None = None
    """When it is started again; None while it runs."""

    def is_running(self) -> bool:
        if self.process is not None:
            return self.process.poll() is None
        return is_alive(self.identity)

    def reap(self) -> None:
        if self.process is not None:
            self.process.wait()


@dataclass(slots=True)
class Supervisor:
    """Thread-safe; nothing runs before the first `start`, nothing after `stop_all`."""

    run_folder: Path
    logs_folder: Path
    grace_s: float = STOP_GRACE_SECONDS
    clock: Clock = field(default_factory=SystemClock)
    _children: dict[str, _Child] = field(default_factory=dict, init=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, init=False)
    _stopping: threading.Event = field(default_factory=threading.Event, init=False)
    _thread: threading.Thread | None = field(default=None, init=False)

    def start(
        self,
        name: str,
        argv: Sequence[str],
        *,
        port: int | None = None,
        fingerprint: str = "",
        answers: Callable[[], bool] | None = None,
    ) -> ProcessStatus:
        """Runs `argv` under `name`, and again whenever it ends.

        A process of an earlier life with the same name, command and `fingerprint` (of its configuration) is
        adopted when `answers()` says yes, and ended otherwise.
        """
        leftover = self._replace_leftover(name, list(argv), fingerprint, answers)
        with self._lock:
            if self._stopping.is_set():
                raise ConflictError(f"{name} is not started: the supervisor is stopping")
            if name in self._children:
                return _describe(self._children[name])
            if leftover is None:
                child = self._spawn(name, list(argv), port, fingerprint)
            else:
                child = _Child(name, list(argv), port, fingerprint, leftover, self.clock.now_us())
            self._children[name] = child
            self._watch()
            return _describe(child)

    def stop(self, names: Collection[str]) -> None:
        """Ends these and forgets them; returns when they have ended."""
        with self._lock:
            children = [self._children.pop(name) for name in names if name in self._children]
        end_processes([child.identity for child in children], self.grace_s)
        for child in children:
            child.reap()
            self._locate_record(child.name).unlink(missing_ok=True)

    def stop_all(self) -> None:
        """Ends everything; the supervisor starts nothing afterwards."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
        self.stop(list(self._children))

    def end_leftovers(self, keep: Collection[str] = ()) -> list[str]:
        """Ends what an earlier life started and nobody has adopted; answers the names."""
        ended = []
        for path in sorted(self.run_folder.glob("*.json")):
            name = path.stem
            if name in keep or name in self._children:
                continue
            record = self._read_record(name)
            if record is not None and is_alive(record.identity):
                end_processes([record.identity], self.grace_s)
                ended.append(name)
            path.unlink(missing_ok=True)
        return ended

    def has_leftover(self, name: str) -> bool:
        """Whether a process of an earlier life still runs under this name."""
        record = self._read_record(name)
        return record is not None and is_alive(record.identity)

    def statuses(self) -> list[ProcessStatus]:
        with self._lock:
            return [_describe(child) for child in self._children.values()]

    def find(self, name: str) -> ProcessStatus | None:
        with self._lock:
            child = self._children.get(name)
            return _describe(child) if child else None

    def read_log_tail(self, name: str, line_count: int = 20) -> str:
        return read_tail(self._locate_log(name), line_count)

    def _replace_leftover(
        self, name: str, argv: list[str], fingerprint: str, answers: Callable[[], bool] | None
    ) -> ProcessIdentity | None:
        """The identity to adopt, or None once whatever stood in the way has ended."""
        current = self._children.get(name)
        if current is not None:
            if current.argv == argv and current.fingerprint == fingerprint:
                return current.identity
            self.stop([name])
            return None
        record = self._read_record(name)
        if record is None or not is_alive(record.identity):
            return None
        unchanged = record.argv == argv and record.fingerprint == fingerprint
        if unchanged and (answers is None or answers()):
            return record.identity
        end_processes([record.identity], self.grace_s)
        return None

    def _spawn(self, name: str, argv: list[str], port: int | None, fingerprint: str) -> _Child:
        self.logs_folder.mkdir(parents=True, exist_ok=True)
        with self._locate_log(name).open("ab") as log:
            process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=os.environ | {"PYTHONUNBUFFERED": "1"},
            )
        # Already ended: the identity matches no process, and the watch takes it from there.
        identity = identify_process(process.pid) or ProcessIdentity(process.pid, "ended")
        child = _Child(name, argv, port, fingerprint, identity, self.clock.now_us(), process)
        self._write_record(child)
        return child

    def _watch(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while not self._stopping.wait(_POLL_SECONDS):
            with self._lock:
                for child in list(self._children.values()):
                    self._tend(child)

    def _tend(self, child: _Child) -> None:
        try:
            rotate_when_large(self._locate_log(child.name))
            if child.due_us is not None:
                if self.clock.monotonic_us() >= child.due_us:
                    self._restart(child)
            elif not child.is_running():
                self._schedule_restart(child)
        except OSError as error:
            print(f"supervisor: {child.name}: {error}", file=sys.stderr, flush=True)  # noqa: T201

    def _schedule_restart(self, child: _Child) -> None:
        code = child.process.returncode if child.process is not None else None
        if self.clock.now_us() - child.started_us >= _SETTLED_AFTER_US:
            child.delay_us = _FIRST_DELAY_US
        child.due_us = self.clock.monotonic_us() + child.delay_us
        outcome = "ended" if code is None else f"ended with code {code}"
        append_line(
            self._locate_log(child.name),
            f"wakeline: {child.name} {outcome}; starting it again in {child.delay_us / 1e6:g} s",
        )
        child.delay_us = min(2 * child.delay_us, _DELAY_US_MAX)

    def _restart(self, child: _Child) -> None:
        fresh = self._spawn(child.name, child.argv, child.port, child.fingerprint)
        fresh.restarts, fresh.delay_us = child.restarts + 1, child.delay_us
        self._children[child.name] = fresh

    def _locate_record(self, name: str) -> Path:
        return self.run_folder / f"{name}.json"

    def _locate_log(self, name: str) -> Path:
        return self.logs_folder / f"{name}.log"

    def _write_record(self, child: _Child) -> None:
        self.run_folder.mkdir(parents=True, exist_ok=True)
        path = self._locate_record(child.name)
        draft = path.with_suffix(".draft")
        content = {
            "name": child.name,
            "pid": child.identity.pid,
            "started": child.identity.started,
            "argv": child.argv,
            "fingerprint": child.fingerprint,
            "port": child.port,
        }
        draft.write_text(json.dumps(content, indent=1), encoding="utf-8")
        draft.replace(path)

    def _read_record(self, name: str) -> "_Record | None":
        """None for a missing or unreadable record: then there is nothing to adopt."""
        try:
            found = json.loads(self._locate_record(name).read_text(encoding="utf-8"))
            return _Record(
                ProcessIdentity(int(found["pid"]), str(found["started"])),
                [str(part) for part in found["argv"]],
                str(found["fingerprint"]),
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None


@dataclass(frozen=True, slots=True)
class _Record:
    identity: ProcessIdentity
    argv: list[str]
    fingerprint: str


def _describe(child: _Child) -> ProcessStatus:
    running = child.due_us is None and child.is_running()
    return ProcessStatus(
        name=child.name,
        pid=child.identity.pid if running else None,
        state=ProcessState.RUNNING if running else ProcessState.RESTARTING,
        port=child.port,
        restarts=child.restarts,
    )
