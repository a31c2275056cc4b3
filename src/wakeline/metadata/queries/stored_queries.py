"""Queries that are kept with an endpoint of a service."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from wakeline.core.errors import ConflictError, NotFoundError
from wakeline.metadata.tables.alerting import StoredQuery


def add_query(session: Session, query: StoredQuery) -> StoredQuery:
    listed = list_queries(session, query.project, query.service_id, query.endpoint_id)
    if query.name in {row.name for row in listed}:
        raise ConflictError(f"the endpoint {query.endpoint_id} has a query {query.name!r} already")
    session.add(query)
    session.flush()
    return query


def get_query(session: Session, query_id: str) -> StoredQuery:
    query = session.get(StoredQuery, query_id)
    if query is None:
        raise NotFoundError(f"there is no stored query with the id {query_id!r}")
    return query


def list_queries(session: Session, project: str, service_id: str, endpoint_id: str) -> Sequence[StoredQuery]:
    """In the order in which they were made."""
    return session.scalars(
        select(StoredQuery)
        .where(
            StoredQuery.project == project,
            StoredQuery.service_id == service_id,
            StoredQuery.endpoint_id == endpoint_id,
        )
        .order_by(StoredQuery.created_at_us, StoredQuery.name)
    ).all()


def delete_query(session: Session, query: StoredQuery) -> None:
    session.delete(query)
    session.flush()
