"""Trees of any size: a walk from node to node for one row; for many rows all walks, level by level."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from wakeline.scoring.blocks import Row, build_level_reader, build_number_reader
from wakeline.scoring.plan import LevelsBlock, Missing, NumberBlock, Plan, Trees
from wakeline.scoring.tree_columns import read_level_column, read_number_column
from wakeline.scoring.tree_nodes import LEAF, TreeNodes

_Compute = Callable[[Row], Sequence[float]]
_ComputeBatch = Callable[[Sequence[Row]], Sequence[Sequence[float]]]
_Leaf = tuple[float, ...]
_Fill = Callable[[Row, list[float]], None]
BATCH_ROWS_MAX = 256
LINKED_NODES_MAX = 250_000
"""A linked node takes some 200 bytes, one in the arrays 22."""


def build_walk(
    plan: Plan, described: Trees, trees: Sequence[TreeNodes], limit: float
) -> tuple[_Compute, _ComputeBatch]:
    return _build_single(plan, described, trees, limit), _build_batch(plan, described, trees, limit)


def _build_single(plan: Plan, described: Trees, trees: Sequence[TreeNodes], limit: float) -> _Compute:
    fills = [_build_fill(block, limit) for block in plan.blocks]
    find_leaves = _build_find(plan, described, trees)
    add, width = _build_sum(described), plan.width

    def compute(row: Row) -> Sequence[float]:
        numbers = [0.0] * width
        for fill in fills:
            fill(row, numbers)
        return add(find_leaves(numbers))

    return compute


def _build_sum(described: Trees) -> Callable[[list[_Leaf]], Sequence[float]]:
    """Adds the leaves in the order of the trees."""
    baseline, divisor, outputs = described.baseline, described.divisor, len(described.baseline)
    if described.leaf_width > 1:
        return lambda leaves: [
            sum(column, start) / divisor
            for column, start in zip(zip(*leaves, strict=True), baseline, strict=True)
        ]
    return lambda leaves: [
        sum([leaf[0] for leaf in leaves[output::outputs]], baseline[output]) / divisor
        for output in range(outputs)
    ]


def _build_find(
    plan: Plan, described: Trees, trees: Sequence[TreeNodes]
) -> Callable[[Sequence[float]], list[_Leaf]]:
    """The walk over all trees; the shorter one where no number can be NaN and no split is categorical, the
    one that takes least memory where the trees are huge."""
    sets = [frozenset(members) for members in described.category_sets]
    if sum(described.node_counts) > LINKED_NODES_MAX:
        return lambda numbers: [_find_in_arrays(tree, numbers, described.leaf_width, sets) for tree in trees]
    if sets or any(_may_be_nan(block) for block in plan.blocks):
        roots = [_link_nodes(tree, described.leaf_width, sets) for tree in trees]
        return lambda numbers: [_find_leaf(root, numbers) for root in roots]
    return _build_plain_find([_link_nodes(tree, described.leaf_width, sets) for tree in trees])


def _build_plain_find(roots: Sequence[Any]) -> Callable[[Sequence[float]], list[_Leaf]]:
    def find(numbers: Sequence[float]) -> list[_Leaf]:
        leaves = []
        for root in roots:
            feature, threshold, left, right, _ = root
            while left is not None:
                feature, threshold, left, right, _ = left if numbers[feature] <= threshold else right
            leaves.append(threshold)
        return leaves

    return find


def _may_be_nan(block: NumberBlock | LevelsBlock) -> bool:
    if isinstance(block, NumberBlock):
        return block.missing is Missing.NAN
    tables = [entry.changes for entry in block.levels]
    tables += [changes for changes in (block.missing, block.unknown) if changes is not None]
    return None in block.base or any(value is None for changes in tables for _, value in changes)


def _build_fill(block: NumberBlock | LevelsBlock, limit: float) -> _Fill:
    if isinstance(block, NumberBlock):
        output, read_number = block.output, build_number_reader(block, lambda value: value, limit=limit)

        def fill_number(row: Row, numbers: list[float]) -> None:
            numbers[output] = read_number(row)

        return fill_number
    outputs, read_levels = block.outputs, build_level_reader(block, lambda values: values)

    def fill_levels(row: Row, numbers: list[float]) -> None:
        for position, value in zip(outputs, read_levels(row), strict=True):
            numbers[position] = value

    return fill_levels


def _link_nodes(tree: TreeNodes, leaf_width: int, sets: Sequence[frozenset[int]]) -> Any:
    """The root: a node is (feature, threshold or category set, left, right, missing_left); a leaf has its
    numbers for a threshold, and nothing to the left."""
    linked: list[Any] = [None] * len(tree.feature)
    for node in range(len(tree.feature) - 1, -1, -1):
        feature, left, right = tree.feature[node], tree.left[node], tree.right[node]
        if feature == LEAF:
            values = tuple(tree.values[left * leaf_width : (left + 1) * leaf_width])
            linked[node] = (LEAF, values, None, None, False)
            continue
        threshold: float | frozenset[int] = tree.threshold[node]
        if tree.categorical[node]:
            threshold = sets[int(tree.threshold[node])]
        linked[node] = (feature, threshold, linked[left], linked[right], bool(tree.missing_left[node]))
    return linked[0]


def _find_leaf(node: Any, numbers: Sequence[float]) -> _Leaf:
    feature, threshold, left, right, missing_left = node
    while left is not None:
        value = numbers[feature]
        if value != value:  # noqa: PLR0124 - NaN, at the price of a comparison
            node = left if missing_left else right
        elif type(threshold) is frozenset:
            node = left if value in threshold else right
        else:
            node = left if value <= threshold else right
        feature, threshold, left, right, missing_left = node
    leaf: _Leaf = threshold
    return leaf


def _find_in_arrays(
    tree: TreeNodes, numbers: Sequence[float], leaf_width: int, sets: Sequence[frozenset[int]]
) -> _Leaf:
    feature, threshold, node = tree.feature, tree.threshold, 0
    while (index := feature[node]) != LEAF:
        value = numbers[index]
        if value != value:  # noqa: PLR0124 - NaN, at the price of a comparison
            goes_left = bool(tree.missing_left[node])
        elif tree.categorical[node]:
            goes_left = value in sets[int(threshold[node])]
        else:
            goes_left = value <= threshold[node]
        node = tree.left[node] if goes_left else tree.right[node]
    leaf = tree.left[node]
    return tuple(tree.values[leaf * leaf_width : (leaf + 1) * leaf_width])


class _FlatNodes:
    """All trees' nodes in one numbering; a leaf is its own child, so that a walk may stay there."""

    def __init__(self, trees: Sequence[TreeNodes], described: Trees) -> None:
        starts = np.cumsum([0, *(len(tree.feature) for tree in trees)], dtype=np.int32)
        self.roots = starts[:-1]
        feature = np.concatenate([np.asarray(tree.feature) for tree in trees])
        is_leaf = feature == LEAF
        own = np.arange(len(feature), dtype=np.int32)
        start = np.repeat(self.roots, np.diff(starts))
        left = np.concatenate([np.asarray(tree.left) for tree in trees])
        right = np.concatenate([np.asarray(tree.right) for tree in trees])
        self.left = np.where(is_leaf, own, left + start)
        self.right = np.where(is_leaf, own, right + start)
        self.feature = np.where(is_leaf, 0, feature)
        self.is_leaf = is_leaf
        self.threshold = np.concatenate([np.asarray(tree.threshold) for tree in trees])
        self.missing_left = np.concatenate([np.asarray(tree.missing_left) for tree in trees]).astype(bool)
        self.categorical = np.concatenate([np.asarray(tree.categorical) for tree in trees]).astype(bool)
        self.members = _tabulate_sets(described)
        self.values = self._place_values(trees, described, left)

    def _place_values(
        self, trees: Sequence[TreeNodes], described: Trees, leaf_of: npt.NDArray[Any]
    ) -> npt.NDArray[np.float64]:
        """(leaf width, nodes): each leaf's numbers at its node."""
        width = described.leaf_width
        leaf_starts = np.cumsum([0, *(tree.leaf_count for tree in trees)])[:-1]
        sizes = [len(tree.feature) for tree in trees]
        values = np.concatenate([np.asarray(tree.values) for tree in trees]).reshape(-1, width)
        leaves = (leaf_of + np.repeat(leaf_starts, sizes))[self.is_leaf]
        placed = np.zeros((width, len(self.is_leaf)))
        placed[:, self.is_leaf] = values[leaves].T
        return placed

    def go_left(self, nodes: npt.NDArray[Any], values: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
        result: npt.NDArray[Any] = values <= self.threshold[nodes]
        missing = np.isnan(values)
        if missing.any():
            result = np.where(missing, self.missing_left[nodes], result)
        if self.members is not None:
            chosen = self.categorical[nodes] & ~missing
            row = self.threshold[nodes][chosen].astype(np.intp)
            level = np.clip(values[chosen], -1, self.members.shape[1] - 2)
            whole = level.astype(np.intp)
            result[chosen] = self.members[row, whole] & (whole == level)
        return result


def _tabulate_sets(described: Trees) -> npt.NDArray[np.bool_] | None:
    """(set, level): whether it is a member; the last two levels belong to none, for values beyond."""
    if not described.category_sets:
        return None
    size = 1 + max((max(members, default=0) for members in described.category_sets), default=0)
    table = np.zeros((len(described.category_sets), size + 2), dtype=np.bool_)
    for index, members in enumerate(described.category_sets):
        table[index, list(members)] = True
    return table


def _build_batch(plan: Plan, described: Trees, trees: Sequence[TreeNodes], limit: float) -> _ComputeBatch:
    nodes = _FlatNodes(trees, described)
    fills = [_build_column_fill(block, limit) for block in plan.blocks]
    outputs = len(described.baseline)

    def compute_chunk(rows: Sequence[Row]) -> list[list[float]]:
        numbers = np.zeros((plan.width, len(rows)))
        for fill in fills:
            fill(rows, numbers)
        leaves = _walk_all(nodes, numbers)
        values = nodes.values[:, leaves]
        parts = (
            [values[output] for output in range(outputs)]
            if described.leaf_width > 1
            else [values[0, output::outputs] for output in range(outputs)]
        )
        sums = [
            np.add.reduce(np.ascontiguousarray(part), axis=0, initial=start) / described.divisor
            for part, start in zip(parts, described.baseline, strict=True)
        ]
        raw: list[list[float]] = np.stack(sums, axis=1).tolist()
        return raw

    def compute(rows: Sequence[Row]) -> Sequence[Sequence[float]]:
        result: list[list[float]] = []
        for start in range(0, len(rows), BATCH_ROWS_MAX):
            result += compute_chunk(rows[start : start + BATCH_ROWS_MAX])
        return result

    return compute


def _walk_all(nodes: _FlatNodes, numbers: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
    """(trees, rows): the leaf of every walk."""
    row_count = numbers.shape[1]
    current = np.repeat(nodes.roots, row_count)
    lane_rows = np.tile(np.arange(row_count), len(nodes.roots))
    active = np.flatnonzero(~nodes.is_leaf[current])
    while len(active):
        here = current[active]
        values = numbers[nodes.feature[here], lane_rows[active]]
        following = np.where(nodes.go_left(here, values), nodes.left[here], nodes.right[here])
        current[active] = following
        active = active[~nodes.is_leaf[following]]
    return current.reshape(len(nodes.roots), row_count)


def _build_column_fill(
    block: NumberBlock | LevelsBlock, limit: float
) -> Callable[[Sequence[Row], npt.NDArray[np.float64]], None]:
    if isinstance(block, NumberBlock):
        output, read_number = block.output, read_number_column(block, limit)

        def fill_number(rows: Sequence[Row], numbers: npt.NDArray[np.float64]) -> None:
            numbers[output] = read_number(rows)

        return fill_number
    read_levels, table = read_level_column(block)
    columns = np.array(table)
    outputs = list(block.outputs)

    def fill_levels(rows: Sequence[Row], numbers: npt.NDArray[np.float64]) -> None:
        numbers[outputs] = columns[read_levels(rows)].T

    return fill_levels
