"""Connections that people make, change, test and delete: places of logs, with their secrets in files.

A connection is stored only after its test has passed, because a store that lets two writers create the same
key cannot hold a log. Tests speak with the store, so no transaction is open meanwhile. A secret goes in and
never comes out.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy.orm import Session, sessionmaker

from wakeline.core.clock import Clock, format_rfc3339
from wakeline.core.errors import (
    ConflictError,
    InvalidInputError,
    PreconditionFailedError,
    UnavailableError,
)
from wakeline.core.ids import check_object_id
from wakeline.loglake.connections import (
    CONNECTION_TYPES,
    FILESYSTEM,
    S3,
    check_bucket,
    check_endpoint,
    check_prefix,
)
from wakeline.loglake.connections import Connection as PlacedConnection
from wakeline.loglake.place import Place
from wakeline.loglake.probe import EXCLUSION_STEPS, ProbeStep, find_failure, probe_place
from wakeline.loglake.table import check_root
from wakeline.metadata.queries import datasets, destinations
from wakeline.metadata.queries.places import S3Settings, describe_connection
from wakeline.metadata.secrets import forget_secret, keep_secret, read_secret
from wakeline.metadata.tables.serving import Connection

SECRET_CHARACTERS_MAX = 512
_S3_FIELDS = frozenset(S3Settings.__struct_fields__) - {"secret"} | {"secret_access_key"}
_FIELDS = {FILESYSTEM: frozenset({"root"}), S3: _S3_FIELDS}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A connection as it is to be: checked, not yet tested. `fresh_secret` was given now."""

    connection_id: str
    type: str
    settings: dict[str, Any]
    place: Place
    fresh_secret: str | None = field(default=None, repr=False)


def create_connection(
    sessions: sessionmaker[Session],
    home: Path,
    connection_id: str,
    *,
    type_: str,
    given: dict[str, Any],
    clock: Clock,
) -> Connection:
    """Raises `InvalidInputError` for a store whose creations do not exclude each other, `UnavailableError`
    for any other reason why the test does not pass; then nothing is stored."""
    check_object_id("connection", connection_id)
    _check_type(type_)
    with sessions() as session:
        _check_free(session, connection_id)
    candidate = _build(home, connection_id, type_, {}, given)
    tested = _pass_test(candidate, clock)
    settings = _keep(home, candidate)
    try:
        with sessions.begin() as session:
            _check_free(session, connection_id)
            row = Connection(
                id=connection_id,
                type=type_,
                settings=settings,
                tested=tested,
                created_at_us=clock.now_us(),
            )
            return destinations.add_connection(session, row)
    except Exception:
        _forget(home, settings)
        raise


def change_connection(
    sessions: sessionmaker[Session],
    home: Path,
    connection_id: str,
    *,
    given: dict[str, Any],
    is_expected: Callable[[Connection], bool],
    clock: Clock,
) -> Connection:
    """What is not given stays. Raises `PreconditionFailedError` if the row is not as the caller expects, or
    changes while the test runs."""
    with sessions() as session:
        row = destinations.get_connection(session, connection_id)
        seen, type_, former = mark_connection(row), row.type, dict(row.settings)
        _check_unchanged(connection_id, is_expected(row))
    candidate = _build(home, connection_id, type_, former, given)
    tested = _pass_test(candidate, clock)
    settings = _keep(home, candidate)
    try:
        with sessions.begin() as session:
            row = destinations.get_connection(session, connection_id, for_update=True)
            _check_unchanged(connection_id, mark_connection(row) == seen)
            row.settings, row.tested = settings, tested
    except Exception:
        if settings.get("secret") != former.get("secret"):
            _forget(home, settings)
        raise
    if settings.get("secret") != former.get("secret"):
        _forget(home, former)
    return row


def run_test(sessions: sessionmaker[Session], home: Path, connection_id: str, clock: Clock) -> Connection:
    """Stores what was found, good or bad."""
    with sessions() as session:
        row = destinations.get_connection(session, connection_id)
        place, seen = describe_connection(home, row).place, mark_connection(row)
    tested = _describe_test(probe_place(place), clock)
    with sessions.begin() as session:
        row = destinations.get_connection(session, connection_id, for_update=True)
        _check_unchanged(connection_id, mark_connection(row) == seen)
        row.tested = tested
    return row


def delete_connection(session: Session, connection_id: str) -> str | None:
    """Refused while something lies there. The name of the secret to forget once this is committed."""
    row = destinations.get_connection(session, connection_id, for_update=True)
    users = [
        f"destination {entry.id}"
        for entry in destinations.list_destinations(session)
        if entry.connection_id == connection_id
    ]
    users += [
        f"dataset {entry.project}.{entry.name}"
        for entry in datasets.list_datasets(session)
        if entry.connection_id == connection_id
    ]
    if users:
        raise ConflictError(
            f"the connection {connection_id} is used by {', '.join(users[:5])}"
            f"{' and others' if len(users) > 5 else ''}; delete or move those first",
            details={"used_by": users},
        )
    secret: str | None = row.settings.get("secret")
    session.delete(row)
    session.flush()
    return secret


