"""The node as a process: its start, its end, `kill -9`, and what it loads."""

import json
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.apinode.process import launch, run_node, write_configuration
from tests.apinode.stand import FEATURES, PREDICT, PREDICT_MULTI, read_spool
from wakeline.core.event import Durability
from wakeline.wire.configuration import NodeService, SpoolSettings

pytestmark = pytest.mark.slow

_READY_SECONDS_MAX = 5.0
_MEMORY_BYTES_MAX = 150 * 2**20
_FORBIDDEN = (
    "pandas",
    "sklearn",
    "fastapi",
    "sqlalchemy",
    "deltalake",
    "duckdb",
    "pyarrow",
    "pydantic",
    "scipy",
)


def test_a_node_is_ready_soon_and_ends_at_sigterm(tmp_path: Path) -> None:
    begun = time.monotonic()
    with run_node(tmp_path) as node:
        assert httpx.get(f"{node.url}/isAlive").json() == {"alive": True}
        assert time.monotonic() - begun < _READY_SECONDS_MAX
        response = httpx.post(f"{node.url}{PREDICT}", json={"features": FEATURES})
        assert response.status_code == 200
        assert httpx.get(f"{node.admin_url}/v1/status").json()["queries"]["answered"] == 1
        assert _read_memory(node.process.pid) < _MEMORY_BYTES_MAX
        assert node.terminate() == 0
        (event,) = read_spool(node.find_spool())
        assert event["prediction_id"] == response.json()["apiContext"]["predictionId"]


@pytest.mark.parametrize("durability", [Durability.WRITTEN, Durability.FSYNC])
def test_what_was_answered_before_kill_9_is_in_the_spool(tmp_path: Path, durability: Durability) -> None:
    answered: list[str] = []
    spool = SpoolSettings(folder=str(tmp_path / "spool"), durability=durability)
    with run_node(tmp_path, spool=spool) as node:
        threads = [
            threading.Thread(target=_send_until_it_dies, args=(f"{node.url}{PREDICT_MULTI}", answered))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        while len(answered) < 300:
            time.sleep(0.005)
        node.kill()
        for thread in threads:
            thread.join(20)
        stored = [event["prediction_id"] for event in read_spool(node.find_spool())]
    assert len(set(stored)) == len(stored)
    assert set(answered) <= set(stored)
    # Rows that nobody got an answer for are those of the requests in flight.
    assert len(stored) - len(answered) <= 4 * 3


def test_sigterm_finishes_the_queries_in_flight(tmp_path: Path) -> None:
    body = json.dumps({"features": FEATURES}).encode()
    with run_node(tmp_path) as node:
        place = urlsplit(node.url)
        with socket.create_connection((place.hostname or "", place.port or 0)) as connection:
            head = f"POST {PREDICT} HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Length: {len(body)}\r\n"
            connection.settimeout(30)
            connection.sendall(f"{head}Expect: 100-continue\r\n\r\n".encode())
            # The node asks for the body once the query is in its hands.
            assert connection.recv(1024).startswith(b"HTTP/1.1 100 ")
            node.process.terminate()
            time.sleep(0.2)
            assert node.process.poll() is None
            connection.sendall(body)
            answer = b"".join(iter(lambda: connection.recv(65_536), b""))
        assert node.process.wait(20) == 0
        assert answer.startswith(b"HTTP/1.1 200 OK")
        result = json.loads(answer.partition(b"\r\n\r\n")[2])
        (event,) = read_spool(node.find_spool())
        assert event["prediction_id"] == result["apiContext"]["predictionId"]


def test_concurrent_queries_are_each_logged_once(tmp_path: Path) -> None:
    answered: list[str] = []
    with run_node(tmp_path) as node:
        threads = [
            threading.Thread(target=_send, args=(f"{node.url}{PREDICT_MULTI}", answered, 40))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert node.terminate() == 0
        stored = [event["prediction_id"] for event in read_spool(node.find_spool())]
    assert len(answered) == 8 * 40 * 3
    assert sorted(stored) == sorted(answered)


def test_a_body_over_the_limit_is_refused_and_the_node_goes_on(tmp_path: Path) -> None:
    with run_node(tmp_path) as node, httpx.Client(base_url=node.url, timeout=30) as client:
        huge = client.post(PREDICT, content=b" " * (11 * 2**20))
        streamed = client.post(PREDICT, content=(b" " * 2**20 for _ in range(11)))
        assert (huge.status_code, streamed.status_code) == (413, 413)
        assert client.post(PREDICT, json={"features": FEATURES}).status_code == 200
        assert _read_memory(node.process.pid) < _MEMORY_BYTES_MAX


def test_a_busy_port_is_named_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, text = _fail_to_start(tmp_path, port=port)
    assert (code, text.count("\n")) == (1, 1)
    assert f"port {port} on 127.0.0.1 is in use" in text
    assert not (tmp_path / "spool").exists()


def test_another_address_than_this_machines_is_refused(tmp_path: Path) -> None:
    code, text = _fail_to_start(tmp_path, host="0.0.0.0")
    assert (code, text.count("\n")) == (1, 1)
    assert "found the address '0.0.0.0', expected 127.0.0.1" in text


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda package: (package / "service.json").unlink(), "is not a service package"),
        (lambda package: next(package.rglob("plan.json")).write_bytes(b"{}"), "plan.json"),
        (lambda package: next(package.rglob("model.json")).write_bytes(b"{"), "model.json"),
    ],
)
def test_a_package_that_is_none_leaves_nothing_behind(tmp_path: Path, damage: object, words: str) -> None:
    write_configuration(tmp_path)
    assert callable(damage)
    damage(tmp_path / "package")
    code, text = _fail_to_start(tmp_path)
    assert (code, text.count("\n")) == (1, 1)
    assert words in text
    assert not (tmp_path / "spool").exists()


def test_a_package_of_another_generation_is_refused(tmp_path: Path) -> None:
    write_configuration(tmp_path)
    service = NodeService(service_id="flight-delays", generation="v2", package=str(tmp_path / "package"))
    code, text = _fail_to_start(tmp_path, services=(service,))
    assert code == 1
    assert "holds flight-delays v1, expected flight-delays v2" in text


def test_a_node_loads_no_heavy_library(tmp_path: Path) -> None:
    program = (
        "import json, sys\n"
        "from pathlib import Path\n"
        "import wakeline.apinode.__main__\n"
        "from wakeline.apinode.packages import load_services\n"
        "from wakeline.wire.configuration import read_node_configuration\n"
        "load_services(read_node_configuration(Path(sys.argv[1])))\n"
        "print(json.dumps(sorted(sys.modules)))\n"
    )
    command = [sys.executable, "-c", program, str(write_configuration(tmp_path))]
    loaded = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    assert not set(_FORBIDDEN) & set(loaded)
    assert "wakeline.wire.frame" not in loaded


def _fail_to_start(folder: Path, **changes: object) -> tuple[int, str]:
    log = folder / "node.log"
    code = launch(write_configuration(folder, **changes), log).wait(30)
    return code, log.read_text()


def _send(url: str, answered: list[str], count: int) -> None:
    with httpx.Client(timeout=10) as client:
        for _ in range(count):
            answer = client.post(url, json={"items": [{"features": FEATURES}] * 3}).json()
            answered.extend(result["predictionId"] for result in answer["results"])


def _send_until_it_dies(url: str, answered: list[str]) -> None:
    try:
        _send(url, answered, 100_000)
    except httpx.TransportError:
        return


def _read_memory(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096
