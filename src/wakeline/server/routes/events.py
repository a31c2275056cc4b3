"""The way of the events: destinations, what the event server is told, and how all parts on the way are."""

import hmac

import msgspec
from fastapi import APIRouter, Request, Response

from wakeline.core.errors import UnauthenticatedError
from wakeline.deployer.destinations import build_event_server_configuration, locate_destination
from wakeline.deployer.event_status import collect_event_status
from wakeline.metadata.queries import deployments, destinations
from wakeline.server.answers import Listed
from wakeline.server.dependencies import PartsDep, SessionDep
from wakeline.server.etags import answer_unless_known, build_etag
from wakeline.server.serving_answers import DestinationAnswer, EventsStatusAnswer

router = APIRouter(tags=["events"])


@router.get("/destinations")
def list_destinations(session: SessionDep, parts: PartsDep) -> Listed[DestinationAnswer]:
    return Listed(
        items=[
            DestinationAnswer(
                id=row.id,
                connection_id=row.connection_id,
                path=str(locate_destination(session, parts.home, row)),
                topics=row.topics,
                routing_keys=row.routing_keys,
            )
            for row in destinations.list_destinations(session)
        ]
    )


@router.get("/event-server/configuration", include_in_schema=False)
def show_configuration(request: Request, session: SessionDep, parts: PartsDep) -> Response:
    """For event servers only: `Authorization: Bearer <server_key>`."""
    given = request.headers.get("authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {parts.keys.server_key}".encode()):
        raise UnauthenticatedError(
            "the event server's configuration needs `Authorization: Bearer <server_key>`; "
            "the key stands in keys.json of the home"
        )
    body = msgspec.json.encode(build_event_server_configuration(session, parts.home, parts.keys))
    return answer_unless_known(request, body, build_etag(body))


@router.get("/events/status")
def show_status(session: SessionDep, parts: PartsDep) -> EventsStatusAnswer:
    return EventsStatusAnswer.model_validate(
        collect_event_status(
            parts.nodes,
            [row.deployment_id for row in deployments.list_deployments(session)],
            event_server_url=parts.addresses.event_server_url,
            gateway_url=parts.addresses.gateway_url,
        )
    )
