"""accepted = stored + spooled + dropped + dead letters, after each process was killed, and the home's key was
rotated under traffic: by the status, and by the rows that the log really has.
"""

import json
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest

from wakeline.client.client import Client
from wakeline.core.errors import WakelineError
from wakeline.deployer.keys import read_keys
from wakeline.server.stack import Ports, Stack

pytestmark = pytest.mark.slow
PATH = "/v1/ingest/clicks/shop"


class Caller(threading.Thread):
    """Sends events one by one, each until it is acknowledged, showing the home's key of the moment."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(daemon=True)
        self.acknowledged: list[str] = []
        self._stack = stack
        self._ends = threading.Event()

    def run(self) -> None:
        number = 0
        with httpx.Client(base_url=self._stack.gateway_url, trust_env=False, timeout=5) as client:
            while not self._ends.is_set():
                number += 1
                self._send(client, f"click-{number}")
                time.sleep(0.01)

    def finish(self) -> list[str]:
        self._ends.set()
        self.join(30)
        return self.acknowledged

    def _send(self, client: httpx.Client, event_id: str) -> None:
        event = {"event_id": event_id, "features": {"x": 1}}
        while True:
            key = read_keys(self._stack.home).intake_key
            try:
                answer = client.post(PATH, json=event, headers={"Authorization": f"Bearer {key}"})
            except httpx.HTTPError:
                time.sleep(0.05)
                continue
            if answer.status_code == 202:
                self.acknowledged.append(event_id)
                return
            time.sleep(0.05)


def find_pids(home: Path) -> dict[str, int]:
    """Of the processes that the stack supervises, by the files that the supervisor keeps."""
    return {path.stem: json.loads(path.read_text())["pid"] for path in (home / "run" / "up").glob("*.json")}


def wait_at_rest(client: Client, events: int) -> dict[str, Any]:
    deadline = time.monotonic() + 40
    while True:
        status = client.read_event_status()
        if status["accepted"] == events and not status["spooled"] and not status["unavailable"]:
            return status
        assert time.monotonic() < deadline, status
        time.sleep(0.1)


def check_balance(status: dict[str, Any], events: int) -> None:
    assert status["accepted"] == events
    parts = ("stored", "spooled", "dropped", "dead_letters")
    assert status["accepted"] == sum(status[name] for name in parts)


def test_counts_hold_over_a_kill_of_each_process_and_a_rotation(tmp_path: Path) -> None:
    stack = Stack(tmp_path / "home", Ports.plan(0), commit_interval_s=0.2)
    stack.start()
    caller = Caller(stack)
    try:
        client = Client(stack.url)
        caller.start()
        for name in ("gateway", "gateway-shipper", "event-server", "server"):
            time.sleep(0.4)
            os.kill(find_pids(stack.home)[name], signal.SIGKILL)
        time.sleep(1)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                client.rotate_api_key("intake", grace_seconds=0)
                break
            except WakelineError:
                time.sleep(0.2)
        before = len(caller.acknowledged)
        time.sleep(2)
        acknowledged = caller.finish()
        assert len(acknowledged) > before, "nothing came through after the rotation"
        status = wait_at_rest(client, len(acknowledged))
        check_balance(status, len(acknowledged))
        [stream] = [each for each in status["streams"] if each["topic"] == "clicks"]
        assert (stream["accepted"], stream["here"]) == (len(acknowledged), True)
    finally:
        caller.finish()
        stack.stop()
    rows = pl.read_delta(str(stack.home / "events" / "clicks" / "shop" / "_"))["event_id"].to_list()
    assert sorted(rows) == sorted(acknowledged)
