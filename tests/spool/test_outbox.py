import asyncio
import os
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.spool.folders import LABELS, QUERIES, claim_all, drain_all, make_events, make_outbox, store
from wakeline.core.clock import ManualClock
from wakeline.core.errors import InvalidInputError, TooLargeError, UnavailableError
from wakeline.core.event import DropReason, Durability, Stream, WhenFull
from wakeline.core.limits import EVENT_BYTES_MAX, SPOOL_BYTES_MIN, SPOOL_STREAMS_MAX
from wakeline.spool.drain import Drain
from wakeline.spool.group_commit import GroupCommit
from wakeline.spool.outbox import Outbox

MEBIBYTE = SPOOL_BYTES_MIN


def test_offsets_count_from_one_in_each_stream(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path)
    assert outbox.append(QUERIES, make_events(3)) == (1, 3)
    assert outbox.append(LABELS, make_events(1)) == (1, 1)
    assert outbox.append(QUERIES, make_events(2)) == (4, 5)
    outbox.commit()
    assert outbox.append(QUERIES, make_events(1)) == (6, 6)
    assert outbox.statistics().pending == 1
    outbox.close()


def test_events_come_out_as_they_went_in(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path)
    events = [b"", b"\0\xff\n", "naïve".encode(), b"x" * 100_000]
    outbox.append(QUERIES, events)
    outbox.close()
    drain = Drain.open(outbox.path)
    assert [event for _, event in drain_all(drain, QUERIES)] == events
    drain.close()


def test_only_what_is_safe_on_the_disk_is_claimed(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path)
    outbox.append(QUERIES, make_events(2))
    outbox.commit()
    drain = Drain.open(outbox.path)
    assert claim_all(drain, QUERIES) is None
    assert drain.safe_offsets() == {}
    outbox.synchronise()
    outbox.append(QUERIES, make_events(2))
    outbox.commit()
    assert drain.safe_offsets() == {QUERIES: 2}
    claim = claim_all(drain, QUERIES)
    assert claim is not None
    assert (claim.first, claim.last) == (1, 2)
    assert not drain.is_owner_gone()
    drain.close()
    outbox.close()


def test_under_buffered_a_thread_commits_soon(tmp_path: Path) -> None:
    outbox = Outbox.create(tmp_path, durability=Durability.BUFFERED)
    outbox.append(QUERIES, make_events(5))
    outbox.commit()
    deadline = time.monotonic() + 5
    while outbox.statistics().pending or not outbox.statistics().durable:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    outbox.close()


def test_under_fsync_a_commit_is_durable_at_once(tmp_path: Path) -> None:
    outbox = Outbox.create(tmp_path, durability=Durability.FSYNC)
    outbox.append(QUERIES, make_events(5))
    outbox.commit()
    assert outbox.statistics().durable
    outbox.close()


def test_appends_from_many_threads_keep_every_event(tmp_path: Path) -> None:
    outbox = Outbox.create(tmp_path, durability=Durability.WRITTEN)

    def work(number: int) -> None:
        for index in range(200):
            outbox.append(QUERIES, [f"{number}-{index}".encode()])
            outbox.commit()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outbox.close()
    drain = Drain.open(outbox.path)
    events = drain_all(drain, QUERIES)
    assert [offset for offset, _ in events] == list(range(1, 801))
    assert {event for _, event in events} == {f"{n}-{i}".encode() for n in range(4) for i in range(200)}
    drain.close()


def test_when_full_the_oldest_go_and_are_declared(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path, bytes_max=MEBIBYTE)
    for start in range(1, 61):
        store(outbox, QUERIES, make_events(1, size=40_000, start=start))
    drain = Drain.open(outbox.path)
    (dropped,) = drain.dropped(QUERIES, 1, 60)
    assert (dropped.first, dropped.reason) == (1, DropReason.SPOOL_FULL)
    assert 35 < dropped.last < 60
    assert outbox.statistics().used_bytes <= MEBIBYTE
    assert outbox.statistics().dropped == {DropReason.SPOOL_FULL: dropped.last}
    assert [offset for offset, _ in drain_all(drain, QUERIES)] == list(range(dropped.last + 1, 61))
    drain.close()
    outbox.close()


def test_when_full_the_oldest_of_all_streams_go_first(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path, bytes_max=MEBIBYTE)
    for start in range(1, 6):
        store(outbox, LABELS, make_events(1, size=40_000, start=start))
    for start in range(1, 19):
        store(outbox, QUERIES, make_events(1, size=40_000, start=start))
    drain = Drain.open(outbox.path)
    assert drain.dropped(LABELS, 1, 5)
    assert not drain.dropped(QUERIES, 1, 20)
    drain.close()
    outbox.close()


