"""The metrics: one literal row each, from which the documentation, the pages and the checks read.

A reading's name stands here before anything computes it. A row never changes its meaning; a new definition
gets a new name.
"""

from dataclasses import dataclass
from enum import StrEnum


class Subject(StrEnum):
    """What a metric is read from."""

    NUMERICAL = "numerical"
    CATEGORICAL = "categorical"
    TABLE = "table"


class Direction(StrEnum):
    """Which way is worse."""

    HIGHER_IS_WORSE = "higher_is_worse"
    LOWER_IS_WORSE = "lower_is_worse"
    NEITHER = "neither"


class Compared(StrEnum):
    """What a threshold is held against."""

    VALUE = "value"
    CHANGE = "change"
    """The distance from the reference's value, in the bad direction (either, where neither is worse)."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """From `warning` on it is a warning, from `error` on an error."""

    warning: float
    error: float
    compared: Compared = Compared.VALUE


@dataclass(frozen=True, slots=True)
class Metric:
    """`lower` and `upper` bound the possible values; None where there is no bound."""

    name: str
    title: str
    subjects: tuple[Subject, ...]
    formula: str
    source: str
    lower: float | None
    upper: float | None
    direction: Direction
    default_threshold: Threshold | None = None


_NUMERICAL = (Subject.NUMERICAL,)
_CATEGORICAL = (Subject.CATEGORICAL,)
_ANY_COLUMN = (Subject.NUMERICAL, Subject.CATEGORICAL)
_TABLE = (Subject.TABLE,)

METRICS: tuple[Metric, ...] = (
    Metric(
        name="ks",
        title="Kolmogorov–Smirnov",
        subjects=_NUMERICAL,
        formula="sup |F − G| of the two distribution functions; p-value: asymptotic, two-sided",
        source="scipy.stats.ks_2samp(method='asymp')",
        lower=0.0,
        upper=1.0,
        direction=Direction.HIGHER_IS_WORSE,
        default_threshold=Threshold(0.1, 0.2),
    ),
    Metric(
        name="wasserstein",
        title="Wasserstein distance",
        subjects=_NUMERICAL,
        formula="∫ |F − G| of the finite values, in the column's unit",
        source="scipy.stats.wasserstein_distance",
        lower=0.0,
        upper=None,
        direction=Direction.HIGHER_IS_WORSE,
    ),
    Metric(
        name="wasserstein_normalised",
        title="Wasserstein distance in standard deviations",
        subjects=_NUMERICAL,
        formula="Wasserstein distance / standard deviation of the reference (ddof 0)",
        source="scipy.stats.wasserstein_distance, numpy.std",
        lower=0.0,
        upper=None,
        direction=Direction.HIGHER_IS_WORSE,
        default_threshold=Threshold(0.1, 0.3),
    ),
    Metric(
        name="chi_square",
        title="Chi-square",
        subjects=_CATEGORICAL,
        formula="Pearson's Σ (observed − expected)² / expected on the 2 × k table of levels, uncorrected",
        source="scipy.stats.chi2_contingency(correction=False)",
        lower=0.0,
        upper=None,
        direction=Direction.HIGHER_IS_WORSE,
    ),
    Metric(
        name="psi",
        title="Population stability index",
        subjects=_ANY_COLUMN,
        formula="Σ (q − p) ln(q / p) over the reference's deciles (ties merged) or levels; shares ≥ 1e-4; "
        "p-value: chi-square on the same counts",
        source="Siddiqi, Credit Risk Scorecards, 2006",
        lower=0.0,
        upper=None,
        direction=Direction.HIGHER_IS_WORSE,
        default_threshold=Threshold(0.1, 0.25),
    ),
    Metric(
        name="jensen_shannon",
        title="Jensen–Shannon distance",
        subjects=_ANY_COLUMN,
        formula="√ of the mean Kullback–Leibler divergence of both from their average, bits, PSI's bins",
        source="scipy.spatial.distance.jensenshannon(base=2)",
        lower=0.0,
        upper=1.0,
        direction=Direction.HIGHER_IS_WORSE,
        default_threshold=Threshold(0.1, 0.2),
    ),
    Metric(
        name="missing_rate",
        title="Missing values",
        subjects=_ANY_COLUMN,
        formula="rows without a value of the column's type / rows; Wilson interval",
        source="Wilson, 1927",
        lower=0.0,
        upper=1.0,
        direction=Direction.NEITHER,
        default_threshold=Threshold(0.05, 0.2, Compared.CHANGE),
    ),
    Metric(
        name="drift_importance",
        title="Drift importance",
        subjects=_ANY_COLUMN,
        formula="what the domain classifier's AUC loses when the column's test values are shuffled",
        source="Breiman, Random Forests, 2001 (permutation importance)",
        lower=-1.0,
        upper=1.0,
        direction=Direction.HIGHER_IS_WORSE,
    ),
    Metric(
        name="domain_classifier_auc",
        title="Domain classifier",
        subjects=_TABLE,
        formula="ROC AUC of a gradient boosting (30 trees of 15 leaves) that tells current rows from the "
        "reference's, on the half that it was not trained on; DeLong interval",
        source="Lopez-Paz and Oquab, Revisiting Classifier Two-Sample Tests, 2017",
        lower=0.0,
        upper=1.0,
        direction=Direction.HIGHER_IS_WORSE,
    ),
    Metric(
        name="drifted_share",
        title="Share of drifted features",
        subjects=_TABLE,
        formula="features that drifted / features with a verdict",
        source="wakeline.statistics.verdict",
        lower=0.0,
        upper=1.0,
        direction=Direction.HIGHER_IS_WORSE,
        default_threshold=Threshold(0.001, 0.5),
    ),
    Metric(
        name="roc_auc",
        title="ROC AUC",
        subjects=_TABLE,
        formula="P(score of a positive row > score of a negative row), ties half; DeLong interval, "
        "Wilson's under 10 rows of a class",
        source="sklearn.metrics.roc_auc_score; DeLong, DeLong and Clarke-Pearson, 1988",
        lower=0.0,
        upper=1.0,
        direction=Direction.LOWER_IS_WORSE,
        default_threshold=Threshold(0.02, 0.05, Compared.CHANGE),
    ),
    Metric(
        name="accuracy",
        title="Accuracy",
        subjects=_TABLE,
        formula="right predictions / labelled rows; Wilson interval",
        source="sklearn.metrics.accuracy_score",
        lower=0.0,
        upper=1.0,
        direction=Direction.LOWER_IS_WORSE,
    ),
    Metric(
        name="precision",
        title="Precision",
        subjects=_TABLE,
        formula="TP / (TP + FP); Wilson interval",
        source="sklearn.metrics.precision_score",
        lower=0.0,
        upper=1.0,
        direction=Direction.LOWER_IS_WORSE,
    ),
    Metric(
        name="recall",
        title="Recall",
        subjects=_TABLE,
        formula="TP / (TP + FN); Wilson interval",
        source="sklearn.metrics.recall_score",
        lower=0.0,
        upper=1.0,
        direction=Direction.LOWER_IS_WORSE,
    ),
    Metric(
        name="f1",
        title="F1",
        subjects=_TABLE,
        formula="2 TP / (2 TP + FP + FN); Wilson interval of TP / (TP + FP + FN), carried over",
        source="sklearn.metrics.f1_score",
        lower=0.0,
        upper=1.0,
        direction=Direction.LOWER_IS_WORSE,
    ),
    Metric(
        name="log_loss",
        title="Log loss",
        subjects=_TABLE,
        formula="mean −ln of the label's probability, cut to [2.2e-16, 1 − 2.2e-16]; normal interval",
        source="sklearn.metrics.log_loss",
        lower=0.0,
        upper=None,
        direction=Direction.HIGHER_IS_WORSE,
    ),
    Metric(
        name="roc_auc_ovr",
        title="ROC AUC, one class against the rest",
        subjects=_TABLE,
        formula="mean over three and more classes of the ROC AUC of each against the rest",
        source="sklearn.metrics.roc_auc_score(multi_class='ovr', average='macro')",
        lower=0.0,
        upper=1.0,
        direction=Direction.LOWER_IS_WORSE,
    ),
    Metric(
        name="f1_macro",
        title="Mean F1",
        subjects=_TABLE,
        formula="mean F1 over those of three and more classes that are labelled or predicted",
        source="sklearn.metrics.f1_score(average='macro')",
        lower=0.0,
        upper=1.0,
        direction=Direction.LOWER_IS_WORSE,
    ),
    Metric(
        name="mae",
        title="Mean absolute error",
        subjects=_TABLE,
        formula="mean |prediction − label|, in the target's unit; normal interval",
        source="sklearn.metrics.mean_absolute_error",
        lower=0.0,
        upper=None,
        direction=Direction.HIGHER_IS_WORSE,
    ),
    Metric(
        name="rmse",
        title="Root mean squared error",
        subjects=_TABLE,
        formula="√ of the mean (prediction − label)², in the target's unit; root of that mean's interval",
        source="sklearn.metrics.root_mean_squared_error",
        lower=0.0,
        upper=None,
        direction=Direction.HIGHER_IS_WORSE,
    ),
    Metric(
        name="r2",
        title="R²",
        subjects=_TABLE,
        formula="1 − Σ (prediction − label)² / Σ (label − mean label)²",
        source="sklearn.metrics.r2_score",
        lower=None,
        upper=1.0,
        direction=Direction.LOWER_IS_WORSE,
    ),
)

_BY_NAME = {metric.name: metric for metric in METRICS}


def find_metric(name: str) -> Metric:
    """Raises `KeyError` for a name that is none: readings are ours, so that is a bug."""
    return _BY_NAME[name]
