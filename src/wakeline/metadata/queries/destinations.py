"""Connections (places) and destinations (where events go)."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from wakeline.core.errors import NotFoundError
from wakeline.metadata.tables.serving import Connection, Destination


def list_connections(session: Session) -> Sequence[Connection]:
    return session.scalars(select(Connection).order_by(Connection.id)).all()


def find_connection(session: Session, connection_id: str) -> Connection | None:
    return session.get(Connection, connection_id)


def get_connection(session: Session, connection_id: str, *, for_update: bool = False) -> Connection:
    found = session.get(Connection, connection_id, with_for_update=for_update)
    if found is None:
        known = ", ".join(row.id for row in list_connections(session)) or "none"
        raise NotFoundError(f"there is no connection {connection_id!r}; there are: {known}")
    return found


def list_destinations(session: Session) -> Sequence[Destination]:
    return session.scalars(select(Destination).order_by(Destination.id)).all()


def find_destination(session: Session, destination_id: str) -> Destination | None:
    return session.get(Destination, destination_id)


def get_destination(session: Session, destination_id: str) -> Destination:
    found = find_destination(session, destination_id)
    if found is None:
        known = ", ".join(row.id for row in list_destinations(session)) or "none"
        raise NotFoundError(f"there is no destination {destination_id!r}; there are: {known}")
    return found


def delete_destination(session: Session, destination: Destination) -> None:
    session.delete(destination)
    session.flush()


def add_connection(session: Session, connection: Connection) -> Connection:
    session.add(connection)
    session.flush()
    return connection


def add_destination(session: Session, destination: Destination) -> Destination:
    session.add(destination)
    session.flush()
    return destination
