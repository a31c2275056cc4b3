"""The processes under test: started, killed, stopped for a while, given a full disk or another clock.

Only processes started here are ever touched, each by its own process id.
"""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

CLOCK_LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
"""Debian's libfaketime: a clock that a test can set while the process runs. None: not installed."""


@dataclass
class Process:
    """One part of the product; `arguments` start it again on the same port and the same files."""

    name: str
    arguments: Sequence[str]
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    running: subprocess.Popen[bytes] | None = None

    def start(self, **environment: str) -> None:
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                [sys.executable, "-m", *self.arguments],
                env={**os.environ, **self._choose_clock(), **self.environment, **environment},
                stdout=log,
                stderr=log,
            )

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    @property
    def clock(self) -> Path:
        return self.folder / f"{self.name}.clock"

    @property
    def is_alive(self) -> bool:
        return self.running is not None and self.running.poll() is None

    def kill(self) -> None:
        """As `kill -9`; it must still have been alive."""
        assert self.running is not None
        assert self.is_alive, self.read_log()
        self.running.send_signal(signal.SIGKILL)
        self.running.wait()

    def freeze(self) -> None:
        assert self.running is not None
        self.running.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.running is not None
        self.running.send_signal(signal.SIGCONT)

    def fill_disk(self) -> None:
        """From now on every write to a file fails, as on a full disk."""
        self._limit_files(0)

    def free_disk(self) -> None:
        self._limit_files(resource.RLIM_INFINITY)

    def set_clock(self, days: int) -> None:
        """The clock of the running process steps, and stays there when it is started again."""
        self.clock.write_text(f"{days:+d}d")

    def stop(self, seconds: float = 30) -> None:
        """SIGTERM, as a supervisor does; it has to end well."""
        assert self.running is not None
        if self.is_alive:
            self.running.terminate()
        assert self.running.wait(seconds) == 0, self.read_log()

    def end(self) -> None:
        if self.running is not None and self.is_alive:
            self.running.kill()
            self.running.wait()

    def read_log(self) -> str:
        return f"{self.name}: " + self.log.read_text(errors="replace")[-4_000:]

    def _limit_files(self, size: int) -> None:
        assert self.running is not None
        if self.is_alive:
            resource.prlimit(self.running.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def _choose_clock(self) -> dict[str, str]:
        if CLOCK_LIBRARY is None:
            return {}
        if not self.clock.exists():
            self.set_clock(0)
        return {
            "LD_PRELOAD": str(CLOCK_LIBRARY),
            "FAKETIME_TIMESTAMP_FILE": str(self.clock),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DONT_RESET": "1",
            "NO_FAKE_STAT": "1",
        }
