"""Verdicts: floors, chance, small windows, and the sentence that people read."""

import numpy as np
import pyarrow as pa
import pytest

from wakeline.core.reading import Reading
from wakeline.core.schema import FeatureRole, Task
from wakeline.core.status import Status
from wakeline.statistics.catalogue import METRICS, Subject, find_metric
from wakeline.statistics.domain_classifier import IMPORTANCE, METRIC
from wakeline.statistics.drift import (
    CATEGORICAL_METRICS,
    NUMERICAL_METRICS,
    compare_column,
    index_readings,
    skip_column,
)
from wakeline.statistics.edges import make_edge_set
from wakeline.statistics.performance import list_metrics
from wakeline.statistics.profile import build_profile
from wakeline.statistics.verdict import FeatureVerdict, judge_column, judge_reading, judge_table

ROLES = {"x": FeatureRole.NUMERICAL}


def _judge(reference: pa.Array, current: pa.Array) -> Status:
    tables = [pa.table({"x": reference}), pa.table({"x": current})]
    edge_set = make_edge_set(tables[0], ROLES)
    before, now = (build_profile(table, edge_set) for table in tables)
    readings = compare_column("x", before, now)
    return judge_column("x", index_readings(readings), len(current))


def _normal(count: int, seed: int, shift: float = 0.0) -> pa.Array:
    return pa.array(np.random.default_rng(seed).normal(shift, size=count))


def test_every_reading_has_a_row_in_the_catalogue_and_every_row_a_reading() -> None:
    made = {
        *NUMERICAL_METRICS,
        *CATEGORICAL_METRICS,
        *(name for task in Task for name in list_metrics(task)),
        METRIC,
        IMPORTANCE,
        "drifted_share",
    }
    assert {metric.name for metric in METRICS} == made
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    for metric in METRICS:
        assert metric.title
        assert metric.formula
        assert metric.source
    for role, names in (("numerical", NUMERICAL_METRICS), ("categorical", CATEGORICAL_METRICS)):
        assert all(Subject(role) in find_metric(name).subjects for name in names)


def test_skipped_columns_bear_the_same_names_as_compared_ones() -> None:
    for role, column in (
        (FeatureRole.NUMERICAL, pa.array([1.0, 2.0])),
        (FeatureRole.CATEGORICAL, pa.array(["a", "b"])),
    ):
        table = pa.table({"x": column})
        profile = build_profile(table, make_edge_set(table, {"x": role}))
        compared = [reading.metric for reading in compare_column("x", profile, profile)]
        assert compared == [reading.metric for reading in skip_column("x", role, "why")]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("count", [50, 100, 1000, 20_000])
def test_no_drift_is_no_alarm(count: int, seed: int) -> None:
    assert _judge(_normal(10_000, seed), _normal(count, seed + 1000)) is Status.OK


def test_size_and_chance_must_both_speak() -> None:
    reference = _normal(20_000, 1)
    assert _judge(reference, _normal(500_000, 2, 0.02)) is Status.OK
    assert _judge(reference, _normal(2000, 2, 0.4)) is Status.WARNING
    assert _judge(reference, _normal(2000, 2, 1.0)) is Status.ERROR
    assert _judge(reference, _normal(49, 2, 5.0)) is Status.EMPTY


def test_values_that_go_missing_are_drift() -> None:
    reference = _normal(5000, 1)
    gone = pa.nulls(300, pa.float64())
    assert _judge(reference, gone) is Status.ERROR
    assert _judge(gone, reference) is Status.ERROR
    current = _normal(2000, 2).to_pylist()
    holed = pa.array([None if place % 10 == 0 else value for place, value in enumerate(current)])
    assert _judge(reference, holed) is Status.WARNING


def test_a_fall_of_auc_counts_when_intervals_part() -> None:
    def judge(value: float, reach: float) -> Status:
        return judge_reading(
            Reading(
                "roc_auc",
                value=value,
                lower=value - reach,
                upper=value + reach,
                reference_value=0.70,
                reference_lower=0.69,
                reference_upper=0.71,
            )
        )

    assert judge(0.66, 0.01) is Status.WARNING
    assert judge(0.64, 0.01) is Status.ERROR
    assert judge(0.64, 0.08) is Status.OK
    assert judge(0.75, 0.01) is Status.OK
    assert judge_reading(None) is Status.EMPTY
    assert judge_reading(Reading.without_value("roc_auc", "no labels yet")) is Status.EMPTY
    assert judge_reading(Reading("roc_auc", value=0.5)) is Status.EMPTY


def _feature(name: str, status: Status) -> FeatureVerdict:
    return FeatureVerdict(name, FeatureRole.NUMERICAL, None, status)


def test_the_sentence_says_what_drifted_and_by_how_much() -> None:
    features = [
        _feature("temp", Status.ERROR),
        _feature("dep_hour", Status.WARNING),
        _feature("seats", Status.OK),
        _feature("hidden", Status.EMPTY),
        _feature("age", Status.WARNING),
    ]
    readings = index_readings(
        [
            Reading("psi", "temp", value=0.522, p_value=0.0),
            Reading("psi", "dep_hour", value=0.311, p_value=0.0),
            Reading("missing_rate", "age", value=0.4, reference_value=0.1, p_value=0.0),
            Reading("psi", "prediction", value=0.01, p_value=0.5),
            Reading(
                "roc_auc",
                value=0.661,
                lower=0.651,
                upper=0.671,
                reference_value=0.70,
                reference_lower=0.69,
                reference_upper=0.71,
            ),
        ]
    )
    verdict = judge_table(features, readings, ["prediction"], 5000)
    assert verdict.sentence == (
        "Inputs drifted: 3 of 4 features, most age (40% missing), temp (PSI 0.52), dep_hour (PSI 0.31). "
        "The prediction did not drift. ROC AUC 0.66 (0.65–0.67) against 0.70 on the reference."
    )
    assert verdict.status is Status.ERROR
    assert verdict.drifted_share.value == 0.75


def test_a_calm_window_and_one_that_is_too_small() -> None:
    calm = judge_table([_feature("a", Status.OK)], {}, [], 5000)
    assert (calm.status, calm.sentence) == (Status.OK, "Inputs did not drift (1 feature judged).")
    small = judge_table([_feature("a", Status.EMPTY)], {}, [], 12)
    assert small.status is Status.EMPTY
    assert small.sentence == "No verdict on the inputs: too few rows: 12, at least 50."
    assert small.drifted_share.not_computed == "too few rows: 12, at least 50"
