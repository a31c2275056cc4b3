"""The log table as it stands on disk, read with other engines than the one that wrote it."""

import errno
import json
import resource
import shutil
import time
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.loglake.odd_names import ODD_NAMES
from tests.loglake.posted import (
    APRIL_US,
    FIRST,
    HOUR_US,
    RECEIVED_US,
    SECOND,
    STREAM,
    build_batch,
    describe,
)
from wakeline.core.errors import InvalidInputError, UnavailableError
from wakeline.core.event import Stream
from wakeline.loglake import commit
from wakeline.loglake.batch import Batch
from wakeline.loglake.commit import CHECKPOINT_COMMITS, LogWriter, commit_batches
from wakeline.loglake.datafile import write_data_files
from wakeline.loglake.disk import Disk
from wakeline.loglake.layout import locate_column_list, locate_table
from wakeline.loglake.offsets import FENCED_OFFSET, Fenced, Gap, Settled, Unknown
from wakeline.loglake.recovery import list_checkpoints
from wakeline.loglake.window import LogSnapshot

REAL = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def root(tmp_path: Path) -> Any:
    return locate_table(tmp_path / "events", STREAM)


def read_ids(root: Path) -> Any:
    return Counter(pl.scan_delta(str(root)).select("event_id").collect().to_series().to_list())


def ids(*offsets: Any) -> Any:
    return Counter(f"e{n}" for n in offsets)


def read_column(root: Path, name: str) -> Any:
    """By event id, through our reader."""
    snapshot = LogSnapshot.open(root)
    tables = [snapshot.read_file(file, ["event_id", name]) for file in snapshot.files()]
    return {row["event_id"]: row[name] for table in tables for row in table.to_pylist()}


def test_rows_land_once_with_the_servers_columns(root: Path) -> None:
    batch = build_batch(1, 30)
    assert commit_batches(root, [batch]) == [Settled(FIRST, 30, 30, 0, 0, 0)]
    assert commit_batches(root, [batch]) == [Settled(FIRST, 30, 0, 30, 0, 0)]
    rows = pl.read_delta(str(root)).sort("event_time")
    assert rows["event_id"].to_list() == [f"e{n}" for n in range(1, 31)]
    assert set(rows["topic"]) == {"api-node-query"}
    assert set(rows["routing_key"]) == {"FLIGHTS-on-local"}
    assert set(rows["event_schema"]) == {1}
    assert rows["server_timestamp"].dt.timestamp("us").unique().to_list() == [RECEIVED_US]
    assert (rows["day"] == rows["event_time"].dt.date()).all()


def test_partitions_and_properties_are_as_designed(root: Path) -> None:
    commit_batches(root, [build_batch(1, 30)])
    table = DeltaTable(str(root))
    assert table.metadata().partition_columns == ["day"]
    configuration = table.metadata().configuration
    assert configuration["delta.dataSkippingStatsColumns"] == "event_time"
    assert "delta.setTransactionRetentionDuration" not in configuration
    assert "delta.columnMapping.mode" not in configuration
    assert sorted(path.name for path in root.iterdir()) == ["_delta_log", "day=2013-04-01", "day=2013-04-02"]


def test_only_event_time_has_statistics(root: Path) -> None:
    commit_batches(root, [build_batch(1, 3)])
    log = "".join(path.read_text() for path in (root / "_delta_log").glob("*.json"))
    (stats,) = [json.loads(json.loads(line)["add"]["stats"]) for line in log.splitlines() if '"add"' in line]
    assert stats["numRecords"] == 3
    assert list(stats["minValues"]) == list(stats["maxValues"]) == list(stats["nullCount"]) == ["event_time"]
    assert "UA" not in log


def test_data_files_are_zstd_with_dictionaries_for_strings_and_the_attempt_in_the_footer(root: Path) -> None:
    commit_batches(root, [build_batch(1, 3)])
    (file,) = LogSnapshot.open(root).files()
    metadata = pq.ParquetFile(root / file.path).metadata
    assert metadata.metadata[b"wakeline.attempts"].decode() == file.attempt_id
    assert file.path.endswith(f"-{file.attempt_id}.parquet")
    for index in range(metadata.num_columns):
        column = metadata.row_group(0).column(index)
        assert column.compression == "ZSTD"
        is_string = column.physical_type == "BYTE_ARRAY"
        assert ("RLE_DICTIONARY" in column.encodings) == is_string
        assert column.is_stats_set == (column.path_in_schema in {"event_time", "server_timestamp"})


