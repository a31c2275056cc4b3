"""Connections: create, list, show, change, test, delete, and a look into them."""

from typing import Annotated

from fastapi import APIRouter, Header, Response
from pydantic import BaseModel, Field, SecretStr

from wakeline.deployer import connections
from wakeline.loglake.connections import S3
from wakeline.metadata.queries import destinations
from wakeline.metadata.queries.places import locate_connection
from wakeline.metadata.secrets import forget_secret
from wakeline.metadata.tables.serving import Connection
from wakeline.monitoring.browsing import browse
from wakeline.server.answers import BrowseAnswer, Listed
from wakeline.server.connection_answers import ConnectionAnswer, describe_connection
from wakeline.server.dependencies import HomeDep, PartsDep, SessionDep

router = APIRouter(tags=["connections"])
Text = Annotated[str, Field(max_length=255)]
IfMatch = Annotated[
    str | None, Header(alias="If-Match", description="ETag of the connection as it was seen; without: any.")
]


class ConnectionFields(BaseModel, extra="forbid"):
    """`root` belongs to the type filesystem, the rest to s3. Without an access key the cloud's own
    credentials are used. `secret_access_key` goes in and never comes out; null takes it away."""

    root: Text | None = None
    bucket: Text | None = None
    prefix: Text | None = None
    endpoint: Text | None = None
    region: Text | None = None
    allow_http: bool | None = None
    path_style: bool | None = None
    access_key_id: Text | None = None
    secret_access_key: SecretStr | None = None

    def list_given(self) -> dict[str, object]:
        """Only what was sent; null where it stands for a default that has no null of its own is left out."""
        given = self.model_dump(exclude_unset=True, exclude={"id", "type"})
        secret = given.get("secret_access_key")
        if isinstance(secret, SecretStr):
            given["secret_access_key"] = secret.get_secret_value()
        return {
            name: value for name, value in given.items() if value is not None or name in _MAY_BE_TAKEN_AWAY
        }


class NewConnection(ConnectionFields):
    id: str
    type: str = S3


_MAY_BE_TAKEN_AWAY = frozenset({"endpoint", "region", "access_key_id", "secret_access_key"})


@router.get("/connections")
def list_connections(session: SessionDep) -> Listed[ConnectionAnswer]:
    return Listed(items=[describe_connection(row) for row in destinations.list_connections(session)])


@router.post("/connections", status_code=201)
def create(body: NewConnection, parts: PartsDep, response: Response) -> ConnectionAnswer:
    """Stored only when its test has passed: a log needs a store where of two creations of a key one is
    refused."""
    row = connections.create_connection(
        parts.sessions, parts.home, body.id, type_=body.type, given=body.list_given(), clock=parts.clock
    )
    return _answer(row, response)


@router.get("/connections/{connection_id}")
def show(connection_id: str, session: SessionDep, response: Response) -> ConnectionAnswer:
    return _answer(destinations.get_connection(session, connection_id), response)


@router.patch("/connections/{connection_id}")
def change(
    connection_id: str, body: ConnectionFields, parts: PartsDep, response: Response, if_match: IfMatch = None
) -> ConnectionAnswer:
    """What is left out stays. Tested before it holds; then event servers have it within five seconds."""
    row = connections.change_connection(
        parts.sessions,
        parts.home,
        connection_id,
        given=body.list_given(),
        is_expected=lambda row: if_match is None or if_match.strip() in {"*", describe_connection(row).etag},
        clock=parts.clock,
    )
    return _answer(row, response)


@router.delete("/connections/{connection_id}", status_code=204)
def delete(connection_id: str, parts: PartsDep) -> Response:
    """What lies in the store stays."""
    with parts.sessions.begin() as session:
        secret = connections.delete_connection(session, connection_id)
    if secret is not None:
        forget_secret(parts.home, secret)
    return Response(status_code=204)


@router.post("/connections/{connection_id}/actions/test")
def run_test(connection_id: str, parts: PartsDep, response: Response) -> ConnectionAnswer:
    """Writes, reads, lists, creates a key twice and in a race, deletes; what was found is kept."""
    return _answer(connections.run_test(parts.sessions, parts.home, connection_id, parts.clock), response)


@router.get("/connections/{connection_id}/browse")
def browse_connection(connection_id: str, session: SessionDep, home: HomeDep, path: str = "") -> BrowseAnswer:
    connection = destinations.get_connection(session, connection_id)
    return BrowseAnswer.model_validate(browse(locate_connection(home, connection), path))


def _answer(row: Connection, response: Response) -> ConnectionAnswer:
    answer = describe_connection(row)
    response.headers["ETag"] = answer.etag
    return answer
