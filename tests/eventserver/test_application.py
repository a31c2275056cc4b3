"""The doors without a process: what is let in, what is refused, and that nonsense stores nothing."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.eventserver.running import SECRET, build_rules
from tests.loglake.posted import FIRST, RECEIVED_US, SECOND, STREAM, build_frame
from wakeline.core.clock import ManualClock
from wakeline.core.errors import InvalidInputError, TooLargeError
from wakeline.core.event import Stream
from wakeline.eventserver import intake as intake_module
from wakeline.eventserver.application import EventServer
from wakeline.eventserver.configuration import RulesKeeper, RulesSource
from wakeline.eventserver.faults import Faults
from wakeline.eventserver.intake import Intake, combine
from wakeline.eventserver.peers import Peers
from wakeline.eventserver.rules import decode_rules
from wakeline.eventserver.tables import Grouping
from wakeline.loglake.batch import Batch, check_batch
from wakeline.loglake.commit import LogWriter
from wakeline.loglake.layout import locate_table
from wakeline.loglake.offsets import Fenced, Gap, Settled, Unknown
from wakeline.loglake.window import LogSnapshot
from wakeline.wire.frame import UnknownFrameVersionError, decode_frame

LOCAL = {"connection": "local"}
Act = Callable[[httpx.AsyncClient], Awaitable[Any]]


@asynccontextmanager
async def serve(home: Path, **given: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with serve_rules(home, **given) as (client, _):
        yield client


@asynccontextmanager
async def serve_rules(
    home: Path, *, interval_s: float = 0.0, bytes_max: int = 2**28, **rules: Any
) -> AsyncIterator[tuple[httpx.AsyncClient, RulesKeeper]]:
    keeper = RulesKeeper(RulesSource(home / "keys.json", home / "cache.json"))
    keeper.rules = decode_rules(msgspec.json.encode(build_rules(home / "events", **rules)))
    intake = Intake(
        grouping=Grouping(interval_s, 50_000),
        clock=ManualClock(RECEIVED_US),
        faults=Faults(),
        bytes_max=bytes_max,
    )
    application: Any = EventServer(
        intake,
        keeper,
        Peers("http://localhost", keeper.list_servers),
        retry_s=5.0,
        clock=ManualClock(RECEIVED_US),
    )
    transport = httpx.ASGITransport(application)
    headers = {"Authorization": f"Bearer {SECRET}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers) as client:
        yield client, keeper
    await intake.close()


def run(home: Path, act: Act, **given: Any) -> Any:
    async def go() -> Any:
        async with serve(home, **given) as client:
            return await act(client)

    return asyncio.run(go())


def post(home: Path, body: bytes, headers: dict[str, str] | None = None, **given: Any) -> httpx.Response:
    answer: httpx.Response = run(
        home, lambda client: client.post("/v1/events", content=body, headers=headers), **given
    )
    return answer


@pytest.mark.parametrize(
    ("method", "path", "headers", "expected"),
    [
        ("GET", "/isAlive", {}, (200, None)),
        ("GET", "/v1/servers", {}, (200, None)),
        ("GET", "/v1/status", {}, (200, None)),
        ("GET", "/", {}, (404, "not-found")),
        ("GET", "/v1/events", {}, (405, "method-not-allowed")),
        ("POST", "/v1/status", {}, (405, "method-not-allowed")),
        ("POST", "/v1/events", {"Authorization": "Bearer wrong"}, (401, "unauthenticated")),
        ("POST", "/v1/events", {"Authorization": SECRET}, (401, "unauthenticated")),
        ("POST", "/v1/events", {"Authorization": ""}, (401, "unauthenticated")),
        ("GET", "/v1/status", {"Host": "wakeline.example"}, (403, "not-permitted")),
        ("POST", "/v1/events", {"Origin": "https://wakeline.example"}, (403, "not-permitted")),
        ("POST", "/v1/events", {"Content-Encoding": "gzip"}, (415, "unsupported-encoding")),
        ("POST", "/v1/events", {"Content-Length": str(2**30)}, (413, "too-large")),
        ("POST", "/v1/events", {"Content-Length": "x"}, (411, "length-required")),
    ],
)
def test_doors(
    tmp_path: Path, method: str, path: str, headers: dict[str, str], expected: tuple[int, str | None]
) -> None:
    status, code = expected
    answer = run(tmp_path, lambda client: client.request(method, path, headers=headers, content=b"x"))
    assert answer.status_code == status
    if code is not None:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == f"urn:wakeline:problem:{code}"
        assert answer.json()["status"] == status


def test_keys_and_names_stay_out_of_the_answers(tmp_path: Path) -> None:
    answer = run(tmp_path, lambda client: client.get("/v1/status"))
    assert SECRET not in answer.text
    assert build_rules(tmp_path)["keys"][0]["sha256"] not in answer.text


def test_a_stream_that_no_rule_takes_waits(tmp_path: Path) -> None:
    only = [{"id": "d", **LOCAL, "path": "d", "topics": ["ground-truth"], "routing_keys": None}]
    answer = post(tmp_path, build_frame(1, 2), destinations=only)
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:wakeline:problem:no-destination")
    assert answer.headers["retry-after"] == "5"
    assert not (tmp_path / "events" / "d").exists()


def test_a_frame_of_a_newer_client_waits(tmp_path: Path) -> None:
    answer = post(tmp_path, build_frame(1, 2, frame_version=2))
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:wakeline:problem:frame-version")
    assert answer.headers["retry-after"] == "5"


def test_a_destination_that_moves_is_followed_without_a_restart(tmp_path: Path) -> None:
    """The new folder has nothing of the producer, which registers again and goes on there."""

    async def act(client: httpx.AsyncClient, keeper: RulesKeeper) -> None:
        assert (await client.post("/v1/events", content=build_frame(1, 4))).status_code == 200
        keeper.rules = decode_rules(msgspec.json.encode(build_rules(tmp_path / "moved", rules_version=2)))
        answer = await client.post("/v1/events", content=build_frame(5, 6, acknowledged=4))
        assert answer.json()["type"] == "urn:wakeline:problem:unknown"
        renewed = build_frame(5, 6, acknowledged=4, producer=SECOND, replaces=[FIRST])
        assert (await client.post("/v1/events", content=renewed)).json() == {"stored_offset": 6}

    async def go() -> None:
        async with serve_rules(tmp_path) as (client, keeper):
            await act(client, keeper)

    asyncio.run(go())
    assert LogSnapshot.open(locate_table(tmp_path / "events", STREAM)).count() == 4
    assert LogSnapshot.open(locate_table(tmp_path / "moved", STREAM)).count() == 2


def test_every_destination_that_takes_the_stream_gets_it(tmp_path: Path) -> None:
    destinations = [
        {"id": "all", **LOCAL, "path": "all"},
        {"id": "one", **LOCAL, "path": "one", "routing_keys": [STREAM.routing_key]},
        {"id": "none", **LOCAL, "path": "none", "routing_keys": ["OTHER"]},
    ]
    assert post(tmp_path, build_frame(1, 4), destinations=destinations).json() == {"stored_offset": 4}
    for name in ("all", "one"):
        assert LogSnapshot.open(locate_table(tmp_path / "events" / name, STREAM)).count() == 4
    assert not (tmp_path / "events" / "none").exists()


def test_a_second_destination_that_missed_offsets_asks_for_them(tmp_path: Path) -> None:
    first: list[dict[str, Any]] = [{"id": "one", **LOCAL, "path": "one"}]
    both = [*first, {"id": "two", **LOCAL, "path": "two"}]
    post(tmp_path, build_frame(1, 4), destinations=first)
    assert post(tmp_path, build_frame(5, 6), destinations=both).json()["expected_offset"] == 1
    assert post(tmp_path, build_frame(1, 6), destinations=both).json() == {"stored_offset": 6}
    for name in ("one", "two"):
        assert LogSnapshot.open(locate_table(tmp_path / "events" / name, STREAM)).count() == 6


@pytest.mark.parametrize("names", [("..", "r", "e"), ("t", ".", "e"), ("t", "r", ""), ("t", "r" * 300, "e")])
def test_streams_that_cannot_be_folders_are_malformed(tmp_path: Path, names: tuple[str, str, str]) -> None:
    answer = post(tmp_path, build_frame(1, 1, stream=Stream(*names)))
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:wakeline:problem:malformed-batch")
    assert not (tmp_path / "events").exists()


VALID = build_frame(1, 3)


@st.composite
def broken_bodies(draw: st.DrawFn) -> bytes:
    """Random bytes, or a frame with some of its bytes cut, flipped or repeated."""
    if draw(st.booleans()) and draw(st.booleans()):
        return draw(st.binary(max_size=300))
    body = bytearray(VALID)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(body) - 1))
        kind = draw(st.sampled_from(["flip", "cut", "zero", "repeat", "ones"]))
        match kind:
            case "flip":
                body[at] ^= 1 << draw(st.integers(0, 7))
            case "cut":
                del body[at : at + draw(st.integers(1, 50))]
            case "zero":
                body[at : at + 4] = bytes(4)
            case "ones":
                body[at : at + 4] = b"\xff" * 4
            case _:
                body[at:at] = body[at : at + 40]
        body = body or bytearray(b"x")
    return bytes(body)


def is_frame(body: bytes) -> bool:
    """Whether the damage happens to have left a batch that the protocol allows, now or some day."""
    try:
        header, rows = decode_frame(body)
        check_batch(Batch(header, rows, RECEIVED_US))
    except InvalidInputError:
        return False
    except (UnknownFrameVersionError, TooLargeError):
        pass
    return True


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(bodies=st.lists(broken_bodies(), min_size=10, max_size=10))
def test_nonsense_is_malformed_and_stores_nothing(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[bytes]
) -> None:
    home = tmp_path_factory.getbasetemp() / "fuzzed"
    nonsense = [body for body in bodies if not is_frame(body)]

    async def act(client: httpx.AsyncClient) -> list[httpx.Response]:
        return [await client.post("/v1/events", content=body) for body in nonsense]

    for answer in run(home, act):
        assert answer.status_code == 422
        assert answer.json()["type"] == "urn:wakeline:problem:malformed-batch"
    assert not home.exists()


def test_back_pressure_is_an_answer_not_memory(tmp_path: Path) -> None:
    """While one batch waits for its commit there is room for no second; afterwards there is."""
    body = build_frame(1, 200)
    size = decode_frame(body)[1].nbytes

    async def act(client: httpx.AsyncClient) -> None:
        waiting = asyncio.create_task(client.post("/v1/events", content=body))
        while (await client.get("/v1/status")).json()["held_bytes"] < size:
            await asyncio.sleep(0.01)
        refused = await client.post("/v1/events", content=build_frame(201, 400))
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
        assert refused.json()["type"] == "urn:wakeline:problem:overloaded"
        assert (await waiting).json() == {"stored_offset": 200}
        assert (await client.get("/v1/status")).json()["held_bytes"] == 0
        assert (await client.post("/v1/events", content=build_frame(201, 400))).status_code == 200

    run(tmp_path, act, interval_s=0.5, bytes_max=int(size * 1.2))


def test_one_table_may_not_take_the_room_of_the_others(tmp_path: Path) -> None:
    body = build_frame(1, 200)
    size = decode_frame(body)[1].nbytes

    async def act(client: httpx.AsyncClient) -> None:
        waiting = asyncio.create_task(client.post("/v1/events", content=body))
        while (await client.get("/v1/status")).json()["held_bytes"] < size:
            await asyncio.sleep(0.01)
        refused = await client.post("/v1/events", content=build_frame(201, 400))
        assert refused.status_code == 429
        other = build_frame(1, 200, stream=Stream("t", "r", "e"))
        assert (await client.post("/v1/events", content=other)).status_code == 200
        assert (await waiting).status_code == 200

    run(tmp_path, act, interval_s=0.5, bytes_max=int(size * 4))


def test_one_connection_may_not_take_the_room_of_the_others(tmp_path: Path) -> None:
    """Its tables together get half of it, each a quarter."""
    streams = [Stream("slow", f"r{number}", "e") for number in range(3)]
    size = decode_frame(build_frame(1, 200))[1].nbytes
    rules = {
        "connections": [
            {"id": name, "type": "filesystem", "path": str(tmp_path / name)} for name in ("slow", "other")
        ],
        "destinations": [
            {"id": name, "connection": name, "path": "", "topics": [name]} for name in ("slow", "other")
        ],
    }

    async def act(client: httpx.AsyncClient) -> None:
        other = [build_frame(first, first + 9, stream=Stream("other", "r", "e")) for first in (1, 11)]
        assert (await client.post("/v1/events", content=other[0])).status_code == 200
        bodies = [build_frame(1, 200, stream=stream) for stream in streams]
        waiting = [asyncio.create_task(client.post("/v1/events", content=body)) for body in bodies[:2]]
        while (await client.get("/v1/status")).json()["held_bytes"] < 2 * size:
            await asyncio.sleep(0.01)
        refused = await client.post("/v1/events", content=bodies[2])
        assert (refused.status_code, refused.json()["type"]) == (429, "urn:wakeline:problem:overloaded")
        assert "for this connection" in refused.json()["detail"]
        assert (await client.post("/v1/events", content=other[1])).status_code == 200
        assert [(await answer).status_code for answer in waiting] == [200, 200]

    run(tmp_path, act, interval_s=0.5, bytes_max=int(size * 5), **rules)


def test_a_batch_that_is_too_large_decoded_is_to_be_halved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake_module, "INTAKE_BODY_BYTES_MAX", 1_000)
    answer = post(tmp_path, build_frame(1, 100))
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:wakeline:problem:too-large")


def test_a_slow_table_does_not_delay_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = LogWriter.commit

    def commit_slowly(self: LogWriter, batches: Any) -> Any:
        if self.root.parent.name == "SLOW":
            time.sleep(1.0)
        return commit(self, batches)

    monkeypatch.setattr(LogWriter, "commit", commit_slowly)

    async def act(client: httpx.AsyncClient) -> None:
        slow = asyncio.create_task(
            client.post("/v1/events", content=build_frame(1, 1, stream=Stream("t", "SLOW", "e")))
        )
        await asyncio.sleep(0.05)
        await client.post("/v1/events", content=build_frame(1, 1))
        assert not slow.done()
        assert (await slow).status_code == 200

    run(tmp_path, act)


def test_a_batch_that_could_not_be_stored_is_let_go_at_once(tmp_path: Path) -> None:
    """A dead store refuses for hours: nothing may wait for Python's next full collection."""
    (tmp_path / "events").write_text("not a folder")
    body = build_frame(1, 500)

    async def press(client: httpx.AsyncClient) -> list[int]:
        await client.post("/v1/events", content=body)
        gc.collect()
        gc.disable()
        try:
            before = pa.total_allocated_bytes()
            answers = await asyncio.gather(*(client.post("/v1/events", content=body) for _ in range(4)))
            assert [answer.status_code for answer in answers] == [503] * 4
            deadline = time.monotonic() + 2  # the thread that committed may still be on its way out
            while pa.total_allocated_bytes() > before and time.monotonic() < deadline:
                await asyncio.sleep(0.01)
            return [before, pa.total_allocated_bytes()]
        finally:
            gc.enable()

    before, after = run(tmp_path, press)
    assert after <= before