def test_odd_names_survive_in_every_reader(root: Path) -> None:
    """The 34 names as features, each with its own number, old files without them included."""
    commit_batches(root, [build_batch(1, 1)])
    values = {name: float(index) for index, name in enumerate(ODD_NAMES)}
    commit_batches(root, [build_batch(2, 2, event=lambda n: describe(n) | {"features": values})])
    assert len(ODD_NAMES) == len(set(ODD_NAMES)) == 34
    entries = json.loads(locate_column_list(root).read_text())["columns"]
    physical = {entry["name"]: entry["column"] for entry in entries}
    files = [str(root / file.path) for file in LogSnapshot.open(root).files()]
    con = duckdb.connect()
    frames = {
        "polars": pl.read_delta(str(root)).to_pandas(),
        "duckdb": con.sql("SELECT * FROM read_parquet($f, union_by_name=true)", params={"f": files}).df(),
        "duckdb over delta": con.from_arrow(DeltaTable(str(root)).to_pyarrow_dataset()).df(),
        "pandas": pd.concat([pd.read_parquet(file) for file in files]),
        "pyarrow": DeltaTable(str(root)).to_pyarrow_table().to_pandas(),
        "pyarrow dataset": ds.dataset(files, schema=DeltaTable(str(root)).to_pyarrow_dataset().schema)
        .to_table()
        .to_pandas(),
    }
    for reader, frame in frames.items():
        row = frame[frame["event_id"] == "e2"].iloc[0]
        for name, value in values.items():
            assert row[physical[f"features.{name}"]] == value, (reader, name)
    for name, value in values.items():
        assert read_column(root, f"features.{name}") == {"e1": None, "e2": value}


def test_a_value_that_does_not_fit_goes_to_the_text_column(root: Path) -> None:
    def event(offset: int) -> Any:
        value = [1.5, "text", True, {"nested": [1]}, 2**60, None, 2][offset - 1]
        return describe(offset) | {"features": {"f": value}, "prediction": value if offset < 4 else 0.5}

    for offset in range(1, 8):
        commit_batches(root, [build_batch(offset, offset, event=event)])
    assert read_column(root, "features.f") == {
        "e1": 1.5, "e2": None, "e3": None, "e4": None, "e5": None, "e6": None, "e7": 2.0,
    }  # fmt: skip
    texts = read_column(root, "features_text.f")
    assert {key: json.loads(text) for key, text in texts.items() if text is not None} == {
        "e2": "text", "e3": True, "e4": {"nested": [1]}, "e5": 2**60,
    }  # fmt: skip
    assert read_column(root, "prediction")["e1"] == 1.5
    assert read_column(root, "prediction_text")["e2"] == '"text"'


def test_numbers_that_json_lacks_are_kept_as_text(root: Path) -> None:
    batch = build_batch(1, 3)
    values = pa.array([1.0, float("nan"), float("-inf")])
    rows = batch.rows.set_column(
        batch.rows.column_names.index("features.distance"), "features.distance", values
    )
    commit_batches(root, [Batch(batch.header, rows, RECEIVED_US)])
    assert read_column(root, "features.distance") == {"e1": 1.0, "e2": None, "e3": None}
    assert read_column(root, "features_text.distance") == {"e1": None, "e2": '"NaN"', "e3": '"-Infinity"'}


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**62), 2**62),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    st.lists(st.integers(0, 3), max_size=2),
)
FEATURES = st.dictionaries(st.sampled_from(["f", "F", "", "_x", "a.b", "\0", "ß", "SS", "ss"]), VALUES)


