"""Drift of one column of levels: functions of two profiles on the same cells.

Missing values are left out. Levels outside the edge set are compared by name while their names are kept, and
by hash bucket beyond that; the resolution is then unknown, because two levels may share a bucket.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from wakeline.core.reading import Reading
from wakeline.statistics.bins import compare_shares, compute_chi_square
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
    value, p_value = compute_chi_square(*counts)
    readings = [Reading("chi_square", value=value, p_value=p_value), *compare_shares(*counts)]
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


def _read_counts(others: Mapping[str, int], names: list[str]) -> Integers:
    return np.array([others.get(name, 0) for name in names], np.int64)