def test_what_is_claimed_is_never_dropped(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path, bytes_max=MEBIBYTE)
    store(outbox, QUERIES, make_events(10, size=30_000))
    drain = Drain.open(outbox.path)
    claim = claim_all(drain, QUERIES)
    assert claim is not None
    for start in range(11, 61):
        store(outbox, QUERIES, make_events(1, size=40_000, start=start))
    assert [offset for offset, _ in drain.read(claim)] == list(range(1, 11))
    assert drain.dropped(QUERIES, 1, 60)[0].first == 11
    drain.close()
    outbox.close()


def test_an_append_larger_than_the_bound_is_dropped_itself(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path, bytes_max=MEBIBYTE)
    store(outbox, QUERIES, make_events(40, size=50_000))
    store(outbox, QUERIES, make_events(1))
    drain = Drain.open(outbox.path)
    assert [offset for offset, _ in drain_all(drain, QUERIES)] == [41]
    assert drain.totals()[0].dropped == {DropReason.SPOOL_FULL: 40}
    drain.close()
    outbox.close()


def test_drop_newest_keeps_what_is_there(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path, bytes_max=MEBIBYTE, when_full=WhenFull.DROP_NEWEST)
    for start in range(1, 61):
        store(outbox, QUERIES, make_events(1, size=40_000, start=start))
    drain = Drain.open(outbox.path)
    (dropped,) = drain.dropped(QUERIES, 1, 60)
    assert dropped.last == 60
    assert [offset for offset, _ in drain_all(drain, QUERIES)] == list(range(1, dropped.first))
    drain.close()
    outbox.close()


def test_refuse_raises_until_there_is_room_again(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path, bytes_max=MEBIBYTE, when_full=WhenFull.REFUSE)
    kept = 0
    while kept < 60 and _appends(outbox):
        kept += 1
    assert 15 < kept < 25
    with pytest.raises(UnavailableError, match="no room"):
        outbox.append(QUERIES, make_events(1, size=40_000))
    drain = Drain.open(outbox.path)
    assert len(drain_all(drain, QUERIES)) == kept
    assert outbox.append(QUERIES, make_events(1, size=40_000)) == (kept + 1, kept + 1)
    assert outbox.statistics().dropped == {}
    drain.close()
    outbox.close()


@pytest.mark.parametrize("when_full", [WhenFull.DROP_OLDEST, WhenFull.DROP_NEWEST])
def test_a_full_disk_drops_counted_and_the_next_commit_declares_it(
    tmp_path: Path, when_full: WhenFull
) -> None:
    outbox = make_outbox(tmp_path, when_full=when_full)
    store(outbox, QUERIES, make_events(2))
    with _full_disk(outbox):
        outbox.append(QUERIES, make_events(3, size=50_000))
        outbox.commit()
    assert "full" in str(outbox.statistics().last_error)
    store(outbox, QUERIES, make_events(1))
    drain = Drain.open(outbox.path)
    assert [offset for offset, _ in drain_all(drain, QUERIES)] == [1, 2, 6]
    assert drain.totals()[0].dropped == {DropReason.SPOOL_FULL: 3}
    drain.close()
    outbox.close()


@pytest.mark.parametrize("failure", [OSError(22, "Invalid argument"), MemoryError(), KeyboardInterrupt()])
def test_whatever_ends_a_commit_leaves_no_offset_unaccounted_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    """Not only SQLite fails: an offset that is neither stored nor declared would stop the stream for ever."""
    outbox = make_outbox(tmp_path)
    store(outbox, QUERIES, make_events(2))

    def fail(*_: object) -> None:
        raise failure

    with monkeypatch.context() as patched:
        patched.setattr("wakeline.spool.writer.pack_group", fail)
        outbox.append(QUERIES, make_events(3))
        if isinstance(failure, Exception):
            outbox.commit()
        else:
            with pytest.raises(type(failure)):
                outbox.commit()
    store(outbox, QUERIES, make_events(1))
    drain = Drain.open(outbox.path)
    assert [offset for offset, _ in drain_all(drain, QUERIES)] == [1, 2, 6]
    assert drain.totals()[0].dropped == {DropReason.LOST: 3}
    drain.close()
    outbox.close()


def test_a_full_disk_refuses_where_the_setting_says_so(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path, when_full=WhenFull.REFUSE)
    with _full_disk(outbox):
        outbox.append(QUERIES, make_events(3, size=50_000))
        with pytest.raises(UnavailableError, match="full"):
            outbox.commit()
    outbox.append(QUERIES, make_events(1))
    outbox.commit()
    outbox.close()


