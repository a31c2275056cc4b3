"""Erasing rows from a log: those that a key names and no other, from every file, beside writers at work."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.loglake.posted import APRIL_US, SECOND, STREAM, build_batch, describe
from tests.loglake.stores import find_place, run_store
from wakeline.loglake.commit import LogWriter, commit_batches
from wakeline.loglake.compaction import compact, plan_compaction
from wakeline.loglake.datafile import write_rewrite
from wakeline.loglake.erasure import RowKey, erase_rows, find_prediction_ids
from wakeline.loglake.file_names import FileKind
from wakeline.loglake.layout import locate_table
from wakeline.loglake.place import Place
from wakeline.loglake.rewrite import list_live_files, read_stored_rows
from wakeline.loglake.storage import find_storage
from wakeline.loglake.table import open_table
from wakeline.loglake.vacuum import list_stored_files
from wakeline.loglake.window import LogSnapshot

HOUR_AHEAD_US = 3_600_000_000


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with run_store() as found:
        yield found


@pytest.fixture(params=["disk", "store"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "disk":
        return locate_table(tmp_path, STREAM)
    place = find_place(request.getfixturevalue("endpoint"), f"erasure/{tmp_path.name}")
    return locate_table(place, STREAM)


def one_day(offset: int) -> dict[str, Any]:
    """Two of three events are of the customer 7: as a number, and as a text."""
    customer: Any = {0: 7, 1: "7", 2: f"c{offset}"}[offset % 3]
    features = {"customer": customer, "is_new": offset % 2 == 0, "distance": float(offset)}
    event = describe(offset) | {"event_time": APRIL_US + offset * 1_000_000, "features": features}
    return event | {"prediction_id": f"p{offset}"}


def read_ids(root: Place) -> list[str]:
    snapshot = LogSnapshot.open(root)
    columns = [snapshot.read_file(file, ["event_id"]).column(0) for file in snapshot.files()]
    return sorted(
        (event_id for column in columns for event_id in column.to_pylist()), key=lambda id_: int(id_[1:])
    )


def merge(root: Place) -> None:
    now_us = time.time_ns() // 1000 + HOUR_AHEAD_US
    for bundle in plan_compaction(list_live_files(open_table(root)), column_count=20, now_us=now_us):
        assert compact(root, bundle, find_storage(root))


def test_a_value_is_found_however_it_was_stored(root: Place) -> None:
    """In its column, or in the text column where it does not fit; nothing that looks alike."""
    for first in (1, 4, 7):
        commit_batches(root, [build_batch(first, first + 2, event=one_day)])
    key = RowKey(column="features.customer", value="7")
    assert find_prediction_ids(root, key) == {"p1", "p3", "p4", "p6", "p7", "p9"}
    before = {file.data_id for file in LogSnapshot.open(root).files()}
    erased = erase_rows(root, key)
    assert (erased.rows, erased.left, len(erased.days)) == (6, [], 1)
    assert read_ids(root) == ["e2", "e5", "e8"]
    assert not before & {file.data_id for file in LogSnapshot.open(root).files()}
    assert {file.path for file in list_stored_files(root)} == {
        file.path for file in LogSnapshot.open(root).files()
    }
    again = erase_rows(root, key)
    assert (again.rows, again.files_deleted) == (0, 0)


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("features.is_new", "true", ["e1", "e3"]),
        ("features.distance", "2.0", ["e1", "e3", "e4"]),
        ("status", "200", []),
        ("features.distance", "far", ["e1", "e2", "e3", "e4"]),
        ("features.never_seen", "1", ["e1", "e2", "e3", "e4"]),
        ("prediction", "yes", []),
    ],
)
def test_values_are_compared_by_the_columns_type(
    tmp_path: Path, column: str, value: str, expected: list[str]
) -> None:
    root = locate_table(tmp_path, STREAM)
    commit_batches(root, [build_batch(1, 4, event=one_day)])
    erase_rows(root, RowKey(column=column, value=value))
    assert read_ids(root) == expected


def test_files_that_were_replaced_or_never_committed_lose_the_row_too(tmp_path: Path) -> None:
    root = locate_table(tmp_path, STREAM)
    for first in (1, 4):
        commit_batches(root, [build_batch(first, first + 2, event=one_day)])
    (first_file, *_) = list_live_files(open_table(root))
    rows, attempts = read_stored_rows(root, first_file)
    disk = find_storage(root)
    fresh = write_rewrite(root, rows, disk, kind=FileKind.RUN, day=first_file.day, attempts=attempts)
    old = write_rewrite(root, rows, disk, kind=FileKind.RUN, day=first_file.day, attempts=attempts)
    os.utime(root / old.path, (time.time() - 7200,) * 2)
    merge(root)
    assert len(list_stored_files(root)) == 5
    erased = erase_rows(root, RowKey(frozenset({"p2"})))
    # Nobody knows whether the fresh one is just being committed.
    assert (erased.rows, erased.left) == (1, [fresh.path])
    assert read_ids(root) == ["e1", "e3", "e4", "e5", "e6"]
    left = {file.path for file in list_stored_files(root)}
    assert old.path not in left
    assert first_file.path not in left


def test_writers_and_merges_at_work_lose_nothing_else(tmp_path: Path) -> None:
    root = locate_table(tmp_path, STREAM)
    commit_batches(root, [build_batch(1, 30, event=one_day)])

    def append() -> None:
        writer = LogWriter(root)
        for offset in range(31, 61):
            first, dropped = (1, [(1, 30, "rejected")]) if offset == 31 else (offset, [])
            writer.commit([build_batch(first, offset, producer=SECOND, event=one_day, dropped=dropped)])

    with ThreadPoolExecutor(2) as threads:
        appending = threads.submit(append)
        while not appending.done():
            now_us = time.time_ns() // 1000 + HOUR_AHEAD_US
            for bundle in plan_compaction(list_live_files(open_table(root)), column_count=20, now_us=now_us):
                compact(root, bundle, find_storage(root))
            erase_rows(root, RowKey(column="features.customer", value="7"))
        appending.result()
    erase_rows(root, RowKey(column="features.customer", value="7"))
    assert read_ids(root) == [f"e{n}" for n in range(1, 61) if n % 3 == 2]


KILLED = """
import sys, time
from pathlib import Path
from wakeline.core.clock import ManualClock
from wakeline.loglake.upkeep import TableUpkeep
root = Path(sys.argv[1])
while True:
    TableUpkeep(root, "killed", ManualClock(wall_us=time.time_ns() // 1000 + 3_600_000_000)).run()
"""


@pytest.mark.slow
def test_upkeep_that_is_killed_again_and_again_leaves_every_row_once(tmp_path: Path) -> None:
    root = locate_table(tmp_path, STREAM)
    writer = LogWriter(root)
    offset = 0
    for round_ in range(6):
        for _ in range(4):
            offset += 1
            writer.commit([build_batch(offset, offset, event=one_day)])
        process = subprocess.Popen([sys.executable, "-c", KILLED, str(root)])
        time.sleep(0.9 + 0.13 * round_)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        assert read_ids(root) == [f"e{n}" for n in range(1, offset + 1)]
    merge(root)
    assert read_ids(root) == [f"e{n}" for n in range(1, offset + 1)]
