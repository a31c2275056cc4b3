"""An event server as a real process on a real socket, ended by its own process id."""

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

import httpx

SECRET = "the intake key"
_LISTENING = re.compile(r"listening on (\S+)")


def build_rules(path: Path, **given: Any) -> dict[str, Any]:
    """One destination that takes everything."""
    return {
        "rules_version": 1,
        "keys": [{"id": "intake", "sha256": hashlib.sha256(SECRET.encode()).hexdigest()}],
        "connections": [{"id": "local", "type": "filesystem", "path": str(path)}],
        "destinations": [
            {"id": "events", "connection": "local", "path": "", "topics": None, "routing_keys": None}
        ],
    } | given


class Running:
    """`python -m wakeline.eventserver` on a free port until the block ends."""

    def __init__(self, home: Path, *, interval_s: float = 0.2, **environment: str) -> None:
        self.home = home
        self.events = home / "events"
        rules = home / "rules.json"
        home.mkdir(parents=True, exist_ok=True)
        if not rules.exists():
            rules.write_text(json.dumps(build_rules(self.events)))
        self.command = [sys.executable, "-m", "wakeline.eventserver", "--home", str(home), "--port", "0"]
        self.command += ["--configuration", str(rules), "--commit-interval", str(interval_s)]
        self._environment = os.environ | environment
        self.log = home / "event-server.log"
        self.url = ""

    def __enter__(self) -> Self:
        with self.log.open("a") as log:
            start = log.tell()
            self.process = subprocess.Popen(
                self.command, env=self._environment, stderr=log, stdout=subprocess.DEVNULL
            )
        self.url = self._await_url(start)
        self.client = httpx.Client(
            base_url=self.url,
            headers={"Authorization": f"Bearer {SECRET}"},
            timeout=30,
            trust_env=False,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self.stop()

    def _await_url(self, start: int) -> str:
        """The address in what this process has logged; its socket listens by then."""
        while self.process.poll() is None:
            found = _LISTENING.search(self._read_log(start))
            if found:
                return found[1]
            time.sleep(0.01)
        raise AssertionError(f"the event server ended: {self._read_log(start)}")

    def _read_log(self, start: int) -> str:
        return self.log.read_bytes()[start:].decode()

    def post(self, body: bytes, **headers: str) -> httpx.Response:
        return self.client.post("/v1/events", content=body, headers=headers)

    def stop(self) -> int:
        """SIGTERM, as a supervisor does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)
