"""Upkeep of a table: the same rows in fewer files, one winner of a race, nothing removed too early."""

import os
import random
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from tests.loglake.posted import APRIL_US, HOUR_US, RECEIVED_US, SECOND, STREAM, build_batch, describe
from tests.loglake.stores import find_place, run_store
from wakeline.core.clock import MICROSECONDS_PER_DAY, ManualClock
from wakeline.loglake.commit import LogWriter, commit_batches
from wakeline.loglake.compaction import SMALL_FILES_MAX, Bundle, compact, plan_compaction
from wakeline.loglake.datafile import write_rewrite
from wakeline.loglake.disk import Disk
from wakeline.loglake.file_names import FileKind, combine_data_ids, read_data_id, read_kind
from wakeline.loglake.layout import locate_table
from wakeline.loglake.lease import LEASE, TERM_MS, hash_holder, take_lease
from wakeline.loglake.place import Place
from wakeline.loglake.recovery import list_commits, recover
from wakeline.loglake.retention import expire_rows
from wakeline.loglake.rewrite import MAINTENANCE, commit_rewrite, list_live_files, read_stored_rows
from wakeline.loglake.storage import find_storage
from wakeline.loglake.table import open_table
from wakeline.loglake.tables import list_tables
from wakeline.loglake.upkeep import TableUpkeep
from wakeline.loglake.vacuum import vacuum
from wakeline.loglake.window import LogSnapshot

DISK = Disk()
WEEK_SECONDS = 7 * 24 * 3600


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with run_store() as found:
        yield found


