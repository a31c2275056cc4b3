"""Logs that lack inputs, outputs, rows or types, and models of other tasks: each has a clear outcome."""

import math
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.stats

from tests.evaluation.world import SCHEMA, World, draw_rows, write_model
from wakeline.core.errors import InvalidInputError
from wakeline.core.reading import Reading
from wakeline.core.schema import Feature, FeatureRole, FeatureType, MissingPolicy, Task
from wakeline.core.status import Status
from wakeline.evaluation.result import EvaluationResult


def _read(result: EvaluationResult) -> dict[tuple[str, str | None], Reading]:
    indexed = {(reading.metric, reading.column): reading for reading in result.readings}
    assert len(indexed) == len(result.readings)
    return indexed


def _bare(world: World, rows: list[dict[str, Any]], **given: Any) -> EvaluationResult:
    write_model(world.model, draw_rows(500, 0))
    world.log(date(2013, 4, 1), rows, **given)
    return world.evaluate("2013-04-01")


def test_inputs_that_are_not_logged_are_not_drift(tmp_path: Path) -> None:
    result = _bare(World(tmp_path), [{"prediction": "true", "probas": {"true": 0.6, "false": 0.4}}] * 200)
    found = _read(result)
    for title in ("dep hour", "temp", "carrier"):
        assert found["psi", title].not_computed == "inputs not logged"
        assert found["drift_importance", title].not_computed == "inputs not logged"
    assert found["domain_classifier_auc", None].not_computed == "inputs not logged"
    assert found["drifted_share", None].not_computed == "inputs not logged"
    assert found["psi", "prediction"].value is not None
    assert {feature.status for feature in result.features} == {Status.EMPTY}


def test_outputs_that_are_not_logged_have_their_reason(tmp_path: Path) -> None:
    found = _read(_bare(World(tmp_path), [{"features": row["features"]} for row in draw_rows(200, 1)]))
    assert found["chi_square", "prediction"].not_computed == "outputs not logged"
    assert found["ks", "proba.true"].not_computed == "outputs not logged"
    assert found["psi", "carrier"].value is not None


def test_predictions_that_are_not_logged_are_not_wrong_ones(tmp_path: Path) -> None:
    """Outputs were switched off for a part of the window: what was logged is judged, the rest is not."""
    world, rows = World(tmp_path), draw_rows(300, 1)
    write_model(world.model, draw_rows(500, 0))
    blind = [{"features": row["features"]} for row in rows]
    ids = world.log(date(2013, 4, 1), blind[:200])
    world.post(zip(ids, [row["label"] for row in rows[:200]], strict=True))
    found = _read(world.evaluate("2013-04-01"))
    for name in ("accuracy", "precision", "recall", "f1"):
        assert found[name, None].not_computed == "predictions not logged"
    assert found["log_loss", None].not_computed == "probabilities not logged"
    seen = rows[200:]
    ids = world.log(date(2013, 4, 1), seen)
    world.post(zip(ids, [row["label"] for row in seen], strict=True))
    found = _read(world.evaluate("2013-04-01"))
    assert found["accuracy", None].value == np.mean([row["label"] == row["prediction"] for row in seen])
    late = [row for row in seen if row["label"] == "true"]
    assert found["recall", None].value == np.mean([row["prediction"] == "true" for row in late])


def test_a_feature_logged_in_another_type_has_its_reason(tmp_path: Path) -> None:
    rows = draw_rows(200, 1)
    for row in rows:
        row["features"]["temp"] = "hot"
    found = _read(_bare(World(tmp_path), rows))
    assert found["ks", "temp"].not_computed == "logged as string, the model's column is numerical"
    assert found["ks", "dep hour"].value is not None


@pytest.mark.parametrize("older", [True, 3.0])
def test_a_feature_that_another_version_logged_in_another_type_has_its_reason(
    tmp_path: Path, older: object
) -> None:
    """The log's column keeps its first type, so that this version's values stand beside it as texts."""
    world, former = World(tmp_path), draw_rows(200, 1)
    for row in former:
        row["features"]["carrier"] = older
    world.log(date(2013, 3, 1), former, model_version="v0")
    write_model(world.model, draw_rows(500, 0))
    world.log(date(2013, 4, 1), draw_rows(200, 2))
    result = world.evaluate("2013-04-01")
    found = _read(result)
    kind = "boolean" if older is True else "double"
    for metric in ("missing_rate", "psi", "drift_importance"):
        assert found[metric, "carrier"].not_computed == f"logged as {kind}, the model's column is string"
    assert found["domain_classifier_auc", None].value is not None
    assert {feature.name: feature.status for feature in result.features}["carrier"] is Status.EMPTY


