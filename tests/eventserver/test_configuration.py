"""Rules: pulled with a key and an ETag, kept for a start without `server`, never replaced by broken ones."""

import asyncio
import json
import stat
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.eventserver.running import SECRET, build_rules
from wakeline.core.errors import BrokenFileError, InvalidInputError
from wakeline.core.event import Stream
from wakeline.eventserver import configuration
from wakeline.eventserver.configuration import RulesKeeper, RulesSource
from wakeline.eventserver.rules import decode_rules


class Server(ThreadingHTTPServer):
    """Stands in for `server`: gives the document with an ETag to who shows the key."""

    document: bytes = b"{}"
    statuses: list[int]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        etag = f'"{hash(self.server.document)}"'
        status = 200
        if self.headers["Authorization"] != "Bearer server secret":
            status = 401
        elif self.path != "/api/v1/event-server/configuration":
            status = 404
        elif self.headers["If-None-Match"] == etag:
            status = 304
        self.server.statuses.append(status)
        self.send_response(status)
        self.send_header("ETag", etag)
        body = self.server.document if status == 200 else b""
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        return


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(("127.0.0.1", 0), Handler)
    server.statuses = []
    server.document = json.dumps(build_rules(tmp_path / "events")).encode()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def source(tmp_path: Path, server: Server) -> RulesSource:
    (tmp_path / "keys.json").write_text(json.dumps({"server_key": "server secret"}))
    return RulesSource(
        keys_path=tmp_path / "keys.json",
        cache_path=tmp_path / "event-server" / "configuration.json",
        server_url=f"http://127.0.0.1:{server.server_address[1]}",
    )


def keep(keeper: RulesKeeper, monkeypatch: pytest.MonkeyPatch, *, until: Callable[[], bool]) -> None:
    """Lets the keeper work at a fast pace, until it has got somewhere."""
    monkeypatch.setattr(configuration, "PULL_INTERVAL_SECONDS", 0.02)

    async def go() -> None:
        working = asyncio.create_task(keeper.run())
        async with asyncio.timeout(20):
            while not until():
                await asyncio.sleep(0.01)
        working.cancel()

    asyncio.run(go())


def test_rules_are_pulled_once_and_then_known(
    source: RulesSource, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = RulesKeeper(source)
    keeper.load()
    keep(keeper, monkeypatch, until=lambda: len(server.statuses) > 3)
    assert keeper.rules == decode_rules(server.document)
    assert server.statuses[0] == 200
    assert set(server.statuses[1:]) == {304}
    assert keeper.last_error is None


def test_the_last_good_copy_is_enough_to_start(
    source: RulesSource, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(RulesKeeper(source), monkeypatch, until=source.cache_path.exists)
    assert stat.S_IMODE(source.cache_path.stat().st_mode) == 0o600, "connections come with their secrets"
    lonely = RulesKeeper(RulesSource(source.keys_path, source.cache_path, "http://127.0.0.1:1"))
    lonely.load()
    assert lonely.rules == decode_rules(server.document)
    keep(lonely, monkeypatch, until=lambda: lonely.last_error is not None)
    assert lonely.rules == decode_rules(server.document)


def test_broken_rules_never_replace_good_ones(
    source: RulesSource, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = server.document
    keep(RulesKeeper(source), monkeypatch, until=source.cache_path.exists)
    server.document = b'{"rules_version": 2, "keys": []'
    keeper = RulesKeeper(source)
    keeper.load()
    keep(keeper, monkeypatch, until=lambda: keeper.last_error is not None)
    assert keeper.rules == decode_rules(good)
    assert source.cache_path.read_bytes() == good


def test_a_wrong_server_key_is_reported(
    source: RulesSource, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    source.keys_path.write_text('{"server_key": "other"}')
    keeper = RulesKeeper(source)
    keep(keeper, monkeypatch, until=lambda: keeper.last_error is not None)
    assert (keeper.rules, set(server.statuses)) == (None, {401})
    assert "401" in str(keeper.last_error)
    source.keys_path.write_text("{")
    keeper = RulesKeeper(source)
    keep(keeper, monkeypatch, until=lambda: keeper.last_error is not None)
    assert "server key" in str(keeper.last_error)


def test_a_broken_cache_is_left_aside(source: RulesSource) -> None:
    source.cache_path.parent.mkdir()
    source.cache_path.write_bytes(b"\0\0")
    keeper = RulesKeeper(source)
    keeper.load()
    assert keeper.rules is None


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(BrokenFileError):
        RulesKeeper(RulesSource(tmp_path, tmp_path, file=tmp_path / "nothing")).load()


LAKE: dict[str, Any] = {"id": "local", "type": "s3", "bucket": "lake"}


@pytest.mark.parametrize(
    "changes",
    [
        {"rules_version": "1"},
        {"keys": [{"id": "intake", "sha256": "ab"}]},
        {"connections": [{"id": "local", "type": "filesystem", "path": "relative"}]},
        {"connections": [{"id": "local", "type": "filesystem", "path": "/a%20b"}]},
        {"connections": [{"id": "local", "type": "carrier-pigeon"}]},
        {"connections": [{"id": "other", "type": "filesystem", "path": "/a"}]},
        {"connections": [{"id": "local", "type": "s3", "bucket": "No Bucket"}]},
        {"connections": [{"id": "local", "type": "s3", "bucket": "lake", "prefix": "a//b"}]},
        {"connections": [{"id": "local", "type": "s3", "bucket": "lake", "options": {"aws_profile": "p"}}]},
        {
            "connections": [
                {"id": "local", "type": "s3", "bucket": "lake", "options": {"aws_access_key_id": "k"}}
            ]
        },
        {
            "connections": [
                {"id": "local", "type": "s3", "bucket": "lake", "options": {"aws_endpoint": "http://h"}}
            ]
        },
        {"destinations": [{"id": "d", "connection": "local", "path": "../out"}]},
        {"destinations": [{"id": "d", "path": "a"}]},
        {"destinations": [{"connection": "local", "path": "a"}]},
        {"destinations": None},
    ],
)
def test_broken_rules_are_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        decode_rules(json.dumps(build_rules(tmp_path, **changes)).encode())


def test_filters_choose_destinations(tmp_path: Path) -> None:
    local = {"connection": "local"}
    destinations = [
        {"id": "all", **local, "path": "all"},
        {"id": "labels", **local, "path": "labels", "topics": ["ground-truth"]},
        {"id": "one", **local, "path": "one", "topics": ["api-node-query"], "routing_keys": ["A", "B"]},
        {"id": "none", **local, "path": "none", "topics": []},
    ]
    rules = decode_rules(json.dumps(build_rules(tmp_path, destinations=destinations)).encode())

    def find(topic: str, routing_key: str) -> list[str]:
        return [found.id for found in rules.find_destinations(rules.keys[0], Stream(topic, routing_key, "e"))]

    assert find("ground-truth", "A") == ["all", "labels"]
    assert find("api-node-query", "B") == ["all", "one"]
    assert find("api-node-query", "C") == ["all"]
    assert [rules.find_key(secret, 0) for secret in (SECRET, "other", "")] == [rules.keys[0], None, None]
