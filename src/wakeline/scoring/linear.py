"""A linear estimator over blocks: each block contributes to the raw numbers, the intercept comes last."""

from collections.abc import Callable, Sequence

from wakeline.scoring.blocks import Reader, Row, build_level_reader, build_number_reader
from wakeline.scoring.plan import LevelsBlock, Linear, NumberBlock, Plan


def build_linear(plan: Plan, estimator: Linear) -> Callable[[Row], Sequence[float]]:
    """From a row to one raw number for each output."""
    if len(estimator.intercepts) == 1:
        return _build_single(plan, estimator.coefficients[0], estimator.intercepts[0])
    return _build_several(plan, estimator)


def _build_single(
    plan: Plan, coefficients: Sequence[float], intercept: float
) -> Callable[[Row], Sequence[float]]:
    readers = [_read_contribution(block, coefficients) for block in plan.blocks]

    def compute(row: Row) -> Sequence[float]:
        total = 0.0
        for read in readers:
            total += read(row)
        return (total + intercept,)

    return compute


def _read_contribution(block: NumberBlock | LevelsBlock, coefficients: Sequence[float]) -> Reader[float]:
    if isinstance(block, NumberBlock):
        weight = coefficients[block.output]
        return build_number_reader(block, lambda value: value * weight)
    weights = [coefficients[output] for output in block.outputs]
    return build_level_reader(block, lambda values: _dot(values, weights))


def _build_several(plan: Plan, estimator: Linear) -> Callable[[Row], Sequence[float]]:
    readers = [_read_contributions(block, estimator.coefficients) for block in plan.blocks]
    intercepts = estimator.intercepts

    def compute(row: Row) -> Sequence[float]:
        totals = [0.0] * len(intercepts)
        for read in readers:
            totals = [total + part for total, part in zip(totals, read(row), strict=True)]
        return [total + intercept for total, intercept in zip(totals, intercepts, strict=True)]

    return compute


def _read_contributions(
    block: NumberBlock | LevelsBlock, coefficients: Sequence[Sequence[float]]
) -> Reader[Sequence[float]]:
    if isinstance(block, NumberBlock):
        column = [row[block.output] for row in coefficients]
        return build_number_reader(block, lambda value: [value * weight for weight in column])
    tables = [[row[output] for output in block.outputs] for row in coefficients]
    return build_level_reader(block, lambda values: [_dot(values, weights) for weights in tables])


def _dot(values: Sequence[float], weights: Sequence[float]) -> float:
    total = 0.0
    for value, weight in zip(values, weights, strict=True):
        total += value * weight
    return total
