"""An event server as a process of its own on a core of its own, and what it costs."""

import hashlib
import json
import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.events.sample import ENDPOINT, ROUTING_KEY, SECRET, TOPIC

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Server:
    url: str
    pid: int
    root: Path
    """The table of the benchmark's stream."""

    def read_cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND

    def read_resident_mb(self) -> float:
        text = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.findall(r"VmRSS:\s+(\d+)", text)[0]) / 1000

    def limit_files(self, size: int) -> None:
        """0: every write fails, as on a dead store; -1: no limit."""
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@contextmanager
def run_server(home: Path, *, interval_s: float | None = None, core: int | None = None) -> Iterator[Server]:
    """Until the block ends, on loopback; a `core` of its own where there are several."""
    home.mkdir(parents=True, exist_ok=True)
    rules = {
        "rules_version": 1,
        "keys": [{"id": "intake", "sha256": hashlib.sha256(SECRET.encode()).hexdigest()}],
        "connections": [{"id": "local", "type": "filesystem", "path": str(home)}],
        "destinations": [
            {"id": "events", "connection": "local", "path": "events", "topics": None, "routing_keys": None}
        ],
    }
    (home / "rules.json").write_text(json.dumps(rules))
    command = [sys.executable, "-m", "wakeline.eventserver", "--home", str(home), "--port", "0"]
    command += ["--configuration", str(home / "rules.json")]
    command += [] if interval_s is None else ["--commit-interval", str(interval_s)]
    log = home / "event-server.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(command, stderr=stream, stdout=subprocess.DEVNULL)
    try:
        if core is not None:
            os.sched_setaffinity(process.pid, {core})
        yield Server(_await_url(log, process), process.pid, home / "events" / TOPIC / ROUTING_KEY / ENDPOINT)
    finally:
        process.terminate()
        process.wait(60)


def _await_url(log: Path, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(r"listening on (\S+)", log.read_text())
        if found:
            return found[1]
        time.sleep(0.02)
    raise RuntimeError(f"the event server did not start: {log.read_text()}")
