"""The nodes of a tree ensemble as flat arrays, and `trees.bin`, in which they are stored.

A leaf has feature `LEAF` and its index among the tree's leaves in `left`. What is read is checked: children
stand after their parent, so every walk ends; features, leaves and category sets exist.
"""

import math
import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from wakeline.core.errors import BrokenFileError
from wakeline.scoring.plan import Trees

LEAF = -1
_MAGIC = b"WAKETREE\x01\x00\x00\x00\x00\x00\x00\x00"


@dataclass(frozen=True, slots=True)
class TreeNodes:
    """One tree. A node sends a value to `left` if it is at most `threshold` (where `categorical`: if it is in
    the category set of that number), NaN as `missing_left` says, and anything else to `right`."""

    feature: "array[int]"
    threshold: "array[float]"
    left: "array[int]"
    right: "array[int]"
    missing_left: "array[int]"
    categorical: "array[int]"
    values: "array[float]"
    leaf_count: int

    @classmethod
    def from_lists(
        cls,
        *,
        feature: Sequence[int],
        threshold: Sequence[float],
        left: Sequence[int],
        right: Sequence[int],
        missing_left: Sequence[int],
        categorical: Sequence[int],
        values: Sequence[float],
        leaf_count: int,
    ) -> "TreeNodes":
        """`values` has the leaves' numbers, leaf after leaf."""
        return cls(
            array("i", feature),
            array("d", threshold),
            array("i", left),
            array("i", right),
            array("B", missing_left),
            array("B", categorical),
            array("d", values),
            leaf_count,
        )


_NODE_FIELDS = (("feature", "i"), ("threshold", "d"), ("left", "i"), ("right", "i"))
_FLAG_FIELDS = (("missing_left", "B"), ("categorical", "B"))


def encode_nodes(trees: Sequence[TreeNodes]) -> bytes:
    """Little-endian, field after field over all trees."""
    parts = [_MAGIC]
    for name, _ in (*_NODE_FIELDS, *_FLAG_FIELDS, ("values", "d")):
        parts.extend(_to_little(getattr(tree, name)) for tree in trees)
    return b"".join(parts)


def decode_nodes(data: bytes, described: Trees, width: int) -> list[TreeNodes]:
    """`width` is how many numbers the plan gives to the trees."""
    total = sum(described.node_counts)
    values_per_leaf = described.leaf_width
    expected = len(_MAGIC) + total * 22 + described.leaf_count * values_per_leaf * 8
    if not data.startswith(_MAGIC) or len(data) != expected or min(described.node_counts, default=0) < 1:
        raise BrokenFileError(
            f"the trees are {len(data)} bytes; expected {expected}, starting with {_MAGIC!r}"
        )
    fields: dict[str, array[int] | array[float]] = {}
    position = len(_MAGIC)
    for name, code in (*_NODE_FIELDS, *_FLAG_FIELDS):
        size = total * array(code).itemsize
        fields[name] = _from_little(code, data[position : position + size])
        position += size
    fields["values"] = _from_little("d", data[position:])
    trees = _split(fields, described)
    for tree in trees:
        _check_tree(tree, width, len(described.category_sets))
    return trees


def _split(fields: dict[str, "array[int] | array[float]"], described: Trees) -> list[TreeNodes]:
    trees: list[TreeNodes] = []
    start = leaf_start = 0
    for count in described.node_counts:
        stop = start + count
        leaf_count = sum(1 for feature in fields["feature"][start:stop] if feature == LEAF)
        leaf_stop = leaf_start + leaf_count * described.leaf_width
        nodes = {name: fields[name][start:stop] for name, _ in (*_NODE_FIELDS, *_FLAG_FIELDS)}
        trees.append(
            TreeNodes(**nodes, values=fields["values"][leaf_start:leaf_stop], leaf_count=leaf_count)  # type: ignore[arg-type]
        )
        start, leaf_start = stop, leaf_stop
    if leaf_start != described.leaf_count * described.leaf_width:
        raise BrokenFileError("the trees do not have as many leaves as the plan says")
    return trees


def _check_tree(tree: TreeNodes, width: int, set_count: int) -> None:
    count = len(tree.feature)
    for node, feature in enumerate(tree.feature):
        left, right = tree.left[node], tree.right[node]
        if feature == LEAF:
            fits = 0 <= left < tree.leaf_count
        else:
            fits = 0 <= feature < width and node < left < count and node < right < count
            threshold = tree.threshold[node]
            if tree.categorical[node]:
                fits = fits and threshold.is_integer() and 0 <= threshold < set_count
            fits = fits and not math.isnan(threshold)
        if not fits:
            raise BrokenFileError(f"node {node} of a tree leads nowhere; the model version is damaged")


def _to_little(values: "array[int] | array[float]") -> bytes:
    if sys.byteorder == "big":
        values = array(values.typecode, values)
        values.byteswap()
    return values.tobytes()


def _from_little(code: str, data: bytes) -> "array[int] | array[float]":
    values = array(code)
    values.frombytes(data)
    if sys.byteorder == "big":
        values.byteswap()
    return values
