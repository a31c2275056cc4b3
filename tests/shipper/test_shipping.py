import asyncio
import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.shipper.server import Memory, Reply, problem, serving
from tests.shipper.shipping import (
    fill,
    make_shipper,
    names,
    numbered,
    ship_until,
    ship_until_drained,
    write_keys,
)
from tests.spool.folders import LABELS, QUERIES, make_outbox, store
from wakeline.core.errors import ConflictError
from wakeline.core.event import DropReason
from wakeline.core.limits import SHIPPER_BATCH_EVENTS_MAX
from wakeline.spool.counters import SHIPPED, list_dead_letters, read_totals
from wakeline.spool.drain import Drain
from wakeline.spool.layout import list_spools
from wakeline.spool.outbox import Outbox
from wakeline.wire.frame import FrameHeader


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def url(memory: Memory) -> Iterator[str]:
    with serving(memory) as found:
        yield found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool"


def filled(folder: Path, last: int = 10) -> Outbox:
    outbox = make_outbox(folder)
    fill(outbox, 1, last)
    return outbox


def test_everything_arrives_in_order_and_the_file_goes(folder: Path, memory: Memory, url: str) -> None:
    outbox = filled(folder, 100)
    fill(outbox, 1, 7, LABELS)
    outbox.close()
    ship_until_drained(folder, url)
    assert memory.table(QUERIES).events == names(1, 100)
    assert memory.table(LABELS).events == names(1, 7)
    assert read_totals(folder).events == {SHIPPED: 107}


def test_a_living_spool_is_followed(folder: Path, memory: Memory, url: str) -> None:
    outbox = filled(folder, 5)
    ship_until(make_shipper(folder, url), lambda: len(memory.table(QUERIES).rows) == 5)
    fill(outbox, 6, 20)
    ship_until(make_shipper(folder, url), lambda: len(memory.table(QUERIES).rows) == 20)
    assert memory.table(QUERIES).events == names(1, 20)
    assert outbox.path.exists()
    outbox.close()


def test_many_events_go_in_several_batches_in_flight(folder: Path, memory: Memory, url: str) -> None:
    last = 3 * SHIPPER_BATCH_EVENTS_MAX + 17
    filled(folder, last).close()
    ship_until_drained(folder, url)
    assert memory.table(QUERIES).events == names(1, last)
    assert [header.last - header.first + 1 for header in memory.frames][:3] == [SHIPPER_BATCH_EVENTS_MAX] * 3


