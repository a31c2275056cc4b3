"""A tree ensemble over blocks: chooses between bit masks (small trees) and a walk, for one row and for many.

Both compare float64 with thresholds that already allow for a model's cast to float32, add the leaves in the
model's own order, and give the same numbers.
"""

import sys
from array import array
from collections.abc import Callable, Sequence
from dataclasses import replace

from wakeline.scoring.blocks import FLOAT64_MAX, Row
from wakeline.scoring.narrow import FLOAT32_LIMIT, widen_threshold
from wakeline.scoring.plan import Plan, Trees
from wakeline.scoring.tree_nodes import TreeNodes, decode_nodes

MASK_BYTES_MAX = 24 * 1024 * 1024
LEAVES_PER_TREE_MAX = 64

Compute = Callable[[Row], Sequence[float]]
ComputeBatch = Callable[[Sequence[Row]], Sequence[Sequence[float]]]


def build_trees(plan: Plan, described: Trees, data: bytes) -> tuple[Compute, ComputeBatch]:
    trees = decode_nodes(data, described, plan.width)
    limit = FLOAT64_MAX
    if described.narrow:
        limit = FLOAT32_LIMIT
        trees = [replace(tree, threshold=array("d", map(widen_threshold, tree.threshold))) for tree in trees]
    if _masks_fit(trees):
        from wakeline.scoring.tree_masks import build_masks

        return build_masks(plan, described, trees, limit)
    from wakeline.scoring.tree_walk import build_walk

    return build_walk(plan, described, trees, limit)


def _masks_fit(trees: Sequence[TreeNodes]) -> bool:
    """Whether every tree is small, and a mask for each distinct threshold does not cost too much memory."""
    leaves_max = max(tree.leaf_count for tree in trees)
    if leaves_max > LEAVES_PER_TREE_MAX or sys.byteorder != "little":
        return False
    splits = {
        (feature, threshold)
        for tree in trees
        for feature, threshold in zip(tree.feature, tree.threshold, strict=True)
    }
    return len(splits) * len(trees) * leaves_max // 8 <= MASK_BYTES_MAX
