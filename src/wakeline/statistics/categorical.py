"""Drift of one column of levels: functions of two profiles on the same cells.

Missing values are left out. Levels outside the edge set are compared by name while their names are kept, and
by hash bucket beyond that; the resolution is then unknown, because two levels may share a bucket.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import scipy.special

from wakeline.core.reading import Reading
from wakeline.statistics.bins import compare_shares
from wakeline.statistics.numerical import NO_REFERENCE, NO_VALUES
from wakeline.statistics.profile import LevelProfile
from wakeline.statistics.values import Integers


def compare_levels(column: str, reference: LevelProfile, current: LevelProfile) -> list[Reading]:
    """Chi-square, PSI and Jensen–Shannon over the levels of either side."""
    reason = NO_REFERENCE if not reference.count else NO_VALUES if not current.count else None
    if reason:
        names = ("chi_square", "psi", "jensen_shannon")
        return [Reading.without_value(name, reason, column) for name in names]
    counts = align_levels(reference, current)
    readings = [compute_chi_square(*counts), *compare_shares(*counts)]
    named = reference.others is not None and current.others is not None
    resolution = 0.0 if named else None
    return [
        replace(reading, column=column, resolution=resolution if reading.value is not None else None)
        for reading in readings
    ]


def align_levels(reference: LevelProfile, current: LevelProfile) -> tuple[Integers, Integers]:
    """Counts of both over the levels that stand on either side."""
    literal = len(reference.cells.levels)
    if reference.others is None or current.others is None:
        p, q = reference.counts, current.counts
    else:
        names = list(dict.fromkeys([*reference.others, *current.others]))
        p = np.concatenate([reference.counts[:literal], _read_counts(reference.others, names)])
        q = np.concatenate([current.counts[:literal], _read_counts(current.others, names)])
    used = (p + q) > 0
    return p[used], q[used]


def compute_chi_square(reference: Integers, current: Integers) -> Reading:
    """Pearson's chi-square on the 2 × k table of counts, without Yates' correction; k − 1 degrees of freedom.

    As `scipy.stats.chi2_contingency(table, correction=False)`. A single level on both sides gives 0, p = 1.
    """
    table = np.stack([reference, current]).astype(np.float64)
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / table.sum()
    value = float(((table - expected) ** 2 / expected).sum())
    freedom = table.shape[1] - 1
    p_value = float(scipy.special.chdtrc(freedom, value)) if freedom else 1.0
    return Reading("chi_square", value=value if freedom else 0.0, p_value=p_value)


def _read_counts(others: Mapping[str, int], names: list[str]) -> Integers:
    return np.array([others.get(name, 0) for name in names], np.int64)
