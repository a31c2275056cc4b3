"""Missing values of a column: their share, against the reference's."""

import numpy as np

from wakeline.core.reading import Reading
from wakeline.statistics.bins import compute_chi_square
from wakeline.statistics.intervals import estimate_share
from wakeline.statistics.profile import ColumnProfile


def measure_missing(column: str, reference: ColumnProfile, current: ColumnProfile) -> Reading:
    """Share of rows without a value, Wilson interval; the p-value is of chi-square against the reference."""
    rows = current.count + current.missing
    if not rows:
        return Reading.without_value("missing_rate", "there are no rows", column)
    found = estimate_share(current.missing, rows)
    known = reference.count + reference.missing
    beside = estimate_share(reference.missing, known) if known else None
    sides = [np.array([side.missing, side.count], np.int64) for side in (reference, current)]
    return Reading(
        "missing_rate",
        column,
        value=found.value,
        lower=found.lower,
        upper=found.upper,
        p_value=compute_chi_square(*sides)[1] if beside else None,
        resolution=0.0,
        reference_value=beside.value if beside else None,
        reference_lower=beside.lower if beside else None,
        reference_upper=beside.upper if beside else None,
    )
