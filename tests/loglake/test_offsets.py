"""Exactly once, as rules: any repetition, reordering and regrouping of batches equals intake once."""

from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.loglake.posted import FIRST, SECOND, THIRD
from wakeline.loglake.offsets import (
    FENCED_OFFSET,
    Fenced,
    Gap,
    Ledger,
    Settled,
    Unknown,
    order_batches,
)
from wakeline.wire.frame import FrameHeader


def head(first: int, last: int, *, producer: Any = FIRST, dropped: Any = (), **given: Any) -> Any:
    return FrameHeader(
        producer=producer,
        topic="t",
        routing_key="r",
        endpoint="e",
        first=first,
        last=last,
        dropped=list(dropped),
        **given,
    )


def list_offsets(header: Any) -> Any:
    gone = {n for first, last, _ in header.dropped for n in range(first, last + 1)}
    return [n for n in range(header.first, header.last + 1) if n not in gone]


class Table:
    """The model: transactions and rows, committed group by group."""

    def __init__(self) -> None:
        self.transactions: dict[str, int] = {}
        self.rows: list[tuple[str, int]] = []

    def commit(self, *headers: Any) -> Any:
        ledger = Ledger(self.transactions.get)
        outcomes = {}
        for index in order_batches(headers):
            header = headers[index]
            offsets = list_offsets(header)
            outcome, floor = ledger.settle(header, offsets)
            outcomes[index] = outcome
            if isinstance(outcome, Settled):
                fresh = [n for n in offsets if n > floor]
                assert outcome.rows_stored == len(fresh)
                self.rows += [(header.producer, n) for n in fresh]
        self.transactions.update(ledger.moved)
        return [outcomes[index] for index in range(len(headers))]


@st.composite
def deliveries(draw: Any) -> Any:
    """A producer's offsets cut into batches in several ways, repeated, shuffled and grouped."""
    total = draw(st.integers(1, 30))
    dropped = draw(st.sets(st.integers(1, total)))
    batches = []
    for _ in range(draw(st.integers(1, 3))):
        cuts = sorted(draw(st.sets(st.integers(1, total - 1)))) if total > 1 else []
        edges = [0, *cuts, total]
        batches += [(low + 1, high) for low, high in pairwise(edges)]
    batches = draw(st.permutations(batches * draw(st.integers(1, 2))))
    groups, rest = [], list(batches)
    while rest:
        size = draw(st.integers(1, len(rest)))
        groups.append(rest[:size])
        rest = rest[size:]
    return total, dropped, groups


def with_drops(first: int, last: int, dropped: Any) -> Any:
    return head(first, last, dropped=[(n, n, "spool_full") for n in range(first, last + 1) if n in dropped])


@given(deliveries())
@settings(max_examples=300)
def test_any_delivery_equals_intake_once(delivery: Any) -> None:
    total, dropped, groups = delivery
    table = Table()
    for group in groups:
        table.commit(*(with_drops(first, last, dropped) for first, last in group))
    while table.transactions.get(FIRST, 0) < total:  # the shipper sends again what a gap refused
        table.commit(with_drops(table.transactions.get(FIRST, 0) + 1, total, dropped))
    expected = [(FIRST, n) for n in range(1, total + 1) if n not in dropped]
    assert sorted(table.rows) == expected
    assert table.transactions == {FIRST: total}


@given(deliveries(), st.integers(0, 30), st.integers(0, 30))
@settings(max_examples=300)
def test_replacing_a_lost_producer_stores_each_offset_at_most_once(
    delivery: Any, stored: int, acknowledged: int
) -> None:
    """Old and new batches may come in any order and company; what was acknowledged is never asked for."""
    total, dropped, groups = delivery
    acknowledged = min(acknowledged, total)
    stored = min(stored, total)
    table = Table()
    if stored:
        table.commit(with_drops(1, stored, dropped))
    table.rows.clear()
    for group in groups:
        table.commit(
            *(
                FrameHeader(
                    **{
                        **{name: getattr(with_drops(first, last, dropped), name) for name in FIELDS},
                        "producer": SECOND if (first + last) % 2 else FIRST,
                        "replaces": [FIRST] if (first + last) % 2 else [],
                        "acknowledged": acknowledged,
                    }
                )
                for first, last in group
            )
        )
    offsets = [n for _, n in table.rows]
    assert len(offsets) == len(set(offsets))
    if SECOND in table.transactions:
        assert table.transactions[FIRST] == FENCED_OFFSET
        reached = table.transactions[SECOND]
        lost = set(range(stored + 1, acknowledged + 1))
        expected = {n for n in range(stored + 1, reached + 1) if n not in dropped} - lost
        assert set(offsets) >= expected


FIELDS = ("topic", "routing_key", "endpoint", "first", "last", "dropped")


