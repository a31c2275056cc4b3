"""Service packages as a node holds them: each endpoint with its model loaded and its reader compiled."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wakeline.apinode.openapi import describe_service
from wakeline.core.errors import BrokenFileError, ConflictError
from wakeline.core.event import Stream, Topic
from wakeline.scoring.model import ScoringModel, load_model
from wakeline.wire.configuration import NodeConfiguration, NodeService
from wakeline.wire.package import ServicePackage, read_service_package
from wakeline.wire.query import QueryReader


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One path with one function; `stream` is where its events go."""

    service_id: str
    endpoint_id: str
    generation: str
    stream: Stream
    model: ScoringModel
    reader: QueryReader


@dataclass(frozen=True, slots=True)
class Service:
    """`openapi` is the service's document as it is answered."""

    service_id: str
    generation: str
    endpoints: Mapping[str, Endpoint]
    openapi: bytes


def load_services(configuration: NodeConfiguration) -> dict[str, Service]:
    """Every service of the node, or an error that names the package at fault."""
    services: dict[str, Service] = {}
    for entry in configuration.services:
        if entry.service_id in services:
            raise ConflictError(f"the service {entry.service_id!r} is given twice; a node holds each once")
        services[entry.service_id] = _load_service(entry, configuration.deployment_id)
    return services


def close_services(services: Mapping[str, Service]) -> None:
    for service in services.values():
        for endpoint in service.endpoints.values():
            endpoint.model.close()


def _load_service(entry: NodeService, deployment_id: str) -> Service:
    folder = Path(entry.package)
    package = read_service_package(folder)
    if (package.service_id, package.generation) != (entry.service_id, entry.generation):
        raise BrokenFileError(
            f"{folder} holds {package.service_id} {package.generation}, "
            f"expected {entry.service_id} {entry.generation}"
        )
    endpoints = _load_endpoints(folder, package, deployment_id)
    schemas = {endpoint_id: endpoint.model.schema for endpoint_id, endpoint in endpoints.items()}
    document = describe_service(package.service_id, package.generation, schemas)
    return Service(package.service_id, package.generation, endpoints, document)


def _load_endpoints(folder: Path, package: ServicePackage, deployment_id: str) -> dict[str, Endpoint]:
    endpoints: dict[str, Endpoint] = {}
    for packaged in package.endpoints:
        model = load_model(folder / packaged.model)
        endpoints[packaged.endpoint_id] = Endpoint(
            service_id=package.service_id,
            endpoint_id=packaged.endpoint_id,
            generation=package.generation,
            stream=Stream(Topic.QUERY.value, deployment_id, packaged.endpoint_id),
            model=model,
            reader=QueryReader(model.schema),
        )
    return endpoints
