"""The gate refuses a plan that is wrong, however little, and the version falls back to the original."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline as make_pipeline_of
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

from tests.packaging.flights import FEATURES, TARGET, fit_pipeline, make_flights, make_pipeline
from wakeline.core.errors import InvalidInputError
from wakeline.packaging import conversion
from wakeline.packaging.boundary import UNSEEN_LEVEL, list_boundary_rows
from wakeline.packaging.conversion import ConvertedModel
from wakeline.packaging.model_version import ModelVersion, save_model
from wakeline.packaging.parity import ask_each
from wakeline.packaging.reference import list_rows
from wakeline.scoring.manifest import Engine, read_manifest
from wakeline.scoring.model import load_model
from wakeline.scoring.plan import LevelsBlock, Linear, Missing, NumberBlock, Plan, Trees, decode_plan
from wakeline.scoring.score import Score
from wakeline.scoring.tree_nodes import decode_nodes

Change = Callable[[Plan], Plan]


def _save(path: Path, model: Any = None, target: str = TARGET) -> ModelVersion:
    reference = make_flights(300)[[*FEATURES, target]]
    return save_model(
        model or fit_pipeline(), project="FLIGHTS", name="m", reference=reference, target=target, path=path
    )


def _spoil(monkeypatch: pytest.MonkeyPatch, change: Change) -> None:
    convert = conversion.convert_model

    def convert_wrongly(*parts: Any) -> ConvertedModel:
        converted = convert(*parts)
        return ConvertedModel(change(converted.plan), converted.nodes)

    monkeypatch.setattr(conversion, "convert_model", convert_wrongly)


def _change_blocks(plan: Plan, kind: type, **changes: Any) -> Plan:
    blocks = [
        msgspec.structs.replace(block, **changes) if isinstance(block, kind) else block
        for block in plan.blocks
    ]
    return msgspec.structs.replace(plan, blocks=tuple(blocks))


def _change_estimator(plan: Plan, **changes: Any) -> Plan:
    return msgspec.structs.replace(plan, estimator=msgspec.structs.replace(plan.estimator, **changes))


def _shift_intercept(plan: Plan) -> Plan:
    assert isinstance(plan.estimator, Linear)
    return _change_estimator(plan, intercepts=(plan.estimator.intercepts[0] + 1e-5,))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_shift_intercept, "differs by"),
        (lambda plan: _change_blocks(plan, NumberBlock, fill=0.1), "differs by"),
        (lambda plan: _change_blocks(plan, NumberBlock, steps=()), "is '(true|false)' for the original"),
        (lambda plan: _change_blocks(plan, LevelsBlock, unknown=((0, 1.0),)), "a boundary case differs"),
        (
            lambda plan: _change_blocks(plan, LevelsBlock, unknown=None),
            "answered by the original and refused",
        ),
        (
            lambda plan: _change_blocks(plan, NumberBlock, missing=Missing.REFUSE),
            "answered by the original and refused",
        ),
    ],
)
def test_a_wrong_plan_is_refused_and_the_original_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Change, reason: str
) -> None:
    _spoil(monkeypatch, change)
    version = _save(tmp_path / "v1")
    assert version.engine == "original"
    manifest = read_manifest(tmp_path / "v1")
    assert manifest.engine is Engine.ORIGINAL
    (refusal,) = manifest.parity.refused
    assert refusal.engine == "row-plan"
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(refusal.reason)
    assert refusal.reason in version.engine_reason
    assert "plan.json" not in manifest.files
    assert not (tmp_path / "v1" / "plan.json").exists()


@pytest.mark.slow
def test_what_falls_back_still_answers_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _spoil(monkeypatch, _shift_intercept)
    _save(tmp_path / "v1")
    rows = make_flights(50, seed=3)[FEATURES]
    model = load_model(tmp_path / "v1")
    found = [score.probas for score in model.score(list_rows(rows))]
    expected = [tuple(row) for row in fit_pipeline().predict_proba(rows).tolist()]
    assert found == [pytest.approx(row, abs=1e-12) for row in expected]
    model.close()


def _forget_narrowness(plan: Plan) -> Plan:
    return _change_estimator(plan, narrow=False)


def test_the_gate_looks_one_float_beside_each_threshold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the cast to float32 no reference row differs: only the neighbours of thresholds do."""
    _spoil(monkeypatch, _forget_narrowness)
    version = _save(tmp_path / "v1", fit_pipeline(GradientBoostingClassifier(n_estimators=20)))
    assert version.engine == "original"
    assert "a boundary case" in version.engine_reason


