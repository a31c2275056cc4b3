"""Performance against scikit-learn; intervals against published numbers, all pairs and coverage."""

import numpy as np
import pyarrow as pa
import pytest
import sklearn.metrics
from hypothesis import given, settings
from hypothesis import strategies as st

from wakeline.core.reading import Reading
from wakeline.core.schema import Task
from wakeline.statistics.intervals import estimate_auc, estimate_mean, estimate_share
from wakeline.statistics.performance import (
    NO_LABELS,
    PERFORMANCE_METRICS,
    Labelled,
    LabelledRows,
    encode_classes,
    list_metrics,
    measure_performance,
    skip_performance,
)
from wakeline.statistics.regression import LabelledNumbers


def _make_rows(count: int, seed: int = 0, signal: float = 1.0) -> LabelledRows:
    draw = np.random.default_rng(seed)
    labels = (draw.random(count) < 0.3).astype(np.int64)
    scores = 1 / (1 + np.exp(-(signal * labels + draw.normal(size=count) - 1)))
    scores = scores.round(2)
    return LabelledRows(labels, (scores >= 0.5).astype(np.int64), np.column_stack([1 - scores, scores]))


def _read(readings: list[Reading]) -> dict[str, Reading]:
    assert [reading.metric for reading in readings] == list(PERFORMANCE_METRICS)
    return {reading.metric: reading for reading in readings}


@pytest.mark.parametrize("seed", range(5))
def test_values_agree_with_scikit_learn(seed: int) -> None:
    rows, reference = _make_rows(800, seed), _make_rows(500, seed + 100)
    found = _read(measure_performance(Task.BINARY, rows, reference))
    for side, attribute in ((rows, "value"), (reference, "reference_value")):
        scores = side.probabilities[:, 1]
        expected = {
            "roc_auc": sklearn.metrics.roc_auc_score(side.labels, scores),
            "accuracy": sklearn.metrics.accuracy_score(side.labels, side.predicted),
            "precision": sklearn.metrics.precision_score(side.labels, side.predicted),
            "recall": sklearn.metrics.recall_score(side.labels, side.predicted),
            "f1": sklearn.metrics.f1_score(side.labels, side.predicted),
            "log_loss": sklearn.metrics.log_loss(side.labels, scores),
        }
        for name, value in expected.items():
            assert getattr(found[name], attribute) == pytest.approx(value, abs=1e-12)
    for reading in found.values():
        assert reading.lower is not None
        assert reading.upper is not None
        assert reading.value is not None
        assert reading.lower < reading.value < reading.upper
        assert reading.reference_lower is not None
        assert reading.reference_upper is not None


def test_delong_variance_over_all_pairs() -> None:
    """DeLong's structural components, written out over every pair, give the same interval."""
    draw = np.random.default_rng(7)
    positive = draw.random(120) < 0.4
    scores = (draw.normal(size=120) + positive).round(1)
    high, low = scores[positive], scores[~positive]
    psi = (high[:, None] > low[None, :]) + 0.5 * (high[:, None] == low[None, :])
    variance = psi.mean(axis=1).var(ddof=1) / len(high) + psi.mean(axis=0).var(ddof=1) / len(low)
    found = estimate_auc(positive, scores)
    assert found.value == pytest.approx(psi.mean())
    assert (found.upper - found.lower) / 2 == pytest.approx(1.959963984540054 * np.sqrt(variance))


def test_delong_agrees_with_the_bootstrap() -> None:
    rows = _make_rows(1500, 3)
    positive, scores = rows.labels == 1, rows.probabilities[:, 1]
    draw = np.random.default_rng(11)
    resampled = []
    for _ in range(800):
        chosen = draw.integers(0, len(rows), len(rows))
        resampled.append(sklearn.metrics.roc_auc_score(positive[chosen], scores[chosen]))
    found = estimate_auc(positive, scores)
    assert found.lower == pytest.approx(np.quantile(resampled, 0.025), abs=0.006)
    assert found.upper == pytest.approx(np.quantile(resampled, 0.975), abs=0.006)


def test_few_rows_of_a_class_tell_little() -> None:
    """DeLong's variance is 0 for a perfect order and for one row of a class: that is no certainty."""
    for high, low in (([0.1], [0.9]), ([0.9], [0.1]), ([0.2, 0.3], [0.7, 0.8]), ([0.4], [0.3, 0.5, 0.6])):
        positive = np.array([True] * len(high) + [False] * len(low))
        found = estimate_auc(positive, np.array([*high, *low]))
        assert found.lower <= found.value <= found.upper
        assert found.upper - found.lower > 0.5, (high, low)
    perfect = estimate_auc(np.repeat([True, False], 50), np.arange(100.0)[::-1])
    assert (perfect.value, perfect.upper) == (1.0, 1.0)
    assert perfect.lower == pytest.approx(estimate_share(50, 50).lower)


