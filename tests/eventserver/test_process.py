"""The event server over a real socket: acknowledged means stored once, also when it is killed."""

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import httpx
import polars as pl
import pytest

from tests.eventserver.running import SECRET, Running, build_rules
from tests.loglake.posted import FIRST, SECOND, STREAM, build_frame
from wakeline.core.event import Stream
from wakeline.loglake.layout import locate_table

pytestmark = pytest.mark.slow


def read_ids(running: Running, stream: Stream = STREAM) -> Counter[str]:
    root = locate_table(running.events, stream)
    return Counter(pl.read_delta(str(root))["event_id"].to_list())


def ids(first: int, last: int, times: int = 1) -> Counter[str]:
    return Counter({f"e{n}": times for n in range(first, last + 1)})


def test_an_acknowledged_batch_is_in_the_log_once(tmp_path: Path) -> None:
    with Running(tmp_path) as running:
        for first, last in ((1, 10), (1, 10), (5, 20)):
            answer = running.post(build_frame(first, last))
            assert (answer.status_code, answer.json()) == (200, {"stored_offset": max(10, last)})
            assert sum(read_ids(running).values()) == max(10, last)
        gap = running.post(build_frame(30, 31))
        assert gap.status_code == 409
        assert gap.headers["content-type"] == "application/problem+json"
        assert gap.json()["type"] == "urn:wakeline:problem:gap"
        assert gap.json()["expected_offset"] == 21
        unknown = running.post(build_frame(30, 31, acknowledged=29))
        assert unknown.json()["type"] == "urn:wakeline:problem:unknown"
        renewed = build_frame(30, 31, acknowledged=29, producer=SECOND, replaces=[FIRST])
        assert running.post(renewed).json() == {"stored_offset": 31}
        fenced = running.post(build_frame(21, 22))
        assert (fenced.status_code, fenced.json()["type"]) == (409, "urn:wakeline:problem:fenced")
        assert read_ids(running) == ids(1, 20) + ids(30, 31)
        assert running.stop() == 0


def test_batches_of_a_group_become_one_commit(tmp_path: Path) -> None:
    with Running(tmp_path, interval_s=1.0) as running:
        bodies = [build_frame(5 * n + 1, 5 * n + 5) for n in (2, 0, 3, 1)]
        answers: list[int] = []

        def send(body: bytes) -> int:
            return int(running.post(body).json()["stored_offset"])

        threads = [
            threading.Thread(
                target=lambda body=body: answers.append(running.post(body).json()["stored_offset"])
            )
            for body in bodies
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answers) == [5, 10, 15, 20]
        (stream,) = running.client.get("/v1/status").json()["streams"]
        assert (stream["commits"], stream["stored"], stream["accepted"]) == (1, 20, 20)
        assert stream["stream"] == str(STREAM)
    assert read_ids(running) == ids(1, 20)


def kill_between_commit_and_answer(home: Path) -> None:
    with Running(home, WAKELINE_TEST_STOP_POINT="eventserver.after-commit") as running:
        with pytest.raises(httpx.HTTPError):
            running.post(build_frame(1, 10))
        assert running.process.wait(10) == -signal.SIGKILL


def test_a_kill_between_commit_and_answer_stores_once(tmp_path: Path) -> None:
    kill_between_commit_and_answer(tmp_path)
    with Running(tmp_path) as running:
        assert read_ids(running) == ids(1, 10)
        assert running.post(build_frame(1, 12)).json() == {"stored_offset": 12}
        assert read_ids(running) == ids(1, 12)


def test_the_same_kill_doubles_rows_without_deduplication(tmp_path: Path) -> None:
    """The protection off: the test above is able to fail."""
    kill_between_commit_and_answer(tmp_path)
    with Running(tmp_path, WAKELINE_TEST_NO_DEDUPLICATION="1") as running:
        assert running.post(build_frame(1, 12)).json() == {"stored_offset": 12}
        assert read_ids(running) == ids(1, 10, times=2) + ids(11, 12)


def test_kills_at_any_moment_lose_and_double_nothing(tmp_path: Path) -> None:
    """A shipper that sends until it is acknowledged, against a server that is killed again and again."""
    acknowledged = 0

    def send(running: Running) -> int:
        body = build_frame(acknowledged + 1, acknowledged + 3, acknowledged=acknowledged)
        return int(running.post(body).json()["stored_offset"])

    for round_ in range(6):
        with Running(tmp_path, interval_s=0.01) as running:
            acknowledged = send(running)
            killer = threading.Timer(0.03 * round_, running.process.kill)
            killer.start()
            with suppress(httpx.HTTPError):
                while True:
                    acknowledged = send(running)
            killer.join()
    with Running(tmp_path) as running:
        total = send(running)
    assert total >= 3 * 7
    assert read_ids(running) == ids(1, total)


