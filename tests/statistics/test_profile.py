"""Profiles: merging, permutation, bytes, and what each odd column comes to."""

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wakeline.core.errors import BrokenFileError, InvalidInputError
from wakeline.core.schema import FeatureRole
from wakeline.statistics.edges import (
    BUCKET_COUNT,
    EdgeSet,
    LevelCells,
    NumericalEdges,
    decode_edge_set,
    encode_edge_set,
    extend_edge_set,
    make_edge_set,
    make_numerical_edges,
    refine_edge_set,
)
from wakeline.statistics.profile import (
    LevelProfile,
    NumericalProfile,
    Profile,
    build_empty_profile,
    build_profile,
    count_numbers,
    find_outgrown,
    merge_profiles,
)
from wakeline.statistics.profile_bytes import ProfileBundle, decode_profiles, encode_profiles

ROLES = {"x": FeatureRole.NUMERICAL, "c": FeatureRole.CATEGORICAL}
ROWS = st.lists(
    st.tuples(
        st.none() | st.floats(width=64) | st.integers(-5, 5).map(float),
        st.none() | st.sampled_from("abcdefg") | st.text(max_size=3),
    ),
    max_size=40,
)
EDGE_SET = make_edge_set(pa.table({"x": [0.0, 1.0, 1.0, 2.5, -3.0], "c": ["a", "a", "b", "c", None]}), ROLES)
Row = tuple[float | None, str | None]


def _table(rows: Sequence[Row]) -> pa.Table:
    return pa.table(
        {
            "x": pa.array([row[0] for row in rows], pa.float64()),
            "c": pa.array([row[1] for row in rows], pa.string()),
        }
    )


def _assert_equal(first: Profile, second: Profile) -> None:
    assert first.row_count == second.row_count
    for name, column in first.columns.items():
        other = second.columns[name]
        assert column.counts.tolist() == other.counts.tolist()
        assert column.missing == other.missing
        if isinstance(column, LevelProfile):
            assert isinstance(other, LevelProfile)
            assert column.others == other.others
        else:
            assert isinstance(other, NumericalProfile)
            np.testing.assert_allclose(column.sums, other.sums, rtol=1e-9)
            assert column.squares == pytest.approx(other.squares, rel=1e-9)
            assert (column.minimum, column.maximum) == (other.minimum, other.maximum)


@settings(deadline=None)
@given(ROWS, st.integers(0, 40), st.integers(0, 40))
def test_merging_is_associative_commutative_and_equals_the_whole(rows: list[Row], one: int, two: int) -> None:
    low, high = sorted((one, two))
    parts = [build_profile(_table(part), EDGE_SET) for part in (rows[:low], rows[low:high], rows[high:])]
    whole = build_profile(_table(rows), EDGE_SET)
    a, b, c = parts
    _assert_equal(merge_profiles(parts), whole)
    _assert_equal(merge_profiles([merge_profiles([a, b]), c]), whole)
    _assert_equal(merge_profiles([a, merge_profiles([b, c])]), whole)
    _assert_equal(merge_profiles([c, a, b]), whole)
    _assert_equal(merge_profiles([build_empty_profile(EDGE_SET), whole]), whole)


@settings(deadline=None)
@given(ROWS, st.randoms())
def test_the_order_of_rows_changes_no_count(rows: list[Row], random: object) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    _assert_equal(build_profile(_table(shuffled), EDGE_SET), build_profile(_table(rows), EDGE_SET))


@settings(deadline=None)
@given(ROWS)
def test_every_row_is_counted_or_missing(rows: list[Row]) -> None:
    profile = build_profile(_table(rows), EDGE_SET)
    for column in profile.columns.values():
        assert column.count + column.missing == len(rows)


