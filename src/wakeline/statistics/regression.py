"""Performance of a regression on labelled rows: absolute and squared errors, and R²."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wakeline.statistics.intervals import Estimate, estimate_mean
from wakeline.statistics.values import Floats

REGRESSION_METRICS = ("mae", "rmse", "r2")
_BEYOND = "the errors are beyond the range of doubles"


@dataclass(frozen=True, slots=True, eq=False)
class LabelledNumbers:
    """Rows with a known label of a regression; `predicted` is NaN where it was not logged."""

    labels: Floats
    predicted: Floats

    def __len__(self) -> int:
        return len(self.labels)

    def select(self, chosen: npt.NDArray[np.bool_]) -> "LabelledNumbers":
        return LabelledNumbers(self.labels[chosen], self.predicted[chosen])


def estimate_regression(name: str, rows: LabelledNumbers) -> Estimate | float | str:
    """The metric of at least one row, or the reason why there is none."""
    rows = rows.select(~np.isnan(rows.predicted))
    if not len(rows):
        return "predictions not logged"
    with np.errstate(over="ignore", invalid="ignore"):
        found = _METRICS[name](rows)
    numbers = (found.value, found.lower, found.upper) if isinstance(found, Estimate) else (found,)
    is_finite = all(isinstance(number, str) or np.isfinite(number) for number in numbers)
    return found if is_finite else _BEYOND


def compute_mae(rows: LabelledNumbers) -> Estimate:
    """Mean |error|; the interval of the central limit theorem."""
    found = estimate_mean(np.abs(rows.predicted - rows.labels))
    return Estimate(found.value, max(0.0, found.lower), found.upper)


def compute_rmse(rows: LabelledNumbers) -> Estimate:
    """Root of the mean squared error; the root of that mean's interval."""
    found = estimate_mean((rows.predicted - rows.labels) ** 2)
    return Estimate(*(float(np.sqrt(max(0.0, number))) for number in (found.value, found.lower, found.upper)))


def compute_r2(rows: LabelledNumbers) -> float | str:
    """1 − Σ error² / Σ (label − mean label)²; without an interval."""
    if (rows.labels == rows.labels[0]).all():
        return "the labels are all the same"
    spread = float(((rows.labels - rows.labels.mean()) ** 2).sum())
    return 1.0 - float(((rows.predicted - rows.labels) ** 2).sum()) / spread


_METRICS: dict[str, Callable[[LabelledNumbers], Estimate | float | str]] = {
    "mae": compute_mae,
    "rmse": compute_rmse,
    "r2": compute_r2,
}
