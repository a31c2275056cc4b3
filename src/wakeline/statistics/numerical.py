"""Drift of one numerical column: functions of two profiles on the same edges, exact ones of two sets of rows.

Missing values are left out. A value derived from cells carries its resolution: how far the value of the rows
may lie above it. Infinities order like any number in KS and the bins, and are left out of distances.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import scipy.special
import scipy.stats

from wakeline.core.reading import Reading
from wakeline.statistics.bins import compare_shares
from wakeline.statistics.profile import NumericalProfile
from wakeline.statistics.values import Floats, Integers

NO_VALUES = "all values are missing"
NO_REFERENCE = "the reference has no values"
_SMALL_SAMPLE = 20_000


@dataclass(frozen=True, slots=True)
class Rows:
    """The present values of both sides, sorted, where rows were read."""

    reference: Floats
    current: Floats


def sort_rows(reference: Floats, current: Floats) -> Rows:
    return Rows(np.sort(reference[~np.isnan(reference)]), np.sort(current[~np.isnan(current)]))


def compare_numerical(
    column: str, reference: NumericalProfile, current: NumericalProfile, rows: Rows | None = None
) -> list[Reading]:
    """KS, Wasserstein (raw, normalised), PSI, Jensen–Shannon; KS and Wasserstein are exact with `rows`."""
    reason = NO_REFERENCE if not reference.count else NO_VALUES if not current.count else None
    if reason:
        names = ("ks", "wasserstein", "wasserstein_normalised", "psi", "jensen_shannon")
        return [Reading.without_value(name, reason, column) for name in names]
    distance = compute_wasserstein(reference, current, rows)
    return [
        replace(compute_ks(reference, current, rows), column=column),
        replace(distance, column=column),
        replace(normalise_wasserstein(distance, reference), column=column),
        *(replace(reading, column=column) for reading in _compare_deciles(reference, current)),
    ]


def compute_ks(reference: NumericalProfile, current: NumericalProfile, rows: Rows | None = None) -> Reading:
    """Two-sample Kolmogorov–Smirnov: sup |F − G|, with the asymptotic two-sided p-value (`ks_p_value`).

    From cells: |F − G| at every edge. Inside a cell with shares p and q the difference stays between
    D(left) − q and D(left) + p, which bounds how much is missed.
    """
    n, m = reference.count, current.count
    if rows is not None:
        value = ks_of_rows(rows)
        return Reading("ks", value=value, p_value=ks_p_value(value, n, m), resolution=0.0)
    p, q = reference.counts / n, current.counts / m
    difference = np.cumsum(reference.counts) / n - np.cumsum(current.counts) / m
    before = np.insert(difference[:-1], 0, 0.0)
    value = float(np.abs(difference).max())
    inner = ~reference.cells.find_singletons()
    reach = np.maximum(np.abs(before + p), np.abs(before - q))[inner]
    bound = max(value, float(reach.max(initial=0.0)))
    return Reading("ks", value=value, p_value=ks_p_value(value, n, m), resolution=bound - value)


def ks_of_rows(rows: Rows) -> float:
    """sup |F − G| at the reference's points, from either side: all jumps of F, between which G only grows."""
    at_or_below = np.searchsorted(rows.current, rows.reference, side="right")
    below = np.searchsorted(rows.current, rows.reference, side="left")
    return ks_of_ranks(rows.reference, at_or_below, below, len(rows.current))


def ks_of_ranks(
    reference: Floats, at_or_below: npt.NDArray[np.int64], below: npt.NDArray[np.int64], count: int
) -> float:
    """The same from how many of `count` current rows lie at or below, and below, each sorted reference row.

    These ranks add up over files, so that an exact KS needs no more memory than the reference.
    """
    n = len(reference)
    upper = np.searchsorted(reference, reference, side="right") / n
    lower = np.searchsorted(reference, reference, side="left") / n
    above = float((upper - at_or_below / count).max())
    beneath = float((below / count - lower).max())
    return max(above, beneath, 0.0)


def ks_p_value(statistic: float, reference_count: int, current_count: int) -> float:
    """Asymptotic two-sided p-value, as `scipy.stats.ks_2samp(method="asymp")`: n = round(nm / (n + m)).

    Up to n = 20 000 the one-sample law itself (`kstwo`). Beyond, Kolmogorov's limit at
    z + 1/(6√n) + (z − 1)/(4n), z = D√n (Vrbik 2018, "Small-sample corrections to Kolmogorov–Smirnov test
    statistic"): within 1.1e-6, and a thousand times faster.
    """
    n = max(1, round(reference_count * current_count / (reference_count + current_count)))
    if n <= _SMALL_SAMPLE:
        return _clip(float(scipy.stats.kstwo.sf(statistic, n)))
    z = statistic * math.sqrt(n)
    if z == 0:
        return 1.0
    return _clip(float(scipy.special.kolmogorov(z + 1 / (6 * math.sqrt(n)) + (z - 1) / (4 * n))))


