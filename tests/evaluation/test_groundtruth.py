"""Labels late, repeated, corrected, out of order, unmatched: the last word counts, once."""

from datetime import date
from pathlib import Path

import pytest

from tests.evaluation.world import World, draw_rows, write_model
from wakeline.core.reading import Reading
from wakeline.core.status import Status
from wakeline.evaluation.result import EvaluationResult

DAY = date(2013, 4, 1)


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    write_model(world.model, draw_rows(400, 0))
    return world


def _accuracy(result: EvaluationResult) -> Reading:
    return next(reading for reading in result.readings if reading.metric == "accuracy")


def _log(world: World, count: int = 100, day: date = DAY) -> tuple[list[str], list[str]]:
    rows = draw_rows(count, 1)
    return world.log(day, rows), [row["prediction"] for row in rows]


def test_without_labels_performance_waits(world: World) -> None:
    _log(world)
    result = world.evaluate("2013-04-01")
    assert _accuracy(result).not_computed == "no labels yet"
    assert (result.labels.labelled, result.labels.waiting, result.labels.unmatched) == (0, 100, 0)
    assert "Performance is not known: no labels yet." in result.sentence


def test_labels_arrive_late_and_in_part(world: World) -> None:
    ids, predictions = _log(world)
    world.post(zip(ids[:40], predictions[:40], strict=True), at=date(2013, 7, 1))
    first = world.evaluate("2013-04-01")
    assert (first.labels.labelled, first.labels.waiting) == (40, 60)
    assert _accuracy(first).value == 1.0
    world.post(
        (
            (key, "true" if said == "false" else "false")
            for key, said in zip(ids[40:], predictions[40:], strict=True)
        )
    )
    second = world.evaluate("2013-04-01")
    assert (second.labels.labelled, second.labels.waiting) == (100, 0)
    assert _accuracy(second).value == 0.4
    assert first.fingerprint != second.fingerprint


def test_the_last_label_time_counts_whatever_the_order_of_arrival(world: World) -> None:
    ids, predictions = _log(world)
    wrong = ["true" if said == "false" else "false" for said in predictions]
    world.post(zip(ids, predictions, strict=True), at=date(2013, 6, 2))
    world.post(zip(ids, wrong, strict=True), at=date(2013, 6, 1))
    assert _accuracy(world.evaluate("2013-04-01")).value == 1.0
    world.post(zip(ids[:50], wrong[:50], strict=True), at=date(2013, 6, 3))
    assert _accuracy(world.evaluate("2013-04-01")).value == 0.5


def test_at_the_same_label_time_the_last_to_arrive_counts(world: World) -> None:
    ids, predictions = _log(world)
    wrong = ["true" if said == "false" else "false" for said in predictions]
    world.post(zip(ids, wrong, strict=True))
    world.post(zip(ids, predictions, strict=True))
    assert _accuracy(world.evaluate("2013-04-01")).value == 1.0
    both = [(key, label) for key, *pair in zip(ids, predictions, wrong, strict=True) for label in pair]
    world.post(both)
    assert _accuracy(world.evaluate("2013-04-01")).value == 0.0


def test_a_repeated_label_counts_once(world: World) -> None:
    ids, predictions = _log(world)
    for _ in range(3):
        world.post(zip(ids, predictions, strict=True))
    result = world.evaluate("2013-04-01")
    assert result.labels.labelled == 100
    assert _accuracy(result).value == 1.0


def test_unmatched_are_ids_that_no_row_of_the_log_has(world: World) -> None:
    ids, predictions = _log(world)
    others, _ = _log(world, 30, date(2013, 5, 1))
    refused = world.log(DAY, draw_rows(5, 2), status=422)
    known = [*zip(ids, predictions, strict=True), *((key, "true") for key in [*others, *refused])]
    strangers = [f"0190f8a2-7c1e-7a3b-8f00-{number:012x}" for number in range(30)]
    world.post([*known, *((key, "true") for key in strangers), (strangers[0], "false")])
    report = world.evaluate("2013-04-01").labels
    assert (report.labelled, report.waiting, report.unmatched) == (100, 0, 30)
    assert len(report.unmatched_ids) == 20
    assert set(report.unmatched_ids) <= set(strangers)
    assert world.report("2013-05").labelled == 30


def test_labels_that_are_no_class_are_told_and_not_counted(world: World) -> None:
    ids, predictions = _log(world)
    world.post((key, "maybe") for key in ids[:10])
    reason = _accuracy(world.evaluate("2013-04-01")).not_computed
    assert reason == "no label is one of the classes 'false', 'true'; found 'maybe'"
    world.post(zip(ids[10:], predictions[10:], strict=True))
    result = world.evaluate("2013-04-01")
    assert result.labels.labelled == 100
    assert _accuracy(result).value == 1.0


def test_a_label_that_came_before_its_prediction_matches_later(world: World) -> None:
    key = world.ids.mint()
    _log(world, 60)
    world.post([(key, "true")])
    before = world.evaluate("2013-04-01").labels
    assert (before.labelled, before.unmatched, before.unmatched_ids) == (0, 1, (key,))
    world.log(DAY, draw_rows(1, 5), prediction_id=key)
    after = world.evaluate("2013-04-01").labels
    assert (after.labelled, after.unmatched) == (1, 0)


def test_the_first_labels_are_no_verdict_on_the_model(world: World) -> None:
    """Two labels, both against the model: its AUC of 0 is not told from the reference's."""
    rows = draw_rows(300, 1)
    ids = world.log(DAY, rows)
    order = sorted(range(300), key=lambda place: rows[place]["probas"]["true"])
    world.post([(ids[order[0]], "true"), (ids[order[-1]], "false")])
    result = world.evaluate("2013-04-01")
    found = next(reading for reading in result.readings if reading.metric == "roc_auc")
    assert found.value == 0.0
    assert found.upper is not None
    assert found.reference_lower is not None
    assert found.upper > found.reference_lower
    assert result.status is Status.OK
