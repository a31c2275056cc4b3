"""The rule of a check: which readings it looks at, the range they are held against, and the rule in words.

Pure. A bound that is reached is breached; outside the hard bounds is ERROR, outside the soft ones WARNING.
Of several readings the worst counts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from wakeline.core.errors import InvalidInputError
from wakeline.core.reading import Reading
from wakeline.core.status import Status, find_worst
from wakeline.statistics.catalogue import METRICS, Compared, Direction, Metric, Subject, find_metric
from wakeline.statistics.verdict import ROWS_MIN, is_beyond_chance

SHARES = frozenset({"missing_rate", "drifted_share"})
"""Told as percentages."""

_FIRST_FEATURE_MAX = 0.001


class Scope(StrEnum):
    """Which readings of the metric."""

    TABLE = "table"
    COLUMN = "column"
    ANY_FEATURE = "any-feature"
    PREDICTION = "prediction"
    """Any column of the model's answer."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`compared` to `change`: the reading minus the reference's. Bounds of None do not bind."""

    metric: str
    scope: Scope
    column: str | None = None
    compared: Compared = Compared.VALUE
    error_min: float | None = None
    warning_min: float | None = None
    warning_max: float | None = None
    error_max: float | None = None
    beyond_chance: bool = False
    rows_min: int = ROWS_MIN
    consecutive: int = 1


@dataclass(frozen=True, slots=True)
class Found:
    """What the range alone says of one revision; `reading` is the one that decided."""

    outcome: Status
    reading: Reading | None
    sentence: str


def check_rule(rule: Rule) -> Rule:
    """Raises `InvalidInputError` for a rule that could never be judged."""
    known = {metric.name: metric for metric in METRICS}
    if rule.metric not in known:
        raise InvalidInputError(f"{rule.metric!r} is no metric; there are: {', '.join(known)}")
    of_table = Subject.TABLE in known[rule.metric].subjects
    if of_table != (rule.scope is Scope.TABLE):
        expected = "table" if of_table else "column, any-feature or prediction"
        raise InvalidInputError(f"the scope of {rule.metric} is {rule.scope.value!r}; expected {expected}")
    if (rule.scope is Scope.COLUMN) != (rule.column is not None):
        raise InvalidInputError("a column is named for the scope 'column', and for no other")
    bounds = [rule.error_min, rule.warning_min, rule.warning_max, rule.error_max]
    given = [bound for bound in bounds if bound is not None]
    if not given:
        raise InvalidInputError("the range has no bound; give at least one of four")
    if given != sorted(given):
        raise InvalidInputError(
            f"the bounds {given} are out of order; expected error min ≤ warning min ≤ warning max ≤ error max"
        )
    return rule


def judge_rule(rule: Rule, readings: Sequence[Reading], features: Sequence[str], row_count: int) -> Found:
    """`features` are the columns that are the model's inputs; every other column is of its answer."""
    if row_count < rule.rows_min:
        return Found(Status.EMPTY, None, f"{row_count} rows, fewer than {rule.rows_min}.")
    chosen = [reading for reading in readings if _is_meant(rule, reading, set(features))]
    if not chosen:
        return Found(Status.EMPTY, None, f"The evaluation has no reading of {_name_subject(rule)}.")
    judged = [(judge_reading(rule, reading), reading) for reading in chosen]
    worst = find_worst(outcome for outcome, _ in judged)
    decisive = [reading for outcome, reading in judged if outcome is worst]
    reading = max(decisive, key=lambda entry: _measure_excess(rule, entry))
    return Found(worst, reading, _describe_found(rule, worst, reading))


def judge_reading(rule: Rule, reading: Reading) -> Status:
    """EMPTY where there is no value, or nothing to compare it with."""
    size = measure_size(rule, reading)
    if size is None:
        return Status.EMPTY
    outcome = _place(rule, size)
    return Status.OK if rule.beyond_chance and not is_beyond_chance(reading) else outcome


def measure_size(rule: Rule, reading: Reading) -> float | None:
    """What is held against the bounds."""
    if reading.value is None:
        return None
    if rule.compared is Compared.VALUE:
        return reading.value
    return None if reading.reference_value is None else reading.value - reading.reference_value


def describe_rule(rule: Rule) -> str:
    """`PSI of any feature: WARNING from 0.1, ERROR from 0.25`."""
    change = ", change from the reference" if rule.compared is Compared.CHANGE else ""
    parts = [
        _describe_bounds(rule, "WARNING", rule.warning_min, rule.warning_max),
        _describe_bounds(rule, "ERROR", rule.error_min, rule.error_max),
    ]
    words = ", ".join(part for part in parts if part)
    words += "; only beyond chance" if rule.beyond_chance else ""
    words += f"; at least {rule.rows_min} rows" if rule.rows_min > 0 else ""
    words += f"; {rule.consecutive} times in a row" if rule.consecutive > 1 else ""
    return f"{_name_subject(rule)}{change}: {words}"


