"""The original in its worker: real processes, real models, killed and misled."""

import hashlib
import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import pytest
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsRegressor

from tests.packaging.flights import CARRIERS, FEATURES, TARGET, fit_pipeline, make_flights
from wakeline.core.errors import InvalidInputError, UnavailableError
from wakeline.packaging.model_version import save_model
from wakeline.packaging.reference import list_rows
from wakeline.scoring.manifest import SKOPS_NAME, read_manifest, write_manifest
from wakeline.scoring.model import load_model
from wakeline.scoring.original import OriginalModel

pytestmark = pytest.mark.slow


class Shouting(GaussianNB):  # type: ignore[misc]
    """Prints while it answers, and dies of a hint in the data."""

    def predict_proba(self, X: Any) -> Any:
        print("noise on standard output")
        if (np.asarray(X)[:, 0] == 5000).any():
            os._exit(3)
        return super().predict_proba(X)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "v1"
    reference = make_flights(200)[[*FEATURES, "delay"]]
    model = fit_pipeline(KNeighborsRegressor(), target="delay")
    version = save_model(
        model, project="FLIGHTS", name="delay", reference=reference, target="delay", path=path, version="v1"
    )
    assert version.engine == "original"
    return path


@pytest.fixture
def model(folder: Path) -> Iterator[OriginalModel]:
    loaded = load_model(folder)
    assert isinstance(loaded, OriginalModel)
    yield loaded
    loaded.close()


ROWS = list_rows(make_flights(40, seed=5)[FEATURES])


def _truth(rows: list[dict[str, Any]]) -> list[float]:
    frame = pd.DataFrame(rows)[FEATURES]
    return [float(value) for value in fit_pipeline(KNeighborsRegressor(), target="delay").predict(frame)]


def test_it_answers_as_the_model_itself(model: OriginalModel) -> None:
    scores = model.score(ROWS)
    assert [score.prediction for score in scores] == pytest.approx(_truth(ROWS), rel=1e-12)
    assert all(score.probas is None for score in scores)
    assert model.score([]) == []
    assert model.blocks


def test_a_killed_worker_is_started_again(model: OriginalModel) -> None:
    before = model.score(ROWS)
    first = model.worker_pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert model.score(ROWS) == before
    assert model.worker_pid not in (None, first)


def test_callers_at_once_get_their_own_answers(model: OriginalModel) -> None:
    expected = [model.score([row])[0] for row in ROWS]
    killer = threading.Timer(0.05, lambda: os.kill(model.worker_pid or 0, signal.SIGKILL))
    killer.start()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda row: model.score([row])[0], ROWS * 5))
    killer.join()
    assert answers == expected * 5


def test_a_bad_row_fails_only_its_own_caller(model: OriginalModel) -> None:
    bad = {**ROWS[0], "hour": 1e300 * 1e10}

    def ask(row: dict[str, Any]) -> Any:
        try:
            return model.score([row])[0]
        except InvalidInputError:
            return None

    expected = [score.prediction for score in model.score(ROWS)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, [row for good in ROWS for row in (good, bad)]))
    assert [answer.prediction for answer in answers[::2]] == expected
    assert set(answers[1::2]) == {None}


def test_a_closed_model_answers_nobody(folder: Path) -> None:
    model = load_model(folder)
    assert isinstance(model, OriginalModel)
    model.score(ROWS[:1])
    pid = model.worker_pid
    assert pid is not None
    model.close()
    with pytest.raises(UnavailableError, match="closed"):
        model.score(ROWS[:1])
    assert not Path(f"/proc/{pid}").exists()
    model.close()


def test_a_worker_ends_with_its_owner(folder: Path) -> None:
    model = load_model(folder)
    assert isinstance(model, OriginalModel)
    model.score(ROWS[:1])
    process = model._worker._process
    assert process is not None
    assert process.stdin is not None
    process.stdin.close()  # what the kernel does for a dead owner
    deadline = time.monotonic() + 10
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert process.returncode == 0
    model.close()


def test_a_model_that_prints_and_dies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent.parent))
    flights = make_flights(200, missing=False)
    fitted = Shouting().fit(flights[["hour", "wind"]], flights[TARGET])
    save_model(
        fitted,
        project="FLIGHTS",
        name="late",
        reference=flights[["hour", "wind", TARGET]],
        target=TARGET,
        path=tmp_path / "v1",
        trust_pickle=True,
    )  # no row of the gate has the hint
    model = load_model(tmp_path / "v1")
    expected = fitted.predict_proba(flights[["hour", "wind"]])[0]
    assert model.score([{"hour": flights["hour"][0], "wind": flights["wind"][0]}])[0].probas == pytest.approx(
        tuple(expected), abs=1e-12
    )
    with pytest.raises(UnavailableError, match="died twice"):
        model.score([{"hour": 5000.0, "wind": 1.0}])
    assert model.score([{"hour": 5.0, "wind": 1.0}])[0].prediction in ("true", "false")
    with pytest.raises(InvalidInputError, match="'wind' is missing"):
        model.score([{"hour": 5.0}])
    model.close()


def test_a_dump_that_is_none_is_reported(folder: Path, tmp_path: Path) -> None:
    broken = shutil.copytree(folder, tmp_path / "broken")
    (broken / SKOPS_NAME).write_bytes(b"no zip file")
    manifest = read_manifest(broken)
    files = {**manifest.files, SKOPS_NAME: hashlib.sha256(b"no zip file").hexdigest()}
    write_manifest(broken, msgspec.structs.replace(manifest, files=files))
    model = load_model(broken)
    with pytest.raises(UnavailableError, match="is not a model dump"):
        model.score(ROWS[:1])
    model.close()


def test_a_dump_with_undeclared_types_is_not_built(folder: Path, tmp_path: Path) -> None:
    changed = shutil.copytree(folder, tmp_path / "changed")
    manifest = read_manifest(changed)
    assert manifest.trusted_types
    write_manifest(changed, msgspec.structs.replace(manifest, trusted_types=()))
    model = load_model(changed)
    with pytest.raises(UnavailableError, match="does not declare"):
        model.score(ROWS[:1])
    model.close()


def test_values_that_are_no_features_are_refused(model: OriginalModel) -> None:
    with pytest.raises(InvalidInputError, match="expected a number, a boolean, a text"):
        model.score([{**ROWS[0], "hour": object()}])
    with pytest.raises(InvalidInputError, match="'hour' does not fit"):
        model.score([{**ROWS[0], "hour": "noon"}])
    assert model.score([{**ROWS[0], "hour": np.float64(3)}]) == model.score([{**ROWS[0], "hour": 3}])


def test_levels_are_texts_as_trained(model: OriginalModel) -> None:
    row = ROWS[0]
    answers = {carrier: model.score([{**row, "carrier": carrier}])[0] for carrier in [*CARRIERS, "nobody's"]}
    expected = _truth([{**row, "carrier": carrier} for carrier in answers])
    assert [answer.prediction for answer in answers.values()] == pytest.approx(expected, rel=1e-12)
