"""The way of the events: what the event server is told, and how all parts on the way are."""

import hmac

import msgspec
from fastapi import APIRouter, Request, Response

from wakeline.core.errors import UnauthenticatedError
from wakeline.deployer.destinations import build_event_server_configuration
from wakeline.deployer.event_status import collect_event_status
from wakeline.deployer.keys import read_keys
from wakeline.metadata.queries import deployments
from wakeline.server.dependencies import PartsDep, SessionDep
from wakeline.server.etags import answer_unless_known, build_etag
from wakeline.server.serving_answers import EventsStatusAnswer

router = APIRouter(tags=["events"])


@router.get("/event-server/configuration", include_in_schema=False)
def show_configuration(request: Request, session: SessionDep, parts: PartsDep) -> Response:
    """For event servers only: `Authorization: Bearer <server_key>`."""
    keys = read_keys(parts.home)
    given = request.headers.get("authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {keys.server_key}".encode()):
        raise UnauthenticatedError(
            "the event server's configuration needs `Authorization: Bearer <server_key>`; "
            "the key stands in keys.json of the home"
        )
    body = msgspec.json.encode(build_event_server_configuration(session, parts.home, keys))
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
