"""Performance of a model on labelled rows: metrics with 95 % intervals, each against the reference's.

Pure functions of arrays. A metric that its rows do not define (one class only, nothing predicted positive) is
*not computed* with that reason, never a default number.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from wakeline.core.event import class_name
from wakeline.core.reading import Reading
from wakeline.core.schema import Task
from wakeline.statistics.intervals import Estimate, estimate_auc, estimate_mean, estimate_share
from wakeline.statistics.regression import REGRESSION_METRICS, LabelledNumbers, estimate_regression
from wakeline.statistics.values import Floats

PERFORMANCE_METRICS = ("roc_auc", "accuracy", "precision", "recall", "f1", "log_loss")
SEVERAL_CLASSES_METRICS = ("roc_auc_ovr", "f1_macro")
NO_LABELS = "no labels yet"
NO_CLASS = -1
NOT_LOGGED = -2

Outcome = Estimate | float | str
"""An estimate, a value without an interval, or the reason why there is none."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelledRows:
    """Rows with a known label: class numbers of labels and predictions, and the probability of each class.

    `predicted` is `NO_CLASS` for a prediction that is none of the classes, which is a wrong one, and
    `NOT_LOGGED` for one that nobody knows. `probabilities` has a column per class, NaN where not logged.
    """

    labels: npt.NDArray[np.int64]
    predicted: npt.NDArray[np.int64]
    probabilities: Floats

    def __len__(self) -> int:
        return len(self.labels)

    def select(self, chosen: npt.NDArray[np.bool_]) -> "LabelledRows":
        return LabelledRows(self.labels[chosen], self.predicted[chosen], self.probabilities[chosen])


Labelled = LabelledRows | LabelledNumbers
"""`LabelledNumbers` for a regression."""


def list_metrics(task: Task) -> tuple[str, ...]:
    """Those that every task has readings of, and the task's own."""
    match task:
        case Task.BINARY:
            return PERFORMANCE_METRICS
        case Task.MULTICLASS:
            return (*PERFORMANCE_METRICS, *SEVERAL_CLASSES_METRICS)
        case Task.REGRESSION:
            return (*PERFORMANCE_METRICS, *REGRESSION_METRICS)


def measure_performance(task: Task, current: Labelled, reference: Labelled | None) -> list[Reading]:
    """Every performance metric on `current`, with its value and interval on `reference` beside it.

    The reference's stand beside a metric that is not computed too.
    """
    return [_measure(name, task, current, reference) for name in list_metrics(task)]


def skip_performance(task: Task, reason: str, current: Labelled, reference: Labelled | None) -> list[Reading]:
    """The same readings without values, for `reason`."""
    return [
        replace(reading, value=None, lower=None, upper=None, not_computed=reason)
        for reading in measure_performance(task, current, reference)
    ]


def _measure(name: str, task: Task, current: Labelled, reference: Labelled | None) -> Reading:
    outcome = _estimate(name, task, current)
    value, lower, upper = _unfold(outcome)
    beside = _unfold(NO_LABELS if reference is None else _estimate(name, task, reference))
    return Reading(
        name,
        value=value,
        lower=lower,
        upper=upper,
        not_computed=outcome if isinstance(outcome, str) else None,
        reference_value=beside[0],
        reference_lower=beside[1],
        reference_upper=beside[2],
    )


def _unfold(outcome: Outcome) -> tuple[float | None, float | None, float | None]:
    match outcome:
        case Estimate():
            return outcome.value, outcome.lower, outcome.upper
        case str():
            return None, None, None
        case _:
            return outcome, None, None


def _estimate(name: str, task: Task, rows: Labelled) -> Outcome:
    if isinstance(rows, LabelledNumbers):
        if name not in REGRESSION_METRICS:
            return "defined for classifiers"
        return estimate_regression(name, rows) if len(rows) else NO_LABELS
    if task is Task.MULTICLASS and name in _BINARY_ONLY:
        return "defined for two classes"
    if not len(rows):
        return NO_LABELS
    if name in _OF_PREDICTIONS:
        rows = rows.select(rows.predicted != NOT_LOGGED)
        if not len(rows):
            return "predictions not logged"
    return _METRICS[name](rows)


def compute_roc_auc(rows: LabelledRows) -> Outcome:
    """Area under the ROC curve of the positive class's probability; DeLong interval."""
    scores = rows.probabilities[:, 1]
    known = ~np.isnan(scores)
    positive = rows.labels[known] == 1
    if not known.any():
        return "probabilities not logged"
    if positive.all() or not positive.any():
        return "the labels are of one class only"
    return estimate_auc(positive, scores[known])


