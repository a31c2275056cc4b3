"""Random tree ensembles, and a walk written as plainly as possible: the truth for both engines."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from wakeline.scoring.narrow import narrow
from wakeline.scoring.plan import Link, Missing, NumberBlock, Plan, Trees
from wakeline.scoring.tree_nodes import LEAF, TreeNodes, encode_nodes

VALUES = [-1.5, -1.0, 0.0, 0.1, 0.30000001192092896, 1.0, 2.5, 7.0]


@dataclass(frozen=True)
class Ensemble:
    plan: Plan
    described: Trees
    trees: list[TreeNodes]

    @property
    def data(self) -> bytes:
        return encode_nodes(self.trees)

    def compute(self, numbers: Sequence[float]) -> list[float]:
        raw = list(self.described.baseline)
        for index, tree in enumerate(self.trees):
            leaf = find_leaf(self.described, tree, numbers)
            width = self.described.leaf_width
            values = tree.values[leaf * width : (leaf + 1) * width]
            if width > 1:
                raw = [total + value for total, value in zip(raw, values, strict=True)]
            else:
                raw[index % len(raw)] += values[0]
        return [total / self.described.divisor for total in raw]


def find_leaf(described: Trees, tree: TreeNodes, numbers: Sequence[float]) -> int:
    node = 0
    while tree.feature[node] != LEAF:
        value = numbers[tree.feature[node]]
        value = narrow(value) if described.narrow and not math.isnan(value) else value
        if math.isnan(value):
            goes_left = bool(tree.missing_left[node])
        elif tree.categorical[node]:
            goes_left = value in described.category_sets[int(tree.threshold[node])]
        else:
            goes_left = value <= tree.threshold[node]
        node = tree.left[node] if goes_left else tree.right[node]
    return tree.left[node]


def grow_tree(
    generator: random.Random, *, width: int, leaves: int, leaf_width: int, set_count: int = 0
) -> TreeNodes:
    """Splits a random leaf until there are enough."""
    feature, threshold, left, right = [LEAF], [0.0], [0], [0]
    missing_left, categorical = [0], [0]
    open_leaves = [0]
    while len(open_leaves) < leaves:
        node = open_leaves.pop(generator.randrange(len(open_leaves)))
        is_categorical = set_count > 0 and generator.random() < 0.3
        feature[node] = generator.randrange(width)
        threshold[node] = (
            float(generator.randrange(set_count)) if is_categorical else generator.choice(VALUES)
        )
        missing_left[node], categorical[node] = generator.randrange(2), int(is_categorical)
        left[node], right[node] = len(feature), len(feature) + 1
        for _ in range(2):
            open_leaves.append(len(feature))
            for column, start in (
                (feature, LEAF),
                (left, 0),
                (right, 0),
                (missing_left, 0),
                (categorical, 0),
            ):
                column.append(start)
            threshold.append(0.0)
    for index, node in enumerate(sorted(open_leaves)):
        left[node] = right[node] = index
    return TreeNodes.from_lists(
        feature=feature,
        threshold=threshold,
        left=left,
        right=right,
        missing_left=missing_left,
        categorical=categorical,
        values=[generator.uniform(-1, 1) for _ in range(leaves * leaf_width)],
        leaf_count=leaves,
    )


def grow_ensemble(
    seed: int, *, width: int, tree_count: int, leaves: int, outputs: int, is_forest: bool, is_narrow: bool
) -> Ensemble:
    generator = random.Random(seed)
    leaf_width = outputs if is_forest else 1
    sets = () if is_narrow else ((0, 2, 7), (1,))
    trees = [
        grow_tree(
            generator,
            width=width,
            leaves=leaves,
            leaf_width=leaf_width,
            set_count=len(sets),
        )
        for _ in range(tree_count)
    ]
    described = Trees(
        node_counts=tuple(len(tree.feature) for tree in trees),
        leaf_count=sum(tree.leaf_count for tree in trees),
        leaf_width=leaf_width,
        baseline=tuple(generator.uniform(-1, 1) for _ in range(outputs)),
        divisor=float(tree_count) if is_forest else 1.0,
        narrow=is_narrow,
        category_sets=sets,
    )
    plan = Plan(
        width=width,
        blocks=tuple(
            NumberBlock(feature=f"f{index}", output=index, missing=Missing.NAN) for index in range(width)
        ),
        estimator=described,
        link=Link.IDENTITY if outputs == 1 else Link.SOFTMAX,
    )
    return Ensemble(plan, described, trees)
