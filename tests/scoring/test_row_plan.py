"""A plan written by hand, so that every answer can be worked out on paper."""

import math
from typing import Any

import msgspec
import pytest

from tests.scoring.test_plan import PLAN
from wakeline.core.errors import BrokenFileError, InvalidInputError
from wakeline.core.schema import Feature, FeatureRole, FeatureType, MissingPolicy, ModelSchema, Task
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
)
from wakeline.scoring.row_plan import RowPlanModel

FEATURES = (
    Feature("distance", FeatureType.DOUBLE, FeatureRole.NUMERICAL, MissingPolicy.AS_TRAINED, 0.0),
    Feature("carrier", FeatureType.STRING, FeatureRole.CATEGORICAL, MissingPolicy.REFUSE, 0.0),
)
BINARY = ModelSchema(Task.BINARY, FEATURES, "late", ("false", "true"), 0.5)
REGRESSION = ModelSchema(Task.REGRESSION, FEATURES, "delay")
CARRIER = LevelsBlock(
    feature="carrier",
    outputs=(1, 2),
    base=(0.0, 0.0),
    levels=(LevelEntry("AA", ((0, 1.0),)), LevelEntry("B6", ((1, 1.0),))),
    missing=None,
    unknown=(),
)
LINEAR = msgspec.structs.replace(PLAN, blocks=(PLAN.blocks[0], CARRIER))


def _build(plan: Plan = LINEAR, schema: ModelSchema = BINARY) -> RowPlanModel:
    return RowPlanModel(plan, None, schema, ("FLIGHTS.m", "v1"))


def _sigmoid(raw: float) -> float:
    return 1 / (1 + math.exp(-raw))


@pytest.mark.parametrize(
    ("row", "raw"),
    [
        ({"distance": 10, "carrier": "AA"}, (10 - 2) / 4 + 2 + 0.25),
        ({"distance": 10.0, "carrier": "B6"}, (10 - 2) / 4 + 3 + 0.25),
        ({"distance": None, "carrier": "B6"}, 0.5 + 3 + 0.25),
        ({"carrier": "B6"}, 0.5 + 3 + 0.25),
        ({"distance": math.nan, "carrier": "AA"}, 0.5 + 2 + 0.25),
        ({"distance": -30.0, "carrier": "nobody's"}, (-30 - 2) / 4 + 0.25),
    ],
)
def test_answers_are_those_worked_out_by_hand(row: dict[str, Any], raw: float) -> None:
    score = _build().score([row])[0]
    assert score.probas == pytest.approx((1 - _sigmoid(raw), _sigmoid(raw)), abs=1e-15)
    assert score.prediction == ("true" if raw > 0 else "false")


def test_order_of_rows_is_kept() -> None:
    rows = [{"distance": float(index), "carrier": "AA"} for index in range(20)]
    model = _build()
    assert model.score(rows) == [model.score([row])[0] for row in rows]
    assert model.score([]) == []


@pytest.mark.parametrize(("tie_positive", "expected"), [(False, "false"), (True, "true")])
def test_a_tie_falls_as_the_plan_says(tie_positive: bool, expected: str) -> None:
    plan = msgspec.structs.replace(
        LINEAR,
        estimator=Linear(coefficients=((0.0, 0.0, 0.0),), intercepts=(0.0,)),
        tie_positive=tie_positive,
    )
    score = _build(plan).score([{"distance": 1.0, "carrier": "AA"}])[0]
    assert score.probas == (0.5, 0.5)
    assert score.prediction == expected


def test_a_threshold_of_its_own_counts_from_that_probability_on() -> None:
    plan = msgspec.structs.replace(
        LINEAR, estimator=Linear(coefficients=((1.0, 0.0, 0.0),), intercepts=(0.0,))
    )
    row = {"distance": 6.0, "carrier": "AA"}
    exactly = _sigmoid(1.0)
    for threshold, expected in ((exactly, "true"), (math.nextafter(exactly, 1), "false")):
        schema = ModelSchema(Task.BINARY, FEATURES, "late", ("false", "true"), threshold)
        assert _build(plan, schema).score([row])[0].prediction == expected


