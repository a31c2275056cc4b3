"""A window against the reference, column by column and all together: readings, and what they mean.

From profiles at every size; from rows where the window is small, where a value derived from cells lies near a
threshold, and for the domain classifier.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from wakeline.core.event import FEATURE_PREFIX
from wakeline.core.reading import Reading
from wakeline.core.schema import FeatureRole, ModelSchema
from wakeline.core.window import Window
from wakeline.evaluation.logged_columns import explain_absence, explain_other_type, say_not_logged
from wakeline.evaluation.reference import Reference, list_prediction_roles, list_roles
from wakeline.evaluation.sample_rows import stream_ks
from wakeline.evaluation.selection import Selection
from wakeline.loglake.window import LogSnapshot
from wakeline.statistics.catalogue import find_metric
from wakeline.statistics.distribution import ColumnDistribution, describe_distribution
from wakeline.statistics.domain_classifier import IMPORTANCE, Sample, train_domain_classifier
from wakeline.statistics.domain_classifier import METRIC as DOMAIN_CLASSIFIER
from wakeline.statistics.drift import compare_column, index_readings, skip_column
from wakeline.statistics.numerical import Rows, ks_p_value, sort_rows
from wakeline.statistics.profile import NumericalProfile, Profile
from wakeline.statistics.values import to_numbers
from wakeline.statistics.verdict import FeatureVerdict, TableVerdict, judge_column, judge_table


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Both sides, profiled on one edge set. `sample` holds all rows of the window where `exact`."""

    snapshot: LogSnapshot
    window: Window
    selection: Selection
    schema: ModelSchema
    reference: Reference
    before: Profile
    now: Profile
    sample: Sample
    exact: bool
    sample_rows_max: int
    seed: int


def name_columns(schema: ModelSchema) -> dict[str, str]:
    """How readings call the log's columns: a feature by its own name, unless another column is called so."""
    outputs = list_prediction_roles(schema)
    titles = {name: name for name in outputs}
    for feature in schema.features:
        column = FEATURE_PREFIX + feature.name
        is_taken = feature.name in outputs or feature.name.startswith(FEATURE_PREFIX)
        titles[column] = column if is_taken else feature.name
    return titles


def compare_columns(comparison: Comparison, step: Callable[[float], None]) -> list[Reading]:
    """The drift of every feature and of the prediction."""
    roles, titles = list_roles(comparison.schema), name_columns(comparison.schema)
    obstacles = find_obstacles(comparison)
    readings: list[Reading] = []
    for done, (name, role) in enumerate(roles.items(), start=1):
        if name in obstacles:
            readings += skip_column(titles[name], role, obstacles[name])
        else:
            readings += _compare(comparison, name, titles[name])
        step(done / len(roles))
    return readings


def classify_domains(comparison: Comparison) -> list[Reading]:
    """The domain classifier over the features that both sides have."""
    titles, obstacles = name_columns(comparison.schema), find_obstacles(comparison)
    roles = {
        name: role for name, role in list_roles(comparison.schema).items() if name.startswith(FEATURE_PREFIX)
    }
    usable = {name: role for name, role in roles.items() if name not in obstacles}
    if usable:
        readings = train_domain_classifier(
            comparison.reference.draw(list(usable), comparison.seed),
            comparison.sample,
            usable,
            rows_max=comparison.sample_rows_max,
            seed=comparison.seed,
        )
    else:
        reason = next((obstacles[name] for name in roles), "the model has no features")
        readings = [Reading.without_value(DOMAIN_CLASSIFIER, reason)]
    readings += [
        Reading.without_value(IMPORTANCE, obstacles[name], name) for name in roles if name in obstacles
    ]
    return [
        reading if reading.column is None else replace(reading, column=titles[reading.column])
        for reading in readings
    ]


def find_obstacles(comparison: Comparison) -> dict[str, str]:
    """The columns that cannot be compared, each with the reason.

    Where every feature (or every output) of a side is without any value, logging was off: that is not
    drift. Nor is a column without values whose type is not the model's.
    """
    roles = list_roles(comparison.schema)
    obstacles = {name: reason for name, role in roles.items() if (reason := _explain(comparison, name, role))}
    for inputs in (True, False):
        group = [name for name in roles if name.startswith(FEATURE_PREFIX) is inputs]
        for side, of in ((comparison.now, ""), (comparison.before, " in the reference")):
            if not any(side.columns[name].count for name in group):
                found = {name: say_not_logged(name) + of for name in group if name not in obstacles}
                obstacles.update(found)
    return obstacles


def _explain(comparison: Comparison, name: str, role: FeatureRole) -> str | None:
    reason = explain_absence(comparison.snapshot, name, role)
    if reason is None and not comparison.now.columns[name].count:
        return explain_other_type(comparison.snapshot, name, comparison.schema)
    return reason


def describe_distributions(comparison: Comparison) -> list[ColumnDistribution]:
    """Of every feature and of the prediction, from the profiles alone."""
    titles, obstacles = name_columns(comparison.schema), find_obstacles(comparison)
    found = []
    for name, role in list_roles(comparison.schema).items():
        current = None if name in obstacles else comparison.now.columns[name]
        found.append(
            ColumnDistribution(
                column=titles[name],
                role=role,
                is_output=not name.startswith(FEATURE_PREFIX),
                counted=describe_distribution(comparison.before.columns[name], current),
                not_computed=obstacles.get(name),
            )
        )
    return found


def judge(
    comparison: Comparison, readings: list[Reading], importance: Mapping[str, float]
) -> tuple[list[FeatureVerdict], TableVerdict]:
    """A status per feature and one of the table, with the catalogue's default thresholds."""
    indexed, titles = index_readings(readings), name_columns(comparison.schema)
    rows = comparison.now.row_count
    features = [
        FeatureVerdict(
            name=titles[FEATURE_PREFIX + feature.name],
            role=feature.role,
            importance=importance.get(feature.name),
            status=judge_column(titles[FEATURE_PREFIX + feature.name], indexed, rows),
        )
        for feature in comparison.schema.features
    ]
    outputs = [titles[name] for name in list_prediction_roles(comparison.schema)]
    return features, judge_table(features, indexed, outputs, rows)


def _compare(comparison: Comparison, name: str, title: str) -> list[Reading]:
    rows = _read_rows(comparison, name)
    readings = compare_column(name, comparison.before, comparison.now, rows, title=title)
    return [_sharpen(comparison, name, reading) for reading in readings]


def _read_rows(comparison: Comparison, name: str) -> Rows | None:
    if not comparison.exact or list_roles(comparison.schema)[name] is not FeatureRole.NUMERICAL:
        return None
    current = to_numbers(comparison.sample.table.column(name), name)
    return sort_rows(comparison.reference.read_values(name), current)


def _sharpen(comparison: Comparison, name: str, reading: Reading) -> Reading:
    """KS from rows where its value from cells leaves open on which side of a threshold it lies."""
    threshold = find_metric("ks").default_threshold
    if reading.metric != "ks" or reading.value is None or not reading.resolution or threshold is None:
        return reading
    bound = reading.value + reading.resolution
    if not any(reading.value < limit <= bound for limit in (threshold.warning, threshold.error)):
        return reading
    before, now = comparison.before.columns[name], comparison.now.columns[name]
    assert isinstance(before, NumericalProfile)
    reference = comparison.reference.read_values(name)
    value = stream_ks(comparison.snapshot, comparison.window, comparison.selection, name, reference)
    return replace(reading, value=value, resolution=0.0, p_value=ks_p_value(value, before.count, now.count))
