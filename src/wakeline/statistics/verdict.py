"""Verdicts: from readings to a status per feature, a status of the table and one plain sentence.

A column drifted if the effect is above the catalogue's floor *and* chance is ruled out (p < 0.001), so that
neither a million rows nor a hundred alarm by themselves. Under 50 rows there is no verdict (EMPTY).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wakeline.core.reading import Reading
from wakeline.core.schema import FeatureRole
from wakeline.core.status import Status, find_worst
from wakeline.statistics.catalogue import Compared, Direction, find_metric

ROWS_MIN = 50
P_VALUE_MAX = 0.001

Readings = Mapping[tuple[str, str | None], Reading]


@dataclass(frozen=True, slots=True)
class FeatureVerdict:
    """`importance` is the feature's share in the model, None where it is not known."""

    name: str
    role: FeatureRole
    importance: float | None
    status: Status

    @property
    def drifted(self) -> bool:
        return self.status in {Status.WARNING, Status.ERROR}


@dataclass(frozen=True, slots=True)
class TableVerdict:
    status: Status
    sentence: str
    drifted_share: Reading


def judge_column(column: str, readings: Readings, row_count: int) -> Status:
    """The worse of how far the values moved (PSI) and how many went missing; EMPTY without a verdict."""
    if row_count < ROWS_MIN:
        return Status.EMPTY
    return find_worst(judge_reading(readings.get((name, column))) for name in ("psi", "missing_rate"))


def judge_reading(reading: Reading | None) -> Status:
    """A reading against its metric's default threshold; EMPTY where there is no value or no threshold.

    A p-value of 0.001 or more, or intervals that overlap the reference's, make it OK whatever its size.
    """
    if reading is None or reading.value is None:
        return Status.EMPTY
    metric = find_metric(reading.metric)
    threshold = metric.default_threshold
    if threshold is None:
        return Status.EMPTY
    size = reading.value
    if threshold.compared is Compared.CHANGE:
        if reading.reference_value is None:
            return Status.EMPTY
        size = _measure_change(reading.value - reading.reference_value, metric.direction)
    if size < threshold.warning or not is_beyond_chance(reading):
        return Status.OK
    return Status.ERROR if size >= threshold.error else Status.WARNING


def _measure_change(change: float, direction: Direction) -> float:
    match direction:
        case Direction.HIGHER_IS_WORSE:
            return change
        case Direction.LOWER_IS_WORSE:
            return -change
        case Direction.NEITHER:
            return abs(change)


def is_beyond_chance(reading: Reading) -> bool:
    """By the p-value where there is one, else by intervals that do not meet; true if there is neither."""
    if reading.p_value is not None:
        return reading.p_value < P_VALUE_MAX
    bounds = (reading.lower, reading.upper, reading.reference_lower, reading.reference_upper)
    lower, upper, reference_lower, reference_upper = bounds
    if lower is None or upper is None or reference_lower is None or reference_upper is None:
        return True
    return upper < reference_lower or reference_upper < lower


def judge_table(
    features: Sequence[FeatureVerdict], readings: Readings, prediction_columns: Sequence[str], row_count: int
) -> TableVerdict:
    """The worst of inputs, prediction and ROC AUC.

    Inputs: WARNING from one drifted feature, ERROR from half of those judged. ROC AUC: WARNING from 0.02 and
    ERROR from 0.05 below the reference, where the 95 % intervals do not meet.
    """
    judged = [feature for feature in features if feature.status is not Status.EMPTY]
    share = _measure_share(judged, row_count)
    predictions = {column: judge_column(column, readings, row_count) for column in prediction_columns}
    performance = judge_reading(readings.get(("roc_auc", None)))
    status = find_worst([judge_reading(share), *predictions.values(), performance])
    sentences = [
        _describe_inputs(judged, readings, share),
        _describe_prediction(predictions, readings),
        _describe_performance(readings),
    ]
    return TableVerdict(status, " ".join(sentence for sentence in sentences if sentence), share)


def _measure_share(judged: Sequence[FeatureVerdict], row_count: int) -> Reading:
    if not judged:
        few = f"too few rows: {row_count}, at least {ROWS_MIN}"
        return Reading.without_value("drifted_share", few if row_count < ROWS_MIN else "inputs not logged")
    drifted = sum(feature.drifted for feature in judged)
    return Reading("drifted_share", value=drifted / len(judged))


def _describe_inputs(judged: Sequence[FeatureVerdict], readings: Readings, share: Reading) -> str:
    if share.value is None:
        return f"No verdict on the inputs: {share.not_computed}."
    drifted = [feature for feature in judged if feature.drifted]
    if not drifted:
        return f"Inputs did not drift ({_count(len(judged))} judged)."
    drifted.sort(key=lambda feature: (-_read_effect(feature.name, readings), feature.name))
    most = ", ".join(_describe_effect(feature.name, readings) for feature in drifted[:3])
    return f"Inputs drifted: {len(drifted)} of {_count(len(judged))}, most {most}."


def _count(features: int) -> str:
    return f"{features} feature" if features == 1 else f"{features} features"


def _read_effect(name: str, readings: Readings) -> float:
    psi = readings.get(("psi", name))
    return psi.value if psi is not None and psi.value is not None else float("inf")


def _describe_effect(name: str, readings: Readings) -> str:
    psi, missing = readings.get(("psi", name)), readings.get(("missing_rate", name))
    if judge_reading(psi) in {Status.WARNING, Status.ERROR} and psi is not None:
        return f"{name} (PSI {psi.value:.2f})"
    share = missing.value if missing is not None and missing.value is not None else 0.0
    return f"{name} ({share:.0%} missing)"


def _describe_prediction(predictions: Mapping[str, Status], readings: Readings) -> str:
    worst = find_worst(predictions.values())
    if worst is Status.EMPTY:
        return ""
    if worst is Status.OK:
        return "The prediction did not drift."
    column = next(name for name, status in predictions.items() if status is worst)
    return f"The prediction drifted: {_describe_effect(column, readings)}."


def _describe_performance(readings: Readings) -> str:
    """By the first of the metrics that has a value; without any, for the reason of the last."""
    known = [readings[name, None] for name in _PERFORMANCE if (name, None) in readings]
    for reading in known:
        if reading.value is not None:
            return f"{_PERFORMANCE[reading.metric]} {_describe_beside_reference(reading)}."
    return f"Performance is not known: {known[-1].not_computed}." if known else ""


def _describe_beside_reference(reading: Reading) -> str:
    form = ".2f" if find_metric(reading.metric).upper == 1 else ".3g"
    interval = beside = ""
    if reading.lower is not None and reading.upper is not None:
        interval = f" ({reading.lower:{form}}–{reading.upper:{form}})"
    if reading.reference_value is not None:
        beside = f" against {reading.reference_value:{form}} on the reference"
    return f"{reading.value:{form}}{interval}{beside}"


_PERFORMANCE = {"roc_auc": "ROC AUC", "accuracy": "Accuracy", "rmse": "RMSE"}
"""In the order in which one is chosen for the sentence."""
