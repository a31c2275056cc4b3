"""Named corruptions of a spool folder, one test each: none stops a start, each is counted and reported."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.spool.folders import QUERIES, claim_all, copy_as_killed, drain_all, make_events, make_outbox, store
from wakeline.core.errors import BrokenFileError
from wakeline.core.event import DropReason
from wakeline.spool.counters import counters_path, read_totals
from wakeline.spool.drain import Drain
from wakeline.spool.folder import clear_leftovers, set_aside
from wakeline.spool.layout import list_spools, lock_path, wal_path


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """A file of 20 groups of 5 events: half of it in the database, half in the log, all of it durable."""
    outbox = make_outbox(tmp_path / "living")
    for start in range(0, 50, 5):
        store(outbox, QUERIES, make_events(5, size=600, start=start + 1))
    outbox._writer.checkpoint._finish("TRUNCATE")
    for start in range(50, 100, 5):
        store(outbox, QUERIES, make_events(5, size=600, start=start + 1))
    path = copy_as_killed(outbox.path, tmp_path / "spool")
    outbox.close()
    return path


def open_and_drain(path: Path) -> None:
    drain = Drain.open(path)
    try:
        drain_all(drain, QUERIES)
    finally:
        drain.close()


def assert_set_aside(path: Path, *, events_max: int) -> None:
    """It is out of the way, counted, nothing of it is thrown away, and the next start works."""
    with pytest.raises(BrokenFileError) as raised:
        open_and_drain(path)
    assert set_aside(path, raised.value.message)
    assert list_spools(path.parent) == []
    assert (path.parent / "broken" / path.name).exists()
    totals = read_totals(path.parent)
    assert (totals.broken_files, totals.broken_events_max) == (1, events_max)
    outbox = make_outbox(path.parent, keeps_identifiers=True)
    store(outbox, QUERIES, make_events(1))
    outbox.close()
    drain = Drain.open(outbox.path)
    assert len(drain_all(drain, QUERIES)) == 1
    drain.close()


def test_empty_file(killed: Path) -> None:
    killed.write_bytes(b"")
    wal_path(killed).unlink()
    assert_set_aside(killed, events_max=100)


def test_not_a_database(killed: Path) -> None:
    killed.write_bytes(b"nothing of ours, but long enough to be taken for a header" * 200)
    wal_path(killed).unlink()
    assert_set_aside(killed, events_max=100)


def test_a_database_of_somebody_else(killed: Path) -> None:
    killed.unlink()
    wal_path(killed).unlink()
    with sqlite3.connect(killed) as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()
    assert_set_aside(killed, events_max=100)


def test_a_format_of_the_future(killed: Path) -> None:
    connection = sqlite3.connect(killed)
    connection.execute("PRAGMA user_version=99")
    connection.close()
    assert_set_aside(killed, events_max=100)


def test_torn_database_file(killed: Path) -> None:
    wal_path(killed).unlink()
    killed.write_bytes(killed.read_bytes()[: 8 * 4096 + 100])
    assert_set_aside(killed, events_max=100)


def test_overwritten_pages(killed: Path) -> None:
    content = bytearray(killed.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    killed.write_bytes(content)
    wal_path(killed).unlink()
    assert_set_aside(killed, events_max=100)


def test_a_log_torn_anywhere_leaves_a_prefix_and_declares_the_rest(killed: Path) -> None:
    whole = wal_path(killed).read_bytes()
    prefixes = set()
    for size in range(0, len(whole), 2_500):
        folder = killed.parent / str(size)
        path = copy_as_killed(killed, folder, log_bytes=size)
        drain = Drain.open(path)
        events = drain_all(drain, QUERIES)
        kept = len(events)
        assert events == list(enumerate(make_events(kept, size=600), start=1))
        assert 50 <= kept < 100
        (total,) = drain.totals()
        assert (total.appended, total.shipped, total.dropped) == (100, kept, {DropReason.LOST: 100 - kept})
        assert drain.remove_if_drained()
        prefixes.add(kept)
    assert len(prefixes) > 5


def test_missing_log(killed: Path) -> None:
    wal_path(killed).unlink()
    drain = Drain.open(killed)
    assert [offset for offset, _ in drain_all(drain, QUERIES)] == list(range(1, 51))
    assert drain.totals()[0].dropped == {DropReason.LOST: 50}
    drain.close()


def test_flipped_bits_in_the_log(killed: Path) -> None:
    content = bytearray(wal_path(killed).read_bytes())
    content[len(content) // 2] ^= 0x10
    wal_path(killed).write_bytes(content)
    drain = Drain.open(killed)
    events = drain_all(drain, QUERIES)
    assert events == list(enumerate(make_events(len(events), size=600), start=1))
    assert sum(drain.totals()[0].dropped.values()) == 100 - len(events)
    drain.close()


def test_a_log_of_another_file(killed: Path) -> None:
    other = make_outbox(killed.parent.parent / "other")
    store(other, QUERIES, make_events(3, size=5_000))
    shutil.copy(wal_path(other.path), wal_path(killed))
    other.close()
    drain = Drain.open(killed)
    assert drain_all(drain, QUERIES) == []
    assert drain.totals()[0].dropped == {DropReason.LOST: 100}
    drain.close()


def test_a_damaged_event_costs_its_group_only(killed: Path) -> None:
    connection = sqlite3.connect(killed)
    connection.execute("UPDATE groups SET payload = zeroblob(length(payload)) WHERE id & 0xFFFFFFFFFFFF = 11")
    connection.commit()
    connection.close()
    drain = Drain.open(killed)
    offsets = [offset for offset, _ in drain_all(drain, QUERIES)]
    assert offsets == [*range(1, 11), *range(16, 101)]
    assert drain.totals()[0].dropped == {DropReason.LOST: 5}
    drain.close()


def test_groups_that_are_gone_are_declared_lost(killed: Path) -> None:
    connection = sqlite3.connect(killed)
    connection.execute("DELETE FROM groups WHERE id & 0xFFFFFFFFFFFF IN (11, 16, 31)")
    connection.commit()
    connection.close()
    drain = Drain.open(killed)
    offsets = [offset for offset, _ in drain_all(drain, QUERIES)]
    assert offsets == [*range(1, 11), *range(21, 31), *range(36, 101)]
    assert drain.totals()[0].dropped == {DropReason.LOST: 15}
    drain.close()


def test_missing_lock(killed: Path) -> None:
    lock_path(killed).unlink()
    drain = Drain.open(killed)
    assert len(drain_all(drain, QUERIES)) == 100
    assert drain.remove_if_drained()


def test_torn_lock(killed: Path) -> None:
    content = lock_path(killed).read_bytes()
    lock_path(killed).write_bytes(content[:-3])
    drain = Drain.open(killed)
    assert len(drain_all(drain, QUERIES)) == 100
    assert drain.totals()[0].dropped == {}
    drain.close()


def test_nonsense_in_the_lock(killed: Path) -> None:
    lock_path(killed).write_bytes(b"\x7f" * 1_000)
    drain = Drain.open(killed)
    assert len(drain_all(drain, QUERIES)) == 100
    assert drain.totals()[0].dropped == {}
    drain.close()


def test_nonsense_in_the_shared_memory_file(killed: Path) -> None:
    killed.with_name(killed.name + "-shm").write_bytes(b"\xff" * 32_768)
    drain = Drain.open(killed)
    assert len(drain_all(drain, QUERIES)) == 100
    drain.close()


def test_missing_file_with_companions_left(killed: Path) -> None:
    killed.unlink()
    wal_path(killed).unlink()
    assert list_spools(killed.parent) == []
    clear_leftovers(killed.parent)
    assert list(killed.parent.iterdir()) == []


def test_a_start_that_was_killed_halfway(killed: Path) -> None:
    half = killed.with_name("0" * 32 + ".spool.creating")
    half.write_bytes(b"half")
    lock_path(half.with_suffix("")).touch()
    clear_leftovers(killed.parent)
    assert not half.exists()
    assert killed.exists()


def test_leftovers_of_a_living_start_stay(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path)
    outbox.path.rename(tmp_path / "away")
    clear_leftovers(tmp_path)
    assert lock_path(outbox.path).exists()
    (tmp_path / "away").rename(outbox.path)
    outbox.close()


def test_broken_counters(killed: Path) -> None:
    counters_path(killed.parent).write_bytes(b"not a database at all, to be sure" * 100)
    drain = Drain.open(killed)
    drain_all(drain, QUERIES)
    assert drain.remove_if_drained()
    assert read_totals(killed.parent).events == {"shipped": 100}
    assert len(list(killed.parent.glob("counters.sqlite.broken-*"))) == 1


def test_a_broken_neighbour_does_not_stop_a_start(killed: Path) -> None:
    killed.write_bytes(b"x" * 10_000)
    outbox = make_outbox(killed.parent, keeps_identifiers=True)
    assert outbox.append_new(QUERIES, [b"1"], ["a"]) == [True]
    outbox.close()


def test_a_file_of_a_living_owner_is_never_set_aside(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path)
    assert not set_aside(outbox.path, "by mistake")
    store(outbox, QUERIES, make_events(1))
    drain = Drain.open(outbox.path)
    assert claim_all(drain, QUERIES) is not None
    drain.close()
    outbox.close()