def test_an_unexpected_failure_is_unavailable_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Any:
        raise RuntimeError("a bug of ours")

    with monkeypatch.context() as patched:
        patched.setattr(LogWriter, "commit", fail)
        assert post(tmp_path, build_frame(1, 1)).status_code == 503
    assert post(tmp_path, build_frame(1, 1)).json() == {"stored_offset": 1}


def test_a_batch_that_makes_the_commit_fail_holds_back_only_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = LogWriter.commit

    def stumble(self: LogWriter, batches: Sequence[Batch]) -> Any:
        if any(batch.header.producer == SECOND for batch in batches):
            raise RuntimeError("a bug of ours")
        return commit(self, batches)

    monkeypatch.setattr(LogWriter, "commit", stumble)

    async def act(client: httpx.AsyncClient) -> list[int]:
        frames = [build_frame(4, 6), build_frame(1, 3, producer=SECOND), build_frame(1, 3)]
        answers = [client.post("/v1/events", content=frame) for frame in frames]
        return [answer.status_code for answer in await asyncio.gather(*answers)]

    assert run(tmp_path, act, interval_s=0.3) == [200, 503, 200]
    assert LogSnapshot.open(locate_table(tmp_path / "events", STREAM)).count() == 6


def test_the_answer_for_several_destinations_is_the_one_that_asks_most() -> None:
    settled, later = Settled(FIRST, 5, 1, 0, 0, 0), Settled(FIRST, 9, 1, 0, 0, 0)
    assert combine([later, settled]) == settled
    assert combine([settled, Gap(FIRST, 7), Gap(FIRST, 3)]) == Gap(FIRST, 3)
    assert combine([settled, Gap(FIRST, 3), Unknown(FIRST, 0)]) == Unknown(FIRST, 0)
    assert combine([Unknown(FIRST, 0), Fenced(FIRST)]) == Fenced(FIRST)
