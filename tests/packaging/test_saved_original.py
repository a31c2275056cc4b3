"""An original is asked from its file, as a node asks it, before the version is kept."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.pipeline import make_pipeline

from tests.packaging.odd_models import Forgetful, Literal, Relative
from wakeline.core.errors import InvalidInputError
from wakeline.core.schema import MissingPolicy
from wakeline.packaging.model_version import ModelVersion, save_model
from wakeline.scoring.manifest import Manifest, read_manifest
from wakeline.scoring.model import load_model


def _make_rows(count: int = 200) -> pd.DataFrame:
    draw = np.random.default_rng(0)
    rows = pd.DataFrame({"gates": draw.integers(0, 8, count), "wind": draw.normal(3.0, 2.0, count)})
    rows["late"] = rows["gates"] + rows["wind"] > 6
    return rows


def _save(model: Any, reference: pd.DataFrame, path: Path, **settings: Any) -> tuple[ModelVersion, Manifest]:
    version = save_model(
        model, project="FLIGHTS", name="m", reference=reference, target="late", path=path, **settings
    )
    return version, read_manifest(path)


def _fit(model: Any, *names: str) -> tuple[Any, pd.DataFrame]:
    rows = _make_rows()
    return model.fit(rows[list(names)], rows["late"]), rows[[*names, "late"]]


@pytest.mark.slow
def test_the_gate_asks_the_original_from_its_file(tmp_path: Path) -> None:
    model, rows = _fit(FixedThresholdClassifier(LogisticRegression(), threshold=0.3), "gates", "wind")
    version, manifest = _save(model, rows, tmp_path / "v1")
    assert version.engine == "original"
    assert (manifest.parity.rows, manifest.parity.flips) == (200, 0)
    assert manifest.parity.boundary_rows > 20
    assert "as it was saved" in version.engine_reason


@pytest.mark.slow
def test_a_threshold_that_is_not_the_models_own_is_not_told(tmp_path: Path) -> None:
    model, rows = _fit(FixedThresholdClassifier(LogisticRegression(), threshold=0.3), "gates", "wind")
    assert _save(model, rows, tmp_path / "v1")[1].schema.threshold is None
    model, rows = _fit(LogisticRegression(), "gates", "wind")
    assert _save(model, rows, tmp_path / "v2")[1].schema.threshold == 0.5


@pytest.mark.slow
def test_a_file_that_answers_otherwise_is_refused(tmp_path: Path) -> None:
    model, rows = _fit(Forgetful(), "wind")
    with pytest.raises(InvalidInputError, match="as it was saved"):
        _save(model, rows, tmp_path / "v1", trust_pickle=True)
    assert list(tmp_path.iterdir()) == []


def test_a_plans_original_is_read_again_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, rows = _fit(LogisticRegression(), "gates", "wind")
    other = LogisticRegression().fit(rows[["gates", "wind"]], ~rows["late"])
    monkeypatch.setattr("wakeline.packaging.saved_original.load_dump", lambda *given, **named: other)
    with pytest.raises(InvalidInputError, match="as it was saved"):
        _save(model, rows, tmp_path / "v1")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_file_that_only_this_process_can_read_is_refused(tmp_path: Path) -> None:
    script = """
import sys
import numpy as np, pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from wakeline.packaging.model_version import save_model
def double(X): return X * 2
rows = pd.DataFrame({"x": np.arange(50.0)})
model = make_pipeline(FunctionTransformer(double), LogisticRegression()).fit(rows, rows["x"] > 20)
save_model(model, project="F", name="m", reference=rows.assign(y=rows["x"] > 20), target="y",
           path=sys.argv[1], trust_pickle=True)
"""
    found = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "v1")], capture_output=True, text=True, check=False
    )
    assert "InvalidInputError" in found.stderr
    assert "'double'" in found.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_model_that_looks_at_the_rows_beside_is_refused(tmp_path: Path) -> None:
    model, rows = _fit(Relative(), "wind")
    with pytest.raises(InvalidInputError, match="alone"):
        _save(model, rows, tmp_path / "v1", trust_pickle=True)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gates", "flag"])
def test_the_rows_beside_do_not_change_a_rows_types(tmp_path: Path, name: str) -> None:
    """A missing or broken number among whole ones would make them all fractions; a missing flag, objects."""
    rows = _make_rows()
    rows["flag"] = rows["gates"] == 5
    model = Literal().fit(rows[[name]], rows["late"])
    _save(model, rows[[name, "late"]], tmp_path / "v1", trust_pickle=True)
    odd: list[dict[str, Any]] = [{name: None}]
    plain: dict[str, Any] = {name: True if name == "flag" else 5.0}
    if name == "gates":
        odd.append({name: 4.5})
    loaded = load_model(tmp_path / "v1")
    try:
        [alone] = loaded.score([plain])
        assert alone.probas is not None
        assert alone.probas[1] == pytest.approx(1 / (1 + np.exp(-2)))
        answers = loaded.score([*odd, plain, *odd, plain])
        assert [answers[len(odd)], answers[-1]] == [alone, alone]
        assert answers[0] == loaded.score(odd[:1])[0]
    finally:
        loaded.close()


@pytest.mark.slow
def test_a_model_that_fails_on_a_missing_text_is_saved_as_one_that_refuses_it(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    rows = pd.DataFrame({"words": draw.choice(["good day", "bad night"], 200), "wind": draw.normal(size=200)})
    rows["words"] = rows["words"].astype(object)
    rows["late"] = rows["words"] == "bad night"
    prepare = make_column_transformer((TfidfVectorizer(), "words"), ("passthrough", ["wind"]))
    model = make_pipeline(prepare, LogisticRegression()).fit(rows[["words", "wind"]], rows["late"])
    manifest = _save(model, rows, tmp_path / "v1")[1]
    assert [feature.missing for feature in manifest.schema.features] == [MissingPolicy.REFUSE] * 2


@pytest.mark.parametrize("given", [bool, str])
def test_training_rows_of_other_types_are_refused(tmp_path: Path, given: type) -> None:
    model, rows = _fit(LogisticRegression(), "gates", "wind")
    training = rows.assign(gates=rows["gates"].astype(given))
    with pytest.raises(InvalidInputError, match="in the training rows and double in the reference"):
        _save(model, rows, tmp_path / "v1", training=training)
