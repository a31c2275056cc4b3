"""The way of the events: what the event server is told, and how all parts on the way are."""

import hmac

import msgspec
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from wakeline.core.errors import UnauthenticatedError
from wakeline.deployer import event_servers
from wakeline.deployer.destinations import build_event_server_configuration
from wakeline.deployer.event_status import collect_event_status
from wakeline.deployer.keys import Keys, read_keys
from wakeline.metadata.queries import deployments
from wakeline.server.dependencies import PartsDep, SessionDep
from wakeline.server.etags import answer_unless_known, build_etag
from wakeline.server.parts import Parts
from wakeline.server.serving_answers import EventsStatusAnswer

router = APIRouter(tags=["events"])


class SignOfLife(BaseModel, extra="ignore"):
    """`url` is where shippers find the event server; `rules_version` the highest that it has seen."""

    url: str
    rules_version: int = Field(0, ge=0, lt=2**62)
    leaving: bool = False


@router.get("/event-server/configuration", include_in_schema=False)
def show_configuration(request: Request, session: SessionDep, parts: PartsDep) -> Response:
    """For event servers only: `Authorization: Bearer <server_key>`."""
    keys = _check_server_key(request, parts)
    now_us = parts.clock.now_us()
    body = msgspec.json.encode(build_event_server_configuration(session, parts.home, keys, now_us))
    return answer_unless_known(request, body, build_etag(body))


@router.post("/event-server/heartbeat", status_code=204, include_in_schema=False)
def take_sign(body: SignOfLife, request: Request, session: SessionDep, parts: PartsDep) -> Response:
    """For event servers only: they are published as long as they say that they live."""
    _check_server_key(request, parts)
    if body.leaving:
        event_servers.forget(session, body.url)
    else:
        event_servers.note_sign(session, body.url, body.rules_version, parts.clock.now_us())
    return Response(status_code=204)


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


def _check_server_key(request: Request, parts: Parts) -> Keys:
    keys = read_keys(parts.home)
    given = request.headers.get("authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {keys.server_key}".encode()):
        raise UnauthenticatedError(
            "what event servers are told needs `Authorization: Bearer <server_key>`; "
            "the key stands in keys.json of the home"
        )
    return keys
