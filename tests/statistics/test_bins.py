"""PSI by hand, chi-square and Jensen–Shannon by SciPy; levels literal, unseen and hashed."""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest
import scipy.spatial.distance
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from wakeline.statistics.bins import compute_chi_square, compute_jensen_shannon, compute_psi
from wakeline.statistics.categorical import align_levels, compare_levels
from wakeline.statistics.edges import make_level_cells
from wakeline.statistics.profile import LevelProfile, build_column_profile

COUNTS = st.lists(st.integers(0, 10_000), min_size=4, max_size=4).filter(any).map(np.array)


def _profiles(reference: Sequence[object], current: Sequence[object]) -> tuple[LevelProfile, LevelProfile]:
    cells = make_level_cells(Counter(str(value) for value in reference if value is not None))
    before = build_column_profile(pa.array(reference), cells)
    now = build_column_profile(pa.array(current), cells)
    assert isinstance(before, LevelProfile)
    assert isinstance(now, LevelProfile)
    return before, now


def test_psi_by_hand() -> None:
    found = compute_psi(np.array([50, 30, 20]), np.array([20, 30, 50]))
    by_hand = (0.2 - 0.5) * math.log(0.2 / 0.5) + 0 + (0.5 - 0.2) * math.log(0.5 / 0.2)
    assert found == pytest.approx(by_hand, abs=1e-15)
    assert found == pytest.approx(0.5497744391249308)


def test_psi_of_an_empty_cell_by_hand() -> None:
    found = compute_psi(np.array([90, 10]), np.array([100, 0]))
    by_hand = (1.0 - 0.9) * math.log(1.0 / 0.9) + (1e-4 - 0.1) * math.log(1e-4 / 0.1)
    assert found == pytest.approx(by_hand, abs=1e-15)


@given(COUNTS, COUNTS)
def test_distances_agree_with_scipy_and_are_symmetric(reference: np.ndarray, current: np.ndarray) -> None:
    expected = scipy.spatial.distance.jensenshannon(reference, current, base=2)
    assert compute_jensen_shannon(reference, current) == pytest.approx(expected, abs=1e-7)
    assert compute_jensen_shannon(reference, current) == compute_jensen_shannon(current, reference)
    assert compute_psi(reference, current) == pytest.approx(compute_psi(current, reference), abs=1e-12)
    assert compute_psi(reference, current) >= 0
    assert compute_psi(reference, 3 * reference) == 0.0
    assert compute_jensen_shannon(reference, reference) == 0.0
    value, p_value = compute_chi_square(reference, current)
    used = (reference + current) > 0
    if used.sum() > 1:
        table = scipy.stats.chi2_contingency(np.stack([reference[used], current[used]]), correction=False)
        assert value == pytest.approx(table.statistic, rel=1e-9, abs=1e-9)
        assert p_value == pytest.approx(table.pvalue, rel=1e-6, abs=1e-12)
    else:
        assert (value, p_value) == (0.0, 1.0)


def test_unseen_and_vanished_levels_are_compared_by_name() -> None:
    before, now = _profiles(["a", "a", "b", None], ["b", "c", "d", "d"])
    p, q = align_levels(before, now)
    assert sorted(zip(p.tolist(), q.tolist(), strict=True)) == [(0, 1), (0, 2), (1, 1), (2, 0)]
    chi_square, psi, distance = compare_levels("x", before, now)
    table = scipy.stats.chi2_contingency([[2, 1, 0, 0], [0, 1, 1, 2]], correction=False)
    assert chi_square.value == pytest.approx(table.statistic)
    assert chi_square.p_value == pytest.approx(table.pvalue)
    assert {reading.resolution for reading in (chi_square, psi, distance)} == {0.0}


def test_levels_beyond_a_thousand_unseen_fall_into_buckets() -> None:
    before, now = _profiles(["a"] * 500 + ["b"] * 500, ["a"] * 500 + [f"new {k}" for k in range(1500)])
    assert now.others is None
    assert now.count == 2000
    readings = compare_levels("x", before, now)
    assert {reading.resolution for reading in readings} == {None}
    assert all(reading.value is not None and reading.value > 0.3 for reading in readings)


def test_a_level_has_one_name_whatever_its_type() -> None:
    cells = make_level_cells({"1": 5, "true": 5})
    for column, cell in (
        (pa.array([1]), 0),
        (pa.array([1.0]), 0),
        (pa.array(["1"]), 0),
        (pa.array([True]), 1),
    ):
        profile = build_column_profile(column, cells)
        assert profile.counts[cell] == 1


def test_all_null_is_not_computed() -> None:
    readings = compare_levels("x", *_profiles(["a", "b"], [None, None]))
    assert {reading.not_computed for reading in readings} == {"all values are missing"}


def test_a_single_level_on_both_sides_is_no_drift() -> None:
    chi_square, psi, distance = compare_levels("x", *_profiles(["a"] * 5, ["a"] * 7))
    assert (chi_square.value, chi_square.p_value) == (0.0, 1.0)
    assert psi.value == 0.0
    assert distance.value == 0.0
