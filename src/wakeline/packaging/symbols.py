"""Columns as symbols: what a fitted transformer makes of one feature, without any rows.

`Raw` is the feature as the model is given it (perhaps imputed), `Number` a chain of float64 steps, `Levels` a
table from level to number. A transformer that cannot be said in these words is `NotConvertibleError`.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from wakeline.core.schema import FeatureType
from wakeline.scoring.blocks import compile_steps
from wakeline.scoring.plan import Level, Step, StepKind

LEVELS_MAX = 10_000
NOT_FILLED = object()


class NotConvertibleError(Exception):
    """The row plan has no words for a part of the model; the reason names the part."""


@dataclass(frozen=True, slots=True)
class Raw:
    """`marker` is what a missing value looks like; `fill` what an imputer put in its place; `closed` are the
    only values that the column's type can hold (any other becomes missing), None if it can hold all."""

    feature: str
    type: FeatureType
    marker: object
    fill: object = NOT_FILLED
    closed: tuple[Level, ...] | None = None

    @property
    def missing(self) -> object:
        """The value that follows for a missing one."""
        return self.marker if self.fill is NOT_FILLED else self.fill


@dataclass(frozen=True, slots=True)
class Number:
    """`missing` is the number after the steps; NaN where nothing filled it."""

    feature: str
    steps: tuple[Step, ...]
    missing: float


@dataclass(frozen=True, slots=True)
class Levels:
    """`numbers` go with `levels`; None for `missing` or `unknown` refuses the row. Columns of one encoder and
    feature share the very same `levels` object."""

    feature: str
    levels: tuple[Level, ...]
    numbers: tuple[float, ...]
    missing: float | None
    unknown: float | None


Column = Raw | Number | Levels


def is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)


def as_number(column: Column) -> Number | Levels:
    """What an estimator or scaler sees: numbers."""
    if not isinstance(column, Raw):
        return column
    if column.type is FeatureType.STRING:
        raise NotConvertibleError(f"the text feature {column.feature!r} is used without an encoder")
    if column.closed is not None:
        raise NotConvertibleError(f"the category {column.feature!r} is used as a number")
    missing = column.missing
    if not isinstance(missing, int | float):
        missing = math.nan
    return Number(column.feature, (), float(missing))


def apply_step(column: Column, kind: StepKind, first: float, second: float = 0.0) -> Number | Levels:
    step = Step(kind, float(first), float(second))
    number = as_number(column)
    function = compile_steps([step])
    if function is None:
        raise AssertionError("one step compiles to a function")
    if isinstance(number, Levels):
        return map_levels(number, function)
    return Number(number.feature, (*number.steps, step), function(number.missing))


def map_levels(column: Levels, function: Callable[[float], float | None]) -> Levels:
    """`function` gives None where it refuses the number."""
    numbers = [function(number) for number in column.numbers]
    if any(number is None for number in numbers):
        raise NotConvertibleError(f"levels of {column.feature!r} are refused further on")
    return replace(
        column,
        numbers=tuple(number for number in numbers if number is not None),
        missing=None if column.missing is None else function(column.missing),
        unknown=None if column.unknown is None else function(column.unknown),
    )


def fill_missing(column: Column, value: Any) -> Column:
    """What an imputer with this statistic makes of the column."""
    if isinstance(column, Raw):
        return replace(column, fill=value) if column.fill is NOT_FILLED else column
    if isinstance(column, Levels):
        return map_levels(column, lambda number: float(value) if is_nan(number) else number)
    return replace(column, missing=float(value)) if is_nan(column.missing) else column


def mark_missing(column: Column) -> Levels:
    """The indicator column: 1 where the value is missing, else 0."""
    if isinstance(column, Levels):
        return map_levels(column, lambda number: float(is_nan(number)))
    is_missing = column.fill is NOT_FILLED if isinstance(column, Raw) else is_nan(column.missing)
    return Levels(column.feature, (), (), missing=float(is_missing), unknown=0.0)


def encode_raw(column: Column, encode: Callable[[object], float | None], known: tuple[Level, ...]) -> Levels:
    """`encode` gives the number of a value (NaN and None included), or None where the encoder refuses it."""
    if isinstance(column, Number):
        if column.steps:
            raise NotConvertibleError(f"{column.feature!r} is encoded after arithmetic")
        column = Raw(column.feature, FeatureType.DOUBLE, math.nan, fill=column.missing)
    if isinstance(column, Levels):
        return map_levels(column, encode)
    if column.closed is not None:
        known = (*known, *(level for level in column.closed if level not in known))
    if len(known) > LEVELS_MAX:
        raise NotConvertibleError(f"{column.feature!r} has {len(known)} levels, more than {LEVELS_MAX}")
    numbers = [encode(level) for level in known]
    missing = encode(column.missing)
    unknown = missing if column.closed is not None else encode(UNSEEN)
    if any(number is None for number in numbers):
        raise NotConvertibleError(f"levels of {column.feature!r} are refused by its encoder")
    return Levels(
        column.feature, known, tuple(number for number in numbers if number is not None), missing, unknown
    )


class _Unseen:
    """A value equal to nothing else: stands for any level that the encoder does not know."""


UNSEEN = _Unseen()
