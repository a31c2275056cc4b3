"""A model's schema from its reference and from the model itself: types, ranges, levels, task and classes.

Whether a feature may be missing is tried on the model, not guessed.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from wakeline.core.errors import InvalidInputError
from wakeline.core.event import class_name
from wakeline.core.schema import Feature, FeatureRole, FeatureType, MissingPolicy, ModelSchema, Task
from wakeline.packaging.reference import Reference, find_type, list_values
from wakeline.scoring.predictor import to_python
from wakeline.scoring.score import Score

LEVELS_MAX = 1_000
TRIED_ROWS = 3

Row = dict[str, Any]


def derive_schema(
    model: Any, reference: Reference, training: pd.DataFrame, *, threshold: float
) -> ModelSchema:
    """`training` are the rows whose ranges and levels count. Every feature is still taken as one that may be
    missing; `try_missing` settles that."""
    task, classes = find_task(model, reference)
    return ModelSchema(
        task=task,
        features=tuple(_derive_feature(training[name]) for name in reference.features.columns),
        target=reference.target,
        classes=classes,
        threshold=threshold if task is Task.BINARY and hasattr(model, "predict_proba") else None,
    )


def find_task(model: Any, reference: Reference) -> tuple[Task, tuple[str, ...]]:
    if not callable(getattr(model, "predict", None)):
        raise InvalidInputError(
            f"{type(model).__name__} has no predict method; expected a fitted model such as a scikit-learn "
            "pipeline"
        )
    fitted = getattr(model, "classes_", None)
    if fitted is None:
        _check_numeric_target(reference)
        return Task.REGRESSION, ()
    if isinstance(fitted, list) or np.asarray(fitted).ndim != 1:
        raise InvalidInputError("the model has several targets; expected one")
    classes = tuple(class_name(to_python(label)) for label in fitted)
    if len(classes) < 2:
        raise InvalidInputError(f"the model knows only the class {classes[0]!r}; expected at least two")
    _check_labels(reference, classes)
    return (Task.BINARY if len(classes) == 2 else Task.MULTICLASS), classes


def _check_numeric_target(reference: Reference) -> None:
    labels = reference.labels.dropna()
    if pd.api.types.is_bool_dtype(labels.dtype) or not pd.api.types.is_numeric_dtype(labels.dtype):
        found = labels.iloc[0]
        raise InvalidInputError(
            f"the model has no classes_, so it predicts a number, but the target {reference.target!r} holds "
            f"{found!r}; expected numbers, or a classifier"
        )
    if not np.isfinite(labels.to_numpy(dtype=np.float64)).all():
        raise InvalidInputError(
            f"the target {reference.target!r} holds infinite values; expected finite ones"
        )


def _check_labels(reference: Reference, classes: Sequence[str]) -> None:
    unknown = {name_label(label) for label in reference.labels.dropna().unique()} - set(classes)
    if unknown:
        raise InvalidInputError(
            f"the target {reference.target!r} holds {sorted(unknown)[0]!r}, which the model does not know; "
            f"its classes are {', '.join(classes[:12])}"
        )


def name_label(label: Any) -> str:
    return class_name(to_python(label))


def _derive_feature(column: "pd.Series[Any]") -> Feature:
    type_ = find_type(column)
    present = [value for value in list_values(column) if value is not None]
    minimum = maximum = None
    levels: tuple[str, ...] = ()
    if type_ is FeatureType.DOUBLE and present:
        minimum, maximum = min(present), max(present)
        if not (np.isfinite(minimum) and np.isfinite(maximum)):
            raise InvalidInputError(
                f"the feature {column.name!r} holds infinite values; expected finite ones, or none (missing)"
            )
    if type_ is FeatureType.STRING:
        levels = _rank_levels(column, present)
    is_category = isinstance(column.dtype, pd.CategoricalDtype)
    numerical = type_ is FeatureType.DOUBLE and not is_category
    return Feature(
        name=str(column.name),
        type=type_,
        role=FeatureRole.NUMERICAL if numerical else FeatureRole.CATEGORICAL,
        missing=MissingPolicy.AS_TRAINED,
        missing_rate=1.0 - len(present) / len(column) if len(column) else 0.0,
        minimum=minimum,
        maximum=maximum,
        levels=levels,
    )


def _rank_levels(column: "pd.Series[Any]", present: Sequence[str]) -> tuple[str, ...]:
    """The most frequent first; equal ones by the alphabet, so that the order of the rows does not matter."""
    counts = Counter(present)
    if isinstance(column.dtype, pd.CategoricalDtype):
        counts.update({str(level): 0 for level in column.dtype.categories})
    ranked = sorted(counts, key=lambda level: (-counts[level], level))
    return tuple(ranked[:LEVELS_MAX])


def try_missing(
    score: Callable[[Sequence[Row]], list[Score]], schema: ModelSchema, rows: Sequence[Row]
) -> ModelSchema:
    """Sets `refuse` for each feature without which the model gives no answer, tried on a few rows."""
    sample = rows[:TRIED_ROWS]
    features = tuple(
        feature if _copes(score, sample, feature.name) else replace(feature, missing=MissingPolicy.REFUSE)
        for feature in schema.features
    )
    return replace(schema, features=features)


def _copes(score: Callable[[Sequence[Row]], list[Score]], sample: Sequence[Row], name: str) -> bool:
    try:
        score([{**row, name: None} for row in sample])
    except InvalidInputError:
        return False
    return True


def settle_threshold(schema: ModelSchema, scores: Sequence[Score]) -> ModelSchema:
    """Without a threshold where the model's own answers follow another one (a tuned threshold, a support
    vector machine with probabilities)."""
    if schema.threshold is None:
        return schema
    for score in scores:
        positive = score.probas[1] if score.probas else schema.threshold
        is_positive = score.prediction == schema.classes[1]
        if positive != schema.threshold and is_positive != (positive > schema.threshold):
            return replace(schema, threshold=None)
    return schema
