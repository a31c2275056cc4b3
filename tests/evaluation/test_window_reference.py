"""A window of a log as the reference: the same rows give the same readings as in a model version."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.evaluation.world import World, draw_rows, write_model
from wakeline.core.errors import InvalidInputError
from wakeline.core.reading import Reading
from wakeline.core.window import parse_window
from wakeline.evaluation.result import EvaluationResult
from wakeline.evaluation.window_reference import WindowReference

APRIL = "2013-04"
SAMPLED = {"domain_classifier_auc", "domain_classifier_importance"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """March is logged as the model's own reference has it, labels too; April is warmer."""
    world = World(tmp_path_factory.mktemp("home"))
    reference = draw_rows(1500, 0)
    write_model(world.model, reference)
    ids = world.log(date(2013, 3, 5), reference, model_version="v0", deployment_id="ANOTHER-on-local")
    world.post((key, row["label"]) for key, row in zip(ids, reference, strict=True))
    warmer = draw_rows(900, 1, warmer=8.0)
    ids = world.log(date(2013, 4, 2), warmer)
    world.post((key, row["label"]) for key, row in zip(ids, warmer, strict=True))
    world.log(date(2013, 3, 6), draw_rows(40, 2, warmer=400.0), status=422, error="refused")
    bare = [{"features": row["features"]} for row in draw_rows(200, 3)]
    world.log(date(2013, 2, 1), bare)
    return world


def evaluate(world: World, window: str | None) -> EvaluationResult:
    chosen = WindowReference("log", world.table, parse_window(window)) if window else None
    return world.evaluate(APRIL, reference=chosen)


def list_exact(result: EvaluationResult) -> list[Reading]:
    return [reading for reading in result.readings if reading.metric not in SAMPLED]


def test_the_same_rows_give_the_same_readings(world: World) -> None:
    own, logged = evaluate(world, None), evaluate(world, "2013-03")
    assert own.reference_row_count == logged.reference_row_count == 1500
    assert len(list_exact(own)) > 20
    assert list_exact(own) == list_exact(logged)
    assert own.fingerprint != logged.fingerprint
    assert logged.settings["reference"] == {"dataset": "log", "window": "2013-03-01/2013-04-01"}
    assert "reference" not in own.settings


def test_the_same_window_on_both_sides_has_not_drifted(world: World) -> None:
    readings = {
        (reading.metric, reading.column): reading.value for reading in evaluate(world, APRIL).readings
    }
    assert readings["psi", "temp"] == pytest.approx(0)
    assert readings["drifted_share", None] == 0


def test_what_the_reference_did_not_log_is_not_computed(world: World) -> None:
    found = [reading for reading in evaluate(world, "2013-02").readings if reading.column == "prediction"]
    assert found
    assert {reading.not_computed for reading in found} == {"outputs not logged in the reference"}


def test_a_reference_without_rows_is_refused(world: World, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="January 2013 of the dataset 'log'"):
        evaluate(world, "2013-01")
    nowhere = replace(WindowReference("log", world.table, parse_window(APRIL)), root=tmp_path / "none")
    with pytest.raises(InvalidInputError, match="no answered rows"):
        world.evaluate(APRIL, reference=nowhere)
