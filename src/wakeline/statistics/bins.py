"""What two sets of counts over the same bins say: chi-square, PSI and Jensen–Shannon."""

import numpy as np
import scipy.special

from wakeline.core.reading import Reading
from wakeline.statistics.values import Integers

EMPTY_SHARE = 1e-4


def compare_shares(reference: Integers, current: Integers) -> list[Reading]:
    """PSI and Jensen–Shannon, both exact: bins are decided at literal edges.

    PSI's p-value is that of Pearson's chi-square on the same counts.
    """
    p_value = compute_chi_square(reference, current)[1]
    return [
        Reading("psi", value=compute_psi(reference, current), p_value=p_value, resolution=0.0),
        Reading("jensen_shannon", value=compute_jensen_shannon(reference, current), resolution=0.0),
    ]


def compute_chi_square(reference: Integers, current: Integers) -> tuple[float, float]:
    """Pearson's chi-square on the 2 × k table of counts, without Yates' correction, and its p-value.

    k − 1 degrees of freedom over the bins that count anything, as
    `scipy.stats.chi2_contingency(table, correction=False)`. A single bin on both sides gives 0 and 1.
    """
    used = (reference + current) > 0
    table = np.stack([reference[used], current[used]]).astype(np.float64)
    freedom = table.shape[1] - 1
    if not freedom:
        return 0.0, 1.0
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / table.sum()
    value = float(((table - expected) ** 2 / expected).sum())
    return value, float(scipy.special.chdtrc(freedom, value))


def compute_psi(reference: Integers, current: Integers) -> float:
    """Population stability index Σ (q − p) ln(q / p); shares below 1e-4 count as 1e-4.

    Siddiqi, "Credit Risk Scorecards" (2006).
    """
    p = np.maximum(reference / reference.sum(), EMPTY_SHARE)
    q = np.maximum(current / current.sum(), EMPTY_SHARE)
    return float(np.sum((q - p) * np.log(q / p)))


def compute_jensen_shannon(reference: Integers, current: Integers) -> float:
    """Jensen–Shannon distance: the root of the mean divergence of both from their average, in bits; 0 to 1.

    Lin (1991); Endres and Schindelin (2003) for the root being a metric.
    """
    p, q = reference / reference.sum(), current / current.sum()
    middle = (p + q) / 2
    nats = scipy.special.rel_entr(p, middle).sum() + scipy.special.rel_entr(q, middle).sum()
    return float(np.sqrt(min(max(nats / 2 / np.log(2), 0.0), 1.0)))