def test_levels_logged_as_numbers_are_compared_by_name(tmp_path: Path) -> None:
    """A log that no node wrote may hold a text feature's levels as numbers."""
    world, reference, rows = World(tmp_path), draw_rows(500, 0), draw_rows(200, 2)
    for place, row in enumerate(reference):
        row["features"]["carrier"] = str(place % 3)
    for place, row in enumerate(rows):
        row["features"]["carrier"] = float(place % 3)
    write_model(world.model, reference)
    world.log(date(2013, 4, 1), rows)
    found = _read(world.evaluate("2013-04-01"))
    assert found["psi", "carrier"].value == pytest.approx(0.0, abs=1e-3)
    # Of a hundred rows the importance is noisy; levels that were not recognised would give nearly all.
    assert (found["drift_importance", "carrier"].value or 0) < 0.2


def test_predictions_that_another_version_logged_in_another_type_have_their_reason(tmp_path: Path) -> None:
    world, former, rows = World(tmp_path), draw_rows(200, 1), draw_rows(200, 2)
    world.log(date(2013, 3, 1), [{**row, "prediction": 2.5} for row in former], model_version="v0")
    write_model(world.model, draw_rows(500, 0))
    ids = world.log(date(2013, 4, 1), rows)
    world.post(zip(ids, [row["label"] for row in rows], strict=True))
    found = _read(world.evaluate("2013-04-01"))
    assert (
        found["missing_rate", "prediction"].not_computed == "logged as double, the model's column is string"
    )
    assert found["ks", "proba.true"].value is not None
    assert found["accuracy", None].not_computed == "predictions not logged"
    assert found["roc_auc", None].value is not None


def test_a_feature_that_goes_missing_is_drift(tmp_path: Path) -> None:
    rows = draw_rows(300, 1)
    for row in rows:
        row["features"]["dep hour"] = None
    result = _bare(World(tmp_path), rows)
    assert {feature.name: feature.status for feature in result.features}["dep hour"] is Status.ERROR
    assert "dep hour (100% missing)" in result.sentence


@pytest.mark.parametrize("count", [1, 20])
def test_a_few_rows_give_readings_and_no_verdict(tmp_path: Path, count: int) -> None:
    result = _bare(World(tmp_path), draw_rows(count, 1))
    assert result.status is Status.EMPTY
    assert f"too few rows: {count}, at least 50" in result.sentence
    found = _read(result)
    assert found["ks", "dep hour"].value is not None
    assert found["domain_classifier_auc", None].not_computed == f"too few rows: {count}, at least 100 a side"


def test_a_regression_compares_values_and_has_no_classifier_metrics(tmp_path: Path) -> None:
    schema = replace(SCHEMA, task=Task.REGRESSION, classes=(), threshold=None)
    world = World(tmp_path)
    draw = np.random.default_rng(0)
    minutes = [draw.normal(size=300), draw.normal(1.0, size=200)]
    sides = [
        [
            {**row, "prediction": float(minute), "label": 1.5}
            for row, minute in zip(draw_rows(len(part), 1), part, strict=True)
        ]
        for part in minutes
    ]
    write_model(world.model, sides[0], schema=schema)
    ids = world.log(date(2013, 4, 1), [{**row, "probas": None} for row in sides[1]])
    world.post((key, "12.5") for key in ids)
    result = world.evaluate("2013-04-01")
    found = _read(result)
    expected = scipy.stats.ks_2samp(minutes[0], minutes[1], method="asymp").statistic
    assert found["ks", "prediction"].value == pytest.approx(expected)
    assert found["roc_auc", None].not_computed == "defined for classifiers"
    assert result.labels.labelled == 200
    assert "The prediction drifted: prediction (PSI" in result.sentence
    errors = minutes[1] - 12.5
    assert found["mae", None].value == pytest.approx(np.abs(errors).mean())
    assert found["rmse", None].value == pytest.approx(np.sqrt(np.mean(errors**2)))
    assert found["rmse", None].reference_value == pytest.approx(np.sqrt(np.mean((minutes[0] - 1.5) ** 2)))
    assert found["r2", None].not_computed == "the labels are all the same"
    assert "RMSE 11.6 (11.4–11.7) against 1.84 on the reference." in result.sentence


def test_a_regressions_labels_that_are_no_numbers_have_their_reason(tmp_path: Path) -> None:
    schema = replace(SCHEMA, task=Task.REGRESSION, classes=(), threshold=None)
    world = World(tmp_path)
    rows = [{**row, "prediction": 2.0, "label": 1.0} for row in draw_rows(100, 1)]
    write_model(world.model, rows, schema=schema)
    ids = world.log(date(2013, 4, 1), [{**row, "probas": None} for row in rows])
    world.post([(ids[0], "late"), (ids[1], "nan"), (ids[2], "true")])
    result = world.evaluate("2013-04-01")
    found = _read(result)
    assert found["mae", None].not_computed == "no label is a number; found 'late', 'nan', 'true'"
    assert "Performance is not known: no label is a number" in result.sentence
    world.post([(ids[3], "3"), (ids[4], "4.5")])
    assert _read(world.evaluate("2013-04-01"))["mae", None].value == pytest.approx((1 + 2.5) / 2)


