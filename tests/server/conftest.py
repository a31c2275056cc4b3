"""A small real model, saved once a session by `wakeline.save_model`."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from wakeline import save_model
from wakeline.packaging.archive import pack_model

ROWS = 400


@pytest.fixture(scope="session")
def model_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Model FLIGHTS.arrival-delay, version v1, as a zip."""
    random = np.random.default_rng(7)
    rows = pd.DataFrame(
        {
            "dep_hour": random.integers(0, 24, ROWS).astype(float),
            "carrier": random.choice(["AA", "DL", "UA"], ROWS),
        }
    )
    rows["late"] = rows["dep_hour"] + random.normal(0, 5, ROWS) > 12
    model = make_pipeline(
        make_column_transformer(
            (StandardScaler(), ["dep_hour"]), (OneHotEncoder(handle_unknown="ignore"), ["carrier"])
        ),
        LogisticRegression(),
    ).fit(rows[["dep_hour", "carrier"]], rows["late"])
    folder = tmp_path_factory.mktemp("saved") / "v1"
    save_model(
        model,
        project="FLIGHTS",
        name="arrival-delay",
        version="v1",
        reference=rows,
        target="late",
        path=folder,
    )
    return pack_model(folder)
