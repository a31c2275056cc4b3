"""Destinations: where which events go, and with which keys."""

from fastapi import APIRouter, Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from wakeline.deployer.destination_rules import change_destination, create_destination, delete_destination
from wakeline.deployer.destinations import LOCAL_CONNECTION, locate_destination
from wakeline.metadata.queries import destinations
from wakeline.metadata.queries.api_keys import read_rules_version
from wakeline.metadata.tables.serving import Destination
from wakeline.server.access_answers import DestinationAnswer
from wakeline.server.answers import Listed
from wakeline.server.dependencies import PartsDep, SessionDep
from wakeline.server.parts import Parts

router = APIRouter(tags=["destinations"])


class DestinationFields(BaseModel, extra="forbid"):
    """`path` lies below the connection. Null filters take all, null `keys` any key that is not tied.
    Rows are kept for `retention_days` from their arrival, null for ever."""

    connection_id: str = LOCAL_CONNECTION
    path: str = ""
    topics: list[str] | None = None
    routing_keys: list[str] | None = None
    keys: list[str] | None = None
    retention_days: int | None = None


class NewDestination(DestinationFields):
    id: str


@router.get("/destinations")
def list_all(session: SessionDep, parts: PartsDep) -> Listed[DestinationAnswer]:
    return Listed(items=[_describe(session, parts, row) for row in destinations.list_destinations(session)])


@router.post("/destinations", status_code=201)
def create(body: NewDestination, session: SessionDep, parts: PartsDep) -> DestinationAnswer:
    """Holds for the event servers within five seconds."""
    fields = body.model_dump(exclude_unset=True, exclude={"id"})
    row = create_destination(session, parts.home, body.id, fields, parts.clock.now_us())
    return _describe(session, parts, row)


@router.get("/destinations/{destination_id}")
def show(destination_id: str, session: SessionDep, parts: PartsDep) -> DestinationAnswer:
    return _describe(session, parts, destinations.get_destination(session, destination_id))


@router.patch("/destinations/{destination_id}")
def change(
    destination_id: str, body: DestinationFields, session: SessionDep, parts: PartsDep
) -> DestinationAnswer:
    """What is left out stays."""
    changes = body.model_dump(exclude_unset=True)
    return _describe(session, parts, change_destination(session, parts.home, destination_id, changes))


@router.delete("/destinations/{destination_id}", status_code=204)
def delete(destination_id: str, session: SessionDep) -> Response:
    """Its log stays; events that no other destination takes wait."""
    delete_destination(session, destination_id)
    return Response(status_code=204)


def _describe(session: Session, parts: Parts, row: Destination) -> DestinationAnswer:
    return DestinationAnswer(
        id=row.id,
        connection_id=row.connection_id,
        path=row.path,
        place=str(locate_destination(session, parts.home, row)),
        topics=row.topics,
        routing_keys=row.routing_keys,
        keys=row.keys,
        retention_days=row.retention_days,
        created_at=row.created_at_us,  # type: ignore[arg-type]
        rules_version=read_rules_version(session),
    )
