"""Drift of every column of two profiles on the same edge set: one list of readings a column."""

from collections.abc import Mapping

from wakeline.core.reading import Reading
from wakeline.core.schema import FeatureRole
from wakeline.statistics.categorical import compare_levels
from wakeline.statistics.missing import measure_missing
from wakeline.statistics.numerical import Rows, compare_numerical
from wakeline.statistics.profile import LevelProfile, NumericalProfile, Profile

NUMERICAL_METRICS = ("missing_rate", "ks", "wasserstein", "wasserstein_normalised", "psi", "jensen_shannon")
CATEGORICAL_METRICS = ("missing_rate", "chi_square", "psi", "jensen_shannon")


def compare_column(
    name: str, reference: Profile, current: Profile, rows: Rows | None = None, *, title: str | None = None
) -> list[Reading]:
    """The readings of one column, under `title` if its name in the profiles is not the one to show."""
    shown = name if title is None else title
    before, now = reference.columns[name], current.columns[name]
    missing = measure_missing(shown, before, now)
    match before, now:
        case NumericalProfile(), NumericalProfile():
            return [missing, *compare_numerical(shown, before, now, rows)]
        case LevelProfile(), LevelProfile():
            return [missing, *compare_levels(shown, before, now)]
        case _:
            raise AssertionError(f"{name} is numerical on one side and categorical on the other")


def skip_column(title: str, role: FeatureRole, reason: str) -> list[Reading]:
    """The same readings without values."""
    names = NUMERICAL_METRICS if role is FeatureRole.NUMERICAL else CATEGORICAL_METRICS
    return [Reading.without_value(name, reason, title) for name in names]


def index_readings(readings: list[Reading]) -> Mapping[tuple[str, str | None], Reading]:
    """Readings by (metric, column), each of which stands once."""
    indexed = {(reading.metric, reading.column): reading for reading in readings}
    assert len(indexed) == len(readings), "two readings of the same metric and column"
    return indexed
