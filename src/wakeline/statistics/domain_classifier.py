"""The domain classifier: how well a model tells the current rows from the reference's, all columns at once.

Gradient boosting trained on one half of the rows, judged on the other by its ROC AUC: 0.5 means that nothing
can be told apart. One thread, seeded, 50 000 rows a side at most. No other module here loads scikit-learn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from wakeline.core.reading import Reading
from wakeline.core.schema import FeatureRole
from wakeline.statistics.intervals import estimate_auc
from wakeline.statistics.sampling import Hashes, find_smallest
from wakeline.statistics.values import Floats, to_numbers, to_texts

METRIC = "domain_classifier_auc"
IMPORTANCE = "drift_importance"
ROWS_MAX = 50_000
ROWS_MIN = 100
TREES = 30
LEAVES = 15
_LEVELS_MAX = 200


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Rows of one side and a hash of each: the hash decides who is drawn and which half a row belongs to."""

    table: Any
    hashes: Hashes


def train_domain_classifier(
    reference: Sample,
    current: Sample,
    roles: Mapping[str, FeatureRole],
    *,
    rows_max: int = ROWS_MAX,
    seed: int = 0,
) -> list[Reading]:
    """`domain_classifier_auc` with DeLong's interval, and `drift_importance` of each column.

    The importance of a column is what the AUC loses when the column's test values are shuffled.
    """
    reference, current = draw_sample(reference, rows_max), draw_sample(current, rows_max)
    shared = set(reference.table.column_names) & set(current.table.column_names)
    names = [name for name in roles if name in shared]
    smaller = min(len(reference.hashes), len(current.hashes))
    if smaller < ROWS_MIN:
        return skip_domain_classifier(f"too few rows: {smaller}, at least {ROWS_MIN} a side", roles)
    if not names:
        return skip_domain_classifier("there are no inputs to compare", roles)
    X = _encode([reference.table, current.table], names, roles)
    y = np.repeat([False, True], [len(reference.hashes), len(current.hashes)])
    half = (np.concatenate([reference.hashes, current.hashes]) >> np.uint64(17)) & np.uint64(1) == 1
    if not all(0 < int(side.sum()) < len(side) for side in (y[half], y[~half])):
        return skip_domain_classifier("one half of the sample holds one side only", roles)
    data = _Data(X, y, half, names, [roles[name] is FeatureRole.CATEGORICAL for name in names])
    return _fit_and_judge(data, seed)


def skip_domain_classifier(reason: str, roles: Mapping[str, FeatureRole]) -> list[Reading]:
    return [
        Reading.without_value(METRIC, reason),
        *(Reading.without_value(IMPORTANCE, reason, name) for name in roles),
    ]


def draw_sample(sample: Sample, count: int) -> Sample:
    """The `count` rows with the smallest hashes; the same rows whatever the order."""
    chosen = find_smallest(sample.hashes, count)
    return Sample(sample.table.take(pa.array(chosen)), sample.hashes[chosen])


@dataclass(frozen=True, slots=True, eq=False)
class _Data:
    """Encoded rows; `y` is true for current ones, `training` for the half that is learned from."""

    X: Floats
    y: npt.NDArray[np.bool_]
    training: npt.NDArray[np.bool_]
    names: Sequence[str]
    categorical: Sequence[bool]


def _fit_and_judge(data: _Data, seed: int) -> list[Reading]:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    model = HistGradientBoostingClassifier(
        max_iter=TREES,
        max_leaf_nodes=LEAVES,
        early_stopping=False,
        categorical_features=list(data.categorical),
        random_state=seed,
    )
    with threadpool_limits(limits=1):
        model.fit(data.X[data.training], data.y[data.training])
        test, truth = data.X[~data.training], data.y[~data.training]
        auc = estimate_auc(truth, model.decision_function(test))
        readings = [Reading(METRIC, value=auc.value, lower=auc.lower, upper=auc.upper)]
        draw = np.random.default_rng(seed)
        for position, name in enumerate(data.names):
            shuffled = test.copy()
            shuffled[:, position] = draw.permutation(shuffled[:, position])
            without = estimate_auc(truth, model.decision_function(shuffled))
            readings.append(Reading(IMPORTANCE, name, value=auc.value - without.value))
    return readings


def _encode(tables: Sequence[Any], names: Sequence[str], roles: Mapping[str, FeatureRole]) -> Floats:
    columns = [
        np.concatenate([to_numbers(table.column(name), name) for table in tables])
        if roles[name] is FeatureRole.NUMERICAL
        else _encode_levels([to_texts(table.column(name), name) for table in tables])
        for name in names
    ]
    return np.column_stack(columns)


def _encode_levels(sides: Sequence[Any]) -> Floats:
    """Numbers of the most frequent levels; the rest share one; missing is NaN."""
    texts = pa.chunked_array(sides, pa.string())
    ordered = sorted(
        (entry for entry in pc.value_counts(texts).to_pylist() if entry["values"] is not None),
        key=lambda entry: (-entry["counts"], entry["values"]),
    )
    kept = pa.array([entry["values"] for entry in ordered[:_LEVELS_MAX]], pa.string())
    codes = pc.fill_null(pc.cast(pc.index_in(texts, kept), pa.float64()), float(_LEVELS_MAX))
    return to_numbers(pc.if_else(pc.is_valid(texts), codes, pa.scalar(None, pa.float64())))
