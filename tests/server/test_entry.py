"""`python -m wakeline.server` as a process: it ends with its nodes, or is killed and adopts them."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.server.running import CLOSED_PORT
from tests.server.test_deployments import ask, deploy, list_pids, publish, wait_for
from wakeline.client.client import Client
from wakeline.core.errors import UnavailableError
from wakeline.deployer.process import ProcessIdentity, end_processes, identify_process
from wakeline.deployer.supervision import Supervisor

pytestmark = pytest.mark.slow


def start(home: Path, port: int, *more: str) -> "subprocess.Popen[str]":
    arguments = ["--home", str(home), "--port", str(port), "--event-server-port", str(CLOSED_PORT), *more]
    return subprocess.Popen(
        [sys.executable, "-m", "wakeline.server", *arguments], stderr=subprocess.PIPE, text=True
    )


def wait_until_up(client: Client, process: "subprocess.Popen[str]") -> None:
    def answers() -> bool:
        assert process.poll() is None, process.communicate()[1]
        try:
            return bool(client.read_health())
        except UnavailableError:
            return False

    wait_for(answers, 60)


@pytest.fixture
def port() -> int:
    """Free, and with it P+2 and P+4 most likely."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(autouse=True)
def no_leftovers(tmp_path: Path) -> Iterator[None]:
    yield
    Supervisor(tmp_path / "run" / "nodes", tmp_path / "logs").end_leftovers()


def test_sigterm_ends_the_nodes_too(tmp_path: Path, model_archive: Path, port: int) -> None:
    process = start(tmp_path, port)
    client = Client(f"http://127.0.0.1:{port}")
    wait_until_up(client, process)
    publish(client, model_archive, "v1")
    made = deploy(client)
    assert made["nodes"][0]["url"] == f"http://127.0.0.1:{port + 2}"
    assert made["nodes"][0]["admin_url"] == f"http://127.0.0.1:{port + 4}"
    pids = list_pids(client)
    started = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(15) == 0, process.communicate()[1]
    assert time.monotonic() - started < 9.5
    assert [pid for pid in pids if identify_process(pid)] == []


def test_a_killed_server_adopts_its_nodes(tmp_path: Path, model_archive: Path, port: int) -> None:
    process = start(tmp_path, port)
    client = Client(f"http://127.0.0.1:{port}")
    wait_until_up(client, process)
    publish(client, model_archive, "v1", "v2")
    made = deploy(client)
    pids = list_pids(client)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert ask(made).status_code == 200
    again = start(tmp_path, port)
    wait_until_up(client, again)
    assert list_pids(client) == pids
    assert ask(client.deploy_generation("FLIGHTS-on-local", "v2")).status_code == 200
    os.kill(again.pid, signal.SIGINT)
    assert again.wait(15) == 0
    assert [pid for pid in pids if identify_process(pid)] == []


def test_a_node_without_an_owner_is_ended(tmp_path: Path, port: int) -> None:
    earlier = Supervisor(tmp_path / "run" / "nodes", tmp_path / "logs")
    status = earlier.start("node-GONE-on-local-0", [sys.executable, "-c", "import time; time.sleep(600)"])
    assert status.pid is not None
    identity = identify_process(status.pid)
    earlier._stopping.set()  # as if the server had been killed: nobody watches any more
    process = start(tmp_path, port)
    wait_until_up(Client(f"http://127.0.0.1:{port}"), process)
    assert identify_process(status.pid) != identity
    process.terminate()
    assert process.wait(15) == 0


def test_refusals_at_the_start(tmp_path: Path, port: int) -> None:
    process = start(tmp_path, port)
    wait_until_up(Client(f"http://127.0.0.1:{port}"), process)
    busy = start(tmp_path / "other", port)
    assert f"port {port} on 127.0.0.1 is in use" in busy.communicate(timeout=30)[1]
    same_home = start(tmp_path, 0)
    assert f"another server runs on the home {tmp_path}" in same_home.communicate(timeout=30)[1]
    foreign = start(tmp_path / "other", 0, "--host", "0.0.0.0")
    assert "other addresses need TLS" in foreign.communicate(timeout=30)[1]
    assert [busy.returncode, same_home.returncode, foreign.returncode] == [1, 1, 1]
    assert httpx.get(f"http://127.0.0.1:{port}/api/v1/health").status_code == 200
    identity = identify_process(process.pid)
    assert identity is not None
    end_processes([ProcessIdentity(process.pid, identity.started)], 15)
    assert process.wait(15) == 0
