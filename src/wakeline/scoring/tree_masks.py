"""Small trees without walking them: one bit for each leaf, one mask for each interval between thresholds.

A split that sends a row to the right rules out the leaves on its left; what a feature's value rules out over
all trees is one precomputed mask. Of the leaves that no feature rules out, the leftmost of each tree is the
one that a walk would reach. One row needs a lookup for each feature and one pass over the trees.
"""

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import getitem
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from wakeline.scoring.blocks import Reader, Row, build_level_reader, build_number_reader
from wakeline.scoring.plan import LevelsBlock, NumberBlock, Plan, Trees
from wakeline.scoring.tree_columns import read_level_column, read_number_column
from wakeline.scoring.tree_nodes import LEAF, TreeNodes

_Compute = Callable[[Row], Sequence[float]]
_ComputeBatch = Callable[[Sequence[Row]], Sequence[Sequence[float]]]
_CODES: dict[int, Literal["B", "H", "I", "Q"]] = {8: "B", 16: "H", 32: "I", 64: "Q"}
BATCH_ROWS_MAX = 256


@dataclass(slots=True)
class _Splits:
    """What one number of the plan decides, over all trees: (threshold, left leaves, NaN goes left)."""

    numeric: list[tuple[float, int, bool]] = field(default_factory=list)
    categorical: list[tuple[frozenset[int], int, bool]] = field(default_factory=list)

    def rule_out(self, value: float) -> int:
        """The leaves that this value rules out."""
        mask = 0
        missing = math.isnan(value)
        for threshold, leaves, missing_left in self.numeric:
            if not missing_left if missing else value > threshold:
                mask |= leaves
        for members, leaves, missing_left in self.categorical:
            if not missing_left if missing else value not in members:
                mask |= leaves
        return mask


@dataclass(frozen=True, slots=True)
class _Forest:
    """The masks' layout: `bits` for each tree, the leaves' values in their order from left to right."""

    bits: int
    tree_count: int
    full: int
    lowest: int
    values: list[list[tuple[float, ...]]]


def build_masks(
    plan: Plan, described: Trees, trees: Sequence[TreeNodes], limit: float
) -> tuple[_Compute, _ComputeBatch]:
    splits = [_Splits() for _ in range(plan.width)]
    bits = next(size for size in _CODES if size >= max(tree.leaf_count for tree in trees))
    sets = [frozenset(members) for members in described.category_sets]
    values, full, lowest = [], 0, 0
    for index, tree in enumerate(trees):
        leaves = _collect_splits(tree, bits * index, splits, sets)
        width = described.leaf_width
        values.append([tuple(tree.values[leaf * width : (leaf + 1) * width]) for leaf in leaves])
        full |= ((1 << len(leaves)) - 1) << bits * index
        lowest |= 1 << bits * index
    forest = _Forest(bits, len(trees), full, lowest, values)
    add = _build_sum(described, forest)
    return _build_single(plan, splits, forest, add, limit), _build_batch(
        plan, described, splits, forest, limit
    )


def _collect_splits(
    tree: TreeNodes, offset: int, splits: list[_Splits], sets: Sequence[frozenset[int]]
) -> list[int]:
    """Adds the tree's splits; returns its leaves from left to right. Children stand after their parent, so
    the counts are summed from the end."""
    count = len(tree.feature)
    leaf_counts = [1] * count
    for node in range(count - 1, -1, -1):
        if tree.feature[node] != LEAF:
            leaf_counts[node] = leaf_counts[tree.left[node]] + leaf_counts[tree.right[node]]
    leaves = [0] * leaf_counts[0]
    pending = [(0, 0)]
    while pending:
        node, first = pending.pop()
        feature = tree.feature[node]
        if feature == LEAF:
            leaves[first] = tree.left[node]
            continue
        left = tree.left[node]
        mask = ((1 << leaf_counts[left]) - 1) << (offset + first)
        missing_left = bool(tree.missing_left[node])
        if tree.categorical[node]:
            members = sets[int(tree.threshold[node])]
            splits[feature].categorical.append((members, mask, missing_left))
        else:
            splits[feature].numeric.append((tree.threshold[node], mask, missing_left))
        pending.append((left, first))
        pending.append((tree.right[node], first + leaf_counts[left]))
    return leaves


def _list_intervals(splits: _Splits) -> tuple[list[float], list[int]]:
    """Thresholds, ascending, and what a value above the first k of them rules out, for each k."""
    by_threshold: dict[float, int] = {}
    for threshold, leaves, _ in splits.numeric:
        by_threshold[threshold] = by_threshold.get(threshold, 0) | leaves
    thresholds = sorted(by_threshold)
    masks = [0]
    for threshold in thresholds:
        masks.append(masks[-1] | by_threshold[threshold])
    return thresholds, masks


def _build_reader(block: NumberBlock | LevelsBlock, splits: Sequence[_Splits], limit: float) -> Reader[int]:
    if isinstance(block, LevelsBlock):
        mine = [splits[output] for output in block.outputs]

        def rule_out(values: tuple[float, ...]) -> int:
            mask = 0
            for one, value in zip(mine, values, strict=True):
                mask |= one.rule_out(value)
            return mask

        return build_level_reader(block, rule_out)
    own = splits[block.output]
    thresholds, masks = _list_intervals(own)
    if own.categorical:
        return build_number_reader(block, own.rule_out, limit=limit)

    return build_number_reader(
        block,
        lambda value: masks[bisect_left(thresholds, value)],
        limit=limit,
        finish_missing=own.rule_out,
    )