@REAL
@given(events=st.lists(FEATURES, min_size=1, max_size=8), cut=st.integers(0, 8), grouped=st.booleans())
def test_any_types_in_any_order_come_back(
    tmp_path_factory: pytest.TempPathFactory, events: list[dict[str, Any]], cut: int, grouped: bool
) -> None:
    """Each value is in the typed column, or in the text column, never cast and never in both."""
    root = tmp_path_factory.mktemp("log") / "t"

    def event(offset: int) -> Any:
        return {"event_id": f"e{offset}", "event_time": RECEIVED_US, "features": events[offset - 1]}

    cut = min(cut, len(events))
    spans = [(first, last) for first, last in [(1, cut), (cut + 1, len(events))] if first <= last]
    batches = [build_batch(first, last, event=event) for first, last in spans]
    for group in [batches] if grouped else [[batch] for batch in batches]:
        commit_batches(root, group)
    names = {name for features in events for name in features}
    for name in names:
        typed = read_column(root, f"features.{name}")
        texts = read_column(root, f"features_text.{name}")
        for offset, features in enumerate(events, start=1):
            found, text = typed[f"e{offset}"], texts[f"e{offset}"]
            assert found is None or text is None
            value = features.get(name)
            read_back = found if text is None else json.loads(text)
            assert read_back == value
            assert isinstance(read_back, bool) == isinstance(value, bool)


