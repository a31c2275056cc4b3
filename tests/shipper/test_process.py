"""The shipper as a process: started, killed at every stop point, stopped."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.shipper.server import Memory, serving
from tests.shipper.shipping import fill, names, write_keys
from tests.spool.folders import QUERIES, make_outbox
from wakeline.core.faults import STOP_POINT_VARIABLE
from wakeline.spool.counters import SHIPPED, read_totals
from wakeline.spool.layout import list_spools

pytestmark = pytest.mark.slow


def start(folder: Path, url: str, stop_point: str | None = None) -> subprocess.Popen[bytes]:
    configuration = folder.parent / "node.json"
    reporting = {"servers": [url], "keys_file": str(write_keys(folder.parent)), "key_name": "intake_key"}
    configuration.write_text(json.dumps({"spool": {"folder": str(folder)}, "reporting": reporting}))
    environment = {**os.environ, **({STOP_POINT_VARIABLE: stop_point} if stop_point else {})}
    return subprocess.Popen(
        [sys.executable, "-m", "wakeline.shipper", "--config", str(configuration)], env=environment
    )


def wait_for(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(
    "stop_point",
    [
        "shipper.claimed",
        "shipper.answered",
        "shipper.settled",
        "shipper.acknowledged",
        "shipper.counters-moved",
    ],
)
def test_a_shipper_killed_anywhere_loses_and_doubles_nothing(tmp_path: Path, stop_point: str) -> None:
    folder = tmp_path / "spool"
    memory = Memory()
    outbox = make_outbox(folder)
    fill(outbox, 1, 300)
    outbox.close()
    with serving(memory) as url:
        killed = start(folder, url, stop_point)
        assert killed.wait(30) == -signal.SIGKILL
        healthy = start(folder, url)
        wait_for(lambda: not list_spools(folder))
        healthy.terminate()
        assert healthy.wait(10) == 0
    assert memory.table(QUERIES).events == names(1, 300)
    assert read_totals(folder).events == {SHIPPED: 300}


def test_a_second_shipper_ends_with_a_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    outbox = make_outbox(folder)
    fill(outbox, 1, 10)
    memory = Memory()
    with serving(memory) as url:
        first = start(folder, url)
        wait_for(lambda: bool(memory.frames))
        second = start(folder, url)
        assert second.wait(30) == 1
        first.terminate()
        assert first.wait(10) == 0
    assert memory.table(QUERIES).events == names(1, 10)
    outbox.close()


def test_sigterm_while_the_server_is_silent_ends_soon(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    outbox = make_outbox(folder)
    fill(outbox, 1, 10)
    memory = Memory()
    memory.standing = lambda _: time.sleep(20)
    with serving(memory) as url:
        process = start(folder, url)
        wait_for(lambda: bool(memory.frames))
        begun = time.monotonic()
        process.terminate()
        assert process.wait(10) == 0
        assert time.monotonic() - begun < 5
        memory.standing = None
    outbox.close()


def test_a_configuration_without_servers_is_refused(tmp_path: Path) -> None:
    configuration = tmp_path / "node.json"
    configuration.write_text(json.dumps({"spool": {"folder": str(tmp_path / "spool")}}))
    ended = subprocess.run(
        [sys.executable, "-m", "wakeline.shipper", "--config", str(configuration)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 1
    assert "reporting.servers" in ended.stderr
