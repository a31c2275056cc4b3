"""Labels by business key: to the last answered prediction with that key at or before the label's time."""

import random
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.evaluation.world import World, draw_rows, write_model
from wakeline.core.business_key import check_business_key
from wakeline.core.clock import start_of_day
from wakeline.core.errors import InvalidInputError
from wakeline.evaluation.business_key import read_keys

KEY = "features.flight"
APRIL, MAY = start_of_day(date(2013, 4, 1)), start_of_day(date(2013, 5, 1))
HOUR = 3_600_000_000


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    write_model(world.model, draw_rows(400, 0))
    return world


def log(world: World, key: Any, day: date = date(2013, 4, 1), at_us: int | None = None, **given: Any) -> str:
    row = draw_rows(1, 1)[0]
    row["features"]["flight"] = key
    extra = {} if at_us is None else {"event_time": at_us}
    (prediction_id,) = world.log(day, [row], **extra, **given)
    return prediction_id


def test_a_label_goes_to_the_last_prediction_before_it(world: World) -> None:
    for hour in (0, 2, 4):
        log(world, "AA-1", at_us=APRIL + hour * HOUR)
    world.post_by_key([("AA-1", "true", APRIL + 3 * HOUR)])
    found = world.report("2013-04-01", KEY)
    assert (found.labelled, found.waiting, found.unmatched) == (1, 2, 0)
    assert (found.delay_median_us, found.delay_p90_us) == (HOUR, HOUR)
    world.post_by_key([("AA-1", "true", APRIL + 4 * HOUR), ("AA-1", "false", APRIL)])
    assert world.report("2013-04-01", KEY).labelled == 3


def test_a_later_prediction_outside_the_window_takes_the_label(world: World) -> None:
    log(world, "AA-1")
    world.post_by_key([("AA-1", "true", MAY + 2 * HOUR)])
    assert world.report("2013-04-01", KEY).labelled == 1
    log(world, "AA-1", date(2013, 5, 1), model_version="v2")
    assert world.report("2013-04-01", KEY).labelled == 0
    assert world.report("2013-05-01", KEY).labelled == 1
    assert world.report("2013-04-01", KEY).unmatched == 0


def test_refused_queries_and_shadows_take_no_label(world: World) -> None:
    log(world, "AA-1")
    log(world, "AA-1", at_us=APRIL + HOUR, status=422)
    log(world, "AA-1", at_us=APRIL + HOUR, arm="shadow")
    world.post_by_key([("AA-1", "true", APRIL + 2 * HOUR)])
    assert world.report("2013-04-01", KEY).labelled == 1


def test_a_label_before_any_prediction_is_unmatched(world: World) -> None:
    log(world, "AA-1")
    world.post_by_key([("AA-1", "true", APRIL - HOUR), ("BB-2", "true", APRIL + HOUR)])
    found = world.report("2013-04-01", KEY)
    assert (found.labelled, found.unmatched, sorted(found.unmatched_ids)) == (0, 2, ["AA-1", "BB-2"])
    by_day = {entry.day.isoformat(): entry.unmatched for entry in found.days}
    assert by_day == {"2013-03-31": 1, "2013-04-01": 1}


def test_numbers_and_texts_are_one_key(world: World) -> None:
    for key in (17, 18.5, True, 2**60):
        log(world, key)
    world.post_by_key([(key, "true", MAY) for key in ("17", "18.5", "true", str(2**60))])
    assert world.report("2013-04-01", KEY).labelled == 4


def test_a_key_in_the_context(world: World) -> None:
    for order, context in (
        (1, {"order": 17}),
        (2, {"order": "18"}),
        (3, {"x": 1}),
        (4, None),
        (5, {"order": [1]}),
    ):
        log(world, order, context=context)
    world.post_by_key([("17", "true", MAY), ("18", "false", MAY)])
    found = world.report("2013-04-01", "context.order")
    assert (found.labelled, found.waiting, found.unmatched) == (2, 3, 0)


