"""Distributions against numpy on the same rows: shared bins, what lies beside them, levels and the rest."""

from itertools import pairwise

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wakeline.core.schema import FeatureRole
from wakeline.statistics.distribution import (
    EDGES_MAX,
    LEVELS_SHOWN_MAX,
    QUANTILES,
    LevelCounts,
    LevelDistribution,
    LevelsAndRows,
    NumericalCounts,
    NumericalDistribution,
    describe_distribution,
)
from wakeline.statistics.edges import make_edge_set
from wakeline.statistics.profile import build_profile

Numbers = npt.NDArray[np.float64]


def describe(reference: object, current: object, role: FeatureRole) -> object:
    before, now = pa.table({"x": reference}), pa.table({"x": current})
    edge_set = make_edge_set(before, {"x": role})
    return describe_distribution(
        build_profile(before, edge_set).columns["x"], build_profile(now, edge_set).columns["x"]
    )


def describe_numbers(reference: Numbers, current: Numbers) -> NumericalDistribution:
    found = describe(pa.array(reference), pa.array(current), FeatureRole.NUMERICAL)
    assert isinstance(found, NumericalDistribution)
    return found


def describe_levels(reference: list[str | None], current: list[str | None]) -> LevelDistribution:
    before, now = pa.array(reference, pa.string()), pa.array(current, pa.string())
    found = describe(before, now, FeatureRole.CATEGORICAL)
    assert isinstance(found, LevelDistribution)
    return found


def check_side(found: NumericalCounts | None, edges: tuple[float, ...], rows: Numbers) -> None:
    """Every count is the one that numpy finds by comparison with the same edges."""
    assert found is not None
    present = rows[~np.isnan(rows)]
    assert found.missing == len(rows) - len(present)
    if edges:
        expected = [int(((present > lower) & (present <= upper)).sum()) for lower, upper in pairwise(edges)]
        assert list(found.counts) == expected
        assert found.below == (present <= edges[0]).sum()
        assert found.above == (present > edges[-1]).sum()
    assert sum(found.counts) + found.below + found.above + found.missing == len(rows)
    finite = present[np.isfinite(present)]
    if len(finite):
        assert (found.minimum, found.maximum) == (finite.min(), finite.max())
        if np.abs(finite).max() < 1e300:
            assert found.mean == pytest.approx(finite.mean(), rel=1e-9, abs=1e-9)


DRAW = np.random.default_rng(5)
SIDES: dict[str, tuple[Numbers, Numbers]] = {
    "normal": (DRAW.normal(0, 1, 5000), DRAW.normal(0.5, 2, 8000)),
    "unit changed": (DRAW.gamma(2, 10, 5000), DRAW.gamma(2, 10, 5000) * 1000),
    "hours": (DRAW.integers(0, 24, 4000).astype(float), DRAW.integers(5, 24, 3000).astype(float)),
    "new hours": (DRAW.integers(5, 24, 4000).astype(float), DRAW.integers(0, 24, 3000).astype(float)),
    "minutes": (DRAW.integers(0, 60, 4000).astype(float), DRAW.integers(0, 60, 4000).astype(float)),
    "tenths": (np.round(DRAW.normal(40, 10, 4000), 1), np.round(DRAW.normal(60, 10, 4000), 2)),
    "halves": (DRAW.choice([3.0, 5.0, 10.0, 10.0], 4000), DRAW.choice([2.5, 3.0, 7.5, 10.0], 3000)),
    "tail": (np.append(DRAW.integers(0, 300, 4000), [-900.0]), DRAW.normal(100, 30, 4000)),
    "mostly zero": (
        np.where(DRAW.random(4000) < 0.95, 0.0, DRAW.exponential(1, 4000)),
        np.where(DRAW.random(4000) < 0.9, 0.0, DRAW.exponential(3, 4000)),
    ),
    "missing and infinite": (
        np.array([1.0, np.nan, np.inf, 2.0, -np.inf, 2.5] * 50),
        np.array([1.0, np.nan, np.nan, np.inf] * 60),
    ),
    "constant": (np.full(100, 7.0), np.full(80, 7.0)),
    "nothing in the window": (DRAW.normal(0, 1, 500), np.full(80, np.nan)),
    "nothing at all": (np.full(60, np.nan), np.full(80, np.nan)),
    "huge": (np.array([-1e308, 0.0, 1e308] * 40), np.array([1e300] * 70)),
}


@pytest.mark.parametrize("name", list(SIDES))
def test_counts_are_those_of_the_rows(name: str) -> None:
    reference, current = SIDES[name]
    found = describe_numbers(reference, current)
    assert len(found.edges) <= EDGES_MAX
    assert np.isfinite(found.edges).all()
    assert list(found.edges) == sorted(set(found.edges))
    check_side(found.reference, found.edges, reference)
    check_side(found.current, found.edges, current)


