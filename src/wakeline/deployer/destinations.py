"""Where events go, as the event server pulls it: destination rules and hashed keys, with a version."""

from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from wakeline.deployer.api_keys import list_key_rules
from wakeline.deployer.event_servers import list_living
from wakeline.deployer.infrastructures import LOCAL, create_infrastructure
from wakeline.deployer.keys import Keys
from wakeline.loglake.place import Place
from wakeline.metadata.queries import destinations, infrastructures
from wakeline.metadata.queries.api_keys import read_rules_version
from wakeline.metadata.queries.places import describe_connection, locate_connection
from wakeline.metadata.tables.serving import Connection, Destination

LOCAL_CONNECTION = "local"
EVENTS_DESTINATION = "events"
_EVENTS_FOLDER = "events"
_FIRST_RULES_VERSION = 1


def seed_first_start(session: Session, now_us: int) -> None:
    """What every home has: the infrastructure `local`, a folder of this machine for the events."""
    if infrastructures.find_infrastructure(session, LOCAL) is None:
        create_infrastructure(session, LOCAL, LOCAL, "", now_us)
    if destinations.find_connection(session, LOCAL_CONNECTION) is None:
        destinations.add_connection(
            session,
            Connection(
                id=LOCAL_CONNECTION,
                type="filesystem",
                settings={"root": _EVENTS_FOLDER},
                created_at_us=now_us,
            ),
        )
        destinations.add_destination(
            session,
            Destination(
                id=EVENTS_DESTINATION,
                connection_id=LOCAL_CONNECTION,
                path="",
                topics=None,
                routing_keys=None,
                keys=None,
                retention_days=None,
                since_rules_version=_FIRST_RULES_VERSION,
                created_at_us=now_us,
            ),
        )


def locate_destination(session: Session, home: Path, destination: Destination) -> Place:
    root = locate_connection(home, destinations.get_connection(session, destination.connection_id))
    return root / destination.path if destination.path else root


def build_event_server_configuration(session: Session, home: Path, keys: Keys, now_us: int) -> dict[str, Any]:
    rows = destinations.list_destinations(session)
    return {
        "rules_version": read_rules_version(session),
        "keys": [msgspec.to_builtins(rule) for rule in list_key_rules(session, keys)],
        "connections": [
            msgspec.to_builtins(describe_connection(home, row))
            for row in destinations.list_connections(session)
            if row.id in {destination.connection_id for destination in rows}
        ],
        "destinations": [
            {
                "id": row.id,
                "connection": row.connection_id,
                "path": row.path,
                "topics": row.topics,
                "routing_keys": row.routing_keys,
                "keys": row.keys,
                "retention_days": row.retention_days,
            }
            for row in rows
        ],
        "servers": [{"url": url} for url in list_living(session, now_us)],
    }
