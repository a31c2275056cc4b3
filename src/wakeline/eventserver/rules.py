"""What the event server is told: hashed keys, connections, and which streams go to which place.

Rules are versioned as a whole; a destination takes a stream if both its filters do (none: everything).
"""

import hashlib
import hmac
import re

import msgspec

from wakeline.core.errors import InvalidInputError
from wakeline.core.event import Stream
from wakeline.loglake.connections import Connection
from wakeline.loglake.place import Place, join_below

_SHA256 = re.compile(r"[0-9a-f]{64}")


class KeyRule(msgspec.Struct, frozen=True):
    """A key that opens the intake, known by its hash only."""

    id: str
    sha256: str


class Destination(msgspec.Struct, frozen=True):
    """A place of log tables, `path` below its connection's, and the topics and routing keys that it takes
    (None: all)."""

    id: str
    connection: str
    path: str
    topics: list[str] | None = None
    routing_keys: list[str] | None = None

    def takes(self, stream: Stream) -> bool:
        return (self.topics is None or stream.topic in self.topics) and (
            self.routing_keys is None or stream.routing_key in self.routing_keys
        )


class Rules(msgspec.Struct, frozen=True):
    rules_version: int
    keys: list[KeyRule]
    connections: list[Connection]
    destinations: list[Destination]

    def find_destinations(self, stream: Stream) -> list[Destination]:
        return [destination for destination in self.destinations if destination.takes(stream)]

    def locate(self, destination: Destination) -> Place:
        """Raises `InvalidInputError` for a destination without a connection or with a path that leads out."""
        for connection in self.connections:
            if connection.id == destination.connection:
                return join_below(connection.place, destination.path)
        raise InvalidInputError(
            f"destination {destination.id!r} names the connection {destination.connection!r}; "
            f"there are: {', '.join(connection.id for connection in self.connections) or 'none'}"
        )

    def find_key(self, secret: str) -> str | None:
        """The id of the key with this secret; the time taken tells nothing about the others."""
        digest = hashlib.sha256(secret.encode()).hexdigest()
        found = [key.id for key in self.keys if hmac.compare_digest(key.sha256, digest)]
        return found[0] if found else None


def decode_rules(document: bytes) -> Rules:
    """Raises `InvalidInputError` for a document that is not whole; unknown fields are left for later."""
    try:
        rules = msgspec.json.decode(document, type=Rules)
    except msgspec.MsgspecError as error:
        raise InvalidInputError(f"the event server's configuration is not one: {error}") from error
    for key in rules.keys:
        if not _SHA256.fullmatch(key.sha256):
            raise InvalidInputError(f"key {key.id!r} has no sha256 of 64 lower-case hex digits")
    for destination in rules.destinations:
        rules.locate(destination)
    return rules
