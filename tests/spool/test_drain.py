import os
import tracemalloc
from pathlib import Path

import pytest

from tests.spool.folders import (
    LABELS,
    QUERIES,
    claim_all,
    copy_as_killed,
    drain_all,
    make_events,
    make_outbox,
    store,
)
from wakeline.core.errors import NotFoundError
from wakeline.core.event import DroppedRange, DropReason
from wakeline.spool.counters import SHIPPED, list_dead_letters, read_totals
from wakeline.spool.drain import Claim, Drain
from wakeline.spool.layout import wal_path


def test_claims_follow_one_another_within_their_limits(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path)
    store(outbox, QUERIES, make_events(10, size=100))
    store(outbox, QUERIES, make_events(5, size=100))
    drain = Drain.open(outbox.path)
    ranges = []
    while claim := drain.claim(QUERIES, events_max=4, bytes_max=10_000):
        ranges.append((claim.first, claim.last))
    assert ranges == [(1, 4), (5, 8), (9, 12), (13, 15)]
    drain.close()
    outbox.close()


def test_a_claim_is_cut_by_bytes_but_holds_at_least_one_event(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path)
    store(outbox, QUERIES, [b"x" * 10, b"x" * 500, b"x" * 10, b"x" * 10])
    drain = Drain.open(outbox.path)
    ranges = []
    while claim := drain.claim(QUERIES, events_max=100, bytes_max=100):
        ranges.append((claim.first, claim.last))
    assert ranges == [(1, 1), (2, 2), (3, 4)]
    drain.close()
    outbox.close()


def test_claims_survive_and_are_the_same_after_a_restart(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path)
    store(outbox, QUERIES, make_events(10))
    drain = Drain.open(outbox.path)
    claims = [drain.claim(QUERIES, events_max=3, bytes_max=1 << 20, rules_version=7) for _ in range(2)]
    frames = [drain.read(claim) for claim in claims if claim]
    drain.close()
    store(outbox, QUERIES, make_events(10))
    again = Drain.open(outbox.path)
    assert again.claims(QUERIES) == claims
    assert [again.read(claim) for claim in again.claims(QUERIES)] == frames
    assert again.claims(QUERIES)[0].rules_version == 7
    again.close()
    outbox.close()


def test_an_acknowledgement_may_end_within_a_claim(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path)
    store(outbox, QUERIES, make_events(10))
    drain = Drain.open(outbox.path)
    claim_all(drain, QUERIES, events_max=6)
    drain.acknowledge(QUERIES, 4)
    assert drain.acknowledged(QUERIES) == 4
    (rest,) = drain.claims(QUERIES)
    assert (rest.first, rest.last) == (5, 6)
    assert [offset for offset, _ in drain.read(rest)] == [5, 6]
    drain.acknowledge(QUERIES, 2)
    assert drain.acknowledged(QUERIES) == 4
    drain.close()
    outbox.close()


def test_an_acknowledgement_beyond_the_claims_settles_no_more_than_them(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path)
    store(outbox, QUERIES, make_events(10))
    drain = Drain.open(outbox.path)
    claim_all(drain, QUERIES, events_max=6)
    drain.acknowledge(QUERIES, 1_000)
    assert drain.acknowledged(QUERIES) == 6
    drain.close()
    outbox.close()


def test_a_dead_letter_is_kept_and_its_offset_declared(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path)
    store(outbox, QUERIES, make_events(5))
    drain = Drain.open(outbox.path)
    claim = claim_all(drain, QUERIES)
    assert claim is not None
    drain.dead_letter(QUERIES, 3, "malformed-batch", "no")
    assert [offset for offset, _ in drain.read(claim)] == [1, 2, 4, 5]
    assert drain.dropped(QUERIES, 1, 5) == [DroppedRange(3, 3, DropReason.DEAD_LETTER)]
    (letter,) = drain.dead_letters()
    assert (letter.offset, letter.payload, letter.message) == (3, make_events(5)[2], "no")
    drain.acknowledge(QUERIES, 5)
    (entry,) = drain.totals()
    assert (entry.appended, entry.shipped, entry.spooled) == (5, 4, 0)
    assert entry.dropped == {DropReason.DEAD_LETTER: 1}
    drain.close()
    outbox.close()