def test_both_kinds_of_labels_join_and_the_last_counts(world: World) -> None:
    prediction_id = log(world, "AA-1")
    world.post([(prediction_id, "true")], at=date(2013, 6, 1))
    world.post_by_key([("AA-1", "false", start_of_day(date(2013, 6, 2)))])
    assert world.evaluate("2013-04-01", business_key=KEY).labels.labelled == 1
    found = world.report("2013-04-01", KEY)
    assert (found.labelled, found.corrected) == (1, 1)
    assert found.days[0].corrected == 1


def test_without_a_declared_key_labels_by_key_are_unmatched(world: World) -> None:
    log(world, "AA-1")
    world.post_by_key([("AA-1", "true", MAY)])
    found = world.report("2013-04-01")
    assert (found.labelled, found.unmatched, found.unmatched_ids) == (0, 1, ("AA-1",))


def test_performance_is_that_of_the_joined_rows(world: World) -> None:
    rows = draw_rows(60, 3)
    for number, row in enumerate(rows):
        row["features"]["flight"] = f"F{number}"
    world.log(date(2013, 4, 1), rows)
    world.post_by_key((f"F{number}", row["prediction"], MAY) for number, row in enumerate(rows[:40]))
    result = world.evaluate("2013-04-01", business_key=KEY)
    accuracy = next(reading for reading in result.readings if reading.metric == "accuracy")
    assert (accuracy.value, result.labels.labelled, result.labels.waiting) == (1.0, 40, 20)
    assert result.settings["business_key"] == KEY


@pytest.mark.parametrize("seed", range(4))
def test_any_labels_join_as_a_search_by_hand_says(world: World, seed: int) -> None:
    draw = random.Random(seed)
    events: list[tuple[str, int, str]] = []
    for day in range(1, 7):
        rows, times = [], []
        for _ in range(12):
            row = draw_rows(1, draw.randrange(10**6))[0]
            row["features"]["flight"] = draw.choice("ABCDE")
            rows.append(row)
            times.append(start_of_day(date(2013, 4, day)) + draw.randrange(24) * HOUR + len(rows))
        for row, moment in zip(rows, times, strict=True):
            (prediction_id,) = world.log(date(2013, 4, day), [row], event_time=moment)
            events.append((row["features"]["flight"], moment, prediction_id))
    labels = [
        (draw.choice("ABCDEF"), draw.choice(["true", "false"]), APRIL + draw.randrange(-24, 8 * 24) * HOUR)
        for _ in range(60)
    ]
    world.post_by_key(labels[:25])
    world.post_by_key(labels[25:])
    owned: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    unmatched = set()
    for key, label, moment in labels:
        before = [event for event in events if event[0] == key and event[1] <= moment]
        if before:
            owned[max(before, key=lambda event: event[1])[2]].append((moment, len(owned), label))
    for key in {label[0] for label in labels}:
        first = min((event[1] for event in events if event[0] == key), default=None)
        if first is None or all(moment < first for found, _, moment in labels if found == key):
            unmatched.add(key)
    start, end = APRIL + 24 * HOUR, APRIL + 4 * 24 * HOUR
    inside = [event[2] for event in events if start <= event[1] < end]
    found = world.report("2013-04-02/2013-04-05", KEY)
    assert found.labelled == sum(prediction_id in owned for prediction_id in inside)
    assert set(found.unmatched_ids) == unmatched
    corrected = [len({label for _, _, label in owned[one]}) > 1 for one in inside if one in owned]
    assert found.corrected == sum(corrected)
    delays = sorted(
        min(moment for moment, _, _ in owned[event[2]]) - event[1]
        for event in events
        if event[2] in inside and event[2] in owned
    )
    assert found.delay_median_us is not None
    assert delays[0] <= found.delay_median_us <= delays[-1]


def test_values_that_overflow_are_keys_too() -> None:
    table = pa.table({KEY: [1.0, None, None], "features_text.flight": [None, "[1]", None]})
    assert read_keys(table, KEY).to_pylist() == ["1", "[1]", None]


@pytest.mark.parametrize("name", ["flight", "features.", "context.", "prediction"])
def test_what_is_no_key_is_refused(name: str) -> None:
    with pytest.raises(InvalidInputError, match=r"expected features\.<name> or context\.<name>"):
        check_business_key(name)