def preset_rule(metric: Metric, scope: Scope) -> Rule | None:
    """From the catalogue's default threshold; None where the metric has none."""
    threshold = metric.default_threshold
    if threshold is None:
        return None
    up = metric.direction is not Direction.LOWER_IS_WORSE
    down = metric.direction is not Direction.HIGHER_IS_WORSE
    # A change has both signs; a value that is worse when lower is bounded from below.
    sign = -1 if threshold.compared is Compared.CHANGE else 1
    return Rule(
        metric=metric.name,
        scope=scope,
        compared=threshold.compared,
        error_min=sign * threshold.error if down else None,
        warning_min=sign * threshold.warning if down else None,
        warning_max=threshold.warning if up else None,
        error_max=threshold.error if up else None,
        beyond_chance=True,
    )


def list_presets() -> list[Rule]:
    """One a metric that has a default threshold, in the catalogue's order."""
    rules = [
        preset_rule(metric, Scope.TABLE if Subject.TABLE in metric.subjects else Scope.ANY_FEATURE)
        for metric in METRICS
    ]
    return [rule for rule in rules if rule is not None]


def list_defaults() -> list[tuple[str, Rule]]:
    """Name and rule of what Configure makes: together they say what the verdict of an evaluation says."""
    chosen = (
        ("Drifted features", "drifted_share", Scope.TABLE),
        ("Missing values", "missing_rate", Scope.ANY_FEATURE),
        ("Prediction drift", "psi", Scope.PREDICTION),
        ("ROC AUC", "roc_auc", Scope.TABLE),
    )
    rules = [(name, preset_rule(find_metric(metric), scope)) for name, metric, scope in chosen]
    return [(name, rule) for name, rule in rules if rule is not None]


def _is_meant(rule: Rule, reading: Reading, features: set[str]) -> bool:
    if reading.metric != rule.metric:
        return False
    match rule.scope:
        case Scope.TABLE:
            return reading.column is None
        case Scope.COLUMN:
            return reading.column == rule.column
        case Scope.ANY_FEATURE:
            return reading.column in features
        case Scope.PREDICTION:
            return reading.column is not None and reading.column not in features


def _place(rule: Rule, size: float) -> Status:
    if _is_outside(size, rule.error_min, rule.error_max):
        return Status.ERROR
    return Status.WARNING if _is_outside(size, rule.warning_min, rule.warning_max) else Status.OK


def _is_outside(size: float, lower: float | None, upper: float | None) -> bool:
    return (lower is not None and size <= lower) or (upper is not None and size >= upper)


def _measure_excess(rule: Rule, reading: Reading) -> float:
    """How far towards the breached side; for choosing the reading that is shown."""
    size = measure_size(rule, reading)
    if size is None:
        return float("-inf")
    if rule.warning_max is None and rule.error_max is None:
        return -size
    return abs(size) if rule.warning_min is not None or rule.error_min is not None else size


def _name_subject(rule: Rule) -> str:
    title = find_metric(rule.metric).title
    match rule.scope:
        case Scope.TABLE:
            return title
        case Scope.COLUMN:
            return f"{title} of {rule.column}"
        case Scope.ANY_FEATURE:
            return f"{title} of any feature"
        case Scope.PREDICTION:
            return f"{title} of the prediction"


def _describe_bounds(rule: Rule, level: str, lower: float | None, upper: float | None) -> str:
    sides: Iterable[str] = (
        *([] if lower is None else [f"at {_say(rule.metric, lower, 6)} or below"]),
        *([] if upper is None else [f"from {_say_upper(rule, upper)}"]),
    )
    words = " and ".join(sides)
    return f"{level} {words}" if words else ""


def _describe_found(rule: Rule, outcome: Status, reading: Reading) -> str:
    place = f" ({reading.column})" if reading.column is not None else ""
    title = f"{find_metric(rule.metric).title}{place}"
    if reading.value is None:
        return f"{title} is not computed: {reading.not_computed}."
    value = _say(rule.metric, reading.value, 3)
    if outcome is Status.EMPTY:
        return f"{title} is {value}, and the reference has none to compare with."
    before = reading.reference_value
    beside = "" if before is None else f" against {_say(rule.metric, before, 3)}"
    size = measure_size(rule, reading)
    chance = outcome is Status.OK and size is not None and _place(rule, size) is not Status.OK
    return f"{title} is {value}{beside}{', which may be chance' if chance else ''}."


def _say_upper(rule: Rule, bound: float) -> str:
    """A share of features that no table is wide enough for is reached by the first of them."""
    first = rule.metric == "drifted_share" and 0 < bound <= _FIRST_FEATURE_MAX
    return "any feature" if first else _say(rule.metric, bound, 6)


def _say(metric: str, value: float, digits: int) -> str:
    return f"{100 * value:.{digits}g} %" if metric in SHARES else f"{value:.{digits}g}"
