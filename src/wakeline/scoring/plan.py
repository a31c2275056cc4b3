"""A row plan as data (`plan.json`): blocks that turn features into numbers, and one estimator over them.

A block reads exactly one feature. Nothing here is code: the plan is checked when it is read, and closures
are built from it. NaN is written as null.
"""

import math
from enum import StrEnum

import msgspec

from wakeline.core.errors import BrokenFileError

PLAN_FORMAT = 1
WIDTH_MAX = 100_000

Level = str | float | bool
Changes = tuple[tuple[int, float | None], ...]


class StepKind(StrEnum):
    SUBTRACT = "subtract"
    DIVIDE = "divide"
    MULTIPLY = "multiply"
    ADD = "add"
    CLIP = "clip"


class Step(msgspec.Struct, frozen=True, array_like=True):
    """One float64 operation; `second` is the upper end of `clip`."""

    kind: StepKind
    first: float
    second: float = 0.0


class Missing(StrEnum):
    """What a missing number becomes: `fill` (already past the steps), NaN, or a refusal."""

    FILL = "fill"
    NAN = "nan"
    REFUSE = "refuse"


class NumberBlock(msgspec.Struct, frozen=True, kw_only=True, tag="number"):
    feature: str
    output: int
    missing: Missing
    fill: float = 0.0
    steps: tuple[Step, ...] = ()


class LevelEntry(msgspec.Struct, frozen=True, array_like=True):
    level: Level
    changes: Changes


class LevelsBlock(msgspec.Struct, frozen=True, kw_only=True, tag="levels"):
    """A table from a level to the numbers at `outputs`: `base`, with the level's changes (position, value).

    `missing` and `unknown` are changes too; None refuses the row.
    """

    feature: str
    outputs: tuple[int, ...]
    base: tuple[float | None, ...]
    levels: tuple[LevelEntry, ...]
    missing: Changes | None
    unknown: Changes | None


class Linear(msgspec.Struct, frozen=True, kw_only=True, tag="linear"):
    """One row of coefficients and one intercept for each output."""

    coefficients: tuple[tuple[float, ...], ...]
    intercepts: tuple[float, ...]


class Trees(msgspec.Struct, frozen=True, kw_only=True, tag="trees"):
    """An ensemble whose nodes stand in `trees.bin`, tree after tree.

    With `leaf_width` 1 tree `i` adds to output `i % outputs` (boosting), else each leaf holds one number for
    each output (a forest). `narrow`: the model casts its input to float32 before it compares.
    """

    node_counts: tuple[int, ...]
    leaf_count: int
    leaf_width: int
    baseline: tuple[float, ...]
    divisor: float = 1.0
    narrow: bool = False
    category_sets: tuple[tuple[int, ...], ...] = ()


class Link(StrEnum):
    """From the estimator's raw numbers to the answer."""

    IDENTITY = "identity"
    EXP = "exp"
    SIGMOID = "sigmoid"
    SIGMOID_TWICE = "sigmoid-twice"
    SOFTMAX = "softmax"
    SHARES = "shares"


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """`tie_positive`: a raw number of exactly 0 is the positive class (only for the sigmoid links)."""

    format: int = PLAN_FORMAT
    width: int
    blocks: tuple[NumberBlock | LevelsBlock, ...]
    estimator: Linear | Trees
    link: Link
    tie_positive: bool = False


def decode_plan(data: bytes) -> Plan:
    """Raises `BrokenFileError` for anything that could not have been written by `encode_plan`."""
    try:
        plan = msgspec.json.decode(data, type=Plan)
    except msgspec.MsgspecError as error:
        raise BrokenFileError(f"the row plan does not read: {error}") from error
    if plan.format != PLAN_FORMAT:
        raise BrokenFileError(f"the row plan has format {plan.format}; this Wakeline reads {PLAN_FORMAT}")
    if not 0 <= plan.width <= WIDTH_MAX:
        raise BrokenFileError(f"the row plan is {plan.width} numbers wide; expected 0 to {WIDTH_MAX}")
    _check_outputs(plan)
    _check_estimator(plan)
    return plan


def encode_plan(plan: Plan) -> bytes:
    return msgspec.json.encode(plan)


def expand_changes(block: LevelsBlock, changes: Changes) -> tuple[float, ...]:
    """The numbers of a levels block, NaN for null."""
    values = [_to_float(value) for value in block.base]
    for position, value in changes:
        values[position] = _to_float(value)
    return tuple(values)


def _to_float(value: float | None) -> float:
    return math.nan if value is None else value


def _check_outputs(plan: Plan) -> None:
    seen: list[int] = []
    for block in plan.blocks:
        if isinstance(block, NumberBlock):
            seen.append(block.output)
            continue
        seen.extend(block.outputs)
        tables = [entry.changes for entry in block.levels]
        tables += [changes for changes in (block.missing, block.unknown) if changes is not None]
        if len(block.base) != len(block.outputs) or any(
            not 0 <= position < len(block.base) for changes in tables for position, _ in changes
        ):
            raise BrokenFileError(f"the row plan's levels of {block.feature!r} do not fit their outputs")
    if sorted(seen) != list(range(plan.width)):
        raise BrokenFileError("the row plan's blocks do not fill each of its numbers exactly once")


def _check_estimator(plan: Plan) -> None:
    estimator = plan.estimator
    if isinstance(estimator, Linear):
        outputs = len(estimator.intercepts)
        fits = len(estimator.coefficients) == outputs and all(
            len(row) == plan.width for row in estimator.coefficients
        )
    else:
        outputs = len(estimator.baseline)
        fits = estimator.leaf_width in (1, outputs) and estimator.divisor > 0
    single = plan.link in (Link.IDENTITY, Link.EXP, Link.SIGMOID, Link.SIGMOID_TWICE)
    if not fits or outputs < 1 or single != (outputs == 1):
        raise BrokenFileError(f"the row plan's estimator does not fit its {plan.width} numbers or its link")
