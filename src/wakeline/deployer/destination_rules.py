"""Where events go, edited: each edit is checked against all destinations and raises the rules' version.

A key that a destination names is tied by it, and stays tied when the destination goes or names it no more:
nobody's key gains by an edit of something else.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from wakeline.core.errors import ConflictError, InvalidInputError
from wakeline.core.ids import check_object_id
from wakeline.deployer.api_keys import check_known_keys
from wakeline.deployer.destinations import LOCAL_CONNECTION, locate_destination
from wakeline.metadata.queries import api_keys, destinations
from wakeline.metadata.tables.serving import Destination
from wakeline.wire.access import HOME_KEY, StreamFilter
from wakeline.wire.overlap import Placed, check_overlaps

FILTER_ENTRIES_MAX = 1_000
NAME_CHARACTERS_MAX = 255
PATH_CHARACTERS_MAX = 200
RETENTION_DAYS_MAX = 36_500
_CHANGEABLE = frozenset({"connection_id", "path", "topics", "routing_keys", "keys", "retention_days"})
_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")


def create_destination(
    session: Session, home: Path, destination_id: str, fields: dict[str, Any], now_us: int
) -> Destination:
    """`fields`: perhaps `connection_id` (else the home's), `path`, filters, `keys`, `retention_days`."""
    check_object_id("destination", destination_id)
    if destinations.find_destination(session, destination_id) is not None:
        raise ConflictError(f"the destination {destination_id} exists already")
    row = Destination(
        id=destination_id,
        connection_id=LOCAL_CONNECTION,
        path="",
        topics=None,
        routing_keys=None,
        keys=None,
        retention_days=None,
        since_rules_version=0,
        created_at_us=now_us,
    )
    with session.no_autoflush:
        _apply(session, row, fields)
        others = list(destinations.list_destinations(session))
        check_overlaps(_place(session, home, [*others, row]))
    row.since_rules_version = api_keys.raise_rules_version(session)
    return destinations.add_destination(session, row)


def change_destination(
    session: Session, home: Path, destination_id: str, changes: dict[str, Any]
) -> Destination:
    """What is not named stays. Another place begins without the older rows, which stay where they are."""
    row = destinations.get_destination(session, destination_id)
    _apply(session, row, changes)
    session.flush()
    check_overlaps(_place(session, home, destinations.list_destinations(session)))
    api_keys.raise_rules_version(session)
    return row


def delete_destination(session: Session, destination_id: str) -> None:
    """Events that no other destination takes wait from now on; the log stays."""
    row = destinations.get_destination(session, destination_id)
    _tie(session, row.id, former=row.keys or [], named=[])
    destinations.delete_destination(session, row)
    api_keys.raise_rules_version(session)


def _place(session: Session, home: Path, rows: Sequence[Destination]) -> list[Placed]:
    return [
        (
            StreamFilter(id=row.id, topics=row.topics, routing_keys=row.routing_keys, keys=row.keys),
            str(locate_destination(session, home, row)),
        )
        for row in rows
    ]


def _apply(session: Session, row: Destination, changes: dict[str, Any]) -> None:
    if unknown := changes.keys() - _CHANGEABLE:
        raise InvalidInputError(f"a destination has no {', '.join(sorted(unknown))}")
    checked = dict(changes)
    if "connection_id" in changes:
        checked["connection_id"] = destinations.get_connection(session, changes["connection_id"]).id
    if "path" in changes:
        checked["path"] = _check_path(changes["path"])
    for name in ("topics", "routing_keys"):
        if name in changes:
            checked[name] = _check_names(name, changes[name])
    if changes.get("keys") is not None:
        if not changes["keys"]:
            raise InvalidInputError("keys: found none, so nobody could write; expected some, or null for any")
        checked["keys"] = list(dict.fromkeys(changes["keys"]))
        check_known_keys(session, checked["keys"])
    _check_retention(changes.get("retention_days"))
    if "keys" in checked:
        _tie(session, row.id, former=row.keys or [], named=checked["keys"] or [])
    for name, value in checked.items():
        setattr(row, name, value)


def _check_retention(days: int | None) -> None:
    if days is not None and not 1 <= days <= RETENTION_DAYS_MAX:
        raise InvalidInputError(
            f"retention_days: found {days}; expected 1 to {RETENTION_DAYS_MAX}, or null for ever"
        )


def _tie(session: Session, destination_id: str, *, former: Sequence[str], named: Sequence[str]) -> None:
    for key_id in {*former, *named} - {HOME_KEY}:
        key = api_keys.get_api_key(session, key_id)
        kept = set(key.destinations or []) - {destination_id}
        key.destinations = sorted(kept | {destination_id} if key_id in named else kept)


def _check_path(text: str) -> str:
    """Relative to the connection, of plain segments; raises for everything that leads elsewhere."""
    segments = text.strip("/").split("/") if text.strip("/") else []
    is_sound = all(
        _SEGMENT.fullmatch(segment) and ".." not in segment and "_x" not in segment.lower()
        for segment in segments
    )
    if text.startswith("/") or not is_sound or len(text) > PATH_CHARACTERS_MAX:
        raise InvalidInputError(
            f"{text!r} is not a path below a connection; expected names of letters, digits, _, . and - "
            "with / between them, without _x, such as team-a/events, or nothing"
        )
    return "/".join(segments)


def _check_names(what: str, names: list[str] | None) -> list[str] | None:
    if names is None:
        return None
    if not 1 <= len(names) <= FILTER_ENTRIES_MAX:
        raise InvalidInputError(
            f"{what}: found {len(names)} entries; expected 1 to {FILTER_ENTRIES_MAX}, or null for all"
        )
    for name in names:
        inner = name[:-1] if what == "routing_keys" and name.endswith("*") else name
        if "*" in inner or name in {"", ".", ".."} or len(name) > NAME_CHARACTERS_MAX:
            raise InvalidInputError(
                f"{what}: {name!r} is no name"
                + ("; expected a name, or its beginning and one * at the end" if "*" in name else "")
            )
    return list(dict.fromkeys(names))
