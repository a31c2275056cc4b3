"""The demo, run once as a user runs it, and its home afterwards."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from wakeline.client.client import Client
from wakeline.server.stack import Ports, Stack

EVERY = 10
DEMO_SECONDS_MAX = 900


@dataclass(frozen=True, slots=True)
class DemoRun:
    home: Path
    summary: dict[str, Any]


def run_demo(home: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "wakeline", "demo", "--home", str(home), "--every", str(EVERY), *arguments],
        capture_output=True,
        text=True,
        timeout=DEMO_SECONDS_MAX,
        check=False,
    )


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoRun:
    home = tmp_path_factory.mktemp("home") / "demo"
    done = run_demo(home, "--port", "0", "--exit", "--json")
    assert done.returncode == 0, done.stderr
    return DemoRun(home, json.loads(done.stdout))


@pytest.fixture(scope="session")
def client(demo: DemoRun) -> Iterator[Client]:
    """A client of the demo's home, started again."""
    stack = Stack(demo.home, Ports.plan(0))
    stack.start()
    try:
        yield Client(stack.url)
    finally:
        stack.stop()
