"""Numerical drift against SciPy, by rows and by cells, and the properties that must always hold."""

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from wakeline.core.reading import Reading
from wakeline.statistics.edges import make_numerical_edges
from wakeline.statistics.numerical import (
    compare_numerical,
    compute_ks,
    compute_wasserstein,
    count_deciles,
    ks_of_ranks,
    ks_p_value,
    sort_rows,
)
from wakeline.statistics.profile import NumericalProfile, count_numbers
from wakeline.statistics.values import Floats

RANDOM = np.random.default_rng(20130401)
FLOATS = st.floats(allow_nan=False, allow_infinity=False, width=64, min_value=-1e12, max_value=1e12)
COLUMNS = st.lists(FLOATS, min_size=1, max_size=60).map(np.array)


def _profiles(reference: Floats, current: Floats) -> tuple[NumericalProfile, NumericalProfile]:
    cells = make_numerical_edges(reference)
    return count_numbers(reference, cells), count_numbers(current, cells)


def _read(readings: list[Reading]) -> dict[str, Reading]:
    return {reading.metric: reading for reading in readings}


LAWS: dict[str, Callable[[int], Floats]] = {
    "normal": lambda n: np.asarray(RANDOM.normal(size=n)),
    "lognormal": lambda n: np.asarray(RANDOM.lognormal(sigma=1.5, size=n)),
    "pareto": lambda n: np.asarray(RANDOM.pareto(2, size=n)),
    "rounded": lambda n: np.round(RANDOM.normal(size=n), 1),
    "hours": lambda n: RANDOM.integers(0, 24, size=n).astype(float),
    "mostly zero": lambda n: np.where(RANDOM.random(n) < 0.9, 0.0, RANDOM.lognormal(size=n)),
    "large offset": lambda n: 1e9 + RANDOM.normal(size=n),
}


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("shift", [0.0, 0.3])
def test_rows_agree_with_scipy(law: str, shift: float) -> None:
    reference, current = LAWS[law](3000), LAWS[law](2000) + shift
    found = _read(compare_numerical("x", *_profiles(reference, current), sort_rows(reference, current)))
    expected = scipy.stats.ks_2samp(reference, current, method="asymp")
    assert found["ks"].value == pytest.approx(expected.statistic, abs=1e-12)
    assert found["ks"].p_value == pytest.approx(expected.pvalue, rel=1e-9)
    assert found["ks"].resolution == 0.0
    distance = scipy.stats.wasserstein_distance(reference, current)
    assert found["wasserstein"].value == pytest.approx(distance, rel=1e-9)
    deviation = float(np.std(reference))
    assert found["wasserstein_normalised"].value == pytest.approx(distance / deviation, rel=1e-6)


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("shift", [0.0, 0.3])
def test_cells_are_within_their_resolution(law: str, shift: float) -> None:
    reference, current = LAWS[law](5000), LAWS[law](3000) + shift
    before, now = _profiles(reference, current)
    ks, wasserstein = compute_ks(before, now), compute_wasserstein(before, now)
    assert ks.value is not None
    assert ks.resolution is not None
    assert wasserstein.value is not None
    assert wasserstein.resolution is not None
    exact = scipy.stats.ks_2samp(reference, current, method="asymp").statistic
    assert ks.value - 1e-12 <= exact <= ks.value + ks.resolution + 1e-12
    assert ks.resolution < 0.01
    distance = scipy.stats.wasserstein_distance(reference, current)
    assert wasserstein.value <= distance * (1 + 1e-6) + 1e-9
    assert distance <= (wasserstein.value + wasserstein.resolution) * (1 + 1e-6) + 1e-9


@settings(max_examples=200, deadline=None)
@given(COLUMNS, COLUMNS)
def test_any_columns_agree_with_scipy(reference: Floats, current: Floats) -> None:
    before, now = _profiles(reference, current)
    exact = scipy.stats.ks_2samp(reference, current, method="asymp").statistic
    rows = sort_rows(reference, current)
    assert compute_ks(before, now, rows).value == pytest.approx(exact, abs=1e-12)
    ks = compute_ks(before, now)
    assert ks.value is not None
    assert ks.resolution is not None
    assert ks.value - 1e-12 <= exact <= ks.value + ks.resolution + 1e-12
    distance = scipy.stats.wasserstein_distance(reference, current)
    found = compute_wasserstein(before, now)
    assert found.value is not None
    assert found.resolution is not None
    tolerance = 1e-9 * (1 + np.abs(reference).max() + np.abs(current).max())
    assert found.value <= distance + tolerance
    assert distance <= found.value + found.resolution + tolerance
    assert compute_wasserstein(before, now, rows).value == pytest.approx(distance, rel=1e-9, abs=tolerance)


@settings(max_examples=100, deadline=None)
@given(COLUMNS)
def test_identical_data_read_zero(values: Floats) -> None:
    for rows in (None, sort_rows(values, values)):
        for reading in compare_numerical("x", *_profiles(values, values), rows):
            if reading.value is None:
                assert reading.not_computed == "the reference is constant"
            else:
                assert reading.value == pytest.approx(0.0, abs=1e-6 * (1 + float(np.abs(values).max())))
                if reading.metric in {"ks", "psi", "jensen_shannon"}:
                    assert reading.value == 0.0