def compute_wasserstein(
    reference: NumericalProfile, current: NumericalProfile, rows: Rows | None = None
) -> Reading:
    """First Wasserstein distance ∫|F − G| of the finite values, in the column's unit.

    From cells: each cell's ∫(F − G) is exact by its sums; only where F − G may change sign within a cell is
    its absolute value a lower bound, and the resolution says by how much at most.
    """
    if not reference.finite_count or not current.finite_count:
        return Reading.without_value("wasserstein", "there are no finite values on one side")
    if rows is not None:
        value, resolution = wasserstein_of_rows(rows), 0.0
    else:
        value, resolution = _integrate_cells(reference, current)
    if not math.isfinite(value):
        return Reading.without_value("wasserstein", "the distance is beyond the range of doubles")
    return Reading("wasserstein", value=value, resolution=resolution if math.isfinite(resolution) else None)


def wasserstein_of_rows(rows: Rows) -> float:
    """∫|F − G| over the sorted union of the finite values."""
    reference = rows.reference[np.isfinite(rows.reference)]
    current = rows.current[np.isfinite(rows.current)]
    points = np.sort(np.concatenate([reference, current]))
    with np.errstate(over="ignore"):
        widths = np.diff(points)
    f = np.searchsorted(reference, points[:-1], side="right") / len(reference)
    g = np.searchsorted(current, points[:-1], side="right") / len(current)
    used = f != g
    return float(np.dot(np.abs(f - g)[used], widths[used]))


def normalise_wasserstein(distance: Reading, reference: NumericalProfile) -> Reading:
    """The distance in units of the reference's standard deviation (of all its finite values, ddof 0)."""
    name = "wasserstein_normalised"
    if distance.value is None:
        return Reading.without_value(name, distance.not_computed or "")
    deviation = compute_deviation(reference)
    if not deviation:
        return Reading.without_value(name, "the reference is constant")
    if not math.isfinite(deviation):
        return Reading.without_value(name, "the reference's spread is beyond the range of doubles")
    resolution = None if distance.resolution is None else distance.resolution / deviation
    return Reading(name, value=distance.value / deviation, resolution=resolution)


def compute_deviation(profile: NumericalProfile) -> float:
    """Standard deviation of the finite values; 0 where they are all the same, whatever the rounding."""
    if profile.minimum == profile.maximum:
        return 0.0
    n = profile.finite_count
    with np.errstate(over="ignore", invalid="ignore"):
        mean = float(profile.sums.sum()) / n
        return math.sqrt(max(profile.squares / n - mean * mean, 0.0)) if math.isfinite(mean) else math.inf


def _integrate_cells(reference: NumericalProfile, current: NumericalProfile) -> tuple[float, float]:
    """The sum over cells of |∫(F − G)|, and how much ∫|F − G| may exceed it.

    With edges a < b clipped to the data, values x around the centre, and D = F − G:
    ∫ D = D(a)·(b − a) + Σ_reference (b − x)/n − Σ_current (b − x)/m.
    """
    n, m = reference.finite_count, current.finite_count
    edges = np.clip(
        reference.cells.edges,
        min(value for value in (reference.minimum, current.minimum) if value is not None),
        max(value for value in (reference.maximum, current.maximum) if value is not None),
    )
    p, q = reference.counts[1:-1] / n, current.counts[1:-1] / m
    after = np.cumsum(reference.counts[1:-1]) / n - np.cumsum(current.counts[1:-1]) / m
    before = np.insert(after[:-1], 0, 0.0)
    with np.errstate(over="ignore", invalid="ignore"):
        left, right = edges[:-1] - reference.cells.centre, edges[1:] - reference.cells.centre
        width = right - left
        gained = (p * right - reference.sums[1:-1] / n) - (q * right - current.sums[1:-1] / m)
        inside = np.abs(before * width + gained)
        turning = (before - q < 0) & (before + p > 0) & ~reference.cells.find_singletons()[1:-1]
        bound = np.maximum(np.abs(before + p), np.abs(before - q)) * width
        missed = np.maximum(bound - inside, 0.0)[turning]
        return float(inside.sum()), float(missed.sum())


def _compare_deciles(reference: NumericalProfile, current: NumericalProfile) -> list[Reading]:
    return compare_shares(*count_deciles(reference, current))


def count_deciles(reference: NumericalProfile, current: NumericalProfile) -> tuple[Integers, Integers]:
    """Counts of both in the bins between the reference's deciles, ties merged.

    A decile is the smallest edge at or below which a tenth (…, nine tenths) of the reference lies. Where the
    first is the minimum itself, values below it have a bin of their own.
    """
    cumulated = np.cumsum(reference.counts)
    ranks = -(-np.arange(1, 10) * reference.count // 10)
    cuts = np.unique(np.searchsorted(cumulated, ranks, side="left"))
    if cuts[0] and cumulated[cuts[0] - 1] == 0:
        cuts = np.insert(cuts, 0, cuts[0] - 1)
    starts = np.insert(cuts + 1, 0, 0)
    starts = starts[starts < len(cumulated)]
    return np.add.reduceat(reference.counts, starts), np.add.reduceat(current.counts, starts)


def _clip(probability: float) -> float:
    return min(max(probability, 0.0), 1.0)
