"""From an estimator's raw numbers to probabilities and the class that the model itself would answer.

The formulas are scikit-learn's, in float64, with its rule for ties. Plain floats: no array library.
"""

import math
from collections.abc import Callable, Sequence

from wakeline.scoring.plan import Link

Decision = tuple[tuple[float, ...], int]
"""Probabilities in the order of the classes, and the index of the class that is answered."""


def sigmoid(raw: float) -> float:
    """1 / (1 + e^-raw) without overflow at either end."""
    if raw >= 0:
        return 1.0 / (1.0 + math.exp(-raw))
    power = math.exp(raw)
    return power / (1.0 + power)


def find_largest(values: Sequence[float]) -> int:
    """The first of the largest, as `argmax`."""
    return values.index(max(values))


def decide_softmax(raw: Sequence[float]) -> Decision:
    largest = max(raw)
    powers = [math.exp(value - largest) for value in raw]
    total = sum(powers)
    return tuple([power / total for power in powers]), find_largest(raw)


def decide_shares(raw: Sequence[float]) -> Decision:
    """The raw numbers are probabilities already."""
    return tuple(raw), find_largest(raw)


def build_decision(link: Link, *, tie_positive: bool) -> Callable[[Sequence[float]], Decision]:
    """For classifications; a regression's answer is `apply_regression_link`."""
    if link is Link.SOFTMAX:
        return decide_softmax
    if link is Link.SHARES:
        return decide_shares
    factor = 2.0 if link is Link.SIGMOID_TWICE else 1.0

    def decide(raw: Sequence[float]) -> Decision:
        value = raw[0]
        positive = sigmoid(factor * value)
        return (1.0 - positive, positive), int(value > 0 or (tie_positive and value == 0))

    return decide


def apply_regression_link(link: Link, raw: float) -> float:
    """May overflow to infinity or raise `OverflowError`; the caller refuses what is not finite."""
    return math.exp(raw) if link is Link.EXP else raw