def test_of_many_dead_letters_the_newest_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that lives for long may not fill up with them: events have to fit too."""
    monkeypatch.setattr("wakeline.spool.drain.SPOOL_DEAD_LETTERS_KEPT_MAX", 3)
    outbox = make_outbox(tmp_path)
    store(outbox, QUERIES, make_events(8))
    store(outbox, LABELS, make_events(8))
    drain = Drain.open(outbox.path)
    for stream in (QUERIES, LABELS):
        claim_all(drain, stream)
        drain.dead_letter(stream, 7, "malformed-batch", "no")
        drain.dead_letter(stream, 2, "malformed-batch", "no")
    kept = {(letter.stream, letter.offset) for letter in drain.dead_letters()}
    assert kept == {(QUERIES, 2), (LABELS, 7), (LABELS, 2)}
    assert drain.totals()[0].dropped == {DropReason.DEAD_LETTER: 2}
    drain.close()
    outbox.close()


def test_a_new_identity_stands_for_one_stream_until_replaced_and_acknowledged(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path)
    store(outbox, QUERIES, make_events(5))
    store(outbox, LABELS, make_events(5))
    drain = Drain.open(outbox.path)
    assert drain.identity(QUERIES).producer == outbox.producer
    identity = drain.replace_identity(QUERIES)
    assert identity.replaces == (outbox.producer,)
    assert identity.producer != outbox.producer
    assert drain.identity(LABELS).producer == outbox.producer
    drain.close()
    again = Drain.open(outbox.path)
    assert again.identity(QUERIES) == identity
    claim_all(again, QUERIES)
    again.acknowledge(QUERIES, 5)
    assert again.identity(QUERIES).producer == identity.producer
    assert again.identity(QUERIES).replaces == ()
    again.close()
    outbox.close()


def test_each_former_identity_is_named_until_one_is_acknowledged(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path)
    store(outbox, QUERIES, make_events(5))
    drain = Drain.open(outbox.path)
    second = drain.replace_identity(QUERIES)
    assert drain.replace_identity(QUERIES).replaces == (outbox.producer, second.producer)
    drain.close()
    outbox.close()


def test_a_new_identity_is_on_the_disk_before_it_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server fences the old one; a shipper that forgot the new one could never send again."""
    outbox = make_outbox(tmp_path / "living")
    store(outbox, QUERIES, make_events(5))
    synced = [wal_path(outbox.path).stat().st_size]
    monkeypatch.setattr(os, "fdatasync", lambda descriptor: synced.append(os.fstat(descriptor).st_size))
    drain = Drain.open(outbox.path)
    identity = drain.replace_identity(QUERIES)
    lost = copy_as_killed(outbox.path, tmp_path / "after-power-loss", log_bytes=synced[-1])
    drain.close()
    outbox.close()
    again = Drain.open(lost)
    assert again.identity(QUERIES) == identity
    again.close()


def test_a_long_night_of_drops_takes_no_memory(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path)
    store(outbox, QUERIES, make_events(5))
    outbox._lines[QUERIES].drop(3_000_000, DropReason.SPOOL_FULL)
    store(outbox, QUERIES, make_events(5))
    outbox.close()
    drain = Drain.open(outbox.path)
    claim = claim_all(drain, QUERIES)
    assert claim == Claim(QUERIES, 1, 3_000_010)
    tracemalloc.start()
    events = drain.read(claim)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [offset for offset, _ in events] == [*range(1, 6), *range(3_000_006, 3_000_011)]
    assert peak_bytes < 1_000_000
    drain.close()


def test_a_drained_file_goes_once_its_owner_is_gone_and_leaves_its_counters(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path)
    store(outbox, QUERIES, make_events(5))
    drain = Drain.open(outbox.path)
    claim_all(drain, QUERIES)
    drain.dead_letter(QUERIES, 2, "malformed-batch", "no")
    drain.acknowledge(QUERIES, 5)
    assert not drain.remove_if_drained()
    outbox.close()
    assert drain.remove_if_drained()
    assert [path.name for path in tmp_path.iterdir()] == ["counters.sqlite"]
    assert read_totals(tmp_path).events == {SHIPPED: 4, DropReason.DEAD_LETTER: 1}
    assert [letter.offset for letter in list_dead_letters(tmp_path)] == [2]


def test_a_file_that_holds_events_is_not_removed(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path)
    store(outbox, QUERIES, make_events(5))
    outbox.close()
    drain = Drain.open(outbox.path)
    assert not drain.remove_if_drained()
    claim_all(drain, QUERIES)
    assert not drain.remove_if_drained()
    drain.close()
    assert outbox.path.exists()


def test_counters_moved_twice_count_once(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path)
    store(outbox, QUERIES, make_events(5))
    drain = Drain.open(outbox.path)
    claim_all(drain, QUERIES)
    drain.acknowledge(QUERIES, 5)
    outbox.close()
    drain.close()
    kept = copy_as_killed(outbox.path, tmp_path / "kept")
    again = Drain.open(outbox.path)
    assert again.remove_if_drained()
    kept.rename(outbox.path)
    third = Drain.open(outbox.path)
    assert third.remove_if_drained()
    assert read_totals(tmp_path).events == {SHIPPED: 5}


def test_an_unfinished_sweep_is_finished_by_the_next_shipper(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path)
    for start in range(200):
        store(outbox, QUERIES, make_events(1, start=start))
    drain = Drain.open(outbox.path)
    claim_all(drain, QUERIES)
    drain._connection.execute("DELETE FROM claims")
    drain._connection.execute("UPDATE streams SET acknowledged = 200")
    outbox.close()
    drain.close()
    again = Drain.open(outbox.path)
    assert again._connection.execute("SELECT count(*) FROM groups").fetchone() == (0,)
    assert again.remove_if_drained()


def test_there_is_no_drain_without_a_file(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        Drain.open(tmp_path / "nothing.spool")
    assert not list(tmp_path.iterdir())


def test_reading_a_range_that_is_settled_gives_nothing(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path)
    store(outbox, QUERIES, make_events(5))
    drain = Drain.open(outbox.path)
    drain_all(drain, QUERIES)
    assert drain.read(Claim(QUERIES, 1, 5)) == []
    assert drain.totals()[0].oldest_at_us is None
    drain.close()
    outbox.close()
