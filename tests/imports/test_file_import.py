"""Files into a real event server: each row once, again, after an interruption, and what is rejected."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.eventserver.running import SECRET, Running
from wakeline.core.errors import InvalidInputError, UnauthenticatedError, UnavailableError
from wakeline.core.event import Stream
from wakeline.imports.delivery import Batch, Delivery, StartOverError
from wakeline.imports.file_import import FileImport, ImportResult, ImportTarget, run_import
from wakeline.imports.mapping import parse_map
from wakeline.shipper.answers import Answer, Gap, Retry, Stored, TooLarge

STREAM = Stream("api-node-query", "old-model", "risk")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with Running(tmp_path_factory.mktemp("import") / "home") as running:
        yield running


def run(server: Running, path: Path, *maps: str, stream: Stream = STREAM, **given: Any) -> ImportResult:
    dry = given.pop("dry_run", False)
    job = FileImport(
        path, stream, parse_map(maps, given.pop("time", None)), path.with_suffix(".bad"), **given
    )
    target = None if dry else ImportTarget(server.url, SECRET)
    return run_import(job, job.open(), target, lambda _done, _words: None)


def read_log(server: Running, stream: Stream) -> pl.DataFrame:
    return pl.read_delta(str(server.events / stream.topic / stream.routing_key / stream.endpoint))


def write_csv(path: Path, rows: int) -> Path:
    lines = [
        f"{index},{index / 4},2013-04-{index % 28 + 1:02} 06:00:00,{answer},0.{index % 9 + 1}"
        for index in range(rows)
        for answer in ["no", "yes"][index % 2 : index % 2 + 1]
    ]
    path.write_text("id,fare,when,answer,p\n" + "\n".join(lines) + "\n")
    return path


MAPS = ("id=prediction_id", "fare=features.fare", "answer=prediction", "p=proba.yes")


def test_a_csv_lands_once_however_often_it_is_imported(server: Running, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", 30_000)
    first = run(server, path, *MAPS, time="when", naive_is_utc=True)
    assert (first.read, first.stored, first.rejected, first.rejects) == (30_000, 30_000, 0, None)
    again = run(server, path, *MAPS, time="when", naive_is_utc=True)
    assert (again.stored, again.resumed_behind, again.producer) == (30_000, 30_000, first.producer)
    log = read_log(server, STREAM)
    assert log.height == 30_000
    assert log["prediction_id"].n_unique() == 30_000
    assert log["feature__fare"].sum() == sum(index / 4 for index in range(30_000))
    assert log["time_flag"].unique().to_list() == ["client"]
    assert sorted(log["day"].unique().dt.day().to_list()) == list(range(1, 29))
    assert sum(first.days.values()) == 30_000
    assert first.days["2013-04-01"] == log.filter(pl.col("day").dt.day() == 1).height


def test_a_mapping_or_a_stream_of_its_own_is_another_import(server: Running, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", 3)
    stream = Stream("api-node-query", "maps", "risk")
    one = run(server, path, *MAPS, time="when", naive_is_utc=True, stream=stream)
    other = run(server, path, *MAPS[:-1], "p=", time="when", naive_is_utc=True, stream=stream)
    assert one.producer != other.producer
    assert read_log(server, stream).height == 6


def test_rejected_rows_are_told_with_their_reasons(server: Running, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    rows: list[Any] = [
        {"event_time": "2013-04-01T06:00:00Z", "features": {"a": 1}, "prediction": 1},
        {"features": {"a": 1}},
        {"event_time": "noon", "features": {"a": 1}},
        {"event_time": "2013-04-01T06:00:00Z", "featurs": {"a": 1}, "prediction": 1},
        {"event_time": "2013-04-02T06:00:00Z", "features": {"a": 2}, "prediction": 2},
    ]
    path.write_text("\n".join(map(json.dumps, rows)) + "\nno json\n")
    stream = Stream("api-node-query", "rejects", "risk")
    found = run(server, path, stream=stream)
    assert (found.read, found.stored, found.rejected) == (6, 2, 4)
    told = [json.loads(line) for line in Path(found.rejects or "").read_text().splitlines()]
    assert [entry["row"] for entry in told] == [2, 3, 4, 6]
    words = ("event_time is missing", "'noon' is not a time", "found 'featurs'", "not JSON")
    assert all(word in entry["reason"] for word, entry in zip(words, told, strict=True))
    assert told[1]["values"] == rows[2]
    log = read_log(server, stream).sort("event_time")
    assert log["feature__a"].to_list() == [1.0, 2.0]
    dropped = server.client.get("/v1/status").json()["streams"]
    assert [entry["dropped"] for entry in dropped if "rejects" in json.dumps(entry)] == [4]
    assert run(server, path, stream=stream).stored == 2
    assert read_log(server, stream).height == 2


def test_a_file_of_rejected_rows_alone_stores_nothing(server: Running, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("1\n2\n")
    found = run(server, path, stream=Stream("api-node-query", "none", "risk"))
    assert (found.stored, found.rejected) == (0, 2)


def test_the_reference_systems_event_server_files(server: Running, tmp_path: Path) -> None:
    from tests.gateway.test_events import EVENT_SERVER, LOG_FILE

    path = tmp_path / "a.json"
    path.write_text("\n".join(json.dumps(item) for item in (LOG_FILE, EVENT_SERVER)))
    stream = Stream("api-node-query", "reference", "risk")
    assert run(server, path, stream=stream).stored == 2
    log = read_log(server, stream)
    assert log["feature__age"].to_list() == [40.0, 40.0]
    assert log["proba__1"].to_list() == [0.75, 0.75]
    assert log["day"].cast(str).unique().to_list() == ["2013-05-31"]


def test_an_export_of_our_own_log_comes_back(server: Running, tmp_path: Path) -> None:
    """A flat CSV as a dataset's page exports it: server columns and JSON texts included."""
    path = tmp_path / "a.csv"
    path.write_text(
        "event_id,event_time,server_timestamp,day,topic,routing_key,prediction_id,features.a b,features.c,"
        "prediction,proba.yes,proba.no,timing.total,context,generation,status\n"
        "e1,2013-04-01 06:00:00.000000Z,2026-01-01 00:00:00Z,2013-04-01,api-node-query,x,p1,1.5,"
        'word,yes,0.7,0.3,120,"{""order"": 17}",007,200\n'
    )
    stream = Stream("api-node-query", "export", "risk")
    assert run(server, path, stream=stream).stored == 1
    (row,) = read_log(server, stream).to_dicts()
    assert (row["event_id"], row["prediction_id"], row["generation"]) == ("e1", "p1", "007")
    assert (row["feature__a_x0020_b"], row["feature__c"], row["prediction"]) == (1.5, "word", "yes")
    assert (row["timing_total_us"], row["context"], row["status"]) == (120, '{"order":17}', 200)
    assert str(row["day"]) == "2013-04-01"


