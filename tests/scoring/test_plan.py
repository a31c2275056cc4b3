"""A plan is checked when it is read: what does not hold together is a broken file, never a wrong answer."""

from typing import Any

import msgspec
import pytest

from wakeline.core.errors import BrokenFileError
from wakeline.scoring.plan import (
    LevelEntry,
    LevelsBlock,
    Linear,
    Link,
    Missing,
    NumberBlock,
    Plan,
    Step,
    StepKind,
    Trees,
    decode_plan,
    encode_plan,
)

PLAN = Plan(
    width=3,
    blocks=(
        NumberBlock(
            feature="distance",
            output=0,
            missing=Missing.FILL,
            fill=0.5,
            steps=(Step(StepKind.SUBTRACT, 2.0), Step(StepKind.DIVIDE, 4.0)),
        ),
        LevelsBlock(
            feature="carrier",
            outputs=(1, 2),
            base=(0.0, None),
            levels=(LevelEntry("AA", ((0, 1.0),)), LevelEntry(True, ((1, 2.0),)), LevelEntry(3.0, ())),
            missing=None,
            unknown=((1, None),),
        ),
    ),
    estimator=Linear(coefficients=((1.0, 2.0, 3.0),), intercepts=(0.25,)),
    link=Link.SIGMOID,
)


def test_plans_survive_json() -> None:
    assert decode_plan(encode_plan(PLAN)) == PLAN


@pytest.mark.parametrize(
    "changes",
    [
        {"format": 2},
        {"width": 2},
        {"width": 10**9},
        {"blocks": PLAN.blocks[:1]},
        {"blocks": (*PLAN.blocks, PLAN.blocks[0])},
        {"estimator": Linear(coefficients=((1.0, 2.0),), intercepts=(0.0,))},
        {"estimator": Linear(coefficients=((1.0, 2.0, 3.0),) * 2, intercepts=(0.0, 0.0))},
        {"estimator": Trees(node_counts=(1,), leaf_count=1, leaf_width=2, baseline=(0.0,))},
        {"estimator": Trees(node_counts=(1,), leaf_count=1, leaf_width=1, baseline=(0.0,), divisor=0.0)},
        {"link": Link.SOFTMAX},
    ],
)
def test_plans_that_do_not_hold_together_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BrokenFileError):
        decode_plan(encode_plan(msgspec.structs.replace(PLAN, **changes)))


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"width": 1}', encode_plan(PLAN)[:-5]])
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(BrokenFileError, match="row plan"):
        decode_plan(data)


def test_changes_outside_the_table_are_refused() -> None:
    block = msgspec.structs.replace(PLAN.blocks[1], unknown=((2, 1.0),))
    with pytest.raises(BrokenFileError, match="carrier"):
        decode_plan(encode_plan(msgspec.structs.replace(PLAN, blocks=(PLAN.blocks[0], block))))
