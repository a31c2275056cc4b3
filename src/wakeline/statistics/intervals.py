"""95 % intervals: Wilson's for a share, DeLong's for the area under a ROC curve, the normal for a mean."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.stats

from wakeline.statistics.values import Floats

Z = 1.959963984540054
"""The 97.5 % quantile of the standard normal law."""

CLASS_ROWS_MIN = 10


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value and its 95 % interval."""

    value: float
    lower: float
    upper: float


def estimate_share(hits: int, count: int) -> Estimate:
    """hits / count with Wilson's score interval (Wilson 1927)."""
    return _score_interval(hits / count, count)


def _score_interval(share: float, count: int) -> Estimate:
    denominator = 1 + Z * Z / count
    middle = (share + Z * Z / (2 * count)) / denominator
    reach = Z * math.sqrt(share * (1 - share) / count + Z * Z / (4 * count * count)) / denominator
    lower = 0.0 if share == 0 else max(0.0, middle - reach)
    upper = 1.0 if share == 1 else min(1.0, middle + reach)
    return Estimate(share, lower, upper)


def estimate_mean(values: Floats) -> Estimate:
    """The mean with the interval of the central limit theorem; one value has no spread to tell of."""
    mean = float(values.mean())
    reach = Z * float(values.std(ddof=1)) / math.sqrt(len(values)) if len(values) > 1 else 0.0
    return Estimate(mean, mean - reach, mean + reach)


def estimate_auc(positive: npt.NDArray[np.bool_], scores: Floats) -> Estimate:
    """Area under the ROC curve, ties counting half; interval of DeLong, DeLong and Clarke-Pearson (1988).

    Midranks as in Sun and Xu (2014), so that it takes a sort and not all pairs. The interval is cut to 0..1.
    With fewer than `CLASS_ROWS_MIN` rows of a class, or where DeLong's variance is 0 (a perfect order), it is
    Wilson's of as many rows as the smaller class has: AUC (1 − AUC) / min(m, n) bounds the variance
    (Birnbaum and Klose, 1957).
    """
    high, low = scores[positive], scores[~positive]
    ranks = scipy.stats.rankdata(np.concatenate([high, low]))
    m, n = len(high), len(low)
    above = (ranks[:m] - scipy.stats.rankdata(high)) / n
    below = 1 - (ranks[m:] - scipy.stats.rankdata(low)) / m
    auc = float(above.mean())
    variance = _variance(above) / m + _variance(below) / n
    if min(m, n) < CLASS_ROWS_MIN or variance == 0:
        return _score_interval(auc, min(m, n))
    reach = Z * math.sqrt(variance)
    return Estimate(auc, max(0.0, auc - reach), min(1.0, auc + reach))


def _variance(values: Floats) -> float:
    return float(values.var(ddof=1)) if len(values) > 1 else 0.0
