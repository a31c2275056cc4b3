"""A recipe's runs over a real log and a real model version: evaluations with their revisions, or nothing."""

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.monitoring.small_model import SmallModel, draw_rows, label, train
from tests.monitoring.world import (
    CONFIGURE,
    DEPLOYMENT,
    ENDPOINT,
    MODEL,
    PROJECT,
    World,
    commit_events,
    make_world,
)
from wakeline.core.clock import SystemClock
from wakeline.core.errors import InvalidInputError, NotFoundError
from wakeline.core.window import Window, month_window
from wakeline.evaluation.store import SavedEvaluation, name_window, run_recipe
from wakeline.metadata.queries import evaluations, models
from wakeline.metadata.tables.serving import ModelVersion

APRIL = month_window(2013, 4)
RECIPE = f"evaluate-{DEPLOYMENT}-{ENDPOINT}"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> SmallModel:
    return train(tmp_path_factory.mktemp("model") / "v1")


@pytest.fixture
def world(tmp_path: Path, model: SmallModel) -> World:
    """Configured; the model saved; no event yet."""
    made = make_world(tmp_path)
    shutil.copytree(model.folder, tmp_path / "models" / PROJECT / MODEL / "v1")
    with made.open_client() as client:
        client.post(CONFIGURE).raise_for_status()
    return made


def ignore(_fraction: float, _message: str) -> None:
    return


def run(world: World, window: Window = APRIL, progress: Any = ignore) -> SavedEvaluation:
    return run_recipe(
        world.parts.sessions, world.home, PROJECT, RECIPE, window, progress=progress, clock=SystemClock()
    )


def load(world: World, evaluation_id: str) -> dict[str, Any]:
    with world.parts.sessions() as session:
        return evaluations.get_evaluation(session, evaluation_id).revision.document


def list_saved(world: World) -> list[str]:
    with world.parts.sessions() as session:
        return [row.evaluation.id for row in evaluations.list_evaluations(session, limit=10).items]


def read(document: dict[str, Any], metric: str) -> dict[str, Any]:
    found = [entry for entry in document["readings"] if (entry["metric"], entry["column"]) == (metric, None)]
    assert len(found) == 1
    return dict(found[0])


def test_a_run_is_saved_with_what_it_resolved(world: World, model: SmallModel) -> None:
    commit_events(world.home, model.predict(draw_rows(300, seed=3), date(2013, 4, 1)))
    saved = run(world)
    assert (saved.revision, saved.changed) == (1, True)
    document = load(world, saved.evaluation_id)
    assert (document["window"], document["row_count"]) == ("2013-04-01/2013-05-01", 300)
    assert (document["model_version"], document["model_version_setting"]) == ("v1", "active")
    assert document["deployment_id"] == DEPLOYMENT
    assert read(document, "roc_auc")["not_computed"]
    assert document["labels"]["waiting"] == 300
    assert {feature["name"].removeprefix("features.") for feature in document["features"]} == {
        "hour",
        "carrier",
    }


def test_the_same_data_give_no_second_revision_and_new_labels_do(world: World, model: SmallModel) -> None:
    rows = draw_rows(300, seed=3)
    events = model.predict(rows, date(2013, 4, 1))
    commit_events(world.home, events)
    first = run(world)
    again = run(world)
    assert (again.evaluation_id, again.revision, again.changed) == (first.evaluation_id, 1, False)
    commit_events(world.home, label(events, rows), topic="ground-truth")
    labelled = run(world)
    assert (labelled.evaluation_id, labelled.revision, labelled.changed) == (first.evaluation_id, 2, True)
    document = load(world, first.evaluation_id)
    assert document["labels"]["labelled"] == 300
    auc = read(document, "roc_auc")
    assert auc["lower"] < auc["value"] < auc["upper"]
    assert 0.6 < auc["value"] < 0.95


def test_only_rows_of_the_evaluated_version_count(world: World, model: SmallModel) -> None:
    commit_events(world.home, model.predict(draw_rows(200, seed=3), date(2013, 4, 1)))
    commit_events(
        world.home, model.predict(draw_rows(100, seed=4, shift=8), date(2013, 4, 1), model_version="v0")
    )
    assert load(world, run(world).evaluation_id)["row_count"] == 200


def test_all_versions_count_together_against_the_active_ones_reference(
    world: World, model: SmallModel
) -> None:
    commit_events(world.home, model.predict(draw_rows(200, seed=3), date(2013, 4, 1)))
    commit_events(
        world.home, model.predict(draw_rows(100, seed=4, shift=8), date(2013, 4, 1), model_version="v0")
    )
    with world.open_client() as client:
        settings = {"settings": {"model_version": "all"}}
        client.patch(f"/api/v1/recipes/{PROJECT}/{RECIPE}", json=settings).raise_for_status()
    document = load(world, run(world).evaluation_id)
    assert (document["row_count"], document["model_version"]) == (300, "v1")
    assert document["model_version_setting"] == "all"


def test_active_is_resolved_at_each_run(world: World, model: SmallModel) -> None:
    commit_events(world.home, model.predict(draw_rows(200, seed=3), date(2013, 4, 1)))
    run(world)
    with world.parts.sessions.begin() as session:
        path = f"models/{PROJECT}/{MODEL}/v2"
        version = ModelVersion(
            project=PROJECT, name=MODEL, version="v2", path=path, manifest={}, created_at_us=2
        )
        models.add_version(session, version, activate=True)
    with pytest.raises(NotFoundError, match="holds no model version"):
        run(world)
    assert len(list_saved(world)) == 1


def test_a_window_without_rows_or_in_the_future_leaves_nothing(world: World, model: SmallModel) -> None:
    with pytest.raises(NotFoundError):
        run(world)
    commit_events(world.home, model.predict(draw_rows(50, seed=3), date(2013, 4, 1)))
    with pytest.raises(InvalidInputError, match=r"2013-04-0"):
        run(world, month_window(2013, 7))
    with pytest.raises(InvalidInputError, match="lies in the future"):
        run(world, month_window(2999, 1))
    assert list_saved(world) == []


def test_a_run_that_is_stopped_leaves_nothing(world: World, model: SmallModel) -> None:
    commit_events(world.home, model.predict(draw_rows(50, seed=3), date(2013, 4, 1)))
    seen: list[float] = []

    def stop(fraction: float, _message: str) -> None:
        seen.append(fraction)
        if fraction >= 0.6:
            raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        run(world, APRIL, stop)
    assert seen == sorted(seen)
    assert list_saved(world) == []


@pytest.mark.parametrize(
    ("window", "name"),
    [
        (APRIL, "2013-04"),
        (Window(date(2013, 4, 1), date(2013, 4, 2)), "2013-04-01"),
        (Window(date(2013, 4, 1), date(2013, 4, 8)), "2013-04-01 to 2013-04-07"),
        (Window(date(2013, 4, 2), date(2013, 5, 2)), "2013-04-02 to 2013-05-01"),
    ],
)
def test_evaluations_are_named_by_their_window(window: Window, name: str) -> None:
    assert name_window(window) == name
