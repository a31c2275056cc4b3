"""What `save_model` writes, against the model and the rows themselves; and what it refuses, in words."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.base import BaseEstimator
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.svm import LinearSVC

from tests.packaging.flights import FEATURES, TARGET, fit_pipeline, make_flights, make_pipeline
from wakeline.core.clock import ManualClock, parse_rfc3339
from wakeline.core.errors import ConflictError, InvalidInputError
from wakeline.core.schema import FeatureRole, FeatureType, MissingPolicy, Task
from wakeline.packaging.archive import unpack_model
from wakeline.packaging.model_version import ModelVersion, save_model
from wakeline.packaging.reference import list_rows
from wakeline.scoring.manifest import Manifest, read_manifest, verify_files
from wakeline.scoring.model import load_model

REFERENCE = make_flights(400)
COLUMNS = [*FEATURES, TARGET, "departed"]


def _save(model: Any, path: Path | None, **changes: Any) -> ModelVersion:
    settings: dict[str, Any] = {
        "project": "FLIGHTS",
        "name": "arrival-delay",
        "reference": REFERENCE[COLUMNS],
        "target": TARGET,
        "time_column": "departed",
        "path": path,
        "version": "v1",
        "clock": ManualClock(parse_rfc3339("2013-04-01T06:00:00Z")),
    }
    return save_model(model, **(settings | changes))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "v1"
    _save(fit_pipeline(), path)
    return path


@pytest.fixture(scope="module")
def manifest(folder: Path) -> Manifest:
    return read_manifest(folder)


def test_the_manifest_says_what_the_model_is(folder: Path, manifest: Manifest) -> None:
    verify_files(folder, manifest)
    assert (manifest.project, manifest.name, manifest.version) == ("FLIGHTS", "arrival-delay", "v1")
    assert manifest.created_at == "2013-04-01T06:00:00Z"
    schema = manifest.schema
    assert (schema.task, schema.classes, schema.threshold) == (Task.BINARY, ("false", "true"), 0.5)
    assert (schema.target, schema.positive_class) == (TARGET, "true")
    assert manifest.library_versions.keys() >= {"python", "scikit-learn", "numpy"}
    assert manifest.reference.rows == manifest.reference.labelled_rows == 400
    assert set(manifest.files) == {"model.skops", "plan.json", "reference.parquet"}
    assert (folder.stat().st_mode & 0o777) == 0o755


def test_features_are_described_from_the_rows(manifest: Manifest) -> None:
    by_name = {feature.name: feature for feature in manifest.schema.features}
    assert list(by_name) == FEATURES
    wind, carrier = by_name["wind"], by_name["carrier"]
    assert (wind.type, wind.role) == (FeatureType.DOUBLE, FeatureRole.NUMERICAL)
    assert wind.minimum == REFERENCE["wind"].min()
    assert wind.maximum == REFERENCE["wind"].max()
    assert wind.missing_rate == pytest.approx(REFERENCE["wind"].isna().mean())
    assert (carrier.type, carrier.role) == (FeatureType.STRING, FeatureRole.CATEGORICAL)
    counts = REFERENCE["carrier"].value_counts()
    assert [counts[level] for level in carrier.levels] == sorted(counts, reverse=True)
    assert all(feature.missing is MissingPolicy.AS_TRAINED for feature in by_name.values())


def test_the_gate_says_how_exact_the_engine_is(manifest: Manifest) -> None:
    parity = manifest.parity
    assert manifest.engine == "row-plan"
    assert parity.rows == 400
    assert parity.boundary_rows > 100
    assert parity.largest_difference < 1e-12
    assert parity.flips == 0
    assert parity.refused == ()
    assert parity.us_per_row_before > parity.us_per_row_after > 0


def test_the_reference_holds_the_models_own_answers(folder: Path) -> None:
    table = pq.read_table(folder / "reference.parquet")
    assert table.schema.names == [
        *(f"features.{name}" for name in FEATURES),
        "prediction",
        "proba.false",
        "proba.true",
        "label",
        "event_time",
    ]
    assert table.schema.field("event_time").type == pa.timestamp("us", tz="UTC")
    probas = fit_pipeline().predict_proba(REFERENCE[FEATURES])
    assert table["proba.true"].to_numpy() == pytest.approx(probas[:, 1], abs=1e-12)
    assert table["proba.false"].to_numpy() == pytest.approx(probas[:, 0], abs=1e-12)
    predicted = ["true" if answer else "false" for answer in fit_pipeline().predict(REFERENCE[FEATURES])]
    assert table["prediction"].to_pylist() == predicted
    assert table["label"].to_pylist() == ["true" if late else "false" for late in REFERENCE[TARGET]]
    assert table["event_time"].to_pylist()[0] == REFERENCE["departed"][0].to_pydatetime()
    assert table["features.carrier"].null_count == REFERENCE["carrier"].isna().sum()


def test_metrics_are_those_counted_by_hand(manifest: Manifest) -> None:
    truth = REFERENCE[TARGET].to_numpy()
    probas = fit_pipeline().predict_proba(REFERENCE[FEATURES])[:, 1]
    predicted = probas > 0.5
    hits = int((predicted & truth).sum())
    precision, recall = hits / predicted.sum(), hits / truth.sum()
    pairs = probas[truth][:, None] - probas[~truth][None, :]
    expected = {
        "accuracy": (predicted == truth).mean(),
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / (precision + recall),
        "log_loss": -np.log(np.where(truth, probas, 1 - probas)).mean(),
        "roc_auc": (pairs > 0).mean() + 0.5 * (pairs == 0).mean(),
    }
    assert manifest.training_metrics == pytest.approx(expected, abs=1e-9)


def test_importance_finds_what_the_label_depends_on(manifest: Manifest) -> None:
    importance = manifest.importance
    assert set(importance) == set(FEATURES)
    assert sum(importance.values()) == pytest.approx(1.0)
    assert max(importance, key=importance.__getitem__) == "hour"
    assert importance["distance"] < 0.05


def test_no_json_has_nan(folder: Path) -> None:
    def refuse(name: str) -> None:
        raise AssertionError(name)

    for name in ("model.json", "plan.json"):
        json.loads((folder / name).read_text(), parse_constant=refuse)


@pytest.mark.parametrize("convert", [pa.Table.from_pandas, pl.from_pandas])
def test_other_frames_are_welcome(folder: Path, tmp_path: Path, convert: Any) -> None:
    _save(fit_pipeline(), tmp_path / "v1", reference=convert(REFERENCE[COLUMNS]))
    assert pq.read_table(tmp_path / "v1" / "reference.parquet") == pq.read_table(folder / "reference.parquet")


def test_times_may_be_texts(folder: Path, tmp_path: Path) -> None:
    texts = REFERENCE[COLUMNS].assign(departed=[moment.isoformat() for moment in REFERENCE["departed"]])
    _save(fit_pipeline(), tmp_path / "v1", reference=texts)
    assert pq.read_table(tmp_path / "v1" / "reference.parquet") == pq.read_table(folder / "reference.parquet")


def test_saving_twice_gives_the_same_measurements(folder: Path, manifest: Manifest, tmp_path: Path) -> None:
    version = _save(fit_pipeline(), tmp_path / "again")
    again = read_manifest(tmp_path / "again")
    assert again.importance == manifest.importance == version.importance
    assert again.training_metrics == manifest.training_metrics
    for name in ("plan.json", "reference.parquet"):
        assert again.files[name] == manifest.files[name]


def test_multiclass(tmp_path: Path) -> None:
    model = fit_pipeline(target="kind")
    _save(model, tmp_path / "v1", reference=REFERENCE[[*FEATURES, "kind"]], target="kind", time_column=None)
    manifest = read_manifest(tmp_path / "v1")
    assert manifest.schema.task is Task.MULTICLASS
    assert manifest.schema.classes == ("early", "late", "on time")
    assert manifest.schema.threshold is None
    assert manifest.schema.positive_class is None
    assert set(manifest.training_metrics) == {"accuracy", "precision", "recall", "f1", "log_loss", "roc_auc"}
    table = pq.read_table(tmp_path / "v1" / "reference.parquet")
    assert table["event_time"].null_count == 400
    assert table["proba.on time"].to_numpy() == pytest.approx(
        model.predict_proba(REFERENCE[FEATURES])[:, 2], abs=1e-12
    )


def test_regression(tmp_path: Path) -> None:
    model = fit_pipeline(LinearRegression(), target="delay")
    _save(model, tmp_path / "v1", reference=REFERENCE[[*FEATURES, "delay"]], target="delay", time_column=None)
    manifest = read_manifest(tmp_path / "v1")
    assert (manifest.schema.task, manifest.schema.classes) == (Task.REGRESSION, ())
    errors = model.predict(REFERENCE[FEATURES]) - REFERENCE["delay"]
    assert manifest.training_metrics["mae"] == pytest.approx(errors.abs().mean())
    assert manifest.training_metrics["rmse"] == pytest.approx(math.sqrt((errors**2).mean()))
    assert manifest.training_metrics["r2"] == pytest.approx(
        1 - (errors**2).mean() / REFERENCE["delay"].var(ddof=0)
    )
    table = pq.read_table(tmp_path / "v1" / "reference.parquet")
    assert table.schema.field("prediction").type == table.schema.field("label").type == pa.float64()
    assert table["label"].to_numpy() == pytest.approx(REFERENCE["delay"].to_numpy())


def test_classes_without_probabilities(tmp_path: Path) -> None:
    model = fit_pipeline(LinearSVC())
    version = _save(model, tmp_path / "v1")
    manifest = read_manifest(tmp_path / "v1")
    assert version.engine == "original"
    assert "LinearSVC is not known" in version.engine_reason
    assert manifest.schema.threshold is None
    assert set(manifest.training_metrics) == {"accuracy", "precision", "recall", "f1"}
    assert "proba.true" not in pq.read_schema(tmp_path / "v1" / "reference.parquet").names


def test_integer_classes_and_labels(tmp_path: Path) -> None:
    rows = REFERENCE[FEATURES].assign(late=REFERENCE[TARGET].astype(int))
    model = make_pipeline().fit(rows[FEATURES], rows["late"])
    labels = rows["late"].astype(float)
    labels[:10] = None
    _save(model, tmp_path / "v1", reference=rows.assign(late=labels), time_column=None)
    manifest = read_manifest(tmp_path / "v1")
    assert manifest.schema.classes == ("0", "1")
    assert (manifest.reference.rows, manifest.reference.labelled_rows) == (400, 390)
    table = pq.read_table(tmp_path / "v1" / "reference.parquet")
    assert table["label"].to_pylist()[:10] == [None] * 10
    assert set(table["label"].to_pylist()[10:]) == {"0", "1"}


def test_a_threshold_of_its_own(tmp_path: Path) -> None:
    _save(fit_pipeline(), tmp_path / "v1", threshold=0.8)
    model = load_model(tmp_path / "v1")
    for score in model.score(list_rows(REFERENCE[FEATURES])):
        assert score.probas is not None
        assert score.prediction == ("true" if score.probas[1] >= 0.8 else "false")
    assert read_manifest(tmp_path / "v1").training_metrics["precision"] > 0.9


def test_ranges_and_levels_may_come_from_the_training_rows(tmp_path: Path) -> None:
    training = make_flights(600, seed=0)
    training.loc[0, "carrier"] = "ZZ"
    _save(fit_pipeline(), tmp_path / "v1", training=training)
    by_name = {feature.name: feature for feature in read_manifest(tmp_path / "v1").schema.features}
    assert by_name["distance"].maximum == training["distance"].max()
    assert "ZZ" in by_name["carrier"].levels
    with pytest.raises(InvalidInputError, match="training rows lack the feature 'hour'"):
        _save(fit_pipeline(), tmp_path / "v2", training=training.drop(columns="hour"))


def test_booleans_and_whole_numbers(tmp_path: Path) -> None:
    rows = pd.DataFrame({"weekend": REFERENCE["hour"] > 12, "hour": REFERENCE["hour"].astype(int)})
    model = LogisticRegression().fit(rows, REFERENCE[TARGET])
    version = _save(model, tmp_path / "v1", reference=rows.assign(late=REFERENCE[TARGET]), time_column=None)
    assert version.engine == "row-plan"
    schema = read_manifest(tmp_path / "v1").schema
    assert [feature.type for feature in schema.features] == [FeatureType.BOOLEAN, FeatureType.DOUBLE]
    assert [feature.role for feature in schema.features] == [FeatureRole.CATEGORICAL, FeatureRole.NUMERICAL]
    assert schema.features[0].levels == ()
    score = load_model(tmp_path / "v1").score([{"weekend": True, "hour": 13}])[0]
    expected = model.predict_proba(pd.DataFrame({"weekend": [True], "hour": [13]}))[0]
    assert score.probas == pytest.approx(tuple(expected), abs=1e-12)


def test_a_model_that_takes_no_missing_values_refuses_them(tmp_path: Path) -> None:
    rows = make_flights(300, missing=False)
    numbers = ["hour", "distance", "wind"]
    model = LogisticRegression(max_iter=1000).fit(rows[numbers], rows[TARGET])
    _save(model, tmp_path / "v1", reference=rows[[*numbers, TARGET]], time_column=None)
    schema = read_manifest(tmp_path / "v1").schema
    assert {feature.missing for feature in schema.features} == {MissingPolicy.REFUSE}
    loaded = load_model(tmp_path / "v1")
    assert loaded.engine == "row-plan"
    with pytest.raises(InvalidInputError, match="'wind' is missing"):
        loaded.score([{"hour": 1.0, "distance": 2.0}])
    rows.loc[3, "wind"] = None
    with pytest.raises(
        InvalidInputError, match=r"1 rows of the reference lack the feature 'wind'|refuses the row"
    ):
        _save(model, tmp_path / "v2", reference=rows[[*numbers, TARGET]], time_column=None)


class _Uploads:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls: list[tuple[Any, ...]] = []

    def upload_model_version(
        self,
        project: str,
        name: str,
        archive_path: Path,
        version: str | None = None,
        activate: bool = True,
        *,
        trust_pickle: bool = False,
    ) -> dict[str, Any]:
        assert not trust_pickle
        self.calls.append((project, name, version, activate))
        unpack_model(archive_path, self.folder)
        return {"version": "v12"}


def test_a_client_gets_an_archive(tmp_path: Path) -> None:
    uploads = _Uploads(tmp_path / "uploaded")
    saved = _save(fit_pipeline(), None, client=uploads, version=None, activate=False)
    assert uploads.calls == [("FLIGHTS", "arrival-delay", None, False)]
    assert (saved.version, saved.path) == ("v12", None)
    verify_files(tmp_path / "uploaded", read_manifest(tmp_path / "uploaded"))


def test_a_version_without_a_name_is_called_by_its_time(tmp_path: Path) -> None:
    assert _save(fit_pipeline(), tmp_path / "v", version=None).version == "20130401T060000Z"


class NoPredict(BaseEstimator):  # type: ignore[misc]
    """Nothing."""


class HasTwoTargets(LogisticRegression):  # type: ignore[misc]
    """Says that it has two."""

    classes_ = np.array([[0, 1], [0, 1]])

    def __init__(self) -> None:
        super().__init__()


def _classes(model: Any, classes: list[Any]) -> Any:
    fitted = fit_pipeline(model)
    fitted.steps[-1][1].classes_ = np.array(classes)
    return fitted


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"target": "lateness"}, "the target 'lateness' is not in the reference; its columns are 'hour'"),
        ({"time_column": "when"}, "the time column 'when' is not in the reference"),
        ({"time_column": "kind", "reference": REFERENCE[[*COLUMNS, "kind"]]}, "'kind' does not hold times"),
        ({"time_column": "delay", "reference": REFERENCE[[*COLUMNS, "delay"]]}, "found float64, in which"),
        ({"reference": REFERENCE[COLUMNS][:1]}, "has 1 rows with a 'late'; expected at least 2"),
        ({"reference": REFERENCE[COLUMNS][:0]}, "has 0 rows"),
        ({"reference": REFERENCE[COLUMNS].assign(late=None)}, "has 0 rows"),
        ({"reference": REFERENCE[COLUMNS].drop(columns="wind")}, "expects the columns 'wind'"),
        ({"reference": REFERENCE[COLUMNS].assign(late="perhaps")}, "holds 'perhaps', which"),
        ({"reference": [1, 2, 3]}, "found list; expected a pandas or polars DataFrame"),
        ({"reference": REFERENCE[[*COLUMNS, "hour"]]}, "'hour' stands twice"),
        ({"reference": REFERENCE[COLUMNS].assign(wind=math.inf)}, "'wind' holds infinite|infinity"),
        ({"reference": REFERENCE[COLUMNS].assign(wind=pd.Timestamp("2013-01-01"))}, "'wind' has the type"),
        ({"reference": REFERENCE[COLUMNS].assign(carrier=[1, "AA"] * 200)}, "'carrier' has values of"),
        ({"reference": REFERENCE[COLUMNS].assign(wind=1j)}, "complex"),
        ({"project": "flights"}, "not a project key"),
        ({"name": "Arrival Delay"}, "not a model id"),
        ({"version": "../v1"}, "not a version"),
        ({"threshold": 1.5}, "threshold is 1.5"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        _save(fit_pipeline(), tmp_path / "v1", **changes)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("model", "changes", "message"),
    [
        (NoPredict(), {}, "NoPredict has no predict method"),
        (
            fit_pipeline(LinearRegression(), target="delay"),
            {},
            "holds (np.)?(False|True).*; expected numbers",
        ),
        (
            fit_pipeline(LinearRegression(), target="delay"),
            {"target": "kind"},
            "expected numbers, or a classifier",
        ),
        (
            fit_pipeline(DummyClassifier(constant=True, strategy="constant")),
            {"target": "kind"},
            "does not know",
        ),
        (HasTwoTargets(), {}, "several targets"),
        (_classes(DummyClassifier(), [True]), {}, "knows only the class 'true'"),
        (LogisticRegression().fit(np.zeros((4, 2)), [0, 1, 0, 1]), {}, "fitted on 2 unnamed columns"),
    ],
)
def test_models_that_do_not_fit_are_refused(
    tmp_path: Path, model: Any, changes: dict[str, Any], message: str
) -> None:
    reference = REFERENCE[[*FEATURES, "kind"]] if changes else REFERENCE[[*FEATURES, TARGET]]
    with pytest.raises(InvalidInputError, match=message):
        _save(model, tmp_path / "v1", reference=reference, time_column=None, **changes)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_path_is_never_overwritten(tmp_path: Path) -> None:
    with pytest.raises(ConflictError, match="never overwritten"):
        _save(fit_pipeline(), tmp_path)
    assert list(tmp_path.iterdir()) == []


class Custom(LogisticRegression):  # type: ignore[misc]
    """A class that no library has."""


def test_foreign_code_needs_a_word_of_trust(tmp_path: Path) -> None:
    model = fit_pipeline(Custom())
    with pytest.raises(InvalidInputError, match="trust_pickle=True"):
        _save(model, tmp_path / "v1")
    assert list(tmp_path.iterdir()) == []
    version = _save(model, tmp_path / "v1", trust_pickle=True)
    manifest = read_manifest(tmp_path / "v1")
    assert manifest.pickled
    assert (manifest.original_file, version.engine) == ("model.pickle", "original")


def test_arrays_without_names(tmp_path: Path) -> None:
    rows = make_flights(300, missing=False)[["hour", "wind"]]
    late = rows["hour"] > 12
    model = HistGradientBoostingClassifier(max_iter=5).fit(rows.to_numpy(), late)
    _save(model, tmp_path / "v1", reference=rows.assign(late=late), time_column=None)
    loaded = load_model(tmp_path / "v1")
    assert loaded.engine == "row-plan"
    found = [score.probas for score in loaded.score(list_rows(rows))]
    assert np.array(found) == pytest.approx(model.predict_proba(rows.to_numpy()), abs=1e-12)


def test_what_a_reference_does_not_define_is_left_out(tmp_path: Path) -> None:
    """Nothing is predicted positive, so that there is no precision: that is not a precision of 0."""
    rows = REFERENCE[[*FEATURES, TARGET]].assign(wind=0.0, carrier="AA")
    never = fit_pipeline(DummyClassifier(strategy="constant", constant=False))
    metrics = _save(never, tmp_path / "v1", reference=rows, time_column=None).training_metrics
    assert "precision" not in metrics
    assert metrics["recall"] == 0.0
