"""Event servers as real processes over an S3-compatible store: once each; a dead store is its own affair."""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow.compute as pc
import pytest
from deltalake import DeltaTable

from tests.eventserver.running import Running, build_rules
from tests.loglake.posted import FIRST, SECOND, STREAM, build_frame
from tests.loglake.stores import BUCKET, SECRET, Fault, build_options, find_place, run_proxy, run_store
from wakeline.core.event import Stream
from wakeline.loglake.layout import locate_table
from wakeline.loglake.window import LogSnapshot

DAY = date(2013, 4, 2)
EVENT = {"event_time": 1_364_774_400_000_000, "time_flag": "client", "features": {"distance": 1}}
LABELS = Stream("ground-truth", "FLIGHTS-on-local", "arrival-delay")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with run_store() as found:
        yield found


def describe(start: int, offset: int) -> dict[str, Any]:
    return EVENT | {"event_id": f"e{start + offset}"}


def write_rules(home: Path, store: str, prefix: str) -> None:
    """Labels go to a folder of this machine, everything else to the store."""
    lake = {"id": "lake", "type": "s3", "bucket": BUCKET, "prefix": prefix, "options": build_options(store)}
    local = {"id": "local", "type": "filesystem", "path": str(home / "events")}
    rules: dict[str, Any] = build_rules(
        home,
        connections=[lake, local],
        destinations=[
            {"id": "queries", "connection": "lake", "path": "log", "topics": [STREAM.topic]},
            {"id": "labels", "connection": "local", "path": "", "topics": [LABELS.topic]},
        ],
    )
    home.mkdir(parents=True, exist_ok=True)
    (home / "rules.json").write_text(json.dumps(rules))


def read_ids(endpoint: str, prefix: str, stream: Stream = STREAM) -> list[str]:
    snapshot = LogSnapshot.open(locate_table(find_place(endpoint, prefix) / "log", stream))
    return sorted(
        event_id
        for file in snapshot.files()
        for event_id in snapshot.read_file(file, ["event_id"]).column(0).to_pylist()
    )


def ids(first: int, last: int) -> list[str]:
    return sorted(f"e{number}" for number in range(first, last + 1))


@pytest.mark.slow
def test_the_whole_way_and_every_reader(tmp_path: Path, endpoint: str) -> None:
    write_rules(tmp_path, endpoint, "way")
    with Running(tmp_path) as running:
        for first in (1, 51, 31):
            assert running.post(build_frame(first, first + 49)).status_code == 200
        assert running.stop() == 0
    assert SECRET not in running.log.read_text()
    assert read_ids(endpoint, "way") == ids(1, 100)
    table = str(locate_table(find_place(endpoint, "way") / "log", STREAM))
    options = build_options(endpoint)
    dataset = DeltaTable(table, storage_options=options).to_pyarrow_dataset()
    scanned = pl.scan_delta(table, storage_options=options).select("event_id", "feature__distance", "day")
    for rows in (
        dataset.to_table().select(["event_id", "feature__distance", "day"]).to_pylist(),
        scanned.collect().to_dicts(),
        duckdb.from_arrow(dataset)
        .select("event_id", "feature__distance", "day")
        .to_arrow_table()
        .to_pylist(),
        DeltaTable(table, storage_options=options)
        .to_pandas(columns=["event_id", "feature__distance", "day"])
        .to_dict("records"),
    ):
        assert sorted(row["event_id"] for row in rows) == ids(1, 100)
        assert all(row["event_id"] == f"e{row['feature__distance']:.0f}" for row in rows)
    few = dataset.to_table(filter=pc.field("day") == DAY)
    assert 0 < few.num_rows < 100


