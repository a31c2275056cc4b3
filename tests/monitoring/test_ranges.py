"""Rules against readings: bounds, change, chance, scopes, and the words."""

from typing import Any

import pytest

from wakeline.core.errors import InvalidInputError
from wakeline.core.reading import Reading
from wakeline.core.status import Status
from wakeline.monitoring.ranges import (
    Rule,
    Scope,
    check_rule,
    describe_rule,
    judge_reading,
    judge_rule,
    list_defaults,
    list_presets,
)
from wakeline.statistics.catalogue import METRICS, Compared, find_metric
from wakeline.statistics.verdict import judge_reading as judge_by_catalogue

ACCURACY = Rule("accuracy", Scope.TABLE, error_min=0.6, warning_min=0.7, warning_max=0.95, error_max=0.99)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.5, "ERROR"),
        (0.6, "ERROR"),
        (0.65, "WARNING"),
        (0.7, "WARNING"),
        (0.71, "OK"),
        (0.94, "OK"),
        (0.95, "WARNING"),
        (0.99, "ERROR"),
        (1.0, "ERROR"),
    ],
)
def test_soft_and_hard_bounds(value: float, expected: str) -> None:
    assert judge_reading(ACCURACY, Reading("accuracy", value=value)) == expected


def test_one_sided_ranges_bind_on_their_side_only() -> None:
    upper = Rule("log_loss", Scope.TABLE, error_max=1.0)
    assert judge_reading(upper, Reading("log_loss", value=-5.0)) is Status.OK
    assert judge_reading(upper, Reading("log_loss", value=2.0)) is Status.ERROR


def test_a_change_is_held_against_the_reference() -> None:
    rule = Rule("roc_auc", Scope.TABLE, compared=Compared.CHANGE, warning_min=-0.02, error_min=-0.05)
    values = [(0.80, "OK"), (0.79, "OK"), (0.77, "WARNING"), (0.74, "ERROR"), (0.9, "OK")]
    for value, expected in values:
        assert judge_reading(rule, Reading("roc_auc", value=value, reference_value=0.8)) == expected
    assert judge_reading(rule, Reading("roc_auc", value=0.1)) is Status.EMPTY


def test_what_may_be_chance_is_ok_where_the_rule_says_so() -> None:
    rule = Rule("psi", Scope.COLUMN, "x", error_max=0.2, beyond_chance=True)
    assert judge_reading(rule, Reading("psi", "x", value=0.5, p_value=0.2)) is Status.OK
    assert judge_reading(rule, Reading("psi", "x", value=0.5, p_value=1e-6)) is Status.ERROR


def test_of_several_columns_the_worst_counts() -> None:
    rule = Rule("psi", Scope.ANY_FEATURE, warning_max=0.1, error_max=0.25)
    readings = [
        Reading("psi", "a", value=0.05),
        Reading("psi", "b", value=0.3),
        Reading("psi", "c", value=0.2),
        Reading("psi", "prediction", value=9.0),
        Reading.without_value("psi", "inputs not logged", "d"),
    ]
    found = judge_rule(rule, readings, ["a", "b", "c", "d"], 100)
    assert (found.outcome, found.reading) == (Status.ERROR, readings[1])
    assert found.sentence == "Population stability index (b) is 0.3."
    of_answer = judge_rule(Rule("psi", Scope.PREDICTION, error_max=0.25), readings, ["a", "b", "c", "d"], 100)
    assert of_answer.reading == readings[3]


def test_nothing_to_judge_is_empty_with_its_reason() -> None:
    rule = Rule("psi", Scope.COLUMN, "x", error_max=0.2)
    readings = [Reading.without_value("psi", "inputs not logged", "x")]
    assert judge_rule(rule, readings, ["x"], 49).sentence == "49 rows, fewer than 50."
    found = judge_rule(rule, readings, ["x"], 50)
    assert found.outcome is Status.EMPTY
    assert found.sentence == "Population stability index (x) is not computed: inputs not logged."
    assert judge_rule(rule, [], ["x"], 50).outcome is Status.EMPTY


def test_the_rule_in_words() -> None:
    rule = Rule("psi", Scope.ANY_FEATURE, warning_max=0.1, error_max=0.25, beyond_chance=True, consecutive=3)
    assert describe_rule(rule) == (
        "Population stability index of any feature: WARNING from 0.1, ERROR from 0.25; "
        "only beyond chance; at least 50 rows; 3 times in a row"
    )
    assert describe_rule(ACCURACY) == (
        "Accuracy: WARNING at 0.7 or below and from 0.95, ERROR at 0.6 or below and from 0.99; "
        "at least 50 rows"
    )


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"metric": "nothing"}, "'nothing' is no metric"),
        ({"scope": Scope.TABLE}, "expected column, any-feature or prediction"),
        ({"metric": "accuracy"}, "expected table"),
        ({"scope": Scope.COLUMN}, "a column is named"),
        ({"column": "x"}, "a column is named"),
        ({"error_max": None}, "no bound"),
        ({"warning_max": 0.5}, "out of order"),
    ],
)
def test_rules_that_could_never_be_judged_are_refused(fields: dict[str, Any], words: str) -> None:
    rule: dict[str, Any] = {"metric": "psi", "scope": Scope.ANY_FEATURE, "error_max": 0.2}
    with pytest.raises(InvalidInputError, match=words):
        check_rule(Rule(**{**rule, **fields}))


def test_presets_say_what_the_catalogues_thresholds_say() -> None:
    presets = list_presets()
    assert {rule.metric for rule in presets} == {
        metric.name for metric in METRICS if metric.default_threshold is not None
    }
    for rule in [check_rule(rule) for rule in presets]:
        column = None if rule.scope is Scope.TABLE else "x"
        for step in range(-40, 41):
            value = round(0.5 + step / 80, 6)
            reading = Reading(rule.metric, column, value=value, reference_value=0.5)
            assert judge_reading(rule, reading) is judge_by_catalogue(reading), (rule, value)


def test_the_defaults_are_valid() -> None:
    names = [name for name, rule in list_defaults() if find_metric(check_rule(rule).metric)]
    assert names == ["Drifted features", "Missing values", "Prediction drift", "ROC AUC"]
