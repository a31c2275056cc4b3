"""Connections, and a look into them."""

from fastapi import APIRouter

from wakeline.core.clock import format_rfc3339
from wakeline.metadata.queries import destinations
from wakeline.metadata.queries.places import locate_connection
from wakeline.metadata.tables.serving import Connection
from wakeline.monitoring.browsing import browse
from wakeline.server.answers import BrowseAnswer, ConnectionAnswer, Listed
from wakeline.server.dependencies import HomeDep, SessionDep

router = APIRouter(tags=["connections"])


@router.get("/connections")
def list_connections(session: SessionDep) -> Listed[ConnectionAnswer]:
    return Listed(items=[_describe(row) for row in destinations.list_connections(session)])


@router.get("/connections/{connection_id}/browse")
def browse_connection(connection_id: str, session: SessionDep, home: HomeDep, path: str = "") -> BrowseAnswer:
    connection = destinations.get_connection(session, connection_id)
    return BrowseAnswer.model_validate(browse(locate_connection(home, connection), path))


def _describe(row: Connection) -> ConnectionAnswer:
    return ConnectionAnswer(
        id=row.id, type=row.type, root=str(row.settings["root"]), created_at=format_rfc3339(row.created_at_us)
    )