def test_an_unknown_status_is_tried_again(
    folder: Path, memory: Memory, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wakeline.shipper.pipe.SHIPPER_RETRY_SECONDS_MAX", 0.1)
    filled(folder).close()
    answers: list[Reply] = [
        (500, {}, {}),
        (503, {"type": "urn:wakeline:problem:no-destination"}, {}),
        (429, {}, {"Retry-After": "0.1"}),
        (422, {"type": "urn:somebody-else:malformed-batch"}, {}),
        (403, {}, {}),
        (200, {"nonsense": True}, {}),
        (409, {"type": "urn:wakeline:problem:conflict"}, {}),
    ]
    memory.faults = [lambda _, answer=answer: answer for answer in answers]  # type: ignore[misc]
    ship_until_drained(folder, url)
    assert memory.table(QUERIES).events == names(1, 10)
    assert len({(header.first, header.last) for header in memory.frames}) == 1
    assert read_totals(folder).events == {SHIPPED: 10}


def test_retry_after_is_honoured(folder: Path, memory: Memory, url: str) -> None:
    filled(folder).close()
    memory.faults = [lambda _: (429, {}, {"Retry-After": "1.5"})]
    begun = time.monotonic()
    ship_until_drained(folder, url)
    assert time.monotonic() - begun > 1.5
    assert len(memory.frames) == 2


def test_a_gap_is_filled_from_the_offset_that_is_expected(folder: Path, memory: Memory, url: str) -> None:
    """The server has more than the shipper knows acknowledged: the answer was lost with an old shipper."""
    outbox = filled(folder)
    memory.table(QUERIES).offsets[outbox.producer] = 4
    memory.table(QUERIES).rows = [(outbox.producer, number, str(number)) for number in range(1, 5)]
    memory.faults = [lambda _: problem(409, "gap", expected_offset=5)]
    outbox.close()
    ship_until_drained(folder, url)
    assert memory.table(QUERIES).events == names(1, 10)
    assert [(header.first, header.last) for header in memory.frames] == [(1, 10), (5, 10)]


def test_lost_state_gets_a_new_producer_that_names_the_old(folder: Path, memory: Memory, url: str) -> None:
    outbox = filled(folder, 5)
    ship_until(make_shipper(folder, url), lambda: is_settled(outbox, 5))
    memory.tables.clear()
    fill(outbox, 6, 10)
    outbox.close()
    ship_until_drained(folder, url)
    table = memory.table(QUERIES)
    assert table.events == names(6, 10)
    (replacing,) = {header.producer for header in memory.frames} - {outbox.producer}
    assert table.offsets == {outbox.producer: -1, replacing: 10}
    assert [header.replaces for header in memory.frames if header.producer == replacing] == [
        [outbox.producer]
    ]


def test_only_the_stream_that_lost_its_state_gets_a_new_producer(
    folder: Path, memory: Memory, url: str
) -> None:
    outbox = filled(folder, 5)
    fill(outbox, 1, 5, LABELS)
    both = lambda: is_settled(outbox, 5) and is_settled(outbox, 5, LABELS)  # noqa: E731
    ship_until(make_shipper(folder, url), both)
    del memory.tables[str(QUERIES)]
    fill(outbox, 6, 9)
    fill(outbox, 6, 9, LABELS)
    outbox.close()
    ship_until_drained(folder, url)
    assert memory.table(LABELS).offsets == {outbox.producer: 9}
    assert outbox.producer not in {p for p, offset in memory.table(QUERIES).offsets.items() if offset > 0}


def test_a_gap_below_what_is_acknowledged_counts_as_lost_state(
    folder: Path, memory: Memory, url: str
) -> None:
    outbox = filled(folder, 5)
    ship_until(make_shipper(folder, url), lambda: is_settled(outbox, 5))
    memory.tables.clear()
    memory.faults = [lambda _: problem(409, "gap", expected_offset=1)]
    fill(outbox, 6, 10)
    outbox.close()
    ship_until_drained(folder, url)
    assert memory.table(QUERIES).events == names(6, 10)


def test_a_fenced_stream_stops_and_says_so_while_others_go_on(folder: Path, memory: Memory, url: str) -> None:
    outbox = filled(folder)
    fill(outbox, 1, 5, LABELS)
    memory.standing = lambda header: problem(409, "fenced") if header.stream == QUERIES else None
    shipper = make_shipper(folder, url)
    ship_until(
        shipper, lambda: len(memory.table(LABELS).rows) == 5 and "fenced" in str(shipper.status().last_error)
    )
    assert len([header for header in memory.frames if header.stream == QUERIES]) == 1
    assert memory.table(QUERIES).rows == []
    outbox.close()


def test_malformed_batches_are_halved_down_to_the_bad_events(folder: Path, memory: Memory, url: str) -> None:
    """The server refuses 7, 8 and 33 of 40; it knows no more than that a batch holds one of them."""
    bad = {7, 8, 33}
    filled(folder, 40).close()

    def refuse(header: FrameHeader) -> Reply | None:
        declared = {o for entry in header.dropped_ranges for o in range(entry.first, entry.last + 1)}
        holds = set(range(header.first, header.last + 1)) & bad - declared
        return problem(422, "malformed-batch", detail="it holds a bad event") if holds else None

    memory.standing = refuse
    ship_until_drained(folder, url)
    table = memory.table(QUERIES)
    assert table.events == [name for name in names(1, 40) if int(name) not in bad]
    assert table.dropped == dict.fromkeys(bad, DropReason.DEAD_LETTER)
    assert {letter.offset for letter in list_dead_letters(folder)} == bad
    assert read_totals(folder).events == {SHIPPED: 37, DropReason.DEAD_LETTER: 3}


def test_events_that_cannot_be_packed_are_dead_lettered_here(folder: Path, memory: Memory, url: str) -> None:
    outbox = make_outbox(folder)
    store(outbox, QUERIES, [*numbered(1, 3), b"not json", b"[]", *numbered(6, 8)])
    outbox.close()
    ship_until_drained(folder, url)
    assert memory.table(QUERIES).events == [*names(1, 3), *names(6, 8)]
    assert {letter.offset: letter.payload for letter in list_dead_letters(folder)} == {
        4: b"not json",
        5: b"[]",
    }


def test_a_batch_that_is_too_large_goes_in_halves(folder: Path, memory: Memory, url: str) -> None:
    filled(folder, 40).close()
    memory.standing = lambda header: (413, {}, {}) if header.last - header.first >= 10 else None
    ship_until_drained(folder, url)
    assert memory.table(QUERIES).events == names(1, 40)
    assert list_dead_letters(folder) == []


def test_drops_are_declared_and_cover_their_offsets(folder: Path, memory: Memory, url: str) -> None:
    outbox = make_outbox(folder, bytes_max=1 << 20)
    store(outbox, QUERIES, numbered(1, 5))
    for number in range(6, 50):
        (event,) = numbered(number, number)
        store(outbox, QUERIES, [event + b" " * 60_000])
    outbox.close()
    ship_until_drained(folder, url)
    table = memory.table(QUERIES)
    assert table.dropped
    assert set(table.dropped.values()) == {DropReason.SPOOL_FULL}
    assert [int(event) for event in table.events] == [n for n in range(1, 50) if n not in table.dropped]


def test_claims_are_sent_again_unchanged_after_a_restart(folder: Path, memory: Memory, url: str) -> None:
    outbox = filled(folder)
    drain = Drain.open(outbox.path)
    drain.claim(QUERIES, events_max=4, bytes_max=1 << 20, rules_version=3)
    drain.close()
    fill(outbox, 11, 20)
    outbox.close()
    ship_until_drained(folder, url)
    assert (memory.frames[0].first, memory.frames[0].last, memory.frames[0].rules_version) == (1, 4, 3)
    assert memory.table(QUERIES).events == names(1, 20)


def test_a_lost_answer_doubles_nothing(folder: Path, memory: Memory, url: str) -> None:
    """The server stores the batch and the answer is lost: it comes again and is recognised."""
    filled(folder).close()

    def lose(header: FrameHeader) -> Reply:
        memory.store(header, [(number, str(number)) for number in range(header.first, header.last + 1)])
        return 502, {}, {}

    memory.faults = [lose]
    ship_until_drained(folder, url)
    assert memory.table(QUERIES).events == names(1, 10)
    assert len(memory.frames) == 2


def test_old_files_of_the_folder_are_shipped_too(folder: Path, memory: Memory, url: str) -> None:
    first, second = make_outbox(folder), make_outbox(folder)
    fill(first, 1, 5)
    fill(second, 6, 10)
    second.close()
    ship_until(make_shipper(folder, url), lambda: list_spools(folder) == [first.path])
    assert sorted(memory.table(QUERIES).events, key=int) == names(1, 10)
    first.close()


def test_a_broken_file_is_set_aside_and_the_others_are_shipped(
    folder: Path, memory: Memory, url: str
) -> None:
    filled(folder).close()
    (folder / ("0" * 32 + ".spool")).write_bytes(b"x" * 5_000)
    ship_until_drained(folder, url)
    assert memory.table(QUERIES).events == names(1, 10)
    assert read_totals(folder).broken_files == 1


def test_a_file_that_breaks_while_it_is_read_is_set_aside(folder: Path, memory: Memory, url: str) -> None:
    outbox = make_outbox(folder)
    for number in range(1, 40):
        fill(outbox, number, number)
        store(outbox, LABELS, [b"x" * 50_000])
    outbox.close()
    content = bytearray(outbox.path.read_bytes())
    (root,) = sqlite3.connect(outbox.path).execute("SELECT rootpage FROM sqlite_master WHERE name = 'claims'")
    begin = (root[0] - 1) * 4096
    content[begin : begin + 4096] = b"\xa5" * 4096
    outbox.path.write_bytes(content)
    ship_until_drained(folder, url)
    assert read_totals(folder).broken_files == 1
    assert (folder / "broken" / outbox.path.name).exists()


def test_two_shippers_do_not_share_a_folder(
    folder: Path, memory: Memory, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wakeline.shipper.ship._LOCK_SECONDS_MAX", 0.3)
    filled(folder, 50).close()

    async def run_two() -> None:
        first = asyncio.ensure_future(make_shipper(folder, url).run())
        await asyncio.sleep(0.05)
        with pytest.raises(ConflictError, match="another shipper"):
            await make_shipper(folder, url).run()
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)

    asyncio.run(run_two())
    assert memory.table(QUERIES).events == names(1, 50)


def test_the_next_server_takes_over_while_the_owner_is_down(folder: Path, memory: Memory, url: str) -> None:
    filled(folder).close()
    ship_until_drained(folder, "http://127.0.0.1:9", url, "http://127.0.0.1:9/")
    assert memory.table(QUERIES).events == names(1, 10)


def test_a_redirect_to_the_owner_is_followed_with_the_key(folder: Path, memory: Memory, url: str) -> None:
    owner = Memory()
    with serving(owner) as owner_url:
        memory.standing = lambda _: (307, {}, {"Location": f"{owner_url}/v1/events"})
        filled(folder).close()
        ship_until_drained(folder, url)
    assert owner.table(QUERIES).events == names(1, 10)


def test_published_servers_and_rules_are_used(folder: Path, memory: Memory, url: str) -> None:
    owner = Memory()
    with serving(owner) as owner_url:
        memory.published = {"servers": [{"url": owner_url}], "rules_version": 12}
        owner.published = memory.published
        outbox = filled(folder, 1)
        shipper = make_shipper(folder, url)
        ship_until(shipper, lambda: shipper._courier.servers.rules_version == 12)
        fill(outbox, 2, 9)
        outbox.close()
        ship_until(make_shipper(folder, owner_url), lambda: not list_spools(folder))
    assert sorted(memory.table(QUERIES).events + owner.table(QUERIES).events)
    assert owner.frames[-1].rules_version in (0, 12)


@pytest.mark.parametrize(
    "published",
    [
        {"servers": 5, "rules_version": "x"},
        {"servers": {"url": "http://127.0.0.1:9"}},
        {"servers": [5, None, {"url": 7}, {"url": "http://["}, {"url": "http://127.0.0.1:99999999"}]},
        [1],
    ],
)
def test_nonsense_that_is_published_changes_nothing(
    folder: Path, memory: Memory, url: str, published: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wakeline.shipper.servers._REFRESH_SECONDS", 0.0)
    memory.published = published
    outbox = filled(folder)
    shipper = make_shipper(folder, url)
    ship_until(shipper, lambda: memory.asked > 1)
    outbox.close()
    ship_until_drained(folder, url)
    assert memory.table(QUERIES).events == names(1, 10)


def test_a_gap_that_stays_is_a_trouble_that_shows(folder: Path, memory: Memory, url: str) -> None:
    """One is usual, after a restart; a stream that waits for ever must not look healthy."""
    outbox = filled(folder)
    memory.standing = lambda _: problem(409, "gap", expected_offset=1)
    shipper = make_shipper(folder, url)
    ship_until(shipper, lambda: "misses offset 1" in str(shipper.status().last_error))
    assert len(memory.frames) > 2
    memory.standing = None
    outbox.close()
    ship_until_drained(folder, url)
    assert memory.table(QUERIES).events == names(1, 10)


def test_a_key_that_is_replaced_is_read_again(folder: Path, memory: Memory, url: str) -> None:
    filled(folder).close()
    keys_file = write_keys(folder.parent, "an-old-key")
    shipper = make_shipper(folder, url, keys_file=keys_file)

    def replace_key() -> bool:
        if "401" in str(shipper.status().last_error):
            write_keys(folder.parent)
        return not list_spools(folder)

    ship_until(shipper, replace_key)
    assert memory.table(QUERIES).events == names(1, 10)


def test_the_status_file_says_what_waits_and_why(folder: Path, memory: Memory, url: str) -> None:
    outbox = filled(folder)
    memory.standing = lambda _: (503, {"detail": "not now"}, {})
    shipper = make_shipper(folder, url)
    status_file = folder.parent / "shipper.json"
    ship_until(shipper, lambda: status_file.exists() and "not now" in status_file.read_text())
    status = json.loads(status_file.read_text())
    assert status["spooled_events"] == 10
    assert status["spooled_bytes"] > 0
    assert status["oldest_age_s"] > 0
    assert status["shipped"] == 0
    memory.standing = None
    outbox.close()
    ship_until_drained(folder, url)
    outbox = make_outbox(folder)
    ship_until(make_shipper(folder, url), lambda: json.loads(status_file.read_text())["shipped"] == 10)
    status = json.loads(status_file.read_text())
    assert (status["spooled_events"], status["last_error"], status["oldest_age_s"]) == (0, None, None)
    outbox.close()


def test_what_is_not_counted_yet_is_said_to_be_unread(folder: Path, memory: Memory, url: str) -> None:
    """A report that no event waits is believed, so a shipper that has only just started may not give it."""
    filled(folder).close()
    memory.standing = lambda _: (503, {"detail": "not now"}, {})
    status_file = folder.parent / "shipper.json"
    reports: list[dict[str, int]] = []

    def look() -> bool:
        if status_file.exists():
            reports.append(json.loads(status_file.read_text()))
        return bool(reports) and reports[-1]["spooled_events"] == 10

    ship_until(make_shipper(folder, url), look)
    assert {(one["spooled_events"], one["unread_files"]) for one in reports} == {(0, 1), (10, 0)}


def is_settled(outbox: Outbox, last: int, stream: object = QUERIES) -> bool:
    return any(entry.stream == stream and entry.shipped == last for entry in outbox.statistics().streams)
