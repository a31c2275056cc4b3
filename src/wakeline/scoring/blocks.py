"""Blocks of a plan as closures from a row (feature → value) to what the estimator wants of it.

An estimator gives, for each block, what a number or a table row is worth to it (a *payload*: a contribution,
a bit mask, a vector); a reader looks the feature up and returns its payload. A value is missing if it is
absent, None or NaN. Refusals name the feature; values are expected to have the schema's types.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn, TypeVar

from wakeline.core.errors import InvalidInputError
from wakeline.scoring.plan import LevelsBlock, Missing, NumberBlock, Step, StepKind, expand_changes

Row = Mapping[str, Any]
Payload = TypeVar("Payload")
Reader = Callable[[Row], Payload]

FLOAT64_MAX = 1.7976931348623157e308


def is_missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def refuse_missing(feature: str) -> NoReturn:
    raise InvalidInputError(
        f"the feature {feature!r} is missing; the model was not made for that, expected a value",
        details={"feature": feature},
    )


def refuse_unknown(feature: str, value: object, known: Sequence[object]) -> NoReturn:
    shown = ", ".join(repr(level) for level in known[:10]) + (", …" if len(known) > 10 else "")
    raise InvalidInputError(
        f"the feature {feature!r} has the unknown level {value!r}; expected one of {shown}",
        details={"feature": feature},
    )


def refuse_range(feature: str, value: object) -> NoReturn:
    raise InvalidInputError(
        f"the feature {feature!r} is {value!r}; expected a finite number that the model can take",
        details={"feature": feature},
    )


def compile_steps(steps: Sequence[Step]) -> Callable[[float], float] | None:
    """The steps as one function, or None where there are none."""
    match [step.kind for step in steps]:
        case []:
            return None
        case [StepKind.SUBTRACT, StepKind.DIVIDE]:
            shift, scale = steps[0].first, steps[1].first
            return lambda value: (value - shift) / scale
        case [StepKind.MULTIPLY, StepKind.ADD]:
            factor, offset = steps[0].first, steps[1].first
            return lambda value: value * factor + offset
    functions = [_compile_step(step) for step in steps]

    def run(value: float) -> float:
        for function in functions:
            value = function(value)
        return value

    return run


def _compile_step(step: Step) -> Callable[[float], float]:
    first, second = step.first, step.second
    match step.kind:
        case StepKind.SUBTRACT:
            return lambda value: value - first
        case StepKind.DIVIDE:
            return lambda value: value / first
        case StepKind.MULTIPLY:
            return lambda value: value * first
        case StepKind.ADD:
            return lambda value: value + first
        case StepKind.CLIP:
            # NaN stays NaN: both comparisons fail and the value is returned.
            return lambda value: first if value < first else second if value > second else value


def find_missing_value(block: NumberBlock) -> float | None:
    """What the estimator gets for a missing number; None if the row is refused."""
    match block.missing:
        case Missing.FILL:
            return block.fill
        case Missing.NAN:
            return math.nan
        case Missing.REFUSE:
            return None


def build_number_reader(
    block: NumberBlock,
    finish: Callable[[float], Payload],
    *,
    limit: float = FLOAT64_MAX,
    finish_missing: Callable[[float], Payload] | None = None,
) -> Reader[Payload]:
    """`finish` gives a number's payload; numbers beyond ±`limit` are refused. `finish_missing` (or `finish`)
    is given what a missing number becomes, NaN included."""
    feature, transform = block.feature, compile_steps(block.steps)
    replacement = find_missing_value(block)
    missing = None if replacement is None else (finish_missing or finish)(replacement)

    def resolve(value: float | None, given: object) -> Payload:
        if not is_missing(value):
            refuse_range(feature, given)
        if missing is None:
            refuse_missing(feature)
        return missing

    def read_plain(row: Row) -> Payload:
        value = row.get(feature)
        if value is not None and -limit <= value <= limit:
            return finish(value)
        return resolve(value, value)

    if transform is None:
        return read_plain

    def read(row: Row) -> Payload:
        given = row.get(feature)
        if given is None:
            return resolve(None, None)
        value = transform(given)
        if -limit <= value <= limit:
            return finish(value)
        return resolve(value, given)

    return read


def build_level_reader(block: LevelsBlock, worth: Callable[[tuple[float, ...]], Payload]) -> Reader[Payload]:
    """`worth` gives the payload of a table row (the numbers at the block's outputs)."""
    feature, known = block.feature, [entry.level for entry in block.levels]
    table: dict[object, Payload] = {
        entry.level: worth(expand_changes(block, entry.changes)) for entry in block.levels
    }
    if block.missing is not None:
        table[None] = worth(expand_changes(block, block.missing))
    unknown = None if block.unknown is None else worth(expand_changes(block, block.unknown))

    def resolve(value: object) -> Payload:
        if is_missing(value):
            if None not in table:
                refuse_missing(feature)
            return table[None]
        if unknown is None:
            refuse_unknown(feature, value, known)
        return unknown

    def read(row: Row) -> Payload:
        value = row.get(feature)
        try:
            return table[value]
        except KeyError:
            return resolve(value)

    return read
