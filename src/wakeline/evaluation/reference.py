"""A model version's reference: its rows, under the names that the log has for the same columns.

The folder's checksum is verified before a row is read. Rows stand in the order of the file.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from wakeline.core.errors import BrokenFileError
from wakeline.core.event import FEATURE_PREFIX, PREDICTION_COLUMN, PROBA_PREFIX
from wakeline.core.schema import FeatureRole, ModelSchema, Task
from wakeline.scoring.manifest import REFERENCE_NAME, Manifest, verify_files
from wakeline.statistics.domain_classifier import Sample
from wakeline.statistics.performance import Labelled, LabelledRows, encode_classes
from wakeline.statistics.regression import LabelledNumbers
from wakeline.statistics.sampling import hash_positions
from wakeline.statistics.values import Floats, is_number_type, to_numbers

LABEL_COLUMN = "label"


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    table: Any
    checksum: str

    @property
    def row_count(self) -> int:
        return int(self.table.num_rows)

    def read_values(self, column: str) -> Floats:
        """Present values of a numerical column, sorted; empty if the reference lacks it."""
        if column not in self.table.column_names:
            return np.zeros(0)
        values = to_numbers(self.table.column(column), column)
        return np.sort(values[~np.isnan(values)])

    def draw(self, columns: list[str], seed: int) -> Sample:
        present = [name for name in columns if name in self.table.column_names]
        return Sample(self.table.select(present), hash_positions(self.row_count, seed))


def read_reference(folder: Path, manifest: Manifest) -> Reference:
    verify_files(folder, manifest, [REFERENCE_NAME])
    try:
        table = pq.read_table(folder / REFERENCE_NAME, use_threads=False)
    except (pa.ArrowException, OSError) as error:
        raise BrokenFileError(f"the reference in {folder} cannot be read: {error}") from error
    return Reference(table, manifest.files[REFERENCE_NAME])


def list_roles(schema: ModelSchema) -> dict[str, FeatureRole]:
    """How each column of the log is compared: features, prediction, the positive class's probability."""
    roles = {FEATURE_PREFIX + feature.name: feature.role for feature in schema.features}
    roles.update(list_prediction_roles(schema))
    return roles


def list_prediction_roles(schema: ModelSchema) -> dict[str, FeatureRole]:
    match schema.task:
        case Task.REGRESSION:
            return {PREDICTION_COLUMN: FeatureRole.NUMERICAL}
        case Task.MULTICLASS:
            return {PREDICTION_COLUMN: FeatureRole.CATEGORICAL}
        case Task.BINARY:
            positive = f"{PROBA_PREFIX}{schema.positive_class}"
            return {PREDICTION_COLUMN: FeatureRole.CATEGORICAL, positive: FeatureRole.NUMERICAL}


def read_labelled(table: Any, schema: ModelSchema) -> Labelled:
    """The rows of a table with `label`, `prediction` and `proba.*` whose label is one of the classes, or a
    number for a regression."""
    if schema.task is Task.REGRESSION:
        numbers = read_finite(_pick(table, LABEL_COLUMN))
        rows = LabelledNumbers(numbers, read_finite(_pick(table, PREDICTION_COLUMN)))
        return rows.select(~np.isnan(numbers))
    labels = encode_classes(_pick(table, LABEL_COLUMN), schema.classes)
    known = labels >= 0
    return LabelledRows(
        labels[known],
        encode_classes(_pick(table, PREDICTION_COLUMN), schema.classes)[known],
        read_probabilities(table, schema)[known],
    )


def read_finite(column: Any) -> Floats:
    """Numbers, NaN for anything else."""
    if not is_number_type(column.type):
        return np.full(len(column), np.nan)
    numbers = to_numbers(column)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def read_probabilities(table: Any, schema: ModelSchema) -> Floats:
    """A row each, a column per class; NaN where a probability is missing."""
    columns = [to_numbers(_pick(table, PROBA_PREFIX + name), name) for name in schema.classes]
    return np.column_stack(columns) if columns else np.zeros((table.num_rows, 0))


def _pick(table: Any, name: str) -> Any:
    return table.column(name) if name in table.column_names else pa.nulls(table.num_rows)
