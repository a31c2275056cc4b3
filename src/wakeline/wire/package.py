"""`service.json`: what a published service holds, written by the deployer and read by a node.

A package is a folder with this file and the model versions that its endpoints name; it never changes.
"""

import os
from enum import StrEnum
from pathlib import Path, PurePosixPath

import msgspec

from wakeline.core.errors import BrokenFileError, InvalidInputError
from wakeline.core.ids import check_object_id, check_project_key

PACKAGE_FORMAT = 1
PACKAGE_FILE = "service.json"


class EndpointKind(StrEnum):
    PREDICTION = "prediction"


class PackagedEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """`model` is the folder of a model version, relative to the package, such as `models/churn/v1`."""

    endpoint_id: str
    kind: EndpointKind = EndpointKind.PREDICTION
    model: str


class ServicePackage(msgspec.Struct, frozen=True, kw_only=True):
    format: int = PACKAGE_FORMAT
    project: str
    service_id: str
    generation: str
    endpoints: tuple[PackagedEndpoint, ...]


def read_service_package(folder: Path) -> ServicePackage:
    """The checked content of `<folder>/service.json`; BrokenFileError if it is not one."""
    path = folder / PACKAGE_FILE
    try:
        package = msgspec.json.decode(path.read_bytes(), type=ServicePackage)
        _check_package(package)
    except OSError as error:
        raise BrokenFileError(
            f"{folder} is not a service package: {PACKAGE_FILE}: {error.strerror}"
        ) from error
    except (ValueError, InvalidInputError) as error:
        raise BrokenFileError(f"{path} is not a service package: {error}") from error
    return package


def write_service_package(folder: Path, package: ServicePackage) -> None:
    """Writes `<folder>/service.json` as a whole or not at all, on disk when it returns."""
    _check_package(package)
    unfinished = folder / f"{PACKAGE_FILE}.unfinished"
    with unfinished.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(package)))
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(folder / PACKAGE_FILE)


def _check_package(package: ServicePackage) -> None:
    if package.format != PACKAGE_FORMAT:
        raise InvalidInputError(f"found format {package.format}, expected {PACKAGE_FORMAT}")
    check_project_key(package.project)
    check_object_id("service", package.service_id)
    if not package.generation:
        raise InvalidInputError("the generation is empty; expected a name such as v1")
    names = [check_object_id("endpoint", endpoint.endpoint_id) for endpoint in package.endpoints]
    if not names or len(set(names)) != len(names):
        raise InvalidInputError(f"found the endpoints {names}, expected at least one and each once")
    for endpoint in package.endpoints:
        _check_model_folder(endpoint.model)


def _check_model_folder(text: str) -> None:
    path = PurePosixPath(text)
    if not text or path.is_absolute() or ".." in path.parts:
        raise InvalidInputError(f"found the model folder {text!r}, expected a path inside the package")
