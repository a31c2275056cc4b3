"""An endpoint of a deployment as monitoring sees it: its model, and where its log lies."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from wakeline.core.errors import InvalidInputError, NotFoundError, UnavailableError
from wakeline.core.event import Stream, Topic
from wakeline.loglake.layout import locate_table
from wakeline.metadata.queries import deployments, destinations, services
from wakeline.metadata.tables.serving import Destination

PREDICTION_KIND = "prediction"


@dataclass(frozen=True, slots=True)
class WatchedEndpoint:
    """`path` is the log's, below the connection's root; there may be no table yet."""

    project: str
    deployment_id: str
    endpoint_id: str
    model: str
    connection_id: str
    path: str

    @property
    def label(self) -> str:
        """What its store is called, and the stem of the other names."""
        return f"{self.deployment_id}-{self.endpoint_id}"


def find_endpoint(session: Session, deployment_id: str, endpoint_id: str) -> WatchedEndpoint:
    """Raises `NotFoundError` unless the deployment's generation has that endpoint, naming those it has."""
    deployment = deployments.get_deployment(session, deployment_id)
    generation = services.get_generation(
        session, deployment.project, deployment.service_id, deployment.generation
    )
    endpoints = {entry["endpoint_id"]: entry for entry in generation.endpoints}
    if endpoint_id not in endpoints:
        raise NotFoundError(
            f"the deployment {deployment_id} has no endpoint {endpoint_id!r}; it has: {', '.join(endpoints)}"
        )
    if endpoints[endpoint_id]["kind"] != PREDICTION_KIND:
        raise InvalidInputError(
            f"the endpoint {endpoint_id} is of the kind {endpoints[endpoint_id]['kind']}; "
            f"expected {PREDICTION_KIND}, since there is a model to compare with"
        )
    stream = Stream(Topic.QUERY, deployment_id, endpoint_id)
    destination = _choose_destination(session, stream)
    return WatchedEndpoint(
        project=deployment.project,
        deployment_id=deployment_id,
        endpoint_id=endpoint_id,
        model=endpoints[endpoint_id]["model"],
        connection_id=destination.connection_id,
        path=locate_table(Path(destination.path), stream).as_posix(),
    )


def list_watched(
    session: Session,
    project: str | None = None,
    service_id: str | None = None,
    deployment_id: str | None = None,
) -> list[WatchedEndpoint]:
    """Every deployed endpoint of the kind that can be watched; None: of any."""
    return [
        find_endpoint(session, row.deployment_id, entry["endpoint_id"])
        for row in deployments.list_deployments(session, project)
        if service_id in {None, row.service_id} and deployment_id in {None, row.deployment_id}
        for entry in services.get_generation(session, row.project, row.service_id, row.generation).endpoints
        if entry["kind"] == PREDICTION_KIND
    ]


def _choose_destination(session: Session, stream: Stream) -> Destination:
    """The first that takes the stream's events."""
    for destination in destinations.list_destinations(session):
        takes_topic = destination.topics is None or stream.topic in destination.topics
        takes_key = destination.routing_keys is None or stream.routing_key in destination.routing_keys
        if takes_topic and takes_key:
            return destination
    raise UnavailableError(
        f"no destination takes the events of {stream}; add one, and its log can be watched"
    )