@pytest.mark.parametrize("each", [2, 5, 9, 12, 30])
def test_auc_interval_covers_small_samples(each: int) -> None:
    draw, covered, truth = np.random.default_rng(each), 0, 0.7603
    for _ in range(500):
        scores = np.concatenate([draw.normal(1.0, size=each), draw.normal(0.0, size=each)])
        found = estimate_auc(np.repeat([True, False], each), scores)
        covered += found.lower <= truth <= found.upper
    assert covered / 500 >= 0.88


@pytest.mark.parametrize(
    ("hits", "count", "lower", "upper"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (15, 148, 0.0624, 0.1605), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_is_the_published_one(hits: int, count: int, lower: float, upper: float) -> None:
    """15/148 and 1/29: Newcombe (1998), table I, method 3: 0.0624 to 0.1605 and 0.0061 to 0.1718."""
    found = estimate_share(hits, count)
    assert found.lower == pytest.approx(lower, abs=6e-5)
    assert found.upper == pytest.approx(upper, abs=6e-5)


def test_f1_interval_covers_as_often_as_it_says() -> None:
    draw, truth, covered = np.random.default_rng(5), 2 * 0.2 / (2 * 0.2 + 0.1 + 0.15), 0
    for _ in range(600):
        tp, fp, fn, tn = draw.multinomial(400, [0.2, 0.1, 0.15, 0.55])
        labels = np.repeat([1, 0, 1, 0], [tp, fp, fn, tn])
        predicted = np.repeat([1, 1, 0, 0], [tp, fp, fn, tn])
        rows = LabelledRows(labels, predicted, np.zeros((400, 2)))
        reading = _read(measure_performance(Task.BINARY, rows, None))["f1"]
        assert reading.lower is not None
        assert reading.upper is not None
        covered += reading.lower <= truth <= reading.upper
    assert 0.92 <= covered / 600 <= 0.98


def test_mean_interval_is_the_normal_one() -> None:
    values = np.random.default_rng(1).normal(3, 2, size=10_000)
    found = estimate_mean(values)
    assert found.upper - found.lower == pytest.approx(2 * 1.96 * 2 / 100, rel=0.03)
    assert estimate_mean(np.array([2.0])).lower == 2.0


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(-1, 1), st.floats(0, 1)), min_size=1, max_size=30))
def test_any_rows_have_a_value_or_a_reason(drawn: list[tuple[int, int, float]]) -> None:
    labels, predicted, scores = (np.array(part) for part in zip(*drawn, strict=True))
    rows = LabelledRows(labels, predicted, np.column_stack([1 - scores, scores]))
    found = _read(measure_performance(Task.BINARY, rows, rows))
    for reading in found.values():
        if reading.value is not None:
            assert reading.lower is not None
            assert reading.upper is not None
            assert reading.lower - 1e-12 <= reading.value <= reading.upper + 1e-12
            assert reading.reference_value == reading.value


def test_what_rows_do_not_define_has_its_reason() -> None:
    one_class = LabelledRows(np.zeros(5, np.int64), np.zeros(5, np.int64), np.full((5, 2), 0.5))
    found = _read(measure_performance(Task.BINARY, one_class, None))
    assert found["roc_auc"].not_computed == "the labels are of one class only"
    assert found["precision"].not_computed == "no row is predicted positive"
    assert found["recall"].not_computed == "no label is positive"
    assert found["f1"].not_computed == "no row is positive, predicted or labelled"
    assert found["accuracy"].value == 1.0
    blind = LabelledRows(np.array([0, 1]), np.array([0, 1]), np.full((2, 2), np.nan))
    found = _read(measure_performance(Task.BINARY, blind, None))
    assert found["roc_auc"].not_computed == "probabilities not logged"
    assert found["log_loss"].not_computed == "probabilities not logged"


def test_without_labels_the_reference_still_shows() -> None:
    nothing = LabelledRows(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, 2)))
    found = _read(measure_performance(Task.BINARY, nothing, _make_rows(300)))
    for reading in found.values():
        assert reading.not_computed == NO_LABELS
        assert reading.reference_value is not None
    skipped = _read(skip_performance(Task.BINARY, "asked not to", _make_rows(300), None))
    assert {reading.not_computed for reading in skipped.values()} == {"asked not to"}


def _read_of(task: Task, rows: Labelled) -> dict[str, Reading]:
    readings = measure_performance(task, rows, rows)
    assert [reading.metric for reading in readings] == list(list_metrics(task))
    return {reading.metric: reading for reading in readings}