@settings(deadline=None)
@given(ROWS, ROWS)
def test_bytes_give_the_profiles_back(first: list[Row], second: list[Row]) -> None:
    parts = [
        ({"arm": "primary"}, build_profile(_table(first), EDGE_SET)),
        ({}, build_profile(_table(second), EDGE_SET)),
    ]
    found = decode_profiles(encode_profiles(ProfileBundle(parts, {"attempts": ["x"]}), EDGE_SET), EDGE_SET)
    assert found.note == {"attempts": ["x"]}
    assert [key for key, _ in found.parts] == [{"arm": "primary"}, {}]
    for (_, before), (_, after) in zip(parts, found.parts, strict=True):
        _assert_equal(before, after)


def test_other_bytes_and_other_edges_are_refused() -> None:
    body = encode_profiles(ProfileBundle([({}, build_empty_profile(EDGE_SET))], {}), EDGE_SET)
    other = make_edge_set(pa.table({"x": [5.0], "c": ["z"]}), ROLES)
    for broken in (b"", b"PAR1", body[: len(body) // 2], body[:-3] + b"xxx"):
        with pytest.raises(BrokenFileError):
            decode_profiles(broken, EDGE_SET)
    with pytest.raises(BrokenFileError, match="edge set"):
        decode_profiles(body, other)


def test_edges_survive_their_bytes() -> None:
    values = np.random.default_rng(1).lognormal(sigma=3, size=5000)
    edge_set = make_edge_set(pa.table({"x": values, "c": ["é", "_", "", "a b", None] * 1000}), ROLES)
    found = decode_edge_set(encode_edge_set(edge_set))
    assert found.id == edge_set.id
    cells, again = edge_set.columns["x"], found.columns["x"]
    assert isinstance(cells, NumericalEdges)
    assert isinstance(again, NumericalEdges)
    assert cells.edges.tolist() == again.edges.tolist()
    assert found.columns["c"] == edge_set.columns["c"]
    with pytest.raises(BrokenFileError):
        decode_edge_set(b'{"definition": 0, "columns": {}}')
    with pytest.raises(BrokenFileError):
        decode_edge_set(b"[]")


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(width=64), max_size=50))
def test_a_value_lies_in_the_cell_between_its_edges(values: list[float]) -> None:
    cells = make_numerical_edges(np.array(values))
    assert (np.diff(cells.edges[1:]) > 0).all()
    bounds = [-np.inf, *cells.edges.tolist(), np.inf]
    for value in values:
        if np.isnan(value):
            continue
        cell = int(np.flatnonzero(count_numbers(np.array([value]), cells).counts)[0])
        assert bounds[cell] < value <= bounds[cell + 1] or (
            np.isinf(value) and cell in {0, cells.cell_count - 1}
        )


def test_each_infinity_has_a_cell_of_its_own() -> None:
    cells = make_numerical_edges(np.array([-1e308, 0.0, 1e308]))
    profile = count_numbers(np.array([-np.inf, np.inf, np.inf, -1.7e308, 1.79e308]), cells)
    assert profile.counts[0] == 1
    assert profile.counts[-1] == 2
    assert profile.finite_count == 2


def test_frequent_values_and_few_values_have_cells_of_their_own() -> None:
    cells = make_numerical_edges(
        np.concatenate([np.random.default_rng(2).normal(size=20_000), np.zeros(200)])
    )
    only_zero = count_numbers(np.array([0.0]), cells)
    assert cells.find_singletons()[np.flatnonzero(only_zero.counts)[0]]
    hours = make_numerical_edges(np.arange(24.0))
    for hour in range(24):
        where = np.flatnonzero(count_numbers(np.array([float(hour)]), hours).counts)[0]
        assert hours.find_singletons()[where]


def test_levels_that_the_reference_never_saw_are_named() -> None:
    column = build_profile(_table([(None, "new"), (None, "new"), (None, "a")]), EDGE_SET).columns["c"]
    assert isinstance(column, LevelProfile)
    assert column.others == {"new": 2}
    cells = EDGE_SET.columns["c"]
    assert isinstance(cells, LevelCells)
    assert cells.cell_count == len(cells.levels) + BUCKET_COUNT
    assert column.counts[cells.find_bucket("new")] == 2


def test_lone_surrogates_and_empty_texts_are_levels() -> None:
    cells = LevelCells(("",))
    assert cells.index() == {"": 0}
    assert 1 <= cells.find_bucket("\ud800") < cells.cell_count