def mark_connection(row: Connection) -> bytes:
    """Changes with everything that a change can change; a secret by the random name of its file."""
    return msgspec.json.encode([row.id, row.type, row.settings], order="deterministic")


def _check_type(type_: str) -> None:
    if type_ not in CONNECTION_TYPES:
        raise InvalidInputError(
            f"{type_!r} is not a type of connection; expected one of {', '.join(CONNECTION_TYPES)}"
        )


def _check_free(session: Session, connection_id: str) -> None:
    if destinations.find_connection(session, connection_id) is not None:
        raise ConflictError(f"the connection {connection_id} exists already")


def _check_unchanged(connection_id: str, is_unchanged: bool) -> None:
    if not is_unchanged:
        raise PreconditionFailedError(
            f"the connection {connection_id} has changed meanwhile; look at it again, then change it"
        )


def _build(
    home: Path, connection_id: str, type_: str, former: dict[str, Any], given: dict[str, Any]
) -> Candidate:
    unknown = sorted(given.keys() - _FIELDS[type_])
    if unknown:
        raise InvalidInputError(
            f"{unknown[0]} is no setting of the type {type_}; expected {', '.join(sorted(_FIELDS[type_]))}"
        )
    if type_ == FILESYSTEM:
        return _build_folder(home, connection_id, {**former, **given})
    return _build_bucket(home, connection_id, former, given)


def _build_folder(home: Path, connection_id: str, settings: dict[str, Any]) -> Candidate:
    root = str(settings.get("root") or "")
    if not root:
        raise InvalidInputError("root is missing; expected a folder, absolute or below the home")
    place = home / root
    if not Path(root).is_absolute() and not place.resolve().is_relative_to(home.resolve()):
        raise InvalidInputError(f"the folder {root!r} leads out of the home; give it as an absolute path")
    check_root(place)
    return Candidate(connection_id, FILESYSTEM, {"root": root}, place)


def _build_bucket(home: Path, connection_id: str, former: dict[str, Any], given: dict[str, Any]) -> Candidate:
    changes = {name: value for name, value in given.items() if name != "secret_access_key"}
    settings = msgspec.convert({"bucket": "", **former, **changes}, S3Settings)
    fresh: str | None = given.get("secret_access_key")
    if "secret_access_key" in given:
        settings = msgspec.structs.replace(settings, secret=None)
        _check_secret(fresh)
    _check_pair(settings, fresh)
    endpoint = settings.endpoint
    if endpoint is not None:
        endpoint = check_endpoint(endpoint, allow_http=settings.allow_http)
    settings = msgspec.structs.replace(
        settings,
        bucket=check_bucket(settings.bucket),
        prefix=check_prefix(settings.prefix),
        endpoint=endpoint,
    )
    secret = fresh if settings.secret is None else read_secret(home, settings.secret)
    place = PlacedConnection(
        connection_id,
        S3,
        bucket=settings.bucket,
        prefix=settings.prefix,
        options=settings.list_options(secret),
    ).place
    return Candidate(connection_id, S3, msgspec.to_builtins(settings), place, fresh)


def _check_secret(secret: str | None) -> None:
    if secret is None:
        return
    if not 1 <= len(secret) <= SECRET_CHARACTERS_MAX or not secret.isascii() or not secret.isprintable():
        raise InvalidInputError(
            f"the secret has {len(secret)} characters; expected 1 to {SECRET_CHARACTERS_MAX} printable ones "
            "of ASCII"
        )


def _check_pair(settings: S3Settings, fresh: str | None) -> None:
    has_secret = fresh is not None or settings.secret is not None
    if (settings.access_key_id is not None) != has_secret:
        found, missing = ("a secret", "access_key_id") if has_secret else ("access_key_id", "its secret")
        raise InvalidInputError(
            f"found {found} without {missing}; expected both, or neither for the cloud's own credentials"
        )


def _pass_test(candidate: Candidate, clock: Clock) -> dict[str, Any]:
    steps = probe_place(candidate.place)
    failed = find_failure(steps)
    if failed is not None:
        kind = InvalidInputError if failed.name in EXCLUSION_STEPS else UnavailableError
        raise kind(
            f"the connection {candidate.connection_id} to {candidate.place} did not pass its test, "
            f"{failed.name}: {failed.failure}",
            details={"step": failed.name},
        )
    return _describe_test(steps, clock)


def _describe_test(steps: list[ProbeStep], clock: Clock) -> dict[str, Any]:
    return {
        "at": format_rfc3339(clock.now_us()),
        "passed": find_failure(steps) is None,
        "steps": [{"name": step.name, "failure": step.failure} for step in steps],
    }


def _keep(home: Path, candidate: Candidate) -> dict[str, Any]:
    """The settings to store, with a fresh secret in its file."""
    if candidate.fresh_secret is None:
        return candidate.settings
    return {**candidate.settings, "secret": keep_secret(home, candidate.fresh_secret)}


def _forget(home: Path, settings: dict[str, Any]) -> None:
    name: str | None = settings.get("secret")
    if name is not None:
        forget_secret(home, name)