@pytest.mark.parametrize("name", ["new hours", "tenths", "halves", "minutes", "mostly zero", "tail"])
def test_no_bin_is_without_width(name: str) -> None:
    """A value with a cell of its own is not parted from what lies just below: its density would hide all
    others."""
    found = describe_numbers(*SIDES[name])
    span = found.edges[-1] - found.edges[0]
    assert np.diff(found.edges).min() > span / 5000


@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=60),
    st.lists(st.floats(allow_nan=True, allow_infinity=True) | st.integers(-3, 3), max_size=60),
)
def test_any_numbers(reference: list[float], current: list[float]) -> None:
    sides = np.array(reference, np.float64), np.array(current, np.float64)
    found = describe_numbers(*sides)
    assert len(found.edges) <= EDGES_MAX
    for rows, side in zip(sides, (found.reference, found.current), strict=True):
        assert side is not None
        assert sum(side.counts) + side.below + side.above + side.missing == len(rows)


def test_few_values_have_a_bin_each() -> None:
    found = describe_numbers(*SIDES["hours"])
    assert found.single
    assert found.edges[1:] == tuple(float(hour) for hour in range(24))


def test_integers_are_grouped_evenly() -> None:
    """Bins of unlike widths over integers would look like a comb."""
    found = describe_numbers(*SIDES["minutes"])
    widths = np.diff(found.edges)
    assert set(widths[:-1]) == {2.0}
    assert sum(found.reference.counts) == 4000


def test_bins_are_about_equally_wide_and_leave_out_little() -> None:
    reference, current = SIDES["normal"]
    found = describe_numbers(current, reference)
    assert len(found.edges) >= 35
    assert np.diff(found.edges)[2:-2].max() < 2 * np.median(np.diff(found.edges))
    assert found.current is not None
    assert found.current.below + found.current.above <= 0.011 * 5000


@pytest.mark.parametrize("name", ["normal", "hours", "tenths", "mostly zero", "unit changed"])
def test_quantiles_lie_near_those_of_the_rows(name: str) -> None:
    """Within a cell of the profile: for the reference, between the quantiles a thousandth away."""
    reference, _ = SIDES[name]
    found = describe_numbers(*SIDES[name])
    assert found.reference.quantiles is not None
    for share, value in zip(QUANTILES, found.reference.quantiles, strict=True):
        around = np.quantile(reference, [share - 0.0015, share + 0.0015], method="inverted_cdf")
        assert around[0] <= value <= around[1]


def test_levels_by_name_the_rest_and_what_came_or_went() -> None:
    names = [f"level {number:02}" for number in range(30)]
    reference = [name for number, name in enumerate(names[:25]) for _ in range(40 - number)]
    current = [name for number, name in enumerate(names[5:]) for _ in range(60 - number)]
    found = describe_levels([*reference, None, None], [*current, None])
    assert len(found.levels) == LEVELS_SHOWN_MAX
    assert found.current is not None
    for side, rows, missing in ((found.reference, reference, 2), (found.current, current, 1)):
        assert side == LevelCounts(
            counts=tuple(rows.count(name) for name in found.levels),
            rest=len(rows) - sum(rows.count(name) for name in found.levels),
            missing=missing,
        )
    assert found.rest_levels == 10
    assert found.unseen == LevelsAndRows(5, sum(current.count(name) for name in names[25:]))
    assert found.vanished == LevelsAndRows(5, sum(reference.count(name) for name in names[:5]))
    share = [reference.count(name) / len(reference) + current.count(name) / len(current) for name in names]
    assert set(found.levels) == {name for _, name in sorted(zip(share, names, strict=True))[-20:]}


def test_levels_beyond_counting_by_name_are_in_the_rest() -> None:
    found = describe_levels(["a"] * 100, [f"id {number}" for number in range(3000)])
    assert found.current is not None
    assert found.levels == ("a",)
    assert (found.current.rest, found.rest_levels, found.unseen) == (3000, None, None)


def test_long_levels_are_cut() -> None:
    found = describe_levels(["x" * 5000] * 60, ["y"] * 60)
    assert found.levels[0] in {"y", "x" * 119 + "…"}
    assert max(len(level) for level in found.levels) == 120


def test_nineteen_features_are_small_as_json() -> None:
    """Continuous values in full digits and long names: the most that a column takes."""
    numbers = describe_numbers(DRAW.normal(1e5, 1e4, 5000), DRAW.normal(1e5, 1e4, 5000))
    names: list[str | None] = [f"{number:03} " + "n" * 200 for number in range(50)]
    levels = describe_levels(names * 40, names * 50)
    sizes = [len(msgspec.json.encode(one)) for one in (numbers, levels)]
    assert 19 * max(sizes) < 300_000