@REAL
@given(data=st.data())
def test_any_regrouping_of_batches_equals_intake_once(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    root = tmp_path_factory.mktemp("log") / "t"
    total = data.draw(st.integers(1, 12))
    spans = [(1, total)]
    cut = data.draw(st.integers(1, total))
    spans += [(1, cut), (cut + 1, total)] if cut < total else [(1, cut)]
    spans = data.draw(st.permutations(spans * 2))
    while spans:
        size = data.draw(st.integers(1, len(spans)))
        commit_batches(root, [build_batch(first, last) for first, last in spans[:size]])
        spans = spans[size:]
    assert read_ids(root) == ids(*range(1, total + 1))


def test_gap_overlap_and_drops(root: Path) -> None:
    assert commit_batches(root, [build_batch(5, 6)]) == [Gap(FIRST, 1)]
    assert not root.exists()
    commit_batches(root, [build_batch(1, 4)])
    version = LogSnapshot.open(root).version
    assert commit_batches(root, [build_batch(7, 8)]) == [Gap(FIRST, 5)]
    assert LogSnapshot.open(root).version == version
    commit_batches(root, [build_batch(5, 9, dropped=[(5, 9, "spool_full")])])
    assert LogSnapshot.open(root).version == version + 1
    commit_batches(root, [build_batch(3, 12, dropped=[(10, 10, "dead_letter")])])
    assert read_ids(root) == ids(1, 2, 3, 4, 11, 12)


def test_drops_alone_may_come_first(root: Path) -> None:
    commit_batches(root, [build_batch(1, 3, dropped=[(1, 3, "spool_full")])])
    commit_batches(root, [build_batch(4, 5)])
    assert read_ids(root) == ids(4, 5)


def test_lost_table_new_id_and_fence(root: Path) -> None:
    assert commit_batches(root, [build_batch(11, 12, acknowledged=10)]) == [Unknown(FIRST, 0)]
    renewed = build_batch(11, 12, acknowledged=10, producer=SECOND, replaces=[FIRST])
    commit_batches(root, [renewed])
    assert commit_batches(root, [build_batch(1, 12)]) == [Fenced(FIRST)]
    assert DeltaTable(str(root)).transaction_version(FIRST) == FENCED_OFFSET
    commit_batches(root, [renewed])
    assert read_ids(root) == ids(11, 12)


def test_a_stale_handle_decides_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another writer stores the same batch between our decision and our commit."""
    commit_batches(root, [build_batch(1, 2)])
    write = write_data_files

    def write_after_another(*given: Any) -> Any:
        monkeypatch.setattr(commit, "write_data_files", write)
        commit_batches(root, [build_batch(3, 4)])
        return write(*given)

    monkeypatch.setattr(commit, "write_data_files", write_after_another)
    assert commit_batches(root, [build_batch(3, 6)]) == [Settled(FIRST, 6, 2, 2, 0, 0)]
    assert read_ids(root) == ids(*range(1, 7))
    held = {file.path for file in LogSnapshot.open(root).files()}
    assert {str(path.relative_to(root)) for path in root.rglob("part-*.parquet")} == held


def list_data_files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*.parquet")}


def test_a_full_disk_leaves_no_data_files_behind(root: Path) -> None:
    """However often the batch comes again: else what is left of it would keep the disk full."""

    class FullDisk(Disk):
        def write_new(self, path: Path, content: bytes | memoryview) -> None:
            if path.parent.name == "day=2013-04-02":
                raise OSError(errno.ENOSPC, "No space left on device")
            super().write_new(path, content)

    commit_batches(root, [build_batch(1, 2)])
    before = list_data_files(root)
    writer = LogWriter(root, disk=FullDisk())
    for _ in range(3):
        with pytest.raises(UnavailableError, match="No space"):
            writer.commit([build_batch(3, 30)])
        assert list_data_files(root) == before
    commit_batches(root, [build_batch(3, 30)])
    assert read_ids(root) == ids(*range(1, 31))


def test_a_data_file_that_does_not_fit_is_not_left_half_written(root: Path) -> None:
    writer = LogWriter(root)
    writer.commit([build_batch(1, 2)])
    before = list_data_files(root)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, hard))
    try:
        with pytest.raises(UnavailableError, match="too large"):
            writer.commit([build_batch(3, 4)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list_data_files(root) == before
    writer.commit([build_batch(3, 4)])
    assert read_ids(root) == ids(1, 2, 3, 4)


def test_a_log_that_cannot_be_written_leaves_no_data_files_behind(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit_batches(root, [build_batch(1, 2)])
    writer = LogWriter(root)

    def fail(*_: Any, **__: Any) -> None:
        raise DeltaError("Generic LocalFileSystem error: No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(DeltaTable, "create_write_transaction", fail)
        for _ in range(3):
            with pytest.raises(UnavailableError, match="No space"):
                writer.commit([build_batch(3, 4)])
        assert len(list_data_files(root)) == 2
    writer.commit([build_batch(3, 4)])
    held = {file.path for file in LogSnapshot.open(root).files()}
    assert list_data_files(root) == held


def test_a_commit_that_went_through_and_said_no_keeps_its_files(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit_batches(root, [build_batch(1, 2)])
    writer = LogWriter(root)
    real = DeltaTable.create_write_transaction

    def write_and_fail(*given: Any, **named: Any) -> None:
        real(*given, **named)
        raise DeltaError("the answer was lost")

    with monkeypatch.context() as patched:
        patched.setattr(DeltaTable, "create_write_transaction", write_and_fail)
        with pytest.raises(UnavailableError, match="lost"):
            writer.commit([build_batch(3, 4)])
    assert writer.commit([build_batch(3, 4)]) == [Settled(FIRST, 4, 0, 2, 0, 0)]
    assert read_ids(root) == ids(1, 2, 3, 4)


def test_a_column_that_another_writer_adds_first_is_found_again(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit_batches(root, [build_batch(1, 1)])
    plan = commit._prepare

    def prepare_after_another(*given: Any) -> Any:
        monkeypatch.setattr(commit, "_prepare", plan)
        found = plan(*given)
        event = describe(7) | {"features": {"UP": 1}}
        other = build_batch(1, 1, producer=SECOND, event=lambda _: event)
        commit_batches(root, [other])
        return found

    monkeypatch.setattr(commit, "_prepare", prepare_after_another)
    commit_batches(root, [build_batch(2, 2, event=lambda n: describe(n) | {"features": {"up": "x"}})])
    assert read_column(root, "features.up")["e2"] == "x"
    assert read_column(root, "features.UP") == {"e1": None, "e2": None, "e7": 1.0}
    stored = LogSnapshot.open(root).stored
    assert stored["features.up"].physical.casefold() != stored["features.UP"].physical.casefold()


def test_a_writer_that_never_gets_its_turn_says_so(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit_batches(root, [build_batch(1, 1)])
    monkeypatch.setattr(LogWriter, "_append", lambda *_: False)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    with pytest.raises(UnavailableError, match="came first"):
        commit_batches(root, [build_batch(2, 2)])


def test_a_table_removed_under_the_writer_is_made_anew(root: Path) -> None:
    writer = LogWriter(root)
    for offset in range(1, 4):
        writer.commit([build_batch(offset, offset)])
    writer._checkpoint_version = 3
    shutil.rmtree(root)
    assert writer.commit([build_batch(4, 4, acknowledged=3)]) == [Unknown(FIRST, 0)]
    writer.commit([build_batch(4, 4, acknowledged=3, producer=SECOND, replaces=[FIRST])])
    assert read_ids(root) == ids(4)
    assert writer._checkpoint_version == -1


@pytest.mark.parametrize(
    ("topic", "flag", "distance_h", "expected"),
    [
        ("api-node-query", None, 0, ("2026-11-18", None)),
        ("api-node-query", None, 24 * 30, ("2026-12-18", None)),
        ("api-node-query", None, 24 * 30 + 1, ("2026-11-18", "skewed")),
        ("api-node-query", None, -24 * 31, ("2026-11-18", "skewed")),
        ("api-node-query", "client", -24 * 31, ("2026-10-18", "client")),
        ("api-node-query", "made up", -24 * 31, ("2026-11-18", "skewed")),
        ("ground-truth", None, -24 * 31, ("2026-10-18", None)),
    ],
)
def test_the_day_follows_event_time_within_the_allowed_skew(
    tmp_path: Path, topic: str, flag: str | None, distance_h: int, expected: tuple[str, str | None]
) -> None:
    stream = Stream(topic, "r", "e")
    root = locate_table(tmp_path, stream)

    def event(offset: int) -> Any:
        return {"event_id": f"e{offset}", "event_time": RECEIVED_US + distance_h * HOUR_US, "time_flag": flag}

    commit_batches(root, [build_batch(1, 1, stream=stream, event=event)])
    found = read_column(root, "day")["e1"].isoformat(), read_column(root, "time_flag")["e1"]
    assert found == expected


def test_days_before_the_epoch_are_whole_days(root: Path) -> None:
    batch = build_batch(1, 1, event=lambda n: describe(n) | {"event_time": -1})
    commit_batches(root, [batch])
    assert read_column(root, "day")["e1"].isoformat() == "1969-12-31"
    assert APRIL_US > 0


def test_columns_without_a_value_are_left_out(root: Path) -> None:
    commit_batches(root, [build_batch(1, 2)])
    names = [column.name for column in LogSnapshot.open(root).columns]
    assert "error" not in names
    assert "label" not in names
    commit_batches(root, [build_batch(3, 3, event=lambda n: describe(n) | {"error": "no", "status": 422})])
    assert read_column(root, "error") == {"e1": None, "e2": None, "e3": "no"}


@pytest.mark.slow
def test_a_checkpoint_comes_every_fifty_commits_and_keeps_every_producer(root: Path) -> None:
    writer = LogWriter(root)
    for offset in range(1, CHECKPOINT_COMMITS + 5):
        writer.commit([build_batch(offset, offset, producer=FIRST if offset == 1 else SECOND, acknowledged=0,
                                   replaces=[FIRST] if offset == 2 else [])])  # fmt: skip
        writer.checkpoint_if_due()
    assert len(list_checkpoints(root)) == 1
    table = DeltaTable(str(root))
    assert table.transaction_version(FIRST) == FENCED_OFFSET
    assert table.transaction_version(SECOND) == CHECKPOINT_COMMITS + 4
    assert read_ids(root) == ids(*range(1, CHECKPOINT_COMMITS + 5))


def test_a_lost_list_of_columns_is_written_again(root: Path) -> None:
    commit_batches(root, [build_batch(1, 1)])
    before = locate_column_list(root).read_text()
    locate_column_list(root).unlink()
    commit_batches(root, [build_batch(2, 2)])
    assert locate_column_list(root).read_text() == before


def test_paths_that_readers_would_decode_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="percent"):
        commit_batches(tmp_path / "a%20b", [build_batch(1, 1)])


@pytest.mark.parametrize("folder", ["with space", "[x]*?", "día", "a=b", "it's"])
def test_homes_with_odd_paths_work(tmp_path: Path, folder: str) -> None:
    root = locate_table(tmp_path / folder, STREAM)
    commit_batches(root, [build_batch(1, 2)])
    commit_batches(root, [build_batch(3, 3, event=lambda n: describe(n) | {"error": "x"})])
    assert sorted(read_column(root, "event_id")) == ["e1", "e2", "e3"]


def test_a_folder_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError):
        commit_batches(tmp_path / "file" / "t", [build_batch(1, 1)])