def compute_accuracy(rows: LabelledRows) -> Outcome:
    """Share of right predictions; Wilson interval."""
    return estimate_share(int(np.sum(rows.labels == rows.predicted)), len(rows))


def compute_precision(rows: LabelledRows) -> Outcome:
    """TP / (TP + FP); Wilson interval."""
    predicted = rows.predicted == 1
    if not predicted.any():
        return "no row is predicted positive"
    return estimate_share(int(np.sum(rows.labels[predicted] == 1)), int(predicted.sum()))


def compute_recall(rows: LabelledRows) -> Outcome:
    """TP / (TP + FN); Wilson interval."""
    actual = rows.labels == 1
    if not actual.any():
        return "no label is positive"
    return estimate_share(int(np.sum(rows.predicted[actual] == 1)), int(actual.sum()))


def compute_f1(rows: LabelledRows) -> Outcome:
    """2 TP / (2 TP + FP + FN).

    F1 = 2J / (1 + J) with J = TP / (TP + FP + FN), a share of the rows that are positive on either side: its
    Wilson interval, through the same rising function, is F1's.
    """
    predicted, actual = rows.predicted == 1, rows.labels == 1
    either = int(np.sum(predicted | actual))
    if not either:
        return "no row is positive, predicted or labelled"
    overlap = estimate_share(int(np.sum(predicted & actual)), either)
    return Estimate(*(2 * share / (1 + share) for share in (overlap.value, overlap.lower, overlap.upper)))


def compute_log_loss(rows: LabelledRows) -> Outcome:
    """Mean −ln of the label's probability, cut to [2.2e-16, 1 − 2.2e-16] as `sklearn.metrics.log_loss` does.

    The interval is that of the central limit theorem.
    """
    known = ~np.isnan(rows.probabilities).any(axis=1)
    if not known.any():
        return "probabilities not logged"
    smallest = float(np.finfo(np.float64).eps)
    probabilities = np.clip(rows.probabilities[known], smallest, 1 - smallest)
    estimate = estimate_mean(-np.log(probabilities[np.arange(len(probabilities)), rows.labels[known]]))
    return Estimate(estimate.value, max(0.0, estimate.lower), estimate.upper)


def compute_roc_auc_ovr(rows: LabelledRows) -> Outcome:
    """Mean over the classes of the ROC AUC of a class against the rest; without an interval."""
    lacking: npt.NDArray[np.bool_] = np.asarray(np.isnan(rows.probabilities).any(axis=1))
    known = rows.select(~lacking)
    if not len(known):
        return "probabilities not logged"
    sides = [known.labels == number for number in range(known.probabilities.shape[1])]
    if not all(side.any() for side in sides):
        return "a class has no labels"
    values = [estimate_auc(side, known.probabilities[:, number]).value for number, side in enumerate(sides)]
    return float(np.mean(values))


def compute_f1_macro(rows: LabelledRows) -> Outcome:
    """Mean F1 over the classes that are labelled or predicted; without an interval."""
    values = []
    for number in range(rows.probabilities.shape[1]):
        predicted, actual = rows.predicted == number, rows.labels == number
        either = int(predicted.sum() + actual.sum())
        if either:
            values.append(2 * int(np.sum(predicted & actual)) / either)
    return float(np.mean(values))


def encode_classes(column: Any, classes: Sequence[str]) -> npt.NDArray[np.int64]:
    """Class numbers of an Arrow column of labels (by `class_name`); `NOT_LOGGED` for null, `NO_CLASS` for
    anything else."""
    index = {name: number for number, name in enumerate(classes)}
    texts = pc.cast(column, pa.string()) if pa.types.is_null(column.type) else column
    encoded = pa.chunked_array([texts]) if isinstance(texts, pa.Array) else texts
    encoded = encoded.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    numbers = [
        NOT_LOGGED if value is None else index.get(class_name(value), NO_CLASS)
        for value in encoded.dictionary.to_pylist()
    ]
    where = pc.fill_null(encoded.indices, len(numbers)).to_numpy(zero_copy_only=False)
    return np.asarray(np.array([*numbers, NOT_LOGGED], np.int64)[where])


_BINARY_ONLY = frozenset({"roc_auc", "precision", "recall", "f1"})
_OF_PREDICTIONS = frozenset({"accuracy", "precision", "recall", "f1", "f1_macro"})
_METRICS: dict[str, Callable[[LabelledRows], Outcome]] = {
    "roc_auc": compute_roc_auc,
    "accuracy": compute_accuracy,
    "precision": compute_precision,
    "recall": compute_recall,
    "f1": compute_f1,
    "log_loss": compute_log_loss,
    "roc_auc_ovr": compute_roc_auc_ovr,
    "f1_macro": compute_f1_macro,
}