def test_softmax_over_several_outputs() -> None:
    plan = msgspec.structs.replace(
        LINEAR,
        estimator=Linear(
            coefficients=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 2.0)), intercepts=(0.0, 0.5, 0.0)
        ),
        link=Link.SOFTMAX,
    )
    schema = ModelSchema(Task.MULTICLASS, FEATURES, "kind", ("a", "b", "c"))
    score = _build(plan, schema).score([{"distance": 2.0, "carrier": "B6"}])[0]
    powers = [math.exp(0.0), math.exp(0.5), math.exp(2.0)]
    assert score.probas == pytest.approx([power / sum(powers) for power in powers], abs=1e-15)
    assert score.prediction == "c"


def test_regressions_answer_a_number() -> None:
    plan = msgspec.structs.replace(LINEAR, link=Link.IDENTITY)
    score = _build(plan, REGRESSION).score([{"distance": 10, "carrier": "AA"}])[0]
    assert score.prediction == 4.25
    assert score.probas is None
    plan = msgspec.structs.replace(LINEAR, link=Link.EXP)
    score = _build(plan, REGRESSION).score([{"distance": 10, "carrier": "AA"}])[0]
    assert score.prediction == pytest.approx(math.exp(4.25), rel=1e-15)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"distance": 1.0}, "'carrier' is missing"),
        ({"distance": 1.0, "carrier": None}, "'carrier' is missing"),
        ({"distance": math.inf, "carrier": "AA"}, "'distance' is inf"),
        ({"distance": "far", "carrier": "AA"}, "'distance' is 'far'; expected a double"),
        ({"distance": 1.0, "carrier": ["AA"]}, r"'carrier' is \['AA'\]; expected a string"),
        ({"distance": 10**400, "carrier": "AA"}, "cannot be scored"),
    ],
)
def test_rows_that_do_not_fit_are_refused_by_name(row: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        _build().score([row])


def test_unknown_levels_are_refused_where_the_model_refuses_them() -> None:
    plan = msgspec.structs.replace(
        LINEAR, blocks=(PLAN.blocks[0], msgspec.structs.replace(CARRIER, unknown=None))
    )
    with pytest.raises(InvalidInputError, match="unknown level 'ZZ'; expected one of 'AA', 'B6'"):
        _build(plan).score([{"distance": 1.0, "carrier": "ZZ"}])


def test_missing_numbers_are_refused_where_the_model_refuses_them() -> None:
    number = msgspec.structs.replace(PLAN.blocks[0], missing=Missing.REFUSE)
    plan = msgspec.structs.replace(LINEAR, blocks=(number, CARRIER))
    for row in ({"carrier": "AA"}, {"carrier": "AA", "distance": math.nan}):
        with pytest.raises(InvalidInputError, match="'distance' is missing"):
            _build(plan).score([row])


def test_an_answer_is_never_infinite() -> None:
    plan = msgspec.structs.replace(LINEAR, link=Link.EXP)
    with pytest.raises(InvalidInputError):
        _build(plan, REGRESSION).score([{"distance": 1e6, "carrier": "AA"}])
    plan = msgspec.structs.replace(
        LINEAR, link=Link.IDENTITY, estimator=Linear(coefficients=((1e308, 0.0, 0.0),), intercepts=(0.0,))
    )
    with pytest.raises(InvalidInputError, match="not a finite number"):
        _build(plan, REGRESSION).score([{"distance": 1e6, "carrier": "AA"}])


def test_steps_run_in_their_order() -> None:
    number = NumberBlock(
        feature="distance",
        output=0,
        missing=Missing.REFUSE,
        steps=(Step(StepKind.MULTIPLY, 2.0), Step(StepKind.ADD, 1.0), Step(StepKind.CLIP, 0.0, 7.0)),
    )
    plan = Plan(
        width=1,
        blocks=(number,),
        estimator=Linear(coefficients=((1.0,),), intercepts=(0.0,)),
        link=Link.IDENTITY,
    )
    model = _build(plan, ModelSchema(Task.REGRESSION, FEATURES[:1], "delay"))
    answers = [score.prediction for score in model.score([{"distance": x} for x in (-5.0, 1.5, 50.0)])]
    assert answers == [0.0, 4.0, 7.0]


def test_a_tree_plan_needs_its_trees() -> None:
    estimator = Trees(node_counts=(1,), leaf_count=1, leaf_width=1, baseline=(0.0,))
    with pytest.raises(BrokenFileError, match=r"trees\.bin"):
        _build(msgspec.structs.replace(LINEAR, estimator=estimator))