@pytest.fixture(params=["disk", "store"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "disk":
        return locate_table(tmp_path, STREAM)
    place = find_place(request.getfixturevalue("endpoint"), f"upkeep/{tmp_path.name}")
    return locate_table(place, STREAM)


@pytest.fixture
def local(tmp_path: Path) -> Path:
    return locate_table(tmp_path, STREAM)


def at_minutes(offset: int) -> dict[str, Any]:
    """All on one day, the later offsets first."""
    return describe(offset) | {"event_time": APRIL_US + (1_000 - offset) * 60_000_000}


def fill(root: Place, commits: int, rows: int = 2, **given: Any) -> None:
    writer = LogWriter(root)
    for index in range(commits):
        writer.commit([build_batch(index * rows + 1, (index + 1) * rows, event=at_minutes, **given)])


def read_events(root: Place) -> list[str]:
    snapshot = LogSnapshot.open(root)
    columns = [snapshot.read_file(file, ["event_id"]).column(0) for file in snapshot.files()]
    return [event_id for column in columns for event_id in column.to_pylist()]


def plan(root: Place, now_us: int | None = None) -> list[Bundle]:
    """As of an hour from now: every day that the tests write is closed and still."""
    moment = time.time_ns() // 1000 + HOUR_US if now_us is None else now_us
    return plan_compaction(list_live_files(open_table(root)), column_count=20, now_us=moment)


def test_a_closed_day_becomes_one_sorted_file_with_the_same_rows(root: Place) -> None:
    fill(root, 6)
    before = LogSnapshot.open(root)
    held = {file.attempt_id for file in before.files()}
    (bundle,) = plan(root)
    assert compact(root, bundle, find_storage(root))
    after = LogSnapshot.open(root)
    (file,) = after.files()
    assert read_kind(file.path) is FileKind.DAY
    assert sorted(read_events(root)) == sorted(f"e{n}" for n in range(1, 13))
    assert set(after.read_attempts(file)) == held
    assert file.data_id == combine_data_ids(entry.data_id for entry in before.files())
    times = after.read_file(file, ["event_time"]).column(0).to_pylist()
    assert times == sorted(times)
    assert after.read_file(file, ["features.distance"]).column(0).to_pylist() == [12 - n for n in range(12)]
    assert plan(root) == []
    assert [table.name for table in list_tables(root.parent.parent.parent)] == [STREAM.endpoint]


def test_of_two_racing_rewrites_one_is_refused(root: Place) -> None:
    fill(root, 8)
    (bundle,) = plan(root)
    disk = find_storage(root)
    with ThreadPoolExecutor(4) as threads:
        won = list(threads.map(lambda _: compact(root, bundle, disk), range(4)))
    assert sum(won) == 1
    assert sorted(read_events(root)) == sorted(f"e{n}" for n in range(1, 17))
    assert open_table(root).transaction_version(MAINTENANCE) == 1


def test_rewrites_of_other_days_from_one_handle_are_refused_too(local: Path) -> None:
    """The fence is the table's: whoever decided on an older state decides again."""
    fill(local, 2)
    stale = open_table(local)
    (bundle,) = plan(local)
    assert compact(local, bundle, DISK)
    rows, attempts = read_stored_rows(local, list_live_files(open_table(local))[0])
    other = write_rewrite(local, rows, DISK, kind=FileKind.DAY, day=date(2013, 4, 1), attempts=attempts)
    assert not commit_rewrite(local, stale, [other], bundle.files, DISK, is_change=False)
    assert not (local / other.path).exists()
    assert len(read_events(local)) == 4


def test_appends_and_rewrites_do_not_stop_each_other(root: Place) -> None:
    fill(root, 4)
    writer = LogWriter(root)

    def append() -> None:
        for offset in range(1, 13):
            writer.commit([build_batch(offset, offset, producer=SECOND, event=at_minutes)])

    with ThreadPoolExecutor(1) as threads:
        appending = threads.submit(append)
        done = 0
        while not appending.done() or done == 0:
            for bundle in plan(root):
                done += compact(root, bundle, find_storage(root))
        appending.result()
    assert done
    expected = [f"e{n}" for n in (*range(1, 9), *range(1, 13))]
    assert sorted(read_events(root)) == sorted(expected)


def test_an_open_day_is_merged_in_small_steps(local: Path) -> None:
    def now(offset: int) -> dict[str, Any]:
        return describe(offset) | {"event_time": RECEIVED_US + offset, "time_flag": None}

    writer = LogWriter(local)
    for offset in range(1, SMALL_FILES_MAX):
        writer.commit([build_batch(offset, offset, event=now)])
    assert plan(local, RECEIVED_US) == []
    writer.commit([build_batch(SMALL_FILES_MAX, SMALL_FILES_MAX, event=now)])
    (bundle,) = plan(local, RECEIVED_US)
    assert (bundle.kind, len(bundle.files)) == (FileKind.RUN, SMALL_FILES_MAX)
    assert compact(local, bundle, DISK)
    assert plan(local, RECEIVED_US) == []
    # The day closes two hours after midnight, and the file that is alone then stays as it is.
    writer.commit([build_batch(SMALL_FILES_MAX + 1, SMALL_FILES_MAX + 1, event=now)])
    midnight = (RECEIVED_US // MICROSECONDS_PER_DAY + 1) * MICROSECONDS_PER_DAY
    still = max(midnight, time.time_ns() // 1000 + HOUR_US)
    assert plan(local, midnight + 2 * HOUR_US - 1) == []
    (closing,) = plan(local, max(still, midnight + 2 * HOUR_US))
    assert (closing.kind, len(closing.files)) == (FileKind.DAY, 2)


def test_a_few_late_events_do_not_rewrite_a_closed_day(local: Path) -> None:
    fill(local, 12, rows=60)
    assert all(compact(local, bundle, DISK) for bundle in plan(local))
    LogWriter(local).commit([build_batch(1, 1, producer=SECOND, event=at_minutes)])
    LogWriter(local).commit([build_batch(2, 2, producer=SECOND, event=at_minutes)])
    files = list_live_files(open_table(local))
    late = [file for file in files if read_kind(file.path) is FileKind.PART]
    assert sum(file.bytes for file in late) < 3 * sum(file.bytes for file in files)
    assert [len(bundle.files) for bundle in plan(local)] in ([], [2])


def test_a_large_day_becomes_several_files_in_order(local: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wakeline.loglake.compaction.CELLS_MAX", 20 * 5)
    fill(local, 6)
    bundles = plan(local)
    assert [len(bundle.files) for bundle in bundles] == [2, 2, 2]
    assert all(compact(local, bundle, DISK) for bundle in bundles)
    files = list_live_files(open_table(local))
    assert [file.row_count for file in files] == [4, 4, 4]
    assert plan(local) == []
    paths = [str(local / file.path) for file in files]
    assert duckdb.read_parquet(paths).count("*").fetchall() == [(12,)]


def test_a_killed_rewrite_leaves_an_orphan_that_a_later_vacuum_takes(root: Place) -> None:
    fill(root, 2)
    disk = find_storage(root)
    files = list_live_files(open_table(root))
    rows, attempts = read_stored_rows(root, files[0])
    orphan = write_rewrite(root, rows, disk, kind=FileKind.DAY, day=files[0].day, attempts=attempts)
    assert len(read_events(root)) == 4
    assert vacuum(root, disk) == []
    assert vacuum(root, disk, kept_hours=-0.01) == [orphan.path]  # a store's times are whole seconds
    assert len(read_events(root)) == 4


def test_replaced_files_stay_for_seven_days_however_old_they_are(local: Path) -> None:
    fill(local, 3)
    replaced = [file.path for file in list_live_files(open_table(local))]
    for path in replaced:
        os.utime(local / path, (time.time() - 2 * WEEK_SECONDS,) * 2)
    assert all(compact(local, bundle, DISK) for bundle in plan(local))
    assert vacuum(local, DISK) == []
    stray = local / "day=2013-04-09" / "part-0000000000000001.parquet"
    stray.parent.mkdir()
    stray.write_bytes(b"x")
    (local / "notes.txt").write_text("not ours")
    os.utime(stray, (time.time() - WEEK_SECONDS - 60,) * 2)
    assert vacuum(local, DISK) == ["day=2013-04-09/part-0000000000000001.parquet"]
    assert (local / "notes.txt").exists()
    assert all((local / path).exists() for path in replaced)
    assert sorted(vacuum(local, DISK, kept_hours=0)) == sorted(replaced)
    assert not [path for path in local.parent.iterdir() if "clock" in path.name]


def test_retention_counts_from_the_arrival(root: Path) -> None:
    disk = find_storage(root)
    early = [build_batch(1, 4, event=at_minutes)]
    late = build_batch(5, 6, event=at_minutes)
    commit_batches(root, early)
    commit_batches(root, [type(late)(late.header, late.rows, RECEIVED_US + 3 * MICROSECONDS_PER_DAY)])
    assert all(compact(root, bundle, disk) for bundle in plan(root))
    before = [file.data_id for file in LogSnapshot.open(root).files()]
    assert expire_rows(root, disk, days=2, now_us=RECEIVED_US + MICROSECONDS_PER_DAY) == 0
    assert expire_rows(root, disk, days=2, now_us=RECEIVED_US + 4 * MICROSECONDS_PER_DAY) == 4
    assert sorted(read_events(root)) == ["e5", "e6"]
    assert [file.data_id for file in LogSnapshot.open(root).files()] != before
    assert expire_rows(root, disk, days=2, now_us=RECEIVED_US + 6 * MICROSECONDS_PER_DAY) == 2
    assert read_events(root) == []


def test_a_lease_is_one_holders_until_it_ends(root: Place) -> None:
    fill(root, 1)
    disk = find_storage(root)
    assert take_lease(root, "one", disk, now_ms=1_000_000)
    version = open_table(root).version()
    assert not take_lease(root, "two", disk, now_ms=1_000_001)
    assert take_lease(root, "one", disk, now_ms=1_000_001)
    assert open_table(root).version() == version
    assert take_lease(root, "two", disk, now_ms=1_000_000 + TERM_MS)
    # The clock went back by two days: an end that far away was written by a wrong clock.
    assert take_lease(root, "one", disk, now_ms=0)
    assert open_table(root).transaction_version(LEASE) == TERM_MS << 16 | hash_holder("one")


def test_the_whole_of_it_runs_by_itself_and_again_finds_nothing(root: Place) -> None:
    fill(root, 5)
    clock = ManualClock(wall_us=time.time_ns() // 1000 + HOUR_US)
    upkeep = TableUpkeep(root, "one", clock)
    counts = upkeep.run()
    assert (counts.files_merged, counts.files_written, counts.refused) == (5, 1, 0)
    assert upkeep.run().files_merged == 0
    assert TableUpkeep(root, "two", clock).run().files_merged == 0
    assert len(read_events(root)) == 10
    assert TableUpkeep(root.parent / "none", "one", clock).run().runs == 1


def test_another_holders_lease_or_a_stop_leaves_everything_as_it_is(local: Path) -> None:
    fill(local, 5)
    clock = ManualClock(wall_us=time.time_ns() // 1000 + HOUR_US)
    assert TableUpkeep(local, "two", clock).run(should_stop=lambda: True).files_merged == 0
    assert take_lease(local, "one", DISK)
    assert TableUpkeep(local, "two", clock).run(retention_days=1).rows_expired == 0
    assert len(LogSnapshot.open(local).files()) == 5


def test_the_log_shrinks_behind_a_checkpoint_and_opens_again(local: Path) -> None:
    writer = LogWriter(local)
    for offset in range(1, 60):
        writer.commit([build_batch(offset, offset, event=at_minutes)])
        writer.checkpoint_if_due()
    for version in list_commits(local):
        path = local / "_delta_log" / f"{version:020d}.json"
        os.utime(path, (time.time() - 2 * 24 * 3600,) * 2)
    TableUpkeep(local, "one", ManualClock(wall_us=time.time_ns() // 1000 + HOUR_US)).run()
    assert len(list_commits(local)) < 30
    assert recover(local, DISK) == []
    assert sorted(read_events(local)) == sorted(f"e{n}" for n in range(1, 60))
    assert DeltaTable(str(local)).transaction_version("a" * 32) == 59
    again = LogWriter(local).commit([build_batch(59, 60, event=at_minutes)])
    assert again[0].rows_duplicate == 1  # type: ignore[union-attr]


def test_a_writer_that_was_idle_while_another_tidied_the_log_goes_on(local: Path) -> None:
    """Two servers over one table: commits that it never synced are gone, summed up in a synced checkpoint."""
    idle, busy = LogWriter(local), LogWriter(local)
    idle.commit([build_batch(1, 1, producer=SECOND, event=at_minutes)])
    for offset in range(1, 60):
        busy.commit([build_batch(offset, offset, event=at_minutes)])
        busy.checkpoint_if_due()
    for path in (local / "_delta_log").glob("*.json"):
        os.utime(path, (time.time() - 2 * 3600,) * 2)
    TableUpkeep(local, "one", ManualClock(wall_us=RECEIVED_US)).run()
    assert min(list_commits(local)) > 2
    idle.commit([build_batch(2, 2, producer=SECOND, event=at_minutes)])
    assert len(read_events(local)) == 61


def test_old_files_of_a_day_stay_for_seven_days_after_its_last_rewrite(local: Path) -> None:
    """The log forgets within an hour what a rewrite took out; the day's new file tells."""
    fill(local, 3)
    old = [file.path for file in list_live_files(open_table(local))]
    assert all(compact(local, bundle, DISK) for bundle in plan(local))
    (new,) = list_live_files(open_table(local))
    for path in old:
        os.utime(local / path, (time.time() - 3 * WEEK_SECONDS,) * 2)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("wakeline.loglake.vacuum._list_removed_lately", lambda *_: set())
        assert vacuum(local, DISK) == []
        os.utime(local / new.path, (time.time() - WEEK_SECONDS - 60,) * 2)
        assert sorted(vacuum(local, DISK)) == sorted(old)


def test_an_event_of_35_columns_takes_at_most_150_bytes(local: Path) -> None:
    chance = random.Random(1)

    def event(offset: int) -> dict[str, Any]:
        features: dict[str, Any] = {f"n{index}": round(chance.gauss(100, 20), 2) for index in range(8)}
        features |= {f"c{index}": chance.choice(["UA", "AA", "DL", "B6"]) for index in range(4)}
        id_ = f"0199{offset:08x}-7000-8000-{uuid.UUID(int=chance.getrandbits(128)).hex[:12]}"
        return describe(offset) | {
            "event_id": id_, "prediction_id": id_, "query_id": id_, "row_index": 0,
            "event_time": APRIL_US + offset * 1_000_000, "project": "FLIGHTS",
            "deployment_id": "FLIGHTS-on-local", "infrastructure_id": "local", "service_id": "flights",
            "endpoint_id": "arrival-delay", "generation": "1", "arm": "primary", "model_id": "delay",
            "model_version": "v1", "engine": "row-plan", "node_id": "n1", "features": features,
            "timing": {"score": chance.randrange(900)},
        }  # fmt: skip

    writer = LogWriter(local)
    for index in range(4):
        writer.commit([build_batch(index * 2500 + 1, (index + 1) * 2500, event=event)])
    upkeep = TableUpkeep(local, "one", ManualClock(wall_us=time.time_ns() // 1000 + HOUR_US))
    upkeep.run()
    (file,) = list_live_files(open_table(local))
    assert len(pq.read_schema(local / file.path).names) >= 35
    assert file.bytes / file.row_count <= 150
    assert read_data_id(file.path)
