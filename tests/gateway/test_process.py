"""The gateway as a process: an answered label survives `kill -9`, and is known to the next gateway."""

import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.apinode.stand import read_spool
from tests.gateway.stand import KEY, LABELS
from wakeline.core.ids import PredictionIds

pytestmark = pytest.mark.slow

_HEADERS = {"authorization": f"Bearer {KEY}"}


def _launch(
    folder: Path,
    port: int = 0,
    host: str = "127.0.0.1",
    *,
    durability: str = "fsync",
    when_full: str = "refuse",
) -> subprocess.Popen[bytes]:
    keys_file = folder / "keys.json"
    keys_file.write_text(json.dumps({"intake_key": KEY}))
    spool = {"folder": str(folder / "spool"), "durability": durability, "when_full": when_full}
    configuration = {"host": host, "port": port, "spool": spool, "keys_file": str(keys_file)}
    path = folder / "gateway.json"
    path.write_text(json.dumps(configuration))
    with (folder / "gateway.log").open("wb") as stream:
        return subprocess.Popen(
            [sys.executable, "-m", "wakeline.gateway", "--config", str(path)], stderr=stream
        )


@contextmanager
def _run_gateway(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    process = _launch(folder)
    try:
        deadline = time.monotonic() + 30
        found = None
        while found is None and time.monotonic() < deadline and process.poll() is None:
            found = re.search(r"listens on (\S+)", (folder / "gateway.log").read_text())
            time.sleep(0.01)
        assert found, (folder / "gateway.log").read_text()
        yield process, found[1]
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)


def test_labels_survive_kill_9_and_are_recognised_afterwards(tmp_path: Path) -> None:
    ids = PredictionIds()
    labels = [
        {"prediction_id": ids.mint(), "label": index % 2, "event_id": str(index)} for index in range(50)
    ]
    with _run_gateway(tmp_path) as (process, url):
        assert httpx.post(url + LABELS, json=labels, headers=_HEADERS).json()["accepted"] == 50
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    (spool,) = (tmp_path / "spool").glob("*.spool")
    assert [event["prediction_id"] for event in read_spool(spool)] == [
        label["prediction_id"] for label in labels
    ]
    with _run_gateway(tmp_path) as (process, url):
        answer = httpx.post(url + LABELS, json=labels, headers=_HEADERS).json()
        assert answer == {"accepted": 0, "duplicates": 50, "exactly_once": True}
        process.terminate()
        assert process.wait(20) == 0


def test_halves_of_queries_survive_kill_9_and_are_joined_once(tmp_path: Path) -> None:
    """Killed between request and response, and again after the join: each row stands in one spool file."""
    path = "/v1/ingest/api-node-query/iris/iris"
    ids = [f"q{number}" for number in range(20)]

    def post(url: str, side: str, payload: dict[str, list[int]]) -> list[int]:
        batch = [
            {
                "specversion": "1.0",
                "id": one,
                "source": "/k",
                "type": f"org.kubeflow.serving.inference.{side}",
                "data": payload,
            }
            for one in ids
        ]
        headers = _HEADERS | {"content-type": "application/cloudevents-batch+json"}
        answer = httpx.post(url + path, json=batch, headers=headers)
        assert answer.status_code == 202, answer.text
        return [answer.json()["accepted"], answer.json()["duplicates"]]

    for side, counts in (("request", [20, 0]), ("response", [20, 0]), ("response", [0, 20])):
        with _run_gateway(tmp_path) as (process, url):
            assert post(url, side, {"instances": [1], "predictions": [2]}) == counts
            process.send_signal(signal.SIGKILL)
            process.wait(10)
    rows = [row for spool in (tmp_path / "spool").glob("*.spool") for row in read_spool(spool)]
    assert sorted(row["prediction_id"] for row in rows) == sorted(ids)
    assert {row["prediction"] for row in rows} == {2.0}


def test_a_busy_port_is_named_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert _launch(tmp_path, port).wait(30) == 1
    text = (tmp_path / "gateway.log").read_text()
    assert text.count("\n") == 1
    assert f"port {port} on 127.0.0.1 is in use" in text


def test_another_address_than_this_machines_is_refused(tmp_path: Path) -> None:
    assert _launch(tmp_path, host="192.0.2.1").wait(30) == 1
    assert "expected 127.0.0.1" in (tmp_path / "gateway.log").read_text()


def test_a_gateway_that_would_not_wait_for_the_disk_does_not_start(tmp_path: Path) -> None:
    assert _launch(tmp_path, durability="written").wait(30) == 1
    assert "found the durability 'written', expected 'fsync'" in (tmp_path / "gateway.log").read_text()


def test_a_gateway_that_would_drop_what_it_accepts_does_not_start(tmp_path: Path) -> None:
    assert _launch(tmp_path, when_full="drop_oldest").wait(30) == 1
    assert "found when_full 'drop_oldest', expected 'refuse'" in (tmp_path / "gateway.log").read_text()
