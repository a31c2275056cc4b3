"""`reference.parquet`: the held-out rows with the model's answers, their labels and their times."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from wakeline.core.event import FEATURE_PREFIX, PREDICTION_COLUMN, PROBA_PREFIX
from wakeline.core.schema import FeatureType, ModelSchema, Task
from wakeline.scoring.score import Score

LABEL_COLUMN = "label"
TIME_COLUMN = "event_time"

_TYPES = {
    FeatureType.DOUBLE: pa.float64(),
    FeatureType.BOOLEAN: pa.bool_(),
    FeatureType.STRING: pa.string(),
}


def write_reference(
    path: Path,
    schema: ModelSchema,
    *,
    rows: Sequence[dict[str, Any]],
    scores: Sequence[Score],
    labels: Sequence[str | float | None],
    times: "pd.Series[Any] | None",
) -> None:
    """Columns `features.<name>`, `prediction`, `proba.<class>`, `label`, `event_time`; null where unknown."""
    answer_type = pa.float64() if schema.task is Task.REGRESSION else pa.string()
    columns = {
        FEATURE_PREFIX + feature.name: pa.array([row[feature.name] for row in rows], _TYPES[feature.type])
        for feature in schema.features
    }
    columns[PREDICTION_COLUMN] = pa.array([score.prediction for score in scores], answer_type)
    if scores and scores[0].probas is not None:
        for index, name in enumerate(schema.classes):
            shares = [score.probas[index] for score in scores if score.probas is not None]
            columns[PROBA_PREFIX + name] = pa.array(shares, pa.float64())
    columns[LABEL_COLUMN] = pa.array(labels, answer_type)
    columns[TIME_COLUMN] = _to_times(times, len(rows))
    pq.write_table(pa.table(columns), path, compression="zstd")


def _to_times(times: "pd.Series[Any] | None", count: int) -> pa.Array:
    type_ = pa.timestamp("us", tz="UTC")
    if times is None:
        return pa.nulls(count, type_)
    return pa.array(times.dt.floor("us"), from_pandas=True).cast(type_)
