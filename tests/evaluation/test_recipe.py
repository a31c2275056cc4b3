"""The whole recipe on a real Delta log, against SciPy and scikit-learn on rows that another engine read."""

import json
import math
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import scipy.stats
import sklearn.metrics
from scipy.spatial.distance import jensenshannon

from tests.evaluation.world import SCHEMA, World, days_from, draw_rows, write_model
from wakeline.core.errors import BrokenFileError, InvalidInputError, NotFoundError
from wakeline.core.reading import Reading
from wakeline.core.schema import Task
from wakeline.core.status import Status
from wakeline.core.window import parse_window
from wakeline.evaluation import comparison
from wakeline.evaluation.recipe import EvaluateSettings, evaluate
from wakeline.evaluation.result import EvaluationResult
from wakeline.statistics.catalogue import Threshold, find_metric
from wakeline.statistics.performance import PERFORMANCE_METRICS

APRIL = "2013-04-01/2013-04-11"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Ten days in April, warmer than the reference; labels for nine of ten; rows that must not count."""
    world = World(tmp_path_factory.mktemp("home"))
    write_model(world.model, draw_rows(3000, 0))
    for index, day in enumerate(days_from(date(2013, 4, 1), 10)):
        rows = draw_rows(300, 100 + index, warmer=8.0, signal=0.8)
        ids = world.log(day, rows)
        labels = [(key, row["label"]) for key, row in zip(ids, rows, strict=True)]
        world.post(label for place, label in enumerate(labels) if place % 10)
    strange = draw_rows(50, 999, warmer=500.0)
    world.log(date(2013, 4, 2), strange, status=422, error="refused")
    world.log(date(2013, 4, 2), strange, arm="shadow")
    world.log(date(2013, 4, 2), strange, model_version="v2")
    world.log(date(2013, 4, 2), strange, deployment_id="ANOTHER-on-local")
    world.log(date(2013, 5, 5), strange)
    return world


@pytest.fixture(scope="module")
def april(world: World) -> EvaluationResult:
    return world.evaluate(APRIL)


@pytest.fixture(scope="module")
def rows(world: World) -> pl.DataFrame:
    """The rows that count, as Polars reads them from the Delta table."""
    return (
        pl.scan_delta(str(world.table))
        .filter(
            (pl.col("day") < date(2013, 4, 11))
            & (pl.col("status") == 200)
            & (pl.col("arm") == "primary")
            & (pl.col("model_version") == "v1")
            & (pl.col("deployment_id") == "FLIGHTS-on-local")
        )
        .collect()
    )


@pytest.fixture(scope="module")
def reference(world: World) -> pl.DataFrame:
    return pl.read_parquet(world.model / "reference.parquet")


def _read(result: EvaluationResult) -> dict[tuple[str, str | None], Reading]:
    indexed = {(reading.metric, reading.column): reading for reading in result.readings}
    assert len(indexed) == len(result.readings)
    return indexed


def test_only_answered_rows_of_the_window_and_the_filters_count(
    april: EvaluationResult, rows: pl.DataFrame
) -> None:
    assert april.row_count == len(rows) == 3000
    assert april.reference_row_count == 3000


@pytest.mark.parametrize(
    "names",
    [
        ("dep hour", "feature__dep_x0020_hour", "features.dep hour"),
        ("temp", "feature__temp", "features.temp"),
        ("proba.true", "proba__true", "proba.true"),
    ],
)
def test_numerical_readings_agree_with_scipy(
    april: EvaluationResult,
    rows: pl.DataFrame,
    reference: pl.DataFrame,
    names: tuple[str, str, str],
) -> None:
    found = _read(april)
    title, physical, column = names
    current = rows[physical].drop_nulls().to_numpy()
    before = reference[column].drop_nulls().to_numpy()
    ks = scipy.stats.ks_2samp(before, current, method="asymp")
    assert found["ks", title].value == pytest.approx(ks.statistic, abs=1e-12)
    assert found["ks", title].p_value == pytest.approx(ks.pvalue, rel=1e-6, abs=1e-12)
    distance = scipy.stats.wasserstein_distance(before, current)
    assert found["wasserstein", title].value == pytest.approx(distance, rel=1e-9)
    assert found["wasserstein_normalised", title].value == pytest.approx(distance / before.std(), rel=1e-6)
    cuts = np.unique(np.quantile(before, np.arange(1, 10) / 10, method="inverted_cdf"))
    p = np.bincount(np.searchsorted(cuts, before), minlength=len(cuts) + 1) / len(before)
    q = np.bincount(np.searchsorted(cuts, current), minlength=len(cuts) + 1) / len(current)
    assert found["jensen_shannon", title].value == pytest.approx(jensenshannon(p, q, base=2), abs=1e-9)
    p, q = np.maximum(p, 1e-4), np.maximum(q, 1e-4)
    assert found["psi", title].value == pytest.approx(float(((q - p) * np.log(q / p)).sum()), abs=1e-9)
    missing = rows[physical].null_count() / len(rows)
    assert found["missing_rate", title].value == pytest.approx(missing)


@pytest.mark.parametrize(
    "names",
    [("carrier", "feature__carrier", "features.carrier"), ("prediction", "prediction", "prediction")],
)
def test_categorical_readings_agree_with_scipy(
    april: EvaluationResult,
    rows: pl.DataFrame,
    reference: pl.DataFrame,
    names: tuple[str, str, str],
) -> None:
    found = _read(april)
    title, physical, column = names
    levels = sorted(set(rows[physical]) | set(reference[column]))
    table = np.array(
        [[int((side == level).sum()) for level in levels] for side in (reference[column], rows[physical])]
    )
    chi_square = scipy.stats.chi2_contingency(table, correction=False)
    assert found["chi_square", title].value == pytest.approx(chi_square.statistic, rel=1e-9)
    assert found["chi_square", title].p_value == pytest.approx(chi_square.pvalue, rel=1e-6)
    p, q = table / table.sum(axis=1, keepdims=True)
    assert found["jensen_shannon", title].value == pytest.approx(jensenshannon(p, q, base=2), abs=1e-9)
    assert found["psi", title].value == pytest.approx(float(((q - p) * np.log(q / p)).sum()), abs=1e-9)


def test_performance_agrees_with_scikit_learn(
    world: World, april: EvaluationResult, rows: pl.DataFrame, reference: pl.DataFrame
) -> None:
    labels = pl.scan_delta(str(world.home / "events/ground-truth/FLIGHTS-on-local/arrival-delay")).collect()
    joined = rows.drop("label", strict=False).join(
        labels.select("prediction_id", "label"), on="prediction_id"
    )
    assert len(joined) == april.labels.labelled == 2700
    found = _read(april)
    sides = (
        ("value", joined["label"], joined["prediction"], joined["proba__true"]),
        ("reference_value", reference["label"], reference["prediction"], reference["proba.true"]),
    )
    for attribute, label, prediction, score in sides:
        truth, predicted = (label == "true").to_numpy(), (prediction == "true").to_numpy()
        expected = {
            "roc_auc": sklearn.metrics.roc_auc_score(truth, score),
            "accuracy": sklearn.metrics.accuracy_score(truth, predicted),
            "precision": sklearn.metrics.precision_score(truth, predicted),
            "recall": sklearn.metrics.recall_score(truth, predicted),
            "f1": sklearn.metrics.f1_score(truth, predicted),
            "log_loss": sklearn.metrics.log_loss(truth, score),
        }
        for name, value in expected.items():
            assert getattr(found[name, None], attribute) == pytest.approx(value, abs=1e-9)
    auc = found["roc_auc", None]
    assert auc.upper is not None
    assert auc.reference_lower is not None
    assert auc.upper < auc.reference_lower


def test_the_verdict_names_what_drifted(april: EvaluationResult) -> None:
    statuses = {feature.name: feature.status for feature in april.features}
    assert statuses == {"dep hour": Status.OK, "temp": Status.ERROR, "carrier": Status.OK}
    assert april.status is Status.ERROR
    assert april.sentence.startswith("Inputs drifted: 1 of 3 features, most temp (PSI 0.")
    assert "The prediction did not drift." in april.sentence
    assert "on the reference." in april.sentence
    share = _read(april)["drifted_share", None]
    assert share.value == pytest.approx(1 / 3)
    domain = _read(april)["domain_classifier_auc", None]
    assert domain.lower is not None
    assert domain.lower > 0.6
    assert {feature.name: feature.importance for feature in april.features} == {
        "dep hour": 0.7,
        "temp": None,
        "carrier": 0.3,
    }


def test_the_document_is_plain_json_with_the_agreed_keys(april: EvaluationResult) -> None:
    document = json.loads(json.dumps(april.to_dict(), allow_nan=False))
    assert list(document) == [
        "window",
        "row_count",
        "reference_row_count",
        "model",
        "model_version",
        "model_version_setting",
        "deployment_id",
        "status",
        "sentence",
        "readings",
        "features",
        "distributions",
        "labels",
        "settings",
        "fingerprint",
        "library_versions",
    ]
    assert document["window"] == APRIL
    assert document["model"] == "FLIGHTS.arrival-delay"
    assert list(document["labels"]) == ["labelled", "waiting", "unmatched", "unmatched_ids", "corrected"]
    assert {"metric", "column", "value", "lower", "upper", "p_value", "resolution", "reference_value"} <= set(
        document["readings"][0]
    )
    assert list(document["features"][0]) == ["name", "role", "importance", "status", "drifted"]


def test_a_rerun_gives_the_same_with_and_without_profiles(world: World, april: EvaluationResult) -> None:
    assert world.evaluate(APRIL).to_dict() == april.to_dict()
    assert world.evaluate(APRIL, profiles=None).readings == april.readings


def test_the_fingerprint_depends_on_data_and_settings(world: World, april: EvaluationResult) -> None:
    assert world.evaluate(APRIL, seed=1).fingerprint != april.fingerprint
    assert world.evaluate("2013-04-01/2013-04-10").fingerprint != april.fingerprint


def test_windows_tile(world: World, april: EvaluationResult) -> None:
    parts = [
        world.evaluate(window).row_count for window in ("2013-04-01/2013-04-04", "2013-04-04/2013-04-11")
    ]
    assert sum(parts) == april.row_count


def test_from_cells_the_readings_state_their_resolution(world: World, april: EvaluationResult) -> None:
    exact, cells = _read(april), _read(world.evaluate(APRIL, exact_rows_max=10))
    assert set(exact) == set(cells)
    for key, reading in cells.items():
        other = exact[key]
        if reading.metric in {"ks", "wasserstein"}:
            assert reading.value is not None
            assert other.value is not None
            assert reading.resolution is not None
            assert reading.value - 1e-9 <= other.value <= reading.value + reading.resolution + 1e-9
        elif reading.metric in {"psi", "jensen_shannon", "chi_square", "missing_rate", *PERFORMANCE_METRICS}:
            assert reading == other


def test_ks_near_a_threshold_is_read_from_rows(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = _read(world.evaluate(APRIL, exact_rows_max=10))["ks", "proba.true"]
    assert plain.value is not None
    assert plain.resolution
    near = replace(find_metric("ks"), default_threshold=Threshold(plain.value + plain.resolution / 2, 0.9))
    monkeypatch.setattr(comparison, "find_metric", lambda name: near)
    sharp = _read(world.evaluate(APRIL, exact_rows_max=10))["ks", "proba.true"]
    assert sharp.resolution == 0.0
    assert sharp.value == _read(world.evaluate(APRIL))["ks", "proba.true"].value


def test_skipping_performance_says_so(world: World) -> None:
    found = _read(world.evaluate(APRIL, skip_performance=True))
    for name in PERFORMANCE_METRICS:
        assert found[name, None].not_computed == "skipped by the settings"
        assert found[name, None].reference_value is not None


def test_a_window_without_rows_names_the_days_that_have_some(world: World) -> None:
    with pytest.raises(InvalidInputError, match="rows on 11 days from 2013-04-01 to 2013-05-05") as raised:
        world.evaluate("2031-01")
    assert raised.value.details["day_count"] == 11
    assert not (world.home / "profiles" / "2031").exists()


def test_a_window_where_no_row_counts_says_what_it_has(world: World) -> None:
    with pytest.raises(
        InvalidInputError, match=r"no answered rows of model version 'v9'.*model version 'v1'"
    ):
        world.evaluate("2013-04-02", filter_model_version="v9")


def test_unknown_places_and_broken_models_are_errors(world: World, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        world.evaluate(APRIL, dataset_root=tmp_path / "nothing")
    with pytest.raises(NotFoundError):
        world.evaluate(APRIL, model_folder=tmp_path)
    folder = write_model(tmp_path / "model", draw_rows(100, 1))
    (folder / "reference.parquet").write_bytes(b"PAR1 not at all")
    with pytest.raises(BrokenFileError):
        world.evaluate(APRIL, model_folder=folder)


def test_filters_are_settings(world: World) -> None:
    assert world.evaluate(APRIL, filter_model_version=None).row_count == 3050
    assert world.evaluate(APRIL, filter_deployment_id=None).row_count == 3050
    everything = world.evaluate(
        APRIL, filter_model_version=None, filter_deployment_id=None, handle_as_api_node_logs=False
    )
    assert everything.row_count == 3200


def test_progress_grows_to_one_and_may_stop_the_run(world: World) -> None:
    settings = EvaluateSettings(world.table, world.model, parse_window(APRIL))
    seen: list[float] = []
    evaluate(settings, progress=lambda share, message: seen.append(share))
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0.0, 1.0)

    class StoppedError(Exception):
        pass

    def stop(share: float, message: str) -> None:
        if share > 0.3:
            raise StoppedError

    with pytest.raises(StoppedError):
        evaluate(settings, progress=stop)


def test_no_reading_is_ever_nan(april: EvaluationResult) -> None:
    for reading in april.readings:
        assert (reading.value is None) != (reading.not_computed is None)
        assert reading.value is None or math.isfinite(reading.value)


def test_distributions_count_the_same_rows(
    april: EvaluationResult, rows: pl.DataFrame, reference: pl.DataFrame
) -> None:
    found = {one["column"]: one for one in april.to_dict()["distributions"]}
    assert list(found) == ["dep hour", "temp", "carrier", "prediction", "proba.true"]
    assert [one["is_output"] for one in found.values()] == [False, False, False, True, True]
    logged = {"temp": "feature__temp", "dep hour": "feature__dep_x0020_hour", "proba.true": "proba__true"}
    kept = {"temp": "features.temp", "dep hour": "features.dep hour"}
    for name, column in logged.items():
        edges = found[name]["edges"]
        for side, values in (("current", rows[column]), ("reference", reference[kept.get(name, name)])):
            counted, present = found[name][side], values.drop_nulls().to_numpy()
            expected = [
                ((present > edges[n]) & (present <= edges[n + 1])).sum() for n in range(len(edges) - 1)
            ]
            assert counted["counts"] == expected
            assert counted["missing"] == values.null_count()
            assert counted["below"] + sum(counted["counts"]) + counted["above"] == len(present)
    carriers = dict(rows["feature__carrier"].value_counts().iter_rows())
    assert (
        dict(zip(found["carrier"]["levels"], found["carrier"]["current"]["counts"], strict=True)) == carriers
    )
    answers = dict(rows["prediction"].value_counts().iter_rows())
    levels = found["prediction"]["levels"]
    assert dict(zip(levels, found["prediction"]["current"]["counts"], strict=True)) == answers


def test_a_column_that_is_not_compared_has_the_reference_alone(tmp_path: Path) -> None:
    world = World(tmp_path)
    write_model(world.model, draw_rows(300, 0))
    world.log(date(2013, 4, 1), [{**row, "features": {}} for row in draw_rows(200, 1)])
    found = {one["column"]: one for one in world.evaluate("2013-04-01").to_dict()["distributions"]}
    assert (found["temp"]["current"], found["temp"]["not_computed"]) == (None, "inputs not logged")
    assert sum(found["temp"]["reference"]["counts"]) > 250
    assert found["proba.true"]["not_computed"] is None


def test_a_regression_tells_the_distribution_of_its_numbers(tmp_path: Path) -> None:
    world = World(tmp_path)
    schema = replace(SCHEMA, task=Task.REGRESSION, classes=(), threshold=None)
    shaped = [
        {**row, "prediction": row["probas"]["true"] * 30, "probas": {}, "label": 1.0}
        for row in draw_rows(300, 0)
    ]
    write_model(world.model, shaped, schema=schema)
    world.log(date(2013, 4, 1), shaped)
    *_, last = world.evaluate("2013-04-01").to_dict()["distributions"]
    assert (last["column"], last["role"], last["is_output"]) == ("prediction", "numerical", True)
    assert last["current"] == last["reference"]
    assert last["current"]["mean"] == pytest.approx(np.mean([row["prediction"] for row in shaped]))