@settings(max_examples=100, deadline=None)
@given(COLUMNS, COLUMNS)
def test_distances_are_symmetric_on_the_same_edges(first: Floats, second: Floats) -> None:
    cells = make_numerical_edges(first)
    one, other = count_numbers(first, cells), count_numbers(second, cells)
    for compute in (compute_ks, compute_wasserstein):
        there, back = compute(one, other), compute(other, one)
        assert there.value == pytest.approx(back.value, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(("n", "m"), [(5, 7), (100, 80), (1000, 30), (5000, 5000), (10**6, 3 * 10**5)])
@pytest.mark.parametrize("z", [0.3, 0.8, 1.3, 1.9, 2.6])
def test_p_value_is_scipys_asymptotic(n: int, m: int, z: float) -> None:
    effective = round(n * m / (n + m))
    statistic = min(1.0, z / math.sqrt(effective))
    expected = scipy.stats.kstwo.sf(statistic, effective)
    assert ks_p_value(statistic, n, m) == pytest.approx(expected, abs=1.2e-6)


def test_p_value_of_nothing_is_one() -> None:
    assert ks_p_value(0.0, 10**6, 10**6) == 1.0
    assert ks_p_value(1.0, 10**6, 10**6) == 0.0


def test_ranks_of_chunks_add_up_to_the_exact_ks() -> None:
    reference, current = RANDOM.normal(size=700).round(2), RANDOM.normal(0.2, size=900).round(2)
    ordered = np.sort(reference)
    at_or_below, below = np.zeros(700, np.int64), np.zeros(700, np.int64)
    for chunk in np.array_split(current, 7):
        at_or_below += np.searchsorted(np.sort(chunk), ordered, side="right")
        below += np.searchsorted(np.sort(chunk), ordered, side="left")
    expected = scipy.stats.ks_2samp(reference, current).statistic
    assert ks_of_ranks(ordered, at_or_below, below, 900) == pytest.approx(expected, abs=1e-12)


def test_deciles_are_pandas_quantile_bins() -> None:
    reference, current = RANDOM.normal(size=10_000), RANDOM.normal(0.3, size=4_000)
    before, now = count_deciles(*_profiles(reference, current))
    cuts = pd.Series(reference).quantile([k / 10 for k in range(1, 10)], interpolation="lower")
    edges = [-np.inf, *cuts.tolist(), np.inf]
    assert before.tolist() == pd.cut(pd.Series(reference), edges).value_counts(sort=False).tolist()
    assert now.tolist() == pd.cut(pd.Series(current), edges).value_counts(sort=False).tolist()


def test_ties_are_merged_and_a_constant_is_told_from_what_lies_below_it() -> None:
    zeros = np.where(np.arange(1000) < 650, 0.0, np.arange(1000.0))
    before, _ = count_deciles(*_profiles(zeros, zeros))
    assert before.sum() == 1000
    assert before[0] == 0
    assert before[1] == 650
    found = _read(compare_numerical("x", *_profiles(np.full(100, 5.0), np.full(100, 3.0))))
    assert found["psi"].value is not None
    assert found["psi"].value > 10
    assert found["ks"].value == 1.0
    assert found["wasserstein"].value == 2.0
    assert found["wasserstein_normalised"].not_computed == "the reference is constant"


def test_missing_values_are_left_out() -> None:
    reference, current = RANDOM.normal(size=500), RANDOM.normal(0.4, size=400)
    holed = np.concatenate([current, np.full(100, np.nan)])
    plain = compare_numerical("x", *_profiles(reference, current), sort_rows(reference, current))
    assert compare_numerical("x", *_profiles(reference, holed), sort_rows(reference, holed)) == plain


@pytest.mark.parametrize("side", ["reference", "current"])
def test_a_side_without_values_is_not_computed(side: str) -> None:
    empty, full = np.full(10, np.nan), RANDOM.normal(size=10)
    columns = (empty, full) if side == "reference" else (full, empty)
    readings = compare_numerical("x", *_profiles(*columns))
    assert len(readings) == 5
    assert {reading.value for reading in readings} == {None}
    assert all(reading.column == "x" for reading in readings)


def test_infinities_order_and_have_no_distance() -> None:
    reference = np.array([1.0, 2.0, 3.0, np.inf])
    current = np.array([-np.inf, 2.0, 3.0, 4.0])
    found = _read(compare_numerical("x", *_profiles(reference, current), sort_rows(reference, current)))
    assert found["ks"].value == scipy.stats.ks_2samp(reference, current).statistic
    finite = scipy.stats.wasserstein_distance([1.0, 2.0, 3.0], [2.0, 3.0, 4.0])
    assert found["wasserstein"].value == pytest.approx(finite)
    only = _read(compare_numerical("x", *_profiles(reference, np.full(3, np.inf))))
    assert only["wasserstein"].not_computed == "there are no finite values on one side"
    assert only["ks"].value == 0.75


@pytest.mark.parametrize("scale", [1e-300, 1e150, 1e300, 1.7e308])
def test_extreme_magnitudes_never_read_nan(scale: float) -> None:
    reference = np.array([-1.0, 0.0, 0.5, 1.0]) * scale
    for current in (reference[::-1], np.array([scale]), np.array([-scale, scale]), np.zeros(3)):
        for rows in (None, sort_rows(reference, current)):
            compare_numerical("x", *_profiles(reference, current), rows)  # Reading refuses NaN and infinity


def test_one_row_each() -> None:
    found = _read(compare_numerical("x", *_profiles(np.array([1.0]), np.array([4.0]))))
    assert found["ks"].value == 1.0
    assert found["wasserstein"].value == 3.0