@pytest.mark.parametrize(
    "column",
    [
        pa.nulls(3),
        pa.array([None, None, None], pa.float64()),
        pa.array([float("nan")] * 3),
        pa.array([None] * 3, pa.string()),
    ],
)
def test_an_all_null_column_is_all_missing(column: pa.Array) -> None:
    name = "c" if pa.types.is_string(column.type) else "x"
    profile = build_profile(pa.table({name: column}), EDGE_SET)
    assert profile.columns[name].missing == 3
    assert profile.columns["x"].count == 0


def test_a_column_that_no_file_has_is_all_missing() -> None:
    profile = build_profile(pa.table({"x": pa.nulls(4), "c": pa.nulls(4)}), EDGE_SET)
    assert [column.missing for column in profile.columns.values()] == [4, 4]
    assert [
        column.missing for column in build_profile(pa.table({"z": [1, 2]}), EDGE_SET).columns.values()
    ] == [2, 2]


def test_huge_integers_decimals_and_booleans_are_numbers() -> None:
    for column in (
        pa.array([2**63 - 1, None]),
        pa.array([2**64 - 1, None], pa.uint64()),
        pa.array([Decimal(10) ** 30, None]),
    ):
        profile = build_profile(pa.table({"x": column}), EDGE_SET).columns["x"]
        assert (profile.count, profile.missing) == (1, 1)
    assert build_profile(pa.table({"x": [True, False]}), EDGE_SET).columns["x"].count == 2


@pytest.mark.parametrize("column", [pa.array(["1"]), pa.array([[1]]), pa.array([0], pa.timestamp("us"))])
def test_what_is_not_a_number_is_refused(column: pa.Array) -> None:
    with pytest.raises(InvalidInputError, match="expected numbers"):
        build_profile(pa.table({"x": column}), EDGE_SET)


def test_a_reference_without_values_still_makes_cells() -> None:
    edge_set = make_edge_set(pa.table({"x": pa.nulls(5)}), ROLES)
    profile = build_profile(_table([(7.0, "a"), (-1e9, None)]), edge_set)
    assert profile.columns["x"].count == 2
    assert profile.columns["c"].count == 1


def test_new_columns_extend_the_set_and_known_ones_stay() -> None:
    wider = extend_edge_set(EDGE_SET, pa.table({"y": [1.0]}), {**ROLES, "y": FeatureRole.NUMERICAL})
    assert wider.columns["x"] is EDGE_SET.columns["x"]
    assert wider.id != EDGE_SET.id
    assert extend_edge_set(wider, pa.table({}), ROLES) is wider
    other_role = extend_edge_set(EDGE_SET, pa.table({"x": [1.0]}), {"x": FeatureRole.CATEGORICAL})
    assert isinstance(other_role.columns["x"], LevelCells)


def test_an_outgrown_column_is_refined() -> None:
    draw = np.random.default_rng(3)
    edge_set = EdgeSet({"x": make_numerical_edges(draw.normal(size=5000))})
    window = pa.table({"x": np.concatenate([draw.normal(size=1900), draw.normal(60.0, 1.0, size=100)])})
    assert find_outgrown(build_profile(window, edge_set)) == ["x"]
    refined = refine_edge_set(edge_set, window, ["x"])
    assert find_outgrown(build_profile(window, refined)) == []
    old, new = edge_set.columns["x"], refined.columns["x"]
    assert isinstance(old, NumericalEdges)
    assert isinstance(new, NumericalEdges)
    assert set(old.edges) <= set(new.edges)
    assert find_outgrown(build_profile(window.slice(0, 1500), edge_set)) == []


@pytest.mark.parametrize("count", [4001, 8003, 16007])
def test_edges_of_any_number_of_rows(count: int) -> None:
    """Of 4001 rows the thousandth quantile was once row 4002, by rounding."""
    edges = make_numerical_edges(np.arange(count, dtype=np.float64))
    assert edges.maximum == count - 1
