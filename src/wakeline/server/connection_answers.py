"""What the server says of connections: everything but their secrets."""

from typing import Any

from wakeline.core.clock import format_rfc3339
from wakeline.deployer.connections import mark_connection
from wakeline.loglake.connections import FILESYSTEM
from wakeline.metadata.tables.serving import Connection
from wakeline.server.answers import Answer
from wakeline.server.etags import build_etag


class ProbeStepAnswer(Answer):
    """`failure` null: it did what it should."""

    name: str
    failure: str | None


class ConnectionTestAnswer(Answer):
    """The steps up to the first that failed."""

    at: str
    passed: bool
    steps: list[ProbeStepAnswer]


class ConnectionAnswer(Answer):
    """`root` belongs to the type filesystem, relative to the home or absolute; `bucket` and what follows to
    s3. The secret itself is never told. `test` is the last one, null before the first. `etag` is for
    `If-Match` of a change."""

    id: str
    type: str
    root: str | None = None
    bucket: str | None = None
    prefix: str | None = None
    endpoint: str | None = None
    region: str | None = None
    allow_http: bool | None = None
    path_style: bool | None = None
    access_key_id: str | None = None
    has_secret: bool = False
    test: ConnectionTestAnswer | None = None
    created_at: str
    etag: str


def describe_connection(row: Connection) -> ConnectionAnswer:
    settings: dict[str, Any] = {name: value for name, value in row.settings.items() if name != "secret"}
    return ConnectionAnswer(
        id=row.id,
        type=row.type,
        has_secret=row.type != FILESYSTEM and row.settings.get("secret") is not None,
        test=None if row.tested is None else ConnectionTestAnswer.model_validate(row.tested),
        created_at=format_rfc3339(row.created_at_us),
        etag=build_etag(mark_connection(row)),
        **settings,
    )
