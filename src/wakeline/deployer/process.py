"""Processes by identity: a pid and when it was started, so that a reused pid is no match.

Knows nothing of what a process does. A zombie counts as ended.
"""

import os
import signal
import subprocess
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_POLL_SECONDS = 0.02
_KILLED_WAIT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """`started` is opaque: on Linux the boot's id and the ticks since then."""

    pid: int
    started: str


def identify_process(pid: int) -> ProcessIdentity | None:
    """None when there is no such process, or only its zombie."""
    found = _read_proc(pid) if _PROC.is_dir() else _ask_ps(pid)
    if found is None or found[0] in "ZX":
        return None
    return ProcessIdentity(pid, found[1])


def is_alive(identity: ProcessIdentity) -> bool:
    return identify_process(identity.pid) == identity


def end_processes(identities: Collection[ProcessIdentity], grace_s: float) -> None:
    """SIGTERM to all at once, SIGKILL to those still there after `grace_s`; returns when all have ended."""
    for identity in identities:
        _send(identity, signal.SIGTERM)
    remaining = _wait_until_ended(identities, grace_s)
    for identity in remaining:
        _send(identity, signal.SIGKILL)
    _wait_until_ended(remaining, _KILLED_WAIT_SECONDS)


def _wait_until_ended(identities: Collection[ProcessIdentity], seconds: float) -> list[ProcessIdentity]:
    deadline = time.monotonic() + seconds
    remaining = [identity for identity in identities if is_alive(identity)]
    while remaining and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
        remaining = [identity for identity in remaining if is_alive(identity)]
    return remaining


def _send(identity: ProcessIdentity, number: signal.Signals) -> None:
    if is_alive(identity):
        try:
            os.kill(identity.pid, number)
        except ProcessLookupError:
            return


def _read_proc(pid: int) -> tuple[str, str] | None:
    """State letter and start, from /proc/<pid>/stat; the name in parentheses may hold anything."""
    try:
        fields = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
        boot = (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return None
    after_name = fields.rpartition(")")[2].split()
    return after_name[0], f"{boot}/{after_name[19]}"


def _ask_ps(pid: int) -> tuple[str, str] | None:
    """The same where there is no /proc."""
    answer = subprocess.run(
        ["/bin/ps", "-o", "state=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, started = answer.stdout.strip().partition(" ")
    return (state[:1], started.strip()) if state else None