def _build_single(
    plan: Plan,
    splits: Sequence[_Splits],
    forest: _Forest,
    add: Callable[[memoryview], Sequence[float]],
    limit: float,
) -> _Compute:
    readers = [_build_reader(block, splits, limit) for block in plan.blocks]
    full, lowest = forest.full, forest.lowest
    size, code = forest.bits * forest.tree_count // 8, _CODES[forest.bits]

    def compute(row: Row) -> Sequence[float]:
        ruled_out = 0
        for read in readers:
            ruled_out |= read(row)
        left = full ^ ruled_out
        # In each tree's bits: the lowest one that is set. No tree is without one, so nothing is borrowed.
        exits = left & (left ^ (left - lowest))
        return add(memoryview(exits.to_bytes(size, "little")).cast(code))

    return compute


def _build_sum(described: Trees, forest: _Forest) -> Callable[[memoryview], Sequence[float]]:
    """From each tree's exit bit to the raw numbers, added in the order of the trees."""
    outputs, divisor = len(described.baseline), described.divisor
    baseline = described.baseline
    if described.leaf_width == 1:
        tables = [{1 << leaf: value[0] for leaf, value in enumerate(leaves)} for leaves in forest.values]
        groups = [tables[output::outputs] for output in range(outputs)]
        if outputs == 1 and divisor == 1.0:
            only = baseline[0]
            return lambda exits: (sum(map(getitem, tables, exits), only),)
        return lambda exits: [
            sum(map(getitem, groups[output], exits[output::outputs]), baseline[output]) / divisor
            for output in range(outputs)
        ]
    by_output = [
        [{1 << leaf: value[output] for leaf, value in enumerate(leaves)} for leaves in forest.values]
        for output in range(outputs)
    ]
    return lambda exits: [
        sum(map(getitem, tables, exits), start) / divisor
        for tables, start in zip(by_output, baseline, strict=True)
    ]


# Many rows at once: the same masks as arrays.


def _build_batch(
    plan: Plan, described: Trees, splits: Sequence[_Splits], forest: _Forest, limit: float
) -> _ComputeBatch:
    columns = [_build_mask_column(block, splits, forest, limit) for block in plan.blocks]
    full = _to_words(forest.full, forest)
    leaf_values = _pad_values(forest, described.leaf_width)
    add = _build_batch_sum(described)

    def compute_chunk(rows: Sequence[Row]) -> list[list[float]]:
        ruled_out = np.zeros((len(rows), forest.tree_count), dtype=full.dtype)
        for read in columns:
            ruled_out |= read(rows)
        left = full ^ ruled_out
        exits = left & (~left + left.dtype.type(1))
        leaves = np.frexp(exits.astype(np.float64))[1].T - 1
        tree_index = np.arange(forest.tree_count)[:, None]
        return add(leaf_values[:, tree_index, leaves])

    def compute(rows: Sequence[Row]) -> Sequence[Sequence[float]]:
        result: list[list[float]] = []
        for start in range(0, len(rows), BATCH_ROWS_MAX):
            result += compute_chunk(rows[start : start + BATCH_ROWS_MAX])
        return result

    return compute


def _build_batch_sum(described: Trees) -> Callable[[npt.NDArray[np.float64]], list[list[float]]]:
    """From (leaf width, trees, rows) to rows of raw numbers; `reduce` over trees adds them in their order."""
    outputs, divisor = len(described.baseline), described.divisor

    def add(values: npt.NDArray[np.float64]) -> list[list[float]]:
        parts = [values[0, output::outputs] for output in range(outputs)]
        if described.leaf_width > 1:
            parts = [values[output] for output in range(outputs)]
        sums = [
            np.add.reduce(np.ascontiguousarray(part), axis=0, initial=start) / divisor
            for part, start in zip(parts, described.baseline, strict=True)
        ]
        raw: list[list[float]] = np.stack(sums, axis=1).tolist()
        return raw

    return add


def _to_words(mask: int, forest: _Forest) -> npt.NDArray[Any]:
    size = forest.bits * forest.tree_count // 8
    return np.frombuffer(mask.to_bytes(size, "little"), dtype=f"<u{forest.bits // 8}")


def _pad_values(forest: _Forest, leaf_width: int) -> npt.NDArray[np.float64]:
    values = np.zeros((leaf_width, forest.tree_count, forest.bits))
    for index, leaves in enumerate(forest.values):
        values[:, index, : len(leaves)] = np.array(leaves).T
    return values


def _build_mask_column(
    block: NumberBlock | LevelsBlock, splits: Sequence[_Splits], forest: _Forest, limit: float
) -> Callable[[Sequence[Row]], npt.NDArray[Any]]:
    """From rows to what the block's feature rules out: (rows, trees)."""
    if isinstance(block, LevelsBlock):
        mine = [splits[output] for output in block.outputs]
        read_level, table = read_level_column(block)
        level_masks = np.array(
            [
                np.bitwise_or.reduce(
                    [_to_words(one.rule_out(value), forest) for one, value in zip(mine, values, strict=True)]
                )
                for values in table
            ]
        )
        return lambda rows: level_masks[read_level(rows)]
    own = splits[block.output]
    read_number = read_number_column(block, limit)
    if own.categorical:
        return lambda rows: np.array(
            [_to_words(own.rule_out(value), forest) for value in read_number(rows).tolist()]
        )
    thresholds, masks = _list_intervals(own)
    edges = np.array(thresholds)
    # The last row is for NaN, which `searchsorted` would put behind the last threshold.
    interval_masks = np.array([_to_words(mask, forest) for mask in [*masks, own.rule_out(math.nan)]])

    def read(rows: Sequence[Row]) -> npt.NDArray[Any]:
        values = read_number(rows)
        found = np.searchsorted(edges, values)
        found[np.isnan(values)] = len(edges) + 1
        return interval_masks[found]

    return read
