"""What a node's process pays for a model version: the libraries that loading one brings in."""

import subprocess
import sys
from pathlib import Path

import pytest
from sklearn.ensemble import GradientBoostingClassifier

from tests.packaging.flights import FEATURES, TARGET, fit_pipeline, make_flights
from wakeline.packaging.model_version import save_model

PROGRAM = """
import sys
from wakeline.scoring.model import load_model
model = load_model(sys.argv[1])
rows = [{"hour": 3.0, "distance": 2.0, "wind": None, "carrier": "AA"}] * 20
assert len(model.score(rows)) == 20
heavy = {"numpy", "pandas", "sklearn", "scipy", "skops", "joblib", "pyarrow", "treelite"}
print(*sorted(heavy & set(sys.modules)))
"""


def _list_libraries(folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder)], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.slow
def test_a_row_plan_needs_at_most_numpy(tmp_path: Path) -> None:
    reference = make_flights(100)[[*FEATURES, TARGET]]
    models = {"linear": fit_pipeline(), "trees": fit_pipeline(GradientBoostingClassifier(n_estimators=5))}
    for name, model in models.items():
        save_model(
            model, project="FLIGHTS", name="m", reference=reference, target=TARGET, path=tmp_path / name
        )
    assert _list_libraries(tmp_path / "linear") == ""
    assert _list_libraries(tmp_path / "trees") == "numpy"