def test_a_gap_names_the_next_offset_and_stores_nothing() -> None:
    table = Table()
    table.commit(head(1, 5))
    assert table.commit(head(8, 9)) == [Gap(FIRST, 6)]
    assert table.transactions == {FIRST: 5}


def test_a_first_batch_that_overtook_another_is_a_gap() -> None:
    assert Table().commit(head(101, 200)) == [Gap(FIRST, 1)]


def test_a_hole_within_a_batch_is_a_gap_only_where_it_is_not_stored() -> None:
    table = Table()
    outcome, _ = Ledger({FIRST: 2}.get).settle(head(1, 4), [1, 2, 4])
    assert outcome == Gap(FIRST, 3)
    outcome, _ = Ledger({FIRST: 3}.get).settle(head(1, 4), [1, 2, 4])
    assert isinstance(outcome, Settled)
    assert table.rows == []


def test_overlap_stores_the_new_part() -> None:
    table = Table()
    table.commit(head(1, 5))
    (outcome,) = table.commit(head(3, 8))
    assert (outcome.rows_stored, outcome.rows_duplicate, outcome.stored_offset) == (3, 3, 8)


def test_contiguous_batches_of_a_group_count_as_one_in_any_order() -> None:
    table = Table()
    outcomes = table.commit(head(6, 9), head(1, 3), head(4, 5))
    assert [outcome.stored_offset for outcome in outcomes] == [9, 3, 5]
    assert len(table.rows) == 9


def test_drops_alone_move_the_offset() -> None:
    table = Table()
    (outcome,) = table.commit(head(1, 7, dropped=[(1, 5, "spool_full"), (6, 7, "dead_letter")]))
    assert (outcome.events_dropped, outcome.dead_letters, outcome.rows_stored) == (5, 2, 0)
    assert table.transactions == {FIRST: 7}


def test_a_table_that_lost_what_was_acknowledged_does_not_know_the_producer() -> None:
    table = Table()
    assert table.commit(head(11, 12, acknowledged=10)) == [Unknown(FIRST, 0)]
    table.transactions[FIRST] = 4
    assert table.commit(head(11, 12, acknowledged=10)) == [Unknown(FIRST, 4)]


def test_a_new_id_takes_over_and_fences_the_old_one() -> None:
    table = Table()
    table.commit(head(1, 4))
    renewed = head(11, 12, producer=SECOND, acknowledged=10, replaces=[FIRST])
    (outcome,) = table.commit(renewed)
    assert (outcome.stored_offset, outcome.rows_stored) == (12, 2)
    assert table.commit(head(5, 6)) == [Fenced(FIRST)]
    (again,) = table.commit(renewed)
    assert (again.stored_offset, again.rows_duplicate) == (12, 2)
    third = head(11, 12, producer=THIRD, acknowledged=10, replaces=[FIRST])
    assert table.commit(third) == [Fenced(THIRD)]


def test_an_overtaken_batch_under_a_new_id_waits_for_the_one_before() -> None:
    table = Table()
    second = head(21, 30, producer=SECOND, acknowledged=10, replaces=[FIRST])
    assert table.commit(second) == [Gap(SECOND, 11)]
    table.commit(head(11, 20, producer=SECOND, acknowledged=10, replaces=[FIRST]))
    table.commit(second)
    assert len(table.rows) == 20


def test_without_deduplication_rows_are_stored_again() -> None:
    ledger = Ledger({FIRST: 5}.get, deduplicate=False)
    outcome, floor = ledger.settle(head(1, 5), [1, 2, 3, 4, 5])
    assert isinstance(outcome, Settled)
    assert (outcome.rows_stored, floor) == (5, 0)


def test_a_third_id_names_both_former_ones_and_doubles_nothing() -> None:
    """The second one was stored, but its answer was lost: neither it nor the first is skipped."""
    table = Table()
    table.commit(head(1, 4))
    table.commit(head(3, 8, producer=SECOND, acknowledged=2, replaces=[FIRST]))
    third = head(3, 9, producer=THIRD, acknowledged=2, replaces=[FIRST, SECOND])
    (outcome,) = table.commit(third)
    assert (outcome.stored_offset, outcome.rows_stored) == (9, 1)
    assert table.commit(head(9, 9, producer=SECOND, acknowledged=2)) == [Fenced(SECOND)]
    assert len({n for _, n in table.rows}) == len(table.rows) == 9


def test_a_third_id_goes_on_where_the_second_never_arrived() -> None:
    table = Table()
    table.commit(head(1, 4))
    (outcome,) = table.commit(head(3, 9, producer=THIRD, acknowledged=2, replaces=[FIRST, SECOND]))
    assert (outcome.stored_offset, outcome.rows_stored) == (9, 5)
    assert table.commit(head(3, 9, producer=SECOND, acknowledged=2, replaces=[FIRST])) == [Fenced(SECOND)]
