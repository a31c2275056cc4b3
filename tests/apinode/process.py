"""A node as a process of its own, with a real socket."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from tests.apinode.stand import build_configuration

START_SECONDS_MAX = 30.0
_LISTENS = re.compile(r"listens on (http://\S+), (http://\S+)")


@dataclass(frozen=True, slots=True)
class NodeProcess:
    process: subprocess.Popen[bytes]
    log: Path
    spool: Path
    url: str
    admin_url: str

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def terminate(self) -> int:
        """The exit code after SIGTERM."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)

    def find_spool(self) -> Path:
        (path,) = self.spool.glob("*.spool")
        return path


def write_configuration(folder: Path, **changes: Any) -> Path:
    path = folder / "node.json"
    configuration = build_configuration(folder, **{"admin_port": 0, **changes})
    path.write_bytes(msgspec.json.encode(configuration))
    return path


def launch(configuration: Path, log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as stream:
        return subprocess.Popen(
            [sys.executable, "-m", "wakeline.apinode", "--config", str(configuration)],
            stdout=subprocess.DEVNULL,
            stderr=stream,
        )


@contextmanager
def run_node(folder: Path, **changes: Any) -> Iterator[NodeProcess]:
    """A node that listens; it is ended at the end if it still runs."""
    log = folder / "node.log"
    process = launch(write_configuration(folder, **changes), log)
    try:
        url, admin_url = _wait_for_urls(process, log)
        yield NodeProcess(process, log, folder / "spool", url, admin_url)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)


def _wait_for_urls(process: subprocess.Popen[bytes], log: Path) -> tuple[str, str]:
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline:
        found = _LISTENS.search(log.read_text())
        if found:
            return found[1], found[2]
        if process.poll() is not None:
            break
        time.sleep(0.01)
    raise AssertionError(f"the node did not start:\n{log.read_text()}")
