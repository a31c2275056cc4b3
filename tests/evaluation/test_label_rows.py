"""Rows to label and rows to train on: which are chosen, and that names and types are the model's."""

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.evaluation.world import SCHEMA, World, draw_rows, write_model
from wakeline.core.errors import InvalidInputError, NotFoundError
from wakeline.core.schema import ModelSchema, Task
from wakeline.evaluation.label_sample import Strategy, sample_rows
from wakeline.evaluation.training_rows import stream_training_rows

DAY = date(2013, 4, 1)


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    write_model(world.model, draw_rows(400, 0))
    return world


def train(world: World, schema: ModelSchema = SCHEMA) -> pa.Table:
    return pa.Table.from_batches(list(stream_training_rows(world.open("2013-04"), schema)))


def test_labelled_rows_are_left_out_of_a_sample(world: World) -> None:
    rows = draw_rows(100, 1)
    ids = [*world.log(DAY, rows[:50]), *world.log(date(2013, 4, 2), rows[50:])]
    world.post((key, "true") for key in ids[:90])
    found = sample_rows(world.open("2013-04"), count=20, strategy=Strategy.RANDOM)
    assert sorted(found["prediction_id"].to_pylist()) == sorted(ids[90:])
    assert found.column_names == [
        "prediction_id",
        "event_time",
        "features.dep hour",
        "features.temp",
        "features.carrier",
        "prediction",
        "label",
    ]
    assert found["label"].null_count == 10
    by_id = dict(zip(ids, rows, strict=True))
    for row in found.to_pylist():
        assert row["features.dep hour"] == by_id[row["prediction_id"]]["features"]["dep hour"]
        assert row["prediction"] == by_id[row["prediction_id"]]["prediction"]


def test_strategies_choose_what_they_say(world: World) -> None:
    rows = draw_rows(200, 1)
    ids = world.log(DAY, rows)
    log = world.open("2013-04")
    first = sample_rows(log, count=30, strategy=Strategy.RANDOM)["prediction_id"].to_pylist()
    assert first == sample_rows(log, count=30, strategy=Strategy.RANDOM)["prediction_id"].to_pylist()
    other = sample_rows(log, count=30, strategy=Strategy.RANDOM, seed=1)["prediction_id"].to_pylist()
    assert first != other
    newest = sample_rows(log, count=30, strategy=Strategy.NEWEST)["prediction_id"].to_pylist()
    assert newest == ids[:-31:-1]
    margins = {key: abs(2 * row["probas"]["true"] - 1) for key, row in zip(ids, rows, strict=True)}
    uncertain = sample_rows(log, count=30, strategy=Strategy.UNCERTAIN)["prediction_id"].to_pylist()
    assert [margins[key] for key in uncertain] == sorted(margins.values())[:30]


def test_nothing_to_label_is_told(world: World) -> None:
    ids = world.log(DAY, [{**row, "probas": {}} for row in draw_rows(3, 1)])
    with pytest.raises(InvalidInputError, match="no probabilities"):
        sample_rows(world.open("2013-04"), count=1, strategy=Strategy.UNCERTAIN)
    world.post((key, "true") for key in ids)
    with pytest.raises(NotFoundError, match=r"no prediction of April 2013 waits"):
        sample_rows(world.open("2013-04"), count=1, strategy=Strategy.RANDOM)


def test_training_rows_have_the_names_and_types_of_the_model(world: World) -> None:
    rows = draw_rows(60, 1)
    ids = [*world.log(DAY, rows[:30]), *world.log(date(2013, 4, 2), rows[30:])]
    world.log(DAY, draw_rows(5, 2), status=422)
    world.post((key, row["label"]) for key, row in list(zip(ids, rows, strict=True))[:50])
    table = train(world)
    assert table.schema.names == ["dep hour", "temp", "carrier", "late", "event_time"]
    assert table.schema.types == [
        pa.float64(),
        pa.float64(),
        pa.string(),
        pa.bool_(),
        pa.timestamp("us", tz="UTC"),
    ]
    expected = [{**row["features"], "late": row["label"] == "true"} for row in rows[:50]]
    assert table.drop(["event_time"]).to_pylist() == expected


@pytest.mark.parametrize(
    ("labels", "type_", "values"),
    [
        (["0", "1"], pa.int64(), [0, 1]),
        (["0.5", "1"], pa.float64(), [0.5, 1.0]),
        (["a", "1"], pa.string(), ["a", "1"]),
        (["true", "false"], pa.bool_(), [True, False]),
        (["true", "maybe"], pa.string(), ["true", "maybe"]),
    ],
)
def test_the_target_has_the_type_of_its_classes(
    world: World, labels: list[str], type_: pa.DataType, values: list[Any]
) -> None:
    ids = world.log(DAY, draw_rows(2, 1))
    world.post(zip(ids, labels, strict=True))
    schema = ModelSchema(Task.BINARY, SCHEMA.features, "late", tuple(sorted(set(labels))), 0.5)
    table = train(world, schema)
    assert (table["late"].type, table["late"].to_pylist()) == (type_, values)


def test_without_labels_there_is_nothing_to_train_on(world: World) -> None:
    world.log(DAY, draw_rows(2, 1))
    with pytest.raises(NotFoundError, match=r"no prediction of April 2013 has a label yet"):
        train(world)


def test_a_regression_needs_numbers(world: World) -> None:
    ids = world.log(DAY, [{**row, "prediction": 1.5, "probas": {}} for row in draw_rows(2, 1)])
    schema = ModelSchema(Task.REGRESSION, SCHEMA.features, "delay")
    world.post(zip(ids, ["2", "3.5"], strict=True))
    assert train(world, schema)["delay"].to_pylist() == [2.0, 3.5]
    world.post([(ids[0], "late")], at=date(2013, 7, 1))
    with pytest.raises(InvalidInputError, match="no numbers, such as 'late'"):
        train(world, schema)
