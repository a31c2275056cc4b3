"""Importance of features by permutation: how much worse the answers get when one feature is shuffled.

The loss is log loss, squared error, or the share of wrong classes where there are no probabilities; the
sample is bounded and seeded. Shares sum to 1, or are all 0 where no feature matters.
"""

import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from wakeline.core.errors import InvalidInputError
from wakeline.core.schema import ModelSchema, Task
from wakeline.packaging.metrics import compute_log_loss
from wakeline.scoring.score import Score

METHOD = "permutation"
ROWS_MAX = 2_000
SEED = 20130401

Row = dict[str, Any]


def measure_importance(
    score: Callable[[Sequence[Row]], list[Score]],
    schema: ModelSchema,
    rows: Sequence[Row],
    labels: Sequence[str | float],
) -> dict[str, float]:
    """`rows` and `labels` are aligned; `score` is the engine that was chosen."""
    generator = random.Random(SEED)  # noqa: S311 - a sample, not a secret
    chosen = sorted(generator.sample(range(len(rows)), min(len(rows), ROWS_MAX)))
    sample = [rows[index] for index in chosen]
    truth = [labels[index] for index in chosen]
    base = _measure_loss(schema, score(sample), truth)
    losses: dict[str, float] = {}
    for feature in schema.feature_names:
        values = [row[feature] for row in sample]
        generator.shuffle(values)
        shuffled = [{**row, feature: value} for row, value in zip(sample, values, strict=True)]
        try:
            losses[feature] = max(0.0, _measure_loss(schema, score(shuffled), truth) - base)
        except InvalidInputError:
            losses[feature] = 0.0
    total = sum(losses.values())
    return {name: loss / total if total > 0 else 0.0 for name, loss in losses.items()}


def _measure_loss(schema: ModelSchema, scores: Sequence[Score], truth: Sequence[str | float]) -> float:
    if schema.task is Task.REGRESSION:
        errors = [float(one.prediction) - float(label) for one, label in zip(scores, truth, strict=True)]
        return float(np.mean(np.square(errors)))
    if any(one.probas is None for one in scores):
        return float(np.mean([one.prediction != label for one, label in zip(scores, truth, strict=True)]))
    codes = np.array([schema.classes.index(str(label)) for label in truth])
    return compute_log_loss(np.array([one.probas for one in scores]), codes)
