"""What the event server is told: hashed keys, connections, and which streams go to which place.

Rules are versioned as a whole; a destination takes a stream if both its filters do (none: everything).
"""

from collections.abc import Sequence
from typing import cast

import msgspec

from wakeline.core.errors import InvalidInputError
from wakeline.core.event import Stream
from wakeline.loglake.connections import Connection
from wakeline.loglake.place import Place, join_below
from wakeline.wire.access import AccessRules, KeyRule, StreamFilter, check_keys
from wakeline.wire.overlap import Placed, check_overlaps, find_reserved


class Destination(StreamFilter, frozen=True, kw_only=True):
    """A place of log tables, `path` below its connection's, and what it takes."""

    connection: str
    path: str
    retention_days: int | None = None


class ServerRule(msgspec.Struct, frozen=True, kw_only=True):
    """An event server over the same tables."""

    url: str
    id: str = ""


class Rules(AccessRules, frozen=True, kw_only=True):
    connections: list[Connection]
    destinations: list[Destination]
    servers: Sequence[ServerRule] = ()

    def find_destinations(self, key: KeyRule, stream: Stream) -> list[Destination]:
        """As `find_takers`."""
        return cast(list[Destination], self.find_takers(key, stream))

    def locate(self, destination: Destination) -> Place:
        """Raises `InvalidInputError` for a destination without a connection or with a path that leads out."""
        for connection in self.connections:
            if connection.id == destination.connection:
                return join_below(connection.place, destination.path)
        raise InvalidInputError(
            f"destination {destination.id!r} names the connection {destination.connection!r}; "
            f"there are: {', '.join(connection.id for connection in self.connections) or 'none'}"
        )


def decode_rules(document: bytes) -> Rules:
    """Raises `InvalidInputError` for a document that is not whole; unknown fields are left for later."""
    try:
        rules = msgspec.json.decode(document, type=Rules)
    except msgspec.MsgspecError as error:
        raise InvalidInputError(f"the event server's configuration is not one: {error}") from error
    check_keys(rules.keys)
    for destination in rules.destinations:
        rules.locate(destination)
        if destination.retention_days is not None and destination.retention_days < 1:
            raise InvalidInputError(
                f"destination {destination.id!r} keeps rows for {destination.retention_days} days; "
                "expected 1 or more, or null for ever"
            )
    for server in rules.servers:
        if not server.url.startswith(("http://", "https://")):
            raise InvalidInputError(f"the event server {server.url!r} is not an http:// or https:// URL")
    return _separate(rules)


def _separate(rules: Rules) -> Rules:
    """With what each destination leaves to others; raises `ConflictError` where two would write one table."""
    placed: list[Placed] = [(each, str(rules.locate(each))) for each in rules.destinations]
    check_overlaps(placed)
    separated = [
        msgspec.structs.replace(each, reserved_topics=find_reserved(each, place, placed))
        for each, (_, place) in zip(rules.destinations, placed, strict=True)
    ]
    return msgspec.structs.replace(rules, destinations=separated)
