"""`service.json` and the processes' configuration: what is refused, and that writing is whole."""

from pathlib import Path

import pytest

from wakeline.core.errors import BrokenFileError, InvalidInputError
from wakeline.wire.configuration import read_key, read_node_configuration
from wakeline.wire.package import (
    PackagedEndpoint,
    ServicePackage,
    read_service_package,
    write_service_package,
)

_ENDPOINT = PackagedEndpoint(endpoint_id="arrival-delay", model="models/arrival-delay/v1")


def _build(*endpoints: PackagedEndpoint) -> ServicePackage:
    return ServicePackage(project="FLIGHTS", service_id="flights", generation="v1", endpoints=endpoints)


def test_a_package_comes_back_as_it_was_written(tmp_path: Path) -> None:
    write_service_package(tmp_path, _build(_ENDPOINT))
    assert read_service_package(tmp_path) == _build(_ENDPOINT)
    assert [path.name for path in tmp_path.iterdir()] == ["service.json"]


@pytest.mark.parametrize("model", ["", "/etc", "../other", "models/../../x"])
def test_a_model_outside_the_package_is_refused(tmp_path: Path, model: str) -> None:
    with pytest.raises(InvalidInputError, match="inside the package"):
        write_service_package(tmp_path, _build(PackagedEndpoint(endpoint_id="a", model=model)))


def test_endpoints_are_named_once(tmp_path: Path) -> None:
    for endpoints in ((), (_ENDPOINT, _ENDPOINT)):
        with pytest.raises(InvalidInputError, match="each once"):
            write_service_package(tmp_path, _build(*endpoints))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "No such file"),
        (b"", "truncated"),
        (b"[]", "Expected `object`"),
        (b'{"project": "FLIGHTS"}', "missing required field"),
        (b'{"format":2,"project":"P","service_id":"s","generation":"v1","endpoints":[]}', "format 2"),
        (b'{"project":"P","service_id":"S","generation":"v1","endpoints":[]}', "not a service id"),
        (
            b'{"project":"P","service_id":"s","generation":"v1",'
            b'"endpoints":[{"endpoint_id":"e","kind":"vision","model":"m"}]}',
            "vision",
        ),
    ],
)
def test_a_folder_that_is_no_package_is_refused(tmp_path: Path, content: bytes | None, words: str) -> None:
    if content is not None:
        (tmp_path / "service.json").write_bytes(content)
    with pytest.raises(BrokenFileError, match=words):
        read_service_package(tmp_path)


def test_a_configuration_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "node.json"
    with pytest.raises(BrokenFileError, match="cannot be read"):
        read_node_configuration(path)
    path.write_bytes(b'{"node_id": 3}')
    with pytest.raises(BrokenFileError, match="node_id"):
        read_node_configuration(path)


def test_a_key_that_is_missing_is_named(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_bytes(b'{"intake_key": "secret"}')
    assert read_key(path, "intake_key") == "secret"
    with pytest.raises(BrokenFileError, match=r"no key 'other'; expected one of \['intake_key'\]"):
        read_key(path, "other")
