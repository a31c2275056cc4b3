"""Packing and unpacking: the same folder back, or nothing at all."""

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.packaging.flights import FEATURES, TARGET, fit_pipeline, make_flights
from wakeline.core.errors import BrokenFileError, ConflictError, NotFoundError, TooLargeError
from wakeline.packaging.archive import FILES_MAX, pack_model, unpack_model
from wakeline.packaging.model_version import save_model
from wakeline.scoring.manifest import MANIFEST_NAME, PLAN_NAME, read_manifest
from wakeline.scoring.model import load_model


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "v1"
    reference = make_flights(100)[[*FEATURES, TARGET]]
    save_model(fit_pipeline(), project="FLIGHTS", name="late", reference=reference, target=TARGET, path=path)
    return path


def _read_entries(archive: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as source:
        return {name: source.read(name) for name in source.namelist()}


def _write_archive(path: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in entries.items():
            target.writestr(name, data)
    return path


def test_a_version_comes_back_as_it_was(saved: Path, tmp_path: Path) -> None:
    archive = pack_model(saved, tmp_path / "a.zip")
    manifest = unpack_model(archive, tmp_path / "new" / "v1")
    assert manifest == read_manifest(saved)
    assert {path.name: path.read_bytes() for path in (tmp_path / "new" / "v1").iterdir()} == {
        path.name: path.read_bytes() for path in saved.iterdir()
    }
    load_model(tmp_path / "new" / "v1").close()
    assert pack_model(saved, tmp_path / "b.zip").read_bytes() == archive.read_bytes()


def test_packing_refuses_what_is_no_version(saved: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        pack_model(tmp_path)
    damaged = shutil.copytree(saved, tmp_path / "damaged")
    (damaged / PLAN_NAME).write_bytes(b"{}")
    with pytest.raises(BrokenFileError):
        pack_model(damaged, tmp_path / "x.zip")
    assert not list(tmp_path.glob("x.zip*"))


def test_an_existing_destination_is_left_alone(saved: Path, tmp_path: Path) -> None:
    archive = pack_model(saved, tmp_path / "a.zip")
    (tmp_path / "v1").mkdir()
    with pytest.raises(ConflictError):
        unpack_model(archive, tmp_path / "v1")
    assert list((tmp_path / "v1").iterdir()) == []


def _add(name: str, data: bytes = b"x") -> Callable[[dict[str, bytes]], None]:
    return lambda entries: entries.__setitem__(name, data)


@pytest.mark.parametrize(
    "change",
    [
        _add("../evil"),
        _add("/evil"),
        _add("folder/evil"),
        _add("a\\evil"),
        _add("C:evil"),
        _add("folder/"),
        _add(".."),
        _add("surplus.bin"),
        _add(MANIFEST_NAME.upper()),
        _add(MANIFEST_NAME, b"{}"),
        _add(PLAN_NAME, b"{}"),
        lambda entries: entries.pop(MANIFEST_NAME),
        lambda entries: entries.pop(PLAN_NAME),
    ],
)
def test_archives_that_are_no_version_leave_nothing(
    saved: Path, tmp_path: Path, change: Callable[[dict[str, bytes]], object]
) -> None:
    entries = _read_entries(pack_model(saved, tmp_path / "a.zip"))
    change(entries)
    archive = _write_archive(tmp_path / "changed.zip", entries)
    place = tmp_path / "place"
    with pytest.raises(BrokenFileError):
        unpack_model(archive, place / "v1")
    assert list(place.iterdir()) == []
    assert not (tmp_path / "evil").exists()


def test_links_are_refused(saved: Path, tmp_path: Path) -> None:
    entries = _read_entries(pack_model(saved, tmp_path / "a.zip"))
    archive = tmp_path / "links.zip"
    with zipfile.ZipFile(archive, "w") as target:
        for name, data in entries.items():
            entry = zipfile.ZipInfo(name)
            if name == PLAN_NAME:
                entry.external_attr = 0o120777 << 16
            target.writestr(entry, data)
    with pytest.raises(BrokenFileError, match="plain files"):
        unpack_model(archive, tmp_path / "v1")


def test_too_many_entries_and_too_many_bytes_are_refused(saved: Path, tmp_path: Path) -> None:
    archive = pack_model(saved, tmp_path / "a.zip")
    with pytest.raises(TooLargeError, match="more than 1000 bytes"):
        unpack_model(archive, tmp_path / "v1", bytes_max=1000)
    many = _read_entries(archive) | {f"f{index}": b"" for index in range(FILES_MAX)}
    with pytest.raises(TooLargeError, match="entries"):
        unpack_model(_write_archive(tmp_path / "many.zip", many), tmp_path / "v1")
    assert not (tmp_path / "v1").exists()


def test_a_bomb_that_lies_about_its_size_is_stopped(saved: Path, tmp_path: Path) -> None:
    """The sizes in the headers are made small; what comes out is counted all the same."""
    entries = _read_entries(pack_model(saved, tmp_path / "a.zip"))
    size = 3_000_000
    archive = _write_archive(tmp_path / "bomb.zip", entries | {PLAN_NAME: b"\0" * size})
    data = archive.read_bytes().replace(size.to_bytes(4, "little"), (10).to_bytes(4, "little"))
    archive.write_bytes(data)
    with pytest.raises((BrokenFileError, TooLargeError)):
        unpack_model(archive, tmp_path / "place" / "v1", bytes_max=2_000_000)
    assert list((tmp_path / "place").iterdir()) == []


@pytest.mark.parametrize("cut", [0, 10, 500, -30])
def test_cut_archives_leave_nothing(saved: Path, tmp_path: Path, cut: int) -> None:
    data = pack_model(saved, tmp_path / "a.zip").read_bytes()
    (tmp_path / "cut.zip").write_bytes(data[:cut])
    with pytest.raises(BrokenFileError):
        unpack_model(tmp_path / "cut.zip", tmp_path / "place" / "v1")
    assert list((tmp_path / "place").iterdir()) == []


def test_flipped_bytes_are_noticed(saved: Path, tmp_path: Path) -> None:
    archive = pack_model(saved, tmp_path / "a.zip")
    data = bytearray(archive.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 4] = bytes(255 - byte for byte in data[middle : middle + 4])
    (tmp_path / "flipped.zip").write_bytes(data)
    with pytest.raises(BrokenFileError):
        unpack_model(tmp_path / "flipped.zip", tmp_path / "place" / "v1")
    assert list((tmp_path / "place").iterdir()) == []
