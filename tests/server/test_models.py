"""Uploads become versions whole or not at all; services are published from them."""

import zipfile
from pathlib import Path

import httpx
import pytest

from tests.server.running import run_server
from wakeline.client.client import Client
from wakeline.core.errors import BrokenFileError, ConflictError, InvalidInputError, NotFoundError
from wakeline.scoring.manifest import read_manifest, verify_files
from wakeline.wire.package import read_service_package

ENDPOINT = {"endpoint_id": "arrival-delay", "model": "arrival-delay"}


def upload(client: Client, archive: Path, version: str | None = None, *, activate: bool = True) -> None:
    client.upload_model_version("FLIGHTS", "arrival-delay", archive, version, activate)


def list_files(home: Path, room: str) -> list[str]:
    folder = home / room
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_an_uploaded_version_is_kept_and_never_changed(tmp_path: Path, model_archive: Path) -> None:
    with run_server(tmp_path) as (client, _):
        client.create_project("FLIGHTS")
        upload(client, model_archive)
        folder = tmp_path / "models/FLIGHTS/arrival-delay/v1"
        verify_files(folder, read_manifest(folder))
        with pytest.raises(ConflictError, match="version v1 already"):
            upload(client, model_archive)
        with pytest.raises(ConflictError, match="version V1 already"):
            upload(client, model_archive, "V1")
        upload(client, model_archive, "v2", activate=False)
        assert read_manifest(folder.with_name("v2")).version == "v2"
        model = client.read_model("FLIGHTS", "arrival-delay")
        assert [(row["version"], row["active"]) for row in model["versions"]] == [("v1", True), ("v2", False)]
        client.activate_model_version("FLIGHTS", "arrival-delay", "v2")
        active = client.read_model_version("FLIGHTS", "arrival-delay")
        assert (active["version"], active["manifest"]["schema"]["target"]) == ("v2", "late")
        assert not [name for name in list_files(tmp_path, "models") if name.startswith(".incoming")]


def test_a_manifest_has_an_etag(tmp_path: Path, model_archive: Path) -> None:
    with run_server(tmp_path) as (client, _):
        client.create_project("FLIGHTS")
        upload(client, model_archive)
        url = f"{client.url}/api/v1/models/FLIGHTS/arrival-delay/versions/v1"
        first = httpx.get(url)
        again = httpx.get(url, headers={"If-None-Match": first.headers["etag"]})
        assert (first.status_code, again.status_code) == (200, 304)


def test_what_is_no_model_leaves_nothing(tmp_path: Path, model_archive: Path) -> None:
    broken = tmp_path / "broken.zip"
    with zipfile.ZipFile(model_archive) as source, zipfile.ZipFile(broken, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, content + b" " if name == "plan.json" else content)
    home = tmp_path / "home"
    with run_server(home) as (client, _):
        with pytest.raises(NotFoundError, match="no project 'FLIGHTS'"):
            upload(client, model_archive)
        client.create_project("FLIGHTS")
        for archive in (b"", b"not a zip", model_archive.read_bytes()[:1000], broken.read_bytes()):
            with pytest.raises(BrokenFileError):
                client.upload_model_version("FLIGHTS", "arrival-delay", archive)
        with pytest.raises(InvalidInputError, match=r"holds the model FLIGHTS\.arrival-delay"):
            client.upload_model_version("FLIGHTS", "another", model_archive)
        with pytest.raises(InvalidInputError, match="not a model version"):
            upload(client, model_archive, "../v1")
        with pytest.raises(InvalidInputError, match="not a model version"):
            upload(client, model_archive, "active")
        assert (client.list_models("FLIGHTS"), list_files(home, "models")) == ([], [])


def test_a_service_is_published_whole_and_once(tmp_path: Path, model_archive: Path) -> None:
    with run_server(tmp_path) as (client, _):
        client.create_project("FLIGHTS")
        with pytest.raises(NotFoundError, match="no model 'arrival-delay'"):
            client.create_service("FLIGHTS", "flight-delays", [ENDPOINT])
        upload(client, model_archive)
        client.create_service("FLIGHTS", "flight-delays", [ENDPOINT])
        with pytest.raises(ConflictError):
            client.create_service("FLIGHTS", "flight-delays", [ENDPOINT])
        made = client.publish_service("FLIGHTS", "flight-delays")
        assert (made["generation"], made["endpoints"][0]["model_version"]) == ("v1", "v1")
        package = tmp_path / "packages/FLIGHTS/flight-delays/v1"
        endpoint = read_service_package(package).endpoints[0]
        verify_files(package / endpoint.model, read_manifest(package / endpoint.model))
        with pytest.raises(ConflictError, match="never changed"):
            client.publish_service("FLIGHTS", "flight-delays", "v1")
        upload(client, model_archive, "v2")
        assert client.publish_service("FLIGHTS", "flight-delays")["endpoints"][0]["model_version"] == "v2"
        assert client.read_service("FLIGHTS", "flight-delays")["generations"] == ["v1", "v2"]
        listed = httpx.get(f"{client.url}/api/v1/services/FLIGHTS/flight-delays/generations").json()["items"]
        assert [one["generation"] for one in listed] == ["v1", "v2"]
        assert listed[0]["endpoints"][0]["endpoint_id"] == "arrival-delay"
        assert client.read_generation("FLIGHTS", "flight-delays", "v1") == made


@pytest.mark.parametrize(
    ("endpoints", "words"),
    [
        ([], "at least 1"),
        ([ENDPOINT, ENDPOINT], "each id once"),
        ([ENDPOINT | {"endpoint_id": "Not An Id"}], "not an endpoint id"),
        ([ENDPOINT | {"kind": "magic"}], "not a kind"),
        ([ENDPOINT | {"version": "v9"}], "it has: v1"),
    ],
)
def test_services_that_make_no_sense(
    tmp_path: Path, model_archive: Path, endpoints: list[dict[str, str]], words: str
) -> None:
    with run_server(tmp_path) as (client, _):
        client.create_project("FLIGHTS")
        upload(client, model_archive)
        with pytest.raises((InvalidInputError, NotFoundError), match=words):
            client.create_service("FLIGHTS", "flight-delays", endpoints)
        assert client.list_services("FLIGHTS") == []
