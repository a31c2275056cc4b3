"""Several event servers over the same tables: one owner a table, a redirect, fail-over, each event once."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.eventserver.running import Running, build_rules
from tests.loglake.posted import SECOND, STREAM, build_frame
from wakeline.core.errors import ConflictError
from wakeline.core.event import Stream
from wakeline.core.ownership import rank_servers
from wakeline.eventserver.configuration import RulesKeeper, RulesSource
from wakeline.eventserver.peers import Peers
from wakeline.loglake.layout import locate_table
from wakeline.loglake.window import LogSnapshot
from wakeline.shipper.courier import Courier
from wakeline.shipper.servers import Servers

OTHER = Stream("api-node-query", "OTHER-on-local", "arrival-delay")


def publish(home: Path, urls: list[str], version: int = 1) -> None:
    rules = build_rules(home / "events", rules_version=version, servers=[{"url": url} for url in urls])
    draft = home / "rules.draft"
    draft.write_text(json.dumps(rules))
    draft.replace(home / "rules.json")


def await_servers(running: Running, urls: list[str]) -> None:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        listed = httpx.get(f"{running.url}/v1/servers", trust_env=False).json()["servers"]
        if sorted(server["url"] for server in listed) == sorted(urls):
            return
        time.sleep(0.1)
    raise AssertionError(f"{running.url} does not list {urls}")


def count_commits(running: Running) -> int:
    status = running.client.get("/v1/status").json()
    return sum(stream["commits"] for stream in status["streams"])


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Running]]:
    """Three servers on one home that know of each other; the last test kills one."""
    home = tmp_path_factory.mktemp("three")
    with ExitStack() as stack:
        publish(home, [])
        running = [stack.enter_context(Running(home, interval_s=0.05)) for _ in range(3)]
        urls = [one.url for one in running]
        publish(home, urls)
        for one in running:
            await_servers(one, urls)
        yield running


def read_ids(home: Path, stream: Stream) -> list[str]:
    snapshot = LogSnapshot.open(locate_table(home / "events", stream))
    columns = [snapshot.read_file(file, ["event_id"]).column(0) for file in snapshot.files()]
    return sorted(event_id for column in columns for event_id in column.to_pylist())


def test_the_owner_is_the_same_for_all_and_moves_with_its_own_streams_only() -> None:
    urls = [f"http://127.0.0.1:{port}" for port in (1, 2, 3)]
    streams = [Stream("t", f"r{index}", "e") for index in range(300)]
    owners = {stream: rank_servers(urls, stream)[0] for stream in streams}
    assert min(list(owners.values()).count(url) for url in urls) > 60
    for stream, owner in owners.items():
        assert rank_servers([f"{url}/" for url in reversed(urls)], stream)[0] == owner
        assert Servers(tuple(urls)).order(stream) == rank_servers(urls, stream)
        rest = [url for url in urls if url != owner]
        assert rank_servers(rest, stream)[0] == rank_servers(urls, stream)[1]
        if owner != urls[0]:
            assert rank_servers(urls[1:], stream)[0] == owner


def test_a_batch_at_another_server_is_sent_to_the_owner_and_stored_there(three: list[Running]) -> None:
    by_url = {one.url: one for one in three}
    order = rank_servers(by_url, STREAM)
    other = by_url[order[2]].post(build_frame(1, 5))
    assert other.status_code == 307
    assert other.headers["location"] == f"{order[0]}/v1/events?redirected=1"
    headers = dict(three[0].client.headers)
    followed = httpx.post(
        other.headers["location"], content=build_frame(1, 5), headers=headers, trust_env=False
    )
    assert followed.json() == {"stored_offset": 5}
    # Who comes by a redirect is not sent on, so two servers that disagree still store.
    answer = by_url[order[1]].client.post("/v1/events?redirected=1", content=build_frame(6, 7))
    assert answer.json() == {"stored_offset": 7}
    assert [count_commits(by_url[url]) for url in order] == [1, 1, 0]


def test_a_dead_owner_is_asked_once_in_a_while(tmp_path: Path) -> None:
    async def act() -> tuple[str, float]:
        peers = Peers("http://127.0.0.1:9", lambda: ["http://127.0.0.1:1/", "http://127.0.0.1:2"])
        begun = time.monotonic()
        found = [await peers.find_owner(Stream("t", f"r{index}", "e")) for index in range(50)]
        await peers.close()
        assert set(found) == {"http://127.0.0.1:9"}
        return found[0], time.monotonic() - begun

    assert asyncio.run(act())[1] < 2.5


def test_a_lower_version_is_never_taken(tmp_path: Path) -> None:
    file = tmp_path / "rules.json"
    file.write_text(json.dumps(build_rules(tmp_path / "events", rules_version=7)))
    keeper = RulesKeeper(RulesSource(tmp_path / "keys.json", tmp_path / "cache.json", file=file))
    keeper.load()
    file.write_text(json.dumps(build_rules(tmp_path / "elsewhere", rules_version=6)))

    async def refresh() -> None:
        async with httpx.AsyncClient() as client:
            await keeper._refresh(client)

    asyncio.run(refresh())
    assert keeper.rules is not None
    assert keeper.rules.rules_version == 7
    assert "never go down" in str(keeper.last_error)
    with pytest.raises(ConflictError):
        keeper._adopt(keeper.rules.__class__(rules_version=1, keys=[], connections=[], destinations=[]))
    servers = Servers(("http://127.0.0.1:1",))
    for version in (5, 9, 3):
        servers._read({"servers": [], "rules_version": version})
    assert servers.rules_version == 9


class _Registry(BaseHTTPRequestHandler):
    """Only what an event server asks of `server`."""

    signs: list[dict[str, Any]] = []  # noqa: RUF012 - one test's own class
    rules: dict[str, Any] = {}  # noqa: RUF012 - as above

    def do_POST(self) -> None:
        self.signs.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def do_GET(self) -> None:
        body = json.dumps(self.rules | {"servers": [{"url": self.signs[-1]["url"]}]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class says so
        pass


def test_it_registers_by_signs_of_life_and_says_when_it_leaves(tmp_path: Path) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Registry)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    _Registry.rules = build_rules(tmp_path / "events", rules_version=3)
    (tmp_path / "keys.json").write_text('{"intake_key": "i", "server_key": "s"}')
    try:
        running = Running(tmp_path)
        at = running.command.index("--configuration")
        running.command[at : at + 2] = ["--server-url", f"http://127.0.0.1:{server.server_address[1]}"]
        with running, Running(tmp_path) as second:
            await_servers(running, [running.url])
            assert _Registry.signs[0] == {"url": running.url, "rules_version": 0, "leaving": False}
            assert second.url != running.url
    finally:
        server.shutdown()
        server.server_close()
    assert _Registry.signs[-1] == {"url": running.url, "rules_version": 3, "leaving": True}
    assert json.loads((tmp_path / "event-server" / "configuration.json").read_text())["rules_version"] == 3


def test_with_the_owner_killed_the_next_commits_and_every_event_is_stored_once(three: list[Running]) -> None:
    """Shippers' own courier posts, to whichever server answers, while the owner dies."""

    async def ship(urls: list[str], producer: str, on_batch: Any) -> None:
        courier = Courier(Servers(tuple(urls)), lambda: "the intake key")
        try:
            for first in range(1, 40, 3):
                frame = build_frame(first, first + 2, producer=producer, stream=OTHER)
                for attempt in range(40):
                    answer = await courier.deliver(OTHER, frame, attempt=attempt, on_sent=lambda: None)
                    if type(answer).__name__ == "Stored":
                        break
                    await asyncio.sleep(0.05)
                else:
                    raise AssertionError(f"batch {first} of {producer} was never stored")
                on_batch(first)
        finally:
            await courier.close()

    async def ship_all(urls: list[str], on_batch: Any) -> None:
        await asyncio.gather(
            ship(urls, "a" * 32, on_batch), ship(list(reversed(urls)), SECOND, lambda _first: None)
        )

    urls = [one.url for one in three]
    owner = next(one for one in three if one.url == rank_servers(urls, OTHER)[0])
    asyncio.run(ship_all(urls, lambda first: owner.process.kill() if first == 10 else None))
    assert owner.process.wait(5) != 0
    assert read_ids(owner.home, OTHER) == sorted([f"e{n}" for n in range(1, 40)] * 2)