@pytest.mark.slow
def test_three_servers_race_on_one_table(tmp_path: Path, endpoint: str) -> None:
    """Two producers send every batch to every server; each event is stored once, and every batch is taken."""
    names = ["one", "two", "three"]
    for name in names:
        write_rules(tmp_path / name, endpoint, "servers")
    with (
        Running(tmp_path / "one") as one,
        Running(tmp_path / "two") as two,
        Running(tmp_path / "three") as three,
        ThreadPoolExecutor(6) as pool,
    ):

        def send(server: Running, producer: str, start: int) -> None:
            for first in range(1, 101, 20):
                frame = build_frame(
                    first,
                    first + 19,
                    producer=producer,
                    event=lambda n: {**EVENT, "event_id": f"e{start + n}"},
                )
                answer = server.post(frame)
                for _ in range(5):
                    if answer.status_code != 503:  # the other servers came first thirty times: sent again
                        break
                    answer = server.post(frame)
                assert answer.status_code == 200, answer.text
                assert answer.json()["stored_offset"] >= first + 19

        sent = [
            pool.submit(send, server, producer, start)
            for server in (one, two, three)
            for producer, start in ((FIRST, 0), (SECOND, 100))
        ]
        for future in sent:
            future.result()
    assert read_ids(endpoint, "servers") == ids(1, 200)


@pytest.mark.slow
def test_a_store_that_dies_holds_back_only_its_own_tables(tmp_path: Path, endpoint: str) -> None:
    fault = Fault()
    with run_proxy(endpoint, fault) as store:
        write_rules(tmp_path, store, "dies")
        with Running(tmp_path) as running:
            assert running.post(build_frame(1, 5)).json() == {"stored_offset": 5}
            fault.is_dead = True
            refused = running.post(build_frame(6, 10))
            assert (refused.status_code, refused.json()["type"]) == (503, "urn:wakeline:problem:unavailable")
            assert int(refused.headers["retry-after"]) >= 1
            started = time.monotonic()
            assert running.post(build_frame(6, 10)).status_code == 503
            assert time.monotonic() - started < 1
            assert running.post(build_frame(1, 5, stream=LABELS)).json() == {"stored_offset": 5}
            assert running.client.get("/v1/status").json()["held_bytes"] == 0
            fault.is_dead = False
            await_stored(running, build_frame(6, 10), 10)
    assert read_ids(endpoint, "dies") == ids(1, 10)
    assert SECRET not in running.log.read_text()


@pytest.mark.slow
def test_answers_that_are_lost_double_nothing(tmp_path: Path, endpoint: str) -> None:
    """The store has done it and says 500: of data files, of commits, of the table's first version."""
    fault = Fault(loses_answers=1)
    with run_proxy(endpoint, fault) as store:
        write_rules(tmp_path, store, "lost")
        with Running(tmp_path, interval_s=0.05) as running:
            for first in range(1, 31, 5):
                await_stored(running, build_frame(first, first + 4), first + 4)
                fault.loses_answers = first % 4
    assert read_ids(endpoint, "lost") == ids(1, 30)


@pytest.mark.slow
def test_tables_that_hang_leave_threads_and_memory_to_the_others(tmp_path: Path, endpoint: str) -> None:
    """Twenty tables of a store that accepts and never answers; there are sixteen threads a connection."""
    hangs = threading.Event()
    fault = Fault(hangs=hangs)
    with run_proxy(endpoint, fault) as store:
        write_rules(tmp_path, store, "hangs")
        with Running(tmp_path, interval_s=0.05) as running, ThreadPoolExecutor(20) as pool:
            streams = [Stream(STREAM.topic, f"D{number}", "e") for number in range(20)]
            hung = [pool.submit(running.post, build_frame(1, 5, stream=stream)) for stream in streams]
            deadline = time.monotonic() + 20
            while len(fault.seen) < 16:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            started = time.monotonic()
            assert running.post(build_frame(1, 5, stream=LABELS)).json() == {"stored_offset": 5}
            assert time.monotonic() - started < 3
            fault.hangs = None
            hangs.set()
            assert {future.result().status_code for future in hung} <= {200, 503}
            for stream in streams:
                await_stored(running, build_frame(1, 5, stream=stream), 5)
    assert read_ids(endpoint, "hangs", streams[-1]) == ids(1, 5)


def await_stored(running: Running, frame: bytes, last: int) -> None:
    """As a shipper does: again until it is acknowledged."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        answer = running.post(frame)
        if answer.status_code == 200:
            assert answer.json() == {"stored_offset": last}
            return
        assert answer.status_code == 503, answer.text
        time.sleep(0.1)
    raise AssertionError(f"not stored: {answer.text}")
