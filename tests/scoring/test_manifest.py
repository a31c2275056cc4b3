"""A folder is a model version or a broken file, and says which."""

import shutil
from pathlib import Path

import msgspec
import pytest

from tests.packaging.flights import FEATURES, TARGET, fit_pipeline, make_flights
from wakeline.core.errors import BrokenFileError, NotFoundError
from wakeline.packaging.model_version import save_model
from wakeline.scoring.manifest import (
    MANIFEST_NAME,
    PLAN_NAME,
    REFERENCE_NAME,
    read_manifest,
    verify_files,
    write_manifest,
)
from wakeline.scoring.model import load_model


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "v1"
    reference = make_flights(200)[[*FEATURES, TARGET]]
    save_model(
        fit_pipeline(),
        project="FLIGHTS",
        name="late",
        reference=reference,
        target=TARGET,
        path=path,
        version="v1",
    )
    return path


@pytest.fixture
def folder(saved: Path, tmp_path: Path) -> Path:
    return shutil.copytree(saved, tmp_path / "copy")


def test_a_version_reads_and_scores(saved: Path) -> None:
    manifest = read_manifest(saved)
    verify_files(saved, manifest)
    assert manifest.model_id == "FLIGHTS.late"
    model = load_model(saved)
    assert (model.model_id, model.model_version, model.engine) == ("FLIGHTS.late", "v1", "row-plan")
    assert not model.blocks
    model.close()


def test_a_manifest_can_be_replaced(folder: Path) -> None:
    manifest = msgspec.structs.replace(read_manifest(folder), version="v7")
    write_manifest(folder, manifest)
    assert read_manifest(folder) == manifest
    assert load_model(folder).model_version == "v7"
    assert not list(folder.glob("*.tmp"))


def test_no_manifest_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"no model\.json"):
        load_model(tmp_path)


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"{}", b"[1]", b"null", b'{"format": 1}'])
def test_a_manifest_that_is_none_is_broken(folder: Path, data: bytes) -> None:
    (folder / MANIFEST_NAME).write_bytes(data)
    with pytest.raises(BrokenFileError, match="is not a model version's manifest"):
        read_manifest(folder)


def test_another_format_is_refused(folder: Path) -> None:
    text = (folder / MANIFEST_NAME).read_text().replace('"format": 1', '"format": 2')
    (folder / MANIFEST_NAME).write_text(text)
    with pytest.raises(BrokenFileError, match="format 2"):
        read_manifest(folder)


@pytest.mark.parametrize("name", ["../plan.json", "a/b", "", ".hidden", MANIFEST_NAME, "x" * 65])
def test_a_manifest_that_names_other_places_is_refused(folder: Path, name: str) -> None:
    manifest = read_manifest(folder)
    write_manifest(folder, msgspec.structs.replace(manifest, files={**manifest.files, name: "0" * 64}))
    with pytest.raises(BrokenFileError, match="plain file name"):
        read_manifest(folder)


def test_a_changed_file_is_refused(folder: Path) -> None:
    plan = folder / PLAN_NAME
    plan.write_bytes(plan.read_bytes().replace(b"1", b"2", 1))
    with pytest.raises(BrokenFileError, match="not the file that was saved"):
        load_model(folder)


def test_a_lost_file_is_refused(folder: Path) -> None:
    (folder / PLAN_NAME).unlink()
    with pytest.raises(BrokenFileError, match="lacks the file"):
        load_model(folder)
    (folder / REFERENCE_NAME).unlink()
    with pytest.raises(BrokenFileError, match="lacks the file"):
        verify_files(folder, read_manifest(folder))


def test_a_link_is_no_file_of_a_version(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    (folder / PLAN_NAME).rename(target)
    (folder / PLAN_NAME).symlink_to(target)
    with pytest.raises(BrokenFileError, match="lacks the file"):
        load_model(folder)