def test_three_classes_have_accuracy_and_log_loss(tmp_path: Path) -> None:
    schema = replace(SCHEMA, task=Task.MULTICLASS, classes=("a", "b", "c"), threshold=None)
    world = World(tmp_path)
    shares = {"a": 0.5, "b": 0.25, "c": 0.25}
    rows = [
        {**row, "prediction": "a", "probas": shares, "label": "abc"[n % 3]}
        for n, row in enumerate(draw_rows(300, 1))
    ]
    write_model(world.model, rows, schema=schema)
    ids = world.log(date(2013, 4, 1), rows)
    world.post((key, row["label"]) for key, row in zip(ids, rows, strict=True))
    result = world.evaluate("2013-04-01")
    found = _read(result)
    assert found["accuracy", None].value == pytest.approx(1 / 3)
    assert found["f1_macro", None].value == pytest.approx(0.5 / 3)
    assert found["roc_auc_ovr", None].value == pytest.approx(0.5)
    assert found["log_loss", None].value == pytest.approx(-(math.log(0.5) + 2 * math.log(0.25)) / 3)
    assert found["roc_auc", None].not_computed == "defined for two classes"
    assert found["chi_square", "prediction"].value == 0.0
    assert "Performance is not known" not in result.sentence
    assert "Accuracy 0.33 (0.28–0.39) against 0.33 on the reference." in result.sentence


def test_a_feature_called_prediction_keeps_its_readings_apart(tmp_path: Path) -> None:
    odd = Feature("prediction", FeatureType.DOUBLE, FeatureRole.NUMERICAL, MissingPolicy.AS_TRAINED, 0.0)
    rows = draw_rows(200, 1)
    for place, row in enumerate(rows):
        row["features"] = {"prediction": float(place % 7)}
    world = World(tmp_path)
    write_model(world.model, rows, schema=replace(SCHEMA, features=(odd,)))
    world.log(date(2013, 4, 1), rows)
    found = _read(world.evaluate("2013-04-01"))
    assert found["ks", "features.prediction"].value == 0.0
    assert found["chi_square", "prediction"].value == 0.0


def test_features_called_like_columns_of_the_log_are_told_apart(tmp_path: Path) -> None:
    odd = tuple(
        Feature(name, FeatureType.DOUBLE, FeatureRole.NUMERICAL, MissingPolicy.AS_TRAINED, 0.0)
        for name in ("prediction", "features.prediction", "proba.true", "features.")
    )
    rows = draw_rows(200, 1)
    for place, row in enumerate(rows):
        row["features"] = {feature.name: float(place % 7) for feature in odd}
    world = World(tmp_path)
    write_model(world.model, rows, schema=replace(SCHEMA, features=odd))
    world.log(date(2013, 4, 1), rows)
    result = world.evaluate("2013-04-01")
    assert len(_read(result)) == len(result.readings)
    assert len({feature.name for feature in result.features}) == 4


def test_a_log_of_refusals_only_is_still_an_api_nodes_log(tmp_path: Path) -> None:
    world = World(tmp_path)
    write_model(world.model, draw_rows(500, 0))
    world.log(date(2013, 4, 1), [{}] * 60, status=422, prediction_id=None, error="missing-feature: …")
    with pytest.raises(InvalidInputError, match="all of its queries were refused or failed"):
        world.evaluate("2013-04-01")


def test_another_models_version_of_the_same_name_is_not_this_ones(tmp_path: Path) -> None:
    """An endpoint may be made anew for another model, whose first version is called v1 too."""
    world = World(tmp_path)
    write_model(world.model, draw_rows(500, 0))
    world.log(date(2013, 4, 1), draw_rows(200, 1, warmer=50.0), model_id="FLIGHTS.former")
    with pytest.raises(InvalidInputError, match=r"'v1' of FLIGHTS.arrival-delay .*'v1' of FLIGHTS.former of"):
        world.evaluate("2013-04-01")
    world.log(date(2013, 4, 1), draw_rows(100, 2), model_id="FLIGHTS.arrival-delay")
    result = world.evaluate("2013-04-01")
    assert result.row_count == 100
    assert _read(result)["domain_classifier_auc", None].value is not None
    assert result.labels.waiting == 100
    assert result.status is Status.OK
    assert world.evaluate("2013-04-01", filter_model_version=None).row_count == 300