def test_a_regression_is_held_to_a_relative_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = fit_pipeline(LinearRegression(), target="delay")
    assert _save(tmp_path / "right", model, "delay").engine == "row-plan"

    def change(plan: Plan) -> Plan:
        assert isinstance(plan.estimator, Linear)
        return _change_estimator(plan, intercepts=(plan.estimator.intercepts[0] + 1e-3,))

    _spoil(monkeypatch, change)
    version = _save(tmp_path / "wrong", model, "delay")
    assert version.engine == "original"
    assert "(relative)" in version.engine_reason


def test_a_plan_that_cannot_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _spoil(monkeypatch, lambda plan: msgspec.structs.replace(plan, width=plan.width + 1))
    version = _save(tmp_path / "v1")
    assert version.engine == "original"
    assert "exactly once" in version.engine_reason


def test_what_has_no_words_in_a_plan_is_named(tmp_path: Path) -> None:
    rows = make_flights(300, seed=0)
    model = make_pipeline(LogisticRegression())
    model.steps.insert(1, ("round", FunctionTransformer(abs)))
    model.fit(rows[FEATURES], rows[TARGET])
    with pytest.raises(InvalidInputError, match=r"trust_pickle|builtins\.abs"):
        _save(tmp_path / "v1", model)


def test_boundary_rows_cover_every_threshold(tmp_path: Path) -> None:
    model = fit_pipeline(GradientBoostingClassifier(n_estimators=10, max_depth=2))
    _save(tmp_path / "v1", model)
    schema = read_manifest(tmp_path / "v1").schema
    plan = decode_plan((tmp_path / "v1" / "plan.json").read_bytes())
    assert isinstance(plan.estimator, Trees)
    trees = decode_nodes((tmp_path / "v1" / "trees.bin").read_bytes(), plan.estimator, plan.width)
    rows = list_rows(make_flights(50)[FEATURES])
    cases = list_boundary_rows(schema, rows, plan, trees)
    assert cases == list_boundary_rows(schema, rows, plan, trees)
    numbers = {block.output for block in plan.blocks if isinstance(block, NumberBlock)}
    thresholds = {
        (feature, threshold)
        for tree in trees
        for feature, threshold in zip(tree.feature, tree.threshold, strict=True)
        if feature in numbers
    }
    assert len(cases) >= 5 * len(thresholds)
    for name in FEATURES:
        assert any(case[name] is None for case in cases)
    assert any(case["carrier"] == UNSEEN_LEVEL for case in cases)


def test_boundary_rows_cover_every_level_of_the_plan(tmp_path: Path) -> None:
    """Also those that no reference row has; numbers with their neighbours, for narrow columns."""
    rows = make_flights(300, seed=0)
    rows["hour"] = rows["hour"].clip(upper=5)
    encode = ColumnTransformer([("encode", OneHotEncoder(handle_unknown="ignore"), ["hour", "carrier"])])
    model = make_pipeline_of(encode, LogisticRegression()).fit(rows[["hour", "carrier"]], rows[TARGET])
    reference = rows[(rows["carrier"] == "AA") & (rows["hour"] < 2)][["hour", "carrier", TARGET]]
    save_model(model, project="F", name="m", reference=reference, target=TARGET, path=tmp_path / "v1")
    plan = decode_plan((tmp_path / "v1" / "plan.json").read_bytes())
    cases = list_boundary_rows(read_manifest(tmp_path / "v1").schema, list_rows(reference), plan, [])
    assert {case["carrier"] for case in cases} >= {"AA", "B6", "DL", "UA", UNSEEN_LEVEL, None}
    hours = {case["hour"] for case in cases}
    for level in (0.0, 3.0, 5.0):
        assert {level, math.nextafter(level, math.inf), math.nextafter(level, -math.inf)} <= hours


def test_a_refused_row_does_not_hide_the_others() -> None:
    def score(rows: Any) -> list[Score]:
        if any(row["x"] < 0 for row in rows):
            raise InvalidInputError("negative")
        return [Score(float(row["x"])) for row in rows]

    rows = [{"x": value} for value in (1, -1, 2, 3, -2, -3, 4)]
    assert [outcome and outcome.prediction for outcome in ask_each(score, rows)] == [
        1,
        None,
        2,
        3,
        None,
        None,
        4,
    ]
