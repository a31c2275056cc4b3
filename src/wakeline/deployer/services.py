"""Services and their publication: a generation is an immutable folder with everything that a node needs.

`active` model versions are resolved at publication. A generation appears whole or not at all.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from wakeline.core.errors import ConflictError, InvalidInputError
from wakeline.core.ids import check_object_id
from wakeline.deployer.layout import check_version_name, locate_incoming, locate_package, move_folder
from wakeline.metadata.queries import models, services
from wakeline.metadata.queries.projects import get_project
from wakeline.metadata.tables.serving import ModelVersion, Service, ServiceEndpoint, ServiceVersion
from wakeline.wire.package import EndpointKind, PackagedEndpoint, ServicePackage, write_service_package


@dataclass(frozen=True, slots=True)
class NewEndpoint:
    """`version` is `active` or a version of the model."""

    endpoint_id: str
    model: str
    kind: str = EndpointKind.PREDICTION
    version: str = models.ACTIVE


def create_service(
    session: Session, project: str, service_id: str, endpoints: Sequence[NewEndpoint], now_us: int
) -> Service:
    get_project(session, project)
    check_object_id("service", service_id)
    if services.find_service(session, project, service_id) is not None:
        raise ConflictError(f"the project {project} has a service {service_id} already")
    _check_endpoints(session, project, endpoints)
    rows = [
        ServiceEndpoint(
            project=project,
            service_id=service_id,
            endpoint_id=endpoint.endpoint_id,
            position=position,
            kind=endpoint.kind,
            model=endpoint.model,
            version=endpoint.version,
        )
        for position, endpoint in enumerate(endpoints)
    ]
    return services.add_service(
        session, Service(project=project, service_id=service_id, created_at_us=now_us), rows
    )


def publish_service(
    session: Session, home: Path, project: str, service_id: str, *, generation: str | None, now_us: int
) -> ServiceVersion:
    """Writes the package; without a name the generation is the next free `v<n>`."""
    services.get_service(session, project, service_id)
    name = _name_next(session, project, service_id) if generation is None else generation
    check_version_name("generation", name)
    if services.find_generation(session, project, service_id, name) is not None:
        raise ConflictError(
            f"the service {project}/{service_id} has a generation {name} already; "
            "generations are never changed: publish under another name"
        )
    resolved = _resolve_endpoints(session, project, service_id)
    target = locate_package(home, project, service_id, name)
    if target.exists():
        shutil.rmtree(target)  # its row was never committed, so nobody has used it
    package = ServicePackage(
        project=project,
        service_id=service_id,
        generation=name,
        endpoints=tuple(_package_endpoint(endpoint, version) for endpoint, version in resolved),
    )
    _write_package(home, target, package, [version for _, version in resolved])
    row = ServiceVersion(
        project=project,
        service_id=service_id,
        generation=name,
        path=str(target.relative_to(home)),
        endpoints=[_describe_resolved(endpoint, version) for endpoint, version in resolved],
        created_at_us=now_us,
    )
    return services.add_generation(session, row)


def _check_endpoints(session: Session, project: str, endpoints: Sequence[NewEndpoint]) -> None:
    names = [check_object_id("endpoint", endpoint.endpoint_id) for endpoint in endpoints]
    if not names or len(set(names)) != len(names):
        raise InvalidInputError(
            f"found the endpoints {names}; expected at least one, and each id once in its service"
        )
    kinds = [str(kind) for kind in EndpointKind]
    for endpoint in endpoints:
        if endpoint.kind not in kinds:
            raise InvalidInputError(
                f"endpoint {endpoint.endpoint_id}: {endpoint.kind!r} is not a kind of endpoint; "
                f"expected {', '.join(kinds)}"
            )
        models.get_version(session, project, endpoint.model, endpoint.version)


def _name_next(session: Session, project: str, service_id: str) -> str:
    taken = {row.generation for row in services.list_generations(session, project, service_id)}
    number = len(taken) + 1
    while f"v{number}" in taken:
        number += 1
    return f"v{number}"


_Resolved = tuple[ServiceEndpoint, ModelVersion]


def _resolve_endpoints(session: Session, project: str, service_id: str) -> list[_Resolved]:
    return [
        (endpoint, models.get_version(session, project, endpoint.model, endpoint.version))
        for endpoint in services.list_endpoints(session, project, service_id)
    ]


def _write_package(
    home: Path, target: Path, package: ServicePackage, versions: Sequence[ModelVersion]
) -> None:
    incoming = locate_incoming(home, "packages")
    try:
        incoming.mkdir()
        for version in {row.path: row for row in versions}.values():
            shutil.copytree(home / version.path, incoming / _name_model_folder(version))
        write_service_package(incoming, package)
        move_folder(incoming, target)
    finally:
        shutil.rmtree(incoming, ignore_errors=True)


def _package_endpoint(endpoint: ServiceEndpoint, version: ModelVersion) -> PackagedEndpoint:
    return PackagedEndpoint(
        endpoint_id=endpoint.endpoint_id,
        kind=EndpointKind(endpoint.kind),
        model=_name_model_folder(version),
    )


def _name_model_folder(version: ModelVersion) -> str:
    return f"models/{version.name}/{version.version}"


def _describe_resolved(endpoint: ServiceEndpoint, version: ModelVersion) -> dict[str, Any]:
    return {
        "endpoint_id": endpoint.endpoint_id,
        "kind": endpoint.kind,
        "model": version.name,
        "model_version": version.version,
    }
