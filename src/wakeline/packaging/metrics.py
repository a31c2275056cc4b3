"""Metrics of a model on its reference rows that have a label. A metric that does not exist there (a single
class, constant target) is left out, never NaN."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn import metrics

from wakeline.core.schema import ModelSchema, Task
from wakeline.scoring.score import Score


def compute_metrics(
    schema: ModelSchema, scores: Sequence[Score], labels: Sequence[str | float]
) -> dict[str, float]:
    """`labels` are class texts, or the numbers of a regression, in the order of `scores`."""
    if schema.task is Task.REGRESSION:
        found = _measure_regression([float(score.prediction) for score in scores], [float(x) for x in labels])
    else:
        found = _measure_classes(schema, scores, [str(label) for label in labels])
    return {name: value for name, value in found.items() if math.isfinite(value)}


def _measure_regression(predictions: list[float], labels: list[float]) -> dict[str, float]:
    found = {
        "mae": float(metrics.mean_absolute_error(labels, predictions)),
        "rmse": float(metrics.root_mean_squared_error(labels, predictions)),
    }
    if len(set(labels)) > 1:
        found["r2"] = float(metrics.r2_score(labels, predictions))
    return found


def _measure_classes(schema: ModelSchema, scores: Sequence[Score], labels: list[str]) -> dict[str, float]:
    predictions = [str(score.prediction) for score in scores]
    options: dict[str, Any] = {"average": "macro", "zero_division": 0}
    if schema.task is Task.BINARY:
        options = {"average": "binary", "pos_label": schema.classes[1], "zero_division": np.nan}
        options["labels"] = list(schema.classes)
    found = {"accuracy": float(metrics.accuracy_score(labels, predictions))}
    for name in ("precision", "recall", "f1"):
        measure: Callable[..., float] = getattr(metrics, f"{name}_score")
        found[name] = float(measure(labels, predictions, **options))
    return found | _measure_probas(schema, scores, labels)


def _measure_probas(schema: ModelSchema, scores: Sequence[Score], labels: list[str]) -> dict[str, float]:
    if any(score.probas is None for score in scores):
        return {}
    probas = np.array([score.probas for score in scores])
    codes = np.array([schema.classes.index(label) for label in labels])
    found = {"log_loss": compute_log_loss(probas, codes)}
    present = len(set(labels))
    if schema.task is Task.BINARY and present == 2:
        found["roc_auc"] = float(metrics.roc_auc_score(codes, probas[:, 1]))
    elif schema.task is Task.MULTICLASS and present == len(schema.classes):
        shares = probas / probas.sum(axis=1, keepdims=True)
        found["roc_auc"] = float(metrics.roc_auc_score(codes, shares, multi_class="ovr", average="macro"))
    return found


def compute_log_loss(probas: npt.NDArray[np.float64], codes: npt.NDArray[np.intp]) -> float:
    """Mean of -log of the true class's probability, which is kept above float64's epsilon."""
    given = probas[np.arange(len(codes)), codes]
    return float(-np.log(np.clip(given, np.finfo(np.float64).eps, 1.0)).mean())
