"""Teams on one event server: none writes or sees what is another's, rates are held, names cost nothing."""

import asyncio
import errno
import hashlib
from pathlib import Path
from typing import Any

import httpx
import msgspec
import polars as pl
import pytest

from tests.eventserver.running import SECRET
from tests.eventserver.test_application import serve_rules
from tests.loglake.posted import build_frame
from wakeline.core.event import Stream
from wakeline.eventserver import intake
from wakeline.eventserver.rules import decode_rules
from wakeline.eventserver.waiting import STREAMS_MAX, WaitingStreams
from wakeline.loglake.commit import LogWriter

A = Stream("api-node-query", "a-shop", "e")
B = Stream("api-node-query", "b-shop", "e")
HOME = {"Authorization": f"Bearer {SECRET}"}


def name_key(id_: str, secret: str, **fields: Any) -> dict[str, Any]:
    return {"id": id_, "sha256": hashlib.sha256(secret.encode()).hexdigest()} | fields


def take(id_: str, **fields: Any) -> dict[str, Any]:
    return {"id": id_, "connection": "local", "path": id_} | fields


def as_key(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


TEAMS: dict[str, Any] = {
    "keys": [name_key("intake", SECRET), name_key("a", "secret a"), name_key("b", "secret b")],
    "destinations": [
        take("team-a", routing_keys=["a-*"], keys=["a", "intake"]),
        take("team-b", routing_keys=["b-*"], keys=["b"]),
    ],
}


async def post(client: httpx.AsyncClient, stream: Stream, secret: str, first: int = 1) -> httpx.Response:
    frame = build_frame(first, first + 1, stream=stream)
    return await client.post("/v1/events", content=frame, headers=as_key(secret))


def test_a_team_writes_and_sees_its_own(tmp_path: Path) -> None:
    async def act() -> None:
        async with serve_rules(tmp_path, **TEAMS) as (client, _):
            assert (await post(client, A, "secret a")).status_code == 200
            assert (await post(client, B, "secret b")).status_code == 200
            for stream, secret in ((B, "secret a"), (A, "secret b"), (B, SECRET)):
                refused = await post(client, stream, secret, 3)
                assert refused.status_code == 403
                assert refused.json()["type"] == "urn:wakeline:problem:not-permitted"
            seen = {}
            for secret in ("secret a", "secret b", SECRET):
                status = (await client.get("/v1/status", headers=as_key(secret))).json()
                seen[secret] = [entry["routing_key"] for entry in status["streams"]]
            assert seen == {"secret a": ["a-shop"], "secret b": ["b-shop"], SECRET: ["a-shop", "b-shop"]}
            del client.headers["Authorization"]
            assert (await client.get("/v1/status")).json()["streams"] == []
            assert (await client.get("/v1/status", headers=as_key("x"))).status_code == 401

    asyncio.run(act())
    for team, stream in (("team-a", A), ("team-b", B)):
        root = tmp_path / "events" / team / "api-node-query" / stream.routing_key / "e"
        assert pl.read_delta(str(root))["event_id"].to_list() == ["e1", "e2"]


def test_events_that_nobody_takes_wait_and_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rules = TEAMS | {"destinations": [take("labels", topics=["ground-truth"])]}

    async def act() -> None:
        async with serve_rules(tmp_path, **rules) as (client, keeper):
            for _ in range(3):
                assert (await post(client, A, SECRET)).json()["type"].endswith("no-destination")
            status = (await client.get("/v1/status")).json()
            assert [(each["stream"], each["batches"]) for each in status["no_destination"]] == [(str(A), 3)]
            assert status["streams"] == []
            assert keeper.rules is not None
            document = msgspec.to_builtins(keeper.rules) | {"destinations": [take("all")]}
            keeper.rules = decode_rules(msgspec.json.encode(document))
            assert (await post(client, A, SECRET)).status_code == 200
            assert (await client.get("/v1/status")).json()["no_destination"] == []

    with caplog.at_level("WARNING"):
        asyncio.run(act())
    assert sum("no destination takes" in record.message for record in caplog.records) == 1


def test_made_up_names_cost_nothing() -> None:
    waiting = WaitingStreams()
    for number in range(3 * STREAMS_MAX):
        waiting.note(Stream("t", str(number), "e"), 0)
    assert len(waiting) == STREAMS_MAX
    waiting.note(Stream("t", "later", "e"), 3_600_000_000)
    assert len(waiting) == 1


def test_a_rate_is_held_and_told(tmp_path: Path) -> None:
    rules = TEAMS | {"keys": [name_key("a", "secret a", events_per_second=1)]}

    async def act() -> None:
        async with serve_rules(tmp_path, **rules) as (client, _):
            frame = build_frame(1, 20, stream=A)
            answer = await client.post("/v1/events", content=frame, headers=as_key("secret a"))
            assert answer.status_code == 200
            refused = await post(client, A, "secret a", 21)
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "20")
            assert refused.json()["type"] == "urn:wakeline:problem:overloaded"

    asyncio.run(act())