def test_a_refusal_is_told_to_those_who_appended_while_the_commit_began(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their events went down with another caller's commit; their own call has to say so."""
    outbox = make_outbox(tmp_path, when_full=WhenFull.REFUSE)
    outbox.append(QUERIES, make_events(1, size=50_000))
    take = outbox._take_pending

    def append_and_take() -> object:
        outbox.append(QUERIES, make_events(1))
        return take()

    monkeypatch.setattr(outbox, "_take_pending", append_and_take)
    with _full_disk(outbox), pytest.raises(UnavailableError):
        outbox.commit()
    monkeypatch.setattr(outbox, "_take_pending", take)
    with pytest.raises(UnavailableError):
        outbox.commit()
    outbox.append(QUERIES, make_events(1))
    outbox.commit()
    outbox.close()


def test_a_refusal_is_told_to_those_who_appended_while_the_committing_thread_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They wait for the next commit, but their events have gone down with this one."""
    outbox = make_outbox(tmp_path, when_full=WhenFull.REFUSE)
    to_thread = asyncio.to_thread

    async def work() -> list[BaseException | None]:
        commits = GroupCommit(outbox, Durability.FSYNC)
        tasks = [asyncio.create_task(commits.store(QUERIES, make_events(1, size=50_000)))]

        async def start_slowly(*call: Any) -> Any:
            if len(tasks) == 1:
                tasks.append(asyncio.create_task(commits.store(QUERIES, make_events(1))))
                await asyncio.sleep(0)
                with _full_disk(outbox):
                    return await to_thread(*call)
            return await to_thread(*call)

        monkeypatch.setattr(asyncio, "to_thread", start_slowly)
        while len(tasks) < 2:
            await asyncio.sleep(0)
        return await asyncio.gather(*tasks, return_exceptions=True)

    assert [type(outcome) for outcome in asyncio.run(work())] == [UnavailableError] * 2
    outbox.append(QUERIES, make_events(1))
    outbox.commit()
    outbox.close()


def test_drops_of_both_kinds_in_one_failed_commit_are_all_declared(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path, bytes_max=MEBIBYTE, when_full=WhenFull.DROP_NEWEST)
    outbox.append(QUERIES, make_events(12, size=50_000))
    outbox.append(QUERIES, make_events(12, size=50_000))
    with _full_disk(outbox):
        outbox.commit()
    store(outbox, QUERIES, make_events(1))
    drain = Drain.open(outbox.path)
    assert [offset for offset, _ in drain_all(drain, QUERIES)] == [25]
    assert drain.totals()[0].dropped == {DropReason.SPOOL_FULL: 24}
    drain.close()
    outbox.close()


def test_an_event_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path)
    with pytest.raises(TooLargeError):
        outbox.append(QUERIES, [b"x" * (EVENT_BYTES_MAX + 1)])
    assert outbox.append(QUERIES, [b"x"]) == (1, 1)
    outbox.close()


def test_streams_are_limited(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path)
    for number in range(SPOOL_STREAMS_MAX):
        outbox.append(Stream("topic", str(number), "_"), [b"x"])
    with pytest.raises(TooLargeError):
        outbox.append(QUERIES, [b"x"])
    outbox.close()


def test_a_bound_that_is_too_small_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError):
        make_outbox(tmp_path, bytes_max=MEBIBYTE - 1)


def test_every_start_makes_a_file_of_its_own(tmp_path: Path) -> None:
    first, second = make_outbox(tmp_path), make_outbox(tmp_path)
    assert first.producer != second.producer
    assert {path.stem for path in tmp_path.glob("*.spool")} == {first.producer, second.producer}
    first.close()
    second.close()


def test_a_forked_child_cannot_use_the_parents_file(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path)
    child = os.fork()
    if child == 0:
        try:
            outbox.append(QUERIES, [b"x"])
        except AssertionError:
            os._exit(0)
        os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    store(outbox, QUERIES, make_events(1))
    drain = Drain.open(outbox.path)
    assert not drain.is_owner_gone()
    drain.close()
    outbox.close()


def test_a_forked_child_does_not_store_what_its_parent_had_pending(tmp_path: Path) -> None:
    """Both would write the same offsets through one connection."""
    outbox = make_outbox(tmp_path)
    outbox.append(QUERIES, make_events(3))
    child = os.fork()
    if child == 0:
        try:
            outbox.commit()
        except AssertionError:
            os._exit(0)
        os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    outbox.close()
    drain = Drain.open(outbox.path)
    assert [offset for offset, _ in drain_all(drain, QUERIES)] == [1, 2, 3]
    drain.close()


def test_the_log_is_moved_into_the_database_while_commits_go_on(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path, bytes_max=4 * MEBIBYTE)
    log = outbox.path.with_name(outbox.path.name + "-wal")
    for start in range(1, 41):
        store(outbox, QUERIES, make_events(1, size=40_000, start=start))
        outbox.checkpoint()
    assert log.stat().st_size < MEBIBYTE
    drain = Drain.open(outbox.path)
    assert len(drain_all(drain, QUERIES)) == 40
    drain.close()
    outbox.close()


def test_a_failed_fdatasync_ends_the_process(tmp_path: Path) -> None:
    script = f"""
import os
from pathlib import Path
from typing import Any
from tests.spool.folders import QUERIES, make_events, make_outbox
def fail(descriptor):
    raise OSError(5, "Input/output error")
outbox = make_outbox(Path({str(tmp_path)!r}))
os.fdatasync = fail
outbox.append(QUERIES, make_events(1))
outbox.commit()
outbox.synchronise()
print("still here")
"""
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.returncode == 74
    assert "still here" not in ended.stdout
    assert "fdatasync" in ended.stderr


def test_a_repeated_identifier_is_stored_once(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path, keeps_identifiers=True)
    assert outbox.append_new(LABELS, [b"1", b"2", b"3"], ["a", "b", "a"]) == [True, True, False]
    assert outbox.append_new(LABELS, [b"4"], ["a"]) == [False]
    outbox.commit()
    assert outbox.append_new(LABELS, [b"5", b"6", b"7"], ["a", None, None]) == [False, True, True]
    assert outbox.append_new(QUERIES, [b"8"], ["a"]) == [True]
    outbox.close()
    drain = Drain.open(outbox.path)
    assert [event for _, event in drain_all(drain, LABELS)] == [b"1", b"2", b"6", b"7"]
    drain.close()


def test_identifiers_outlive_their_file(tmp_path: Path) -> None:
    clock = ManualClock(wall_us=1_365_000_000_000_000)
    first = make_outbox(tmp_path, keeps_identifiers=True)
    first.append_new(LABELS, [b"1"], ["a"])
    first.close()
    second = make_outbox(tmp_path, keeps_identifiers=True)
    assert second.append_new(LABELS, [b"1", b"2"], ["a", "b"]) == [False, True]
    second.close()
    for outbox in (first, second):
        drain = Drain.open(outbox.path, clock=clock)
        drain_all(drain, LABELS)
        assert drain.remove_if_drained()
    third = make_outbox(tmp_path, keeps_identifiers=True)
    assert third.append_new(LABELS, [b"1", b"2", b"3"], ["a", "b", "c"]) == [False, False, True]
    third.close()


def test_identifiers_are_forgotten_after_a_week(tmp_path: Path) -> None:
    clock = ManualClock(wall_us=1_365_000_000_000_000)
    first = make_outbox(tmp_path, keeps_identifiers=True, clock=clock)
    first.append_new(LABELS, [b"1"], ["a"])
    first.close()
    clock.advance(7 * 86_400_000_000)
    second = make_outbox(tmp_path, keeps_identifiers=True, clock=clock)
    assert second.append_new(LABELS, [b"1"], ["a"]) == [True]
    second.close()


def test_a_repetition_hears_of_the_refusal_of_what_it_repeats(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path, when_full=WhenFull.REFUSE, keeps_identifiers=True)
    outbox.append_new(LABELS, [b"1" * 50_000], ["a"])
    appends = outbox.appends
    assert outbox.append_new(LABELS, [b"1" * 50_000], ["a"]) == [False]
    with _full_disk(outbox), pytest.raises(UnavailableError):
        outbox.commit(appends)
    with pytest.raises(UnavailableError):
        outbox.commit()
    assert outbox.append_new(LABELS, [b"1"], ["a"]) == [True]
    outbox.close()


def test_an_identifier_of_a_refused_commit_is_not_remembered(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path, when_full=WhenFull.REFUSE, keeps_identifiers=True)
    with _full_disk(outbox):
        outbox.append_new(LABELS, [b"1" * 50_000], ["a"])
        with pytest.raises(UnavailableError):
            outbox.commit()
    assert outbox.append_new(LABELS, [b"1"], ["a"]) == [True]
    outbox.close()


def _appends(outbox: Outbox) -> bool:
    try:
        store(outbox, QUERIES, make_events(1, size=40_000))
    except UnavailableError:
        return False
    return True


class _full_disk:  # noqa: N801 - reads as the statement it is used in
    """SQLite answers as on a full disk: the file may not grow by a page."""

    def __init__(self, outbox: Outbox) -> None:
        self._connection: sqlite3.Connection = outbox._writer.connection

    def __enter__(self) -> None:
        (pages,) = self._connection.execute("PRAGMA page_count").fetchone()
        self._connection.execute(f"PRAGMA max_page_count={pages}")

    def __exit__(self, *_: object) -> None:
        self._connection.execute("PRAGMA max_page_count=1073741823")