def test_sigterm_finishes_the_groups_in_hand(tmp_path: Path) -> None:
    with Running(tmp_path, interval_s=30) as running:
        answers: list[httpx.Response] = []
        thread = threading.Thread(target=lambda: answers.append(running.post(build_frame(1, 5))))
        thread.start()
        while running.client.get("/v1/status").json()["held_bytes"] == 0:
            time.sleep(0.01)
        started = time.monotonic()
        assert running.stop() == 0
        thread.join()
        assert time.monotonic() - started < 8
    assert answers[0].json() == {"stored_offset": 5}
    assert read_ids(running) == ids(1, 5)


def test_a_broken_table_holds_back_only_its_own_stream(tmp_path: Path) -> None:
    other = Stream("api-node-query", "OTHER-on-local", "arrival-delay")
    with Running(tmp_path) as running:
        locate_table(running.events, other).parent.mkdir(parents=True)
        locate_table(running.events, other).write_text("in the way")
        broken = running.post(build_frame(1, 5, stream=other))
        assert broken.status_code == 503
        assert int(broken.headers["retry-after"]) >= 1
        assert running.post(build_frame(1, 5)).status_code == 200
        counters = {entry["stream"]: entry for entry in running.client.get("/v1/status").json()["streams"]}
        assert counters[str(other)]["failed_commits"] == 1
        locate_table(running.events, other).unlink()
        assert running.post(build_frame(1, 5, stream=other)).status_code == 200


def test_rules_from_a_file_are_followed_as_they_change(tmp_path: Path) -> None:
    with Running(tmp_path) as running:
        rules = build_rules(running.events)
        rules["destinations"][0]["topics"] = ["ground-truth"]
        (tmp_path / "rules.json").write_text(json.dumps(rules | {"rules_version": 2}))
        deadline = time.monotonic() + 15
        while running.client.get("/v1/servers").json()["rules_version"] != 2:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        answer = running.post(build_frame(1, 1))
        assert answer.json()["type"] == "urn:wakeline:problem:no-destination"
        behind = running.post(build_frame(1, 1, rules_version=3))
        assert behind.json()["type"] == "urn:wakeline:problem:rules-behind"
        (tmp_path / "rules.json").write_text("{broken")
        while running.client.get("/v1/status").json()["configuration_error"] is None:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert running.client.get("/v1/servers").json()["rules_version"] == 2


REFUSING_DISK = """
import errno, os, sys
from wakeline.eventserver.__main__ import main

def refuse(handle):
    raise OSError(errno.EIO, "the disk is gone")

os.fsync = refuse
sys.exit(main())
"""


def test_a_refused_sync_ends_the_process_unanswered(tmp_path: Path) -> None:
    running = Running(tmp_path)
    running.command[1:3] = ["-c", REFUSING_DISK]
    with running, pytest.raises(httpx.HTTPError):
        running.post(build_frame(1, 1))
    assert running.process.returncode == 1
    assert "fsync" in running.log.read_text()


def run_and_fail(*arguments: str) -> str:
    command = [sys.executable, "-m", "wakeline.eventserver", *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1, ended.stderr
    return ended.stderr


def test_a_busy_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        line = run_and_fail("--home", str(tmp_path), "--port", str(port))
    assert str(port) in line
    assert "in use" in line


def test_only_loopback_is_served(tmp_path: Path) -> None:
    assert "0.0.0.0" in run_and_fail("--home", str(tmp_path), "--host", "0.0.0.0", "--port", "0")


def test_a_broken_configuration_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "rules.json").write_text('{"rules_version": 1}')
    line = run_and_fail(
        "--home", str(tmp_path), "--port", "0", "--configuration", str(tmp_path / "rules.json")
    )
    assert "keys" in line


def test_a_body_over_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with (
        Running(tmp_path) as running,
        socket.create_connection(("127.0.0.1", int(running.url.rsplit(":", 1)[1]))) as connection,
    ):
        connection.sendall(
            b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n"
            b"Authorization: Bearer " + SECRET.encode() + b"\r\n\r\n"
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")