def test_metrics_are_counted_and_show_what_the_key_may_see(tmp_path: Path) -> None:
    async def act() -> None:
        async with serve_rules(tmp_path, **TEAMS) as (client, _):
            for first in (1, 1, 3):
                assert (await post(client, A, "secret a", first)).status_code == 200
            assert (await post(client, B, "secret b")).status_code == 200
            await post(client, Stream("nobody", "n", "e"), SECRET)

            async def read(secret: str | None) -> dict[str, float]:
                headers = {} if secret is None else as_key(secret)
                client.headers.pop("Authorization", None)
                page = (await client.get("/metrics", headers=headers)).text
                lines = [line.rsplit(" ", 1) for line in page.splitlines() if not line.startswith("#")]
                return {name: float(value) for name, value in lines}

            everything = await read(SECRET)
            own = await read("secret a")
            nothing = await read(None)
            labels = 'destination="team-a",endpoint="e",routing_key="a-shop",topic="api-node-query"'
            for found in (everything, own):
                assert found[f"wakeline_intake_events_accepted_total{{{labels}}}"] == 6
                assert found[f"wakeline_intake_events_stored_total{{{labels}}}"] == 4
                assert found[f"wakeline_intake_events_duplicate_total{{{labels}}}"] == 2
                assert found[f"wakeline_intake_commit_seconds_count{{{labels}}}"] == 3
                assert found[f"wakeline_intake_table_files{{{labels}}}"] >= 1
            assert any("b-shop" in name for name in everything)
            assert not any("b-shop" in name for name in own)
            assert not any("routing_key" in name for name in nothing)
            assert everything["wakeline_intake_no_destination_streams"] == 1
            assert nothing["wakeline_intake_held_bytes"] == 0
            assert everything["wakeline_intake_rules_version"] == 1

    asyncio.run(act())


def test_a_full_disk_is_a_state_that_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = LogWriter.commit
    is_full = True

    def refuse(writer: LogWriter, batches: Any) -> Any:
        if is_full:
            raise OSError(errno.ENOSPC, "No space left on device")
        return commit(writer, batches)

    monkeypatch.setattr(LogWriter, "commit", refuse)

    async def act() -> None:
        nonlocal is_full
        async with serve_rules(tmp_path, **TEAMS) as (client, _):
            answer = await post(client, A, "secret a")
            assert (answer.status_code, answer.json()["type"]) == (503, "urn:wakeline:problem:unavailable")
            assert f"the disk that holds {tmp_path / 'events' / 'team-a'}" in answer.json()["detail"]
            status = (await client.get("/v1/status")).json()
            assert (status["status"], status["streams"][0]["is_disk_full"]) == ("disk-full", True)
            assert "free some space" in status["streams"][0]["last_error"]
            is_full = False
            assert (await post(client, A, "secret a")).status_code == 200
            assert (await client.get("/v1/status")).json()["status"] == "ok"

    asyncio.run(act())


def test_tables_in_memory_are_bounded_and_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "INTAKE_TABLES_MAX", 1)

    async def act() -> None:
        async with serve_rules(tmp_path, **TEAMS) as (client, _):
            assert (await post(client, A, "secret a")).status_code == 200
            refused = await post(client, B, "secret b")
            assert (refused.status_code, refused.json()["type"]) == (429, "urn:wakeline:problem:overloaded")
            monkeypatch.setattr(intake, "TABLE_IDLE_US_MAX", -1)
            assert (await post(client, B, "secret b")).status_code == 200
            while (await client.get("/v1/status")).json()["streams"]:
                await asyncio.sleep(0.02)
            # What was forgotten is known from the table itself.
            again = await post(client, A, "secret a")
            assert again.json() == {"stored_offset": 2}

    asyncio.run(act())
