"""A pickle is code, taken only where the importer says so; and versions without a name."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from tests.server.running import run_server
from wakeline.core.errors import NotPermittedError
from wakeline.packaging.archive import pack_model
from wakeline.packaging.model_version import save_model
from wakeline.scoring.manifest import read_manifest


def make_rows() -> pd.DataFrame:
    hours = np.linspace(0, 23, 200)
    return pd.DataFrame({"hour": hours, "late": hours > 12})


def test_a_pickle_needs_the_importers_word(tmp_path: Path) -> None:
    rows = make_rows()
    model = make_pipeline(FunctionTransformer(abs), LogisticRegression()).fit(rows[["hour"]], rows["late"])
    folder = tmp_path / "model"
    save_model(
        model,
        project="FLIGHTS",
        name="risk",
        reference=rows,
        target="late",
        path=folder,
        version="p1",
        trust_pickle=True,
    )
    assert read_manifest(folder).pickled
    archive = pack_model(folder)
    home = tmp_path / "home"
    with run_server(home) as (client, _):
        client.create_project("FLIGHTS")
        with pytest.raises(NotPermittedError, match="is a pickle"):
            client.upload_model_version("FLIGHTS", "risk", archive)
        assert client.list_models("FLIGHTS") == []
        assert client.upload_model_version("FLIGHTS", "risk", archive, trust_pickle=True)["version"] == "p1"


def test_versions_without_a_name_are_numbered(tmp_path: Path) -> None:
    rows = make_rows()
    model = LogisticRegression().fit(rows[["hour"]], rows["late"])
    with run_server(tmp_path) as (client, _):
        client.create_project("FLIGHTS")
        versions = [
            save_model(
                model, project="FLIGHTS", name="risk", reference=rows, target="late", client=client
            ).version
            for _ in range(2)
        ]
    assert versions == ["v1", "v2"]