def test_a_topic_of_ones_own_keeps_rows_whole(server: Running, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"event_time": "2013-04-01T06:00:00Z", "button": "buy"}\n')
    stream = Stream("clicks", "shop", "_")
    assert run(server, path, stream=stream).stored == 1
    assert read_log(server, stream)["request"].to_list() == ['{"button":"buy"}']


def test_a_dry_run_sends_nothing(server: Running, tmp_path: Path) -> None:
    stream = Stream("api-node-query", "dry", "risk")
    path = write_csv(tmp_path / "a.csv", 5)
    found = run(server, path, *MAPS, time="when", naive_is_utc=True, stream=stream, dry_run=True)
    assert (found.read, found.stored) == (5, 0)
    assert {"column": "fare", "becomes": "features.fare"} in (found.columns or [])
    assert found.examples[1]["features"] == {"fare": 0.25}
    assert not (server.events / "api-node-query" / "dry").exists()


def test_times_without_an_offset_are_rejected_unless_told(server: Running, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", 2)
    found = run(server, path, *MAPS, time="when", dry_run=True)
    assert found.rejected == 2
    assert "has no offset" in Path(found.rejects or "").read_text()


def test_columns_without_a_name_are_refused_before_anything_is_sent(server: Running, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", 2)
    with pytest.raises(InvalidInputError, match="found the columns 'id', 'fare', 'when', 'answer', 'p'"):
        run(server, path)


def test_a_wrong_key_and_a_dead_server_are_told_at_once(server: Running, tmp_path: Path) -> None:
    job = FileImport(
        write_csv(tmp_path / "a.csv", 2), STREAM, parse_map(["*=features.*"], "when"), tmp_path / "b"
    )
    with pytest.raises(UnauthenticatedError, match="does not know the key"):
        run_import(job, job.open(), ImportTarget(server.url, "wrong"), lambda _done, _words: None)
    with pytest.raises(UnavailableError, match="no event server answers at"):
        run_import(job, job.open(), ImportTarget("http://127.0.0.1:9", SECRET), lambda _done, _words: None)


class _Server:
    """An event server's rules for one producer, with answers that are told what to do wrong."""

    def __init__(self, *faults: Answer | None, rows_max: int = 1_000) -> None:
        self.stored = 0
        self.rows: list[int] = []
        self.faults = list(faults)
        self.rows_max = rows_max

    async def deliver(self, stream: Stream, frame: bytes, *, attempt: int, on_sent: Any) -> Answer:
        from wakeline.wire.frame import decode_frame

        on_sent()
        header, table = decode_frame(frame)
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None:
            return fault
        if table.num_rows > self.rows_max:
            return TooLarge("too large")
        if header.first > self.stored + 1:
            return Gap(self.stored + 1)
        self.rows += [offset for offset in table.column("offset").to_pylist() if offset > self.stored]
        self.stored = max(self.stored, header.last)
        return Stored(self.stored)


def _deliver(server: _Server, batches: int = 20, size: int = 10, **given: Any) -> Delivery:
    event = b'{"event_id":"1","event_time":1}'
    made = (
        Batch(
            first,
            first + size - 1,
            [(offset, event) for offset in range(first, first + size - 1)],
            [(first + size - 1, first + size - 1, "rejected")],
        )
        for first in range(1, batches * size, size)
    )
    delivery = Delivery(server, STREAM, "0" * 32, rules_version=0, on_stored=lambda _offset: None, **given)
    asyncio.run(delivery.send_all(iter(made)))
    return delivery


def _expected(batches: int = 20, size: int = 10) -> list[int]:
    return [offset for offset in range(1, batches * size + 1) if offset % size]


@pytest.mark.parametrize(
    "faults",
    [
        [],
        [Retry("no", 0.001)],
        [None, None, Retry("no", 0.001), None],
        [None, Gap(11), Retry("no", 0.001), Gap(11)],
        [None, *[Retry("no", 0.001)] * 12],
    ],
)
def test_every_row_arrives_once_whatever_is_answered(faults: list[Answer | None]) -> None:
    server = _Server(*faults)
    delivery = _deliver(server)
    assert (server.rows, delivery.stored) == (_expected(), 200)


def test_a_batch_that_is_too_large_is_halved() -> None:
    server = _Server(rows_max=2)
    _deliver(server, batches=3)
    assert server.rows == _expected(3)


def test_an_interrupted_import_goes_on() -> None:
    server = _Server()
    server.stored = 137
    delivery = _deliver(server)
    assert delivery.stored == 200
    assert server.rows == [offset for offset in _expected() if offset > 137]


def test_a_log_that_was_made_anew_meanwhile_is_told() -> None:
    with pytest.raises(StartOverError, match="send it again"):
        _deliver(_Server(None, None, None, None, None, None, None, None, None, Gap(1)))


def test_patience_ends_with_a_sentence() -> None:
    with pytest.raises(
        UnavailableError, match=r"nothing was stored for 0 s: no\. 10 rows are stored; run it"
    ):
        _deliver(_Server(None, *[Retry("no", 0.01)] * 40), quiet_seconds_max=0.005)
