"""Blocks read for many rows at once, as numpy columns; the same refusals as for one row."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from wakeline.scoring.blocks import (
    Row,
    build_level_reader,
    find_missing_value,
    refuse_missing,
    refuse_range,
)
from wakeline.scoring.plan import LevelsBlock, NumberBlock, Step, StepKind, expand_changes

Numbers = npt.NDArray[np.float64]


def read_number_column(block: NumberBlock, limit: float) -> Callable[[Sequence[Row]], Numbers]:
    feature, steps = block.feature, block.steps
    replacement = find_missing_value(block)

    def read(rows: Sequence[Row]) -> Numbers:
        given = [row.get(feature) for row in rows]
        if any(isinstance(value, str) for value in given):
            raise TypeError(f"{feature!r} has texts among its numbers")
        values = np.array(given, dtype=np.float64)
        for step in steps:
            values = _run_step(step, values)
        missing = np.isnan(values)
        beyond = np.flatnonzero(np.abs(values) > limit)
        if len(beyond):
            refuse_range(feature, given[int(beyond[0])])
        if replacement is None and missing.any():
            refuse_missing(feature)
        if replacement is not None and not math.isnan(replacement):
            values[missing] = replacement
        return values

    return read


def read_level_column(
    block: LevelsBlock,
) -> tuple[Callable[[Sequence[Row]], npt.NDArray[Any]], list[tuple[float, ...]]]:
    """A function from rows to indices into the table that comes with it."""
    table: list[tuple[float, ...]] = []
    positions: dict[tuple[str, ...], int] = {}

    def place(values: tuple[float, ...]) -> int:
        key = tuple(map(repr, values))
        if key not in positions:
            positions[key] = len(table)
            table.append(values)
        return positions[key]

    read_one = build_level_reader(block, place)
    if not table:
        place(expand_changes(block, ()))

    def read(rows: Sequence[Row]) -> npt.NDArray[Any]:
        return np.array([read_one(row) for row in rows], dtype=np.intp)

    return read, table


def _run_step(step: Step, values: Numbers) -> Numbers:
    match step.kind:
        case StepKind.SUBTRACT:
            return values - step.first
        case StepKind.DIVIDE:
            return values / step.first
        case StepKind.MULTIPLY:
            return values * step.first
        case StepKind.ADD:
            return values + step.first
        case StepKind.CLIP:
            return np.clip(values, step.first, step.second)
