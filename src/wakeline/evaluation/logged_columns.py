"""Which of a model's columns the log has in a type that can be compared, and why not."""

from wakeline.core.event import FEATURE_PREFIX, PREDICTION_COLUMN, PROBA_PREFIX
from wakeline.core.schema import FeatureRole, ModelSchema, Task
from wakeline.loglake.columns import ColumnType
from wakeline.loglake.window import LogSnapshot

INPUTS_NOT_LOGGED = "inputs not logged"
OUTPUTS_NOT_LOGGED = "outputs not logged"

_NUMBERS = frozenset({ColumnType.DOUBLE, ColumnType.LONG, ColumnType.BOOLEAN})
_COMPARABLE = {
    FeatureRole.NUMERICAL: _NUMBERS,
    FeatureRole.CATEGORICAL: _NUMBERS | {ColumnType.STRING},
}


def explain_absence(snapshot: LogSnapshot, column: str, role: FeatureRole | None) -> str | None:
    """Why the log cannot be asked for this column; None if it can.

    A feature that never had a value has no column: it is missing in every row, which is worth telling.
    """
    stored = snapshot.stored.get(column)
    if stored is None:
        return None if column.startswith(FEATURE_PREFIX) else OUTPUTS_NOT_LOGGED
    if role is not None and stored.type not in _COMPARABLE[role]:
        return f"logged as {stored.type.value}, the model's column is {role.value}"
    return None


def explain_other_type(snapshot: LogSnapshot, column: str, schema: ModelSchema) -> str | None:
    """Why a column without any value is not one that went missing: its values stand beside it as texts.

    A log's column keeps the type of its first value, perhaps another model version's.
    """
    stored, wanted = snapshot.stored.get(column), _list_types(schema)[column]
    if stored is None or stored.type is wanted:
        return None
    return f"logged as {stored.type.value}, the model's column is {wanted.value}"


def _list_types(schema: ModelSchema) -> dict[str, ColumnType]:
    """As a node logs the model's columns."""
    types = {FEATURE_PREFIX + feature.name: ColumnType(feature.type.value) for feature in schema.features}
    types |= {PROBA_PREFIX + name: ColumnType.DOUBLE for name in schema.classes}
    of_answers = ColumnType.DOUBLE if schema.task is Task.REGRESSION else ColumnType.STRING
    return types | {PREDICTION_COLUMN: of_answers}


def say_not_logged(column: str) -> str:
    return INPUTS_NOT_LOGGED if column.startswith(FEATURE_PREFIX) else OUTPUTS_NOT_LOGGED
