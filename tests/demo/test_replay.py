"""The replay against a node of a few lines: what is stopped or refused ends in order, and is picked up."""

import asyncio
import gc
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pyarrow as pa
import pytest

from wakeline.core.errors import UnavailableError
from wakeline.demo.flights import ID, load_flights
from wakeline.demo.replay import ITEMS_PER_REQUEST, Journal, Target, count_pending, replay_flights


class Node(ThreadingHTTPServer):
    """Answers 200 and keeps the ids; from `refuse_after` requests on it answers 503."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []
        self.request_count = 0
        self.refuse_after: int | None = None

    @property
    def target(self) -> Target:
        return Target(f"http://127.0.0.1:{self.server_address[1]}")


class Handler(BaseHTTPRequestHandler):
    server: Node
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.request_count += 1
        limit = self.server.refuse_after
        refused = limit is not None and self.server.request_count > limit
        if not refused:
            self.server.asked += [item["context"][ID] for item in body.get("items", [body])]
        self.send_response(503 if refused else 200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def node() -> Iterator[Node]:
    with Node() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(10)


@pytest.fixture(scope="module")
def flights() -> pa.Table:
    return load_flights().slice(0, 20 * ITEMS_PER_REQUEST)


def replay(node: Node, flights: pa.Table, journal: Journal) -> int:
    return asyncio.run(replay_flights(node.target, flights, journal, lambda _done, _words: None))


def test_every_flight_is_sent_once(node: Node, flights: pa.Table, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "answered.txt")
    assert replay(node, flights, journal) == flights.num_rows
    assert sorted(node.asked) == sorted(flights[ID].to_pylist())
    assert replay(node, flights, Journal(tmp_path / "answered.txt")) == 0


def test_stopped_by_the_progress_it_ends_in_order(
    node: Node, flights: pa.Table, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def stop(done: float, _words: str) -> None:
        if done >= ITEMS_PER_REQUEST:
            raise KeyboardInterrupt

    journal = Journal(tmp_path / "answered.txt")
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(replay_flights(node.target, flights, journal, stop))
    # asyncio logs an exception that nobody took when its task goes; there is none.
    gc.collect()
    assert caplog.records == []
    assert set(Journal(tmp_path / "answered.txt").answered) <= set(node.asked)


def test_a_refusal_is_one_error_and_the_rest_is_left_for_the_next_run(
    node: Node, flights: pa.Table, tmp_path: Path
) -> None:
    node.refuse_after = 7
    journal = Journal(tmp_path / "answered.txt")
    with pytest.raises(UnavailableError, match="the node answered 503 to the replay"):
        replay(node, flights, journal)
    left = count_pending(flights, journal)
    assert 0 < left < flights.num_rows
    node.refuse_after = None
    assert replay(node, flights, journal) == left


def test_a_node_that_is_gone_is_one_error(flights: pa.Table, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "answered.txt")
    with pytest.raises(UnavailableError, match="did not answer the replay"):
        asyncio.run(
            replay_flights(Target("http://127.0.0.1:9"), flights, journal, lambda _done, _words: None)
        )
