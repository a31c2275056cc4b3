"""A real process is killed while it writes: what it had committed is there, in order and unchanged."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.spool.folders import QUERIES, copy_as_killed, drain_all, make_events, make_outbox, store
from wakeline.core.event import Durability
from wakeline.spool.drain import Drain
from wakeline.spool.layout import list_spools, wal_path

WRITER = """
import itertools, os, sys
from pathlib import Path
from tests.spool.folders import QUERIES
from wakeline.core.event import Durability
from wakeline.spool.outbox import Outbox

outbox = Outbox.create(Path(sys.argv[1]), durability=Durability(sys.argv[2]), bytes_max=64 * 1024 * 1024)
for number in itertools.count(1):
    outbox.append(QUERIES, [b"%d:" % number + b"x" * (number * 7919 % 3000)])
    outbox.commit()
    os.write(1, b"%d\\n" % number)
"""


@pytest.mark.slow
@pytest.mark.parametrize("durability", [Durability.WRITTEN, Durability.FSYNC])
def test_kill_9_of_a_writer_loses_nothing_that_was_committed(tmp_path: Path, durability: Durability) -> None:
    chance = random.Random(20130401)
    for _ in range(5):
        folder = tmp_path / str(chance.random())
        answered = _write_until_killed(folder, durability, seconds=chance.uniform(0.05, 0.6))
        (path,) = list_spools(folder)
        drain = Drain.open(path)
        events = drain_all(drain, QUERIES)
        assert len(events) >= answered
        for offset, event in events:
            assert event == b"%d:" % offset + b"x" * (offset * 7919 % 3000)
        assert [offset for offset, _ in events] == list(range(1, len(events) + 1))
        assert drain.totals()[0].dropped == {}
        assert drain.remove_if_drained()


def _write_until_killed(folder: Path, durability: Durability, seconds: float) -> int:
    """The number that the process had answered last; a shipper reads meanwhile."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), durability.value], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    drain = Drain.open(list_spools(folder)[0])
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if drain.streams() and (claim := drain.claim(QUERIES, events_max=50, bytes_max=1 << 20)):
            drain.read(claim)
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    answers = first + process.stdout.read()
    process.wait()
    process.stdout.close()
    drain.close()
    return len(answers.splitlines()) if answers.endswith(b"\n") else len(answers.splitlines()) - 1


@settings(max_examples=40, deadline=None)
@given(
    sizes=st.lists(st.integers(0, 9_000), min_size=1, max_size=12),
    synced=st.integers(0, 12),
    torn=st.floats(0, 1),
)
def test_a_power_loss_leaves_a_prefix_that_holds_everything_durable(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], synced: int, torn: float
) -> None:
    folder = tmp_path_factory.mktemp("power")
    outbox = make_outbox(folder / "living")
    events = [event for number, size in enumerate(sizes, 1) for event in make_events(1, size, number)]
    safe_bytes = 0
    for number, event in enumerate(events, 1):
        outbox.append(QUERIES, [event])
        outbox.commit()
        if number == synced:
            outbox.synchronise()
            safe_bytes = wal_path(outbox.path).stat().st_size
    log_bytes = wal_path(outbox.path).stat().st_size
    path = copy_as_killed(
        outbox.path, folder / "lost", log_bytes=safe_bytes + round(torn * (log_bytes - safe_bytes))
    )
    outbox.close()
    drain = Drain.open(path)
    found = drain_all(drain, QUERIES) if QUERIES in drain.streams() else []
    assert found == list(enumerate(events, 1))[: len(found)]
    assert len(found) >= min(synced, len(events)) or synced > len(events)
    assert all(not entry.dropped for entry in drain.totals())
    drain.close()


def test_two_readers_of_one_file_do_not_disturb_its_owner(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path)
    store(outbox, QUERIES, make_events(10))
    one, other = Drain.open(outbox.path), Drain.open(outbox.path)
    assert one.claim(QUERIES, events_max=5, bytes_max=1 << 20) is not None
    second = other.claim(QUERIES, events_max=5, bytes_max=1 << 20)
    assert second is not None
    assert second.first == 6
    store(outbox, QUERIES, make_events(1))
    one.close()
    other.close()
    outbox.close()