@pytest.mark.parametrize("seed", range(3))
def test_several_classes_agree_with_scikit_learn(seed: int) -> None:
    draw = np.random.default_rng(seed)
    labels = draw.integers(0, 3, 400)
    shares = draw.dirichlet((1, 1, 1), 400) + np.eye(3)[labels] * 0.3
    shares /= shares.sum(axis=1, keepdims=True)
    predicted = shares.argmax(axis=1)
    found = _read_of(Task.MULTICLASS, LabelledRows(labels, predicted, shares))
    expected = {
        "accuracy": sklearn.metrics.accuracy_score(labels, predicted),
        "log_loss": sklearn.metrics.log_loss(labels, shares),
        "roc_auc_ovr": sklearn.metrics.roc_auc_score(labels, shares, multi_class="ovr"),
        "f1_macro": sklearn.metrics.f1_score(labels, predicted, average="macro"),
    }
    for name, value in expected.items():
        assert found[name].value == found[name].reference_value == pytest.approx(value, abs=1e-12)
    assert found["roc_auc"].not_computed == "defined for two classes"


def test_a_class_without_rows_is_no_zero() -> None:
    """Class 2 is neither labelled nor predicted; class 1 is labelled and never predicted."""
    rows = LabelledRows(np.array([0, 0, 1]), np.array([0, 0, 0]), np.full((3, 3), 1 / 3))
    found = _read_of(Task.MULTICLASS, rows)
    assert found["f1_macro"].value == pytest.approx(
        sklearn.metrics.f1_score([0, 0, 1], [0, 0, 0], average="macro")
    )
    assert found["roc_auc_ovr"].not_computed == "a class has no labels"


@pytest.mark.parametrize("seed", range(3))
def test_regressions_agree_with_scikit_learn(seed: int) -> None:
    draw = np.random.default_rng(seed)
    labels = draw.gamma(2.0, 10.0, 500)
    predicted = labels + draw.normal(1.0, 4.0, 500)
    found = _read_of(Task.REGRESSION, LabelledNumbers(labels, predicted))
    expected = {
        "mae": sklearn.metrics.mean_absolute_error(labels, predicted),
        "rmse": sklearn.metrics.root_mean_squared_error(labels, predicted),
        "r2": sklearn.metrics.r2_score(labels, predicted),
    }
    for name, value in expected.items():
        assert found[name].value == found[name].reference_value == pytest.approx(value, rel=1e-12)
    for name in ("mae", "rmse"):
        reading = found[name]
        assert reading.lower is not None
        assert reading.upper is not None
        assert reading.value is not None
        assert reading.lower < reading.value < reading.upper
    assert found["accuracy"].not_computed == "defined for classifiers"


def test_rmse_interval_covers_as_often_as_it_says() -> None:
    draw, covered = np.random.default_rng(2), 0
    for _ in range(400):
        errors = draw.normal(0.0, 3.0, 200)
        reading = _read_of(Task.REGRESSION, LabelledNumbers(np.zeros(200), errors))["rmse"]
        assert reading.lower is not None
        assert reading.upper is not None
        covered += reading.lower <= 3.0 <= reading.upper
    assert 0.92 <= covered / 400 <= 0.98


def test_what_numbers_do_not_define_has_its_reason() -> None:
    found = _read_of(Task.REGRESSION, LabelledNumbers(np.zeros(0), np.zeros(0)))
    assert found["rmse"].not_computed == NO_LABELS
    found = _read_of(Task.REGRESSION, LabelledNumbers(np.ones(3), np.full(3, np.nan)))
    assert found["mae"].not_computed == "predictions not logged"
    found = _read_of(Task.REGRESSION, LabelledNumbers(np.ones(3), np.array([1.0, 2.0, np.nan])))
    assert (found["mae"].value, found["r2"].not_computed) == (0.5, "the labels are all the same")
    found = _read_of(Task.REGRESSION, LabelledNumbers(np.array([1e300, -1e300]), np.array([-1e300, 1e300])))
    assert found["mae"].value == 2e300
    assert found["rmse"].not_computed == "the errors are beyond the range of doubles"
    assert found["r2"].not_computed == "the errors are beyond the range of doubles"


@pytest.mark.parametrize(
    "column",
    [
        pa.array(["0", "1", None, "2"]),
        pa.array([0, 1, None, 2]),
        pa.array([0.0, 1.0, None, 2.5]),
        pa.chunked_array([["0"], ["1", None], ["x"]]),
        pa.array(["0", "1", None, "y"]).dictionary_encode(),
    ],
)
def test_classes_are_numbers(column: pa.Array) -> None:
    assert encode_classes(column, ["0", "1"]).tolist() == [0, 1, -2, -1]


def test_no_classes_of_nothing() -> None:
    assert encode_classes(pa.nulls(2), ["a"]).tolist() == [-2, -2]
    assert encode_classes(pa.array([], pa.string()), ["a"]).tolist() == []
    assert encode_classes(pa.array([True, False]), ["false", "true"]).tolist() == [1, 0]
