"""Bit masks and walks, one row and many, against the plainest walk there is."""

import math
import random
from array import array
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scoring.trees import VALUES, Ensemble, grow_ensemble
from wakeline.core.errors import BrokenFileError, InvalidInputError
from wakeline.scoring import tree_walk
from wakeline.scoring.blocks import FLOAT64_MAX, Row
from wakeline.scoring.narrow import FLOAT32_LIMIT
from wakeline.scoring.tree_masks import build_masks
from wakeline.scoring.tree_nodes import decode_nodes
from wakeline.scoring.tree_walk import build_walk
from wakeline.scoring.trees import Compute, ComputeBatch, build_trees


def _list_rows(ensemble: Ensemble, seed: int, count: int) -> list[Row]:
    generator = random.Random(seed)
    near = [math.nextafter(value, end) for value in VALUES for end in (-math.inf, math.inf)]
    choices: list[float | None] = [None, *VALUES, *near, 2.0, 3.3]
    return [
        {f"f{index}": generator.choice(choices) for index in range(ensemble.plan.width)} for _ in range(count)
    ]


def _to_numbers(ensemble: Ensemble, row: Row) -> list[float]:
    given_values = [row[f"f{index}"] for index in range(ensemble.plan.width)]
    return [math.nan if value is None else value for value in given_values]


def _check(ensemble: Ensemble, built: tuple[Compute, ComputeBatch], rows: list[Row]) -> None:
    compute, compute_batch = built
    expected = [ensemble.compute(_to_numbers(ensemble, row)) for row in rows]
    assert [list(compute(row)) for row in rows] == [pytest.approx(raw, abs=1e-12) for raw in expected]
    assert [list(raw) for raw in compute_batch(rows)] == [pytest.approx(raw, abs=1e-12) for raw in expected]


_SHAPES = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 10_000),
        "width": st.integers(1, 5),
        "leaves": st.sampled_from([1, 2, 8, 9, 20, 33, 64]),
        "outputs": st.integers(1, 3),
        "is_forest": st.booleans(),
    }
)


@settings(max_examples=60, deadline=None)
@given(shape=_SHAPES, rounds=st.integers(1, 6))
def test_both_engines_reach_the_leaves_of_a_walk(shape: dict[str, Any], rounds: int) -> None:
    ensemble = grow_ensemble(**shape, tree_count=rounds * shape["outputs"], is_narrow=False)
    rows = _list_rows(ensemble, shape["seed"], 30)
    for build in (build_masks, build_walk):
        _check(ensemble, build(ensemble.plan, ensemble.described, ensemble.trees, FLOAT64_MAX), rows)


@settings(max_examples=30, deadline=None)
@given(shape=_SHAPES, rounds=st.integers(1, 6))
def test_models_that_cast_to_float32_need_no_cast(shape: dict[str, Any], rounds: int) -> None:
    ensemble = grow_ensemble(**shape, tree_count=rounds * shape["outputs"], is_narrow=True)
    built = build_trees(ensemble.plan, ensemble.described, ensemble.data)
    _check(ensemble, built, _list_rows(ensemble, shape["seed"], 30))


@pytest.mark.parametrize("linked_nodes_max", [0, 10**9])
@pytest.mark.parametrize("is_narrow", [True, False])
def test_large_trees_are_walked(
    linked_nodes_max: int, is_narrow: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tree_walk, "LINKED_NODES_MAX", linked_nodes_max)
    ensemble = grow_ensemble(
        3, width=4, tree_count=3, leaves=400, outputs=2, is_forest=True, is_narrow=is_narrow
    )
    assert max(tree.leaf_count for tree in ensemble.trees) > 64
    built = build_trees(ensemble.plan, ensemble.described, ensemble.data)
    _check(ensemble, built, _list_rows(ensemble, 5, 300))


@pytest.mark.parametrize("leaves", [20, 300])
@pytest.mark.parametrize(("is_narrow", "limit"), [(True, FLOAT32_LIMIT), (False, FLOAT64_MAX)])
def test_numbers_beyond_the_model_are_refused(leaves: int, is_narrow: bool, limit: float) -> None:
    ensemble = grow_ensemble(
        1, width=2, tree_count=2, leaves=leaves, outputs=1, is_forest=False, is_narrow=is_narrow
    )
    compute, compute_batch = build_trees(ensemble.plan, ensemble.described, ensemble.data)
    beyond = math.nextafter(limit, math.inf)
    for row in ({"f0": beyond, "f1": 0.0}, {"f0": 0.0, "f1": -beyond}):
        with pytest.raises(InvalidInputError, match="finite number that the model can take"):
            compute(row)
        with pytest.raises(InvalidInputError, match="finite number that the model can take"):
            compute_batch([{"f0": 0.0, "f1": 0.0}] * 9 + [row])


def test_nodes_survive_the_file() -> None:
    ensemble = grow_ensemble(9, width=3, tree_count=4, leaves=12, outputs=2, is_forest=True, is_narrow=False)
    assert decode_nodes(ensemble.data, ensemble.described, 3) == ensemble.trees


@pytest.mark.parametrize(
    ("name", "value"),
    [("left", 0), ("right", 99), ("feature", 7), ("feature", -2), ("threshold", math.nan), ("left", -1)],
)
def test_nodes_that_lead_nowhere_are_refused(name: str, value: float) -> None:
    ensemble = grow_ensemble(2, width=3, tree_count=1, leaves=9, outputs=1, is_forest=False, is_narrow=True)
    tree = ensemble.trees[0]
    damaged: Any = array(getattr(tree, name).typecode, getattr(tree, name))
    damaged[0] = value
    changes: dict[str, Any] = {name: damaged}
    broken = Ensemble(ensemble.plan, ensemble.described, [replace(tree, **changes)])
    with pytest.raises(BrokenFileError, match="leads nowhere"):
        decode_nodes(broken.data, broken.described, 3)


def test_files_of_another_size_are_refused() -> None:
    ensemble = grow_ensemble(2, width=3, tree_count=2, leaves=9, outputs=1, is_forest=False, is_narrow=True)
    with pytest.raises(BrokenFileError, match="bytes"):
        decode_nodes(ensemble.data[:-1], ensemble.described, 3)
    with pytest.raises(BrokenFileError, match="bytes"):
        decode_nodes(b"x" + ensemble.data[1:], ensemble.described, 3)
    counts = ensemble.described.node_counts
    swapped = msgspec.structs.replace(ensemble.described, node_counts=(sum(counts), 0))
    with pytest.raises(BrokenFileError, match="bytes"):
        decode_nodes(ensemble.data, swapped, 3)
