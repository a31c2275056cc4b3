"""Which of a model's columns the log has in a type that can be compared, and why not."""

from wakeline.core.event import FEATURE_PREFIX
from wakeline.core.schema import FeatureRole
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


def say_not_logged(column: str) -> str:
    return INPUTS_NOT_LOGGED if column.startswith(FEATURE_PREFIX) else OUTPUTS_NOT_LOGGED
