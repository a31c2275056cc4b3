"""Keys of the event servers, and the version of the rules that they are part of."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from wakeline.core.errors import NotFoundError
from wakeline.metadata.tables.access import ApiKey, RulesVersion

_ONLY = 1


def list_api_keys(session: Session) -> Sequence[ApiKey]:
    return session.scalars(select(ApiKey).order_by(ApiKey.id)).all()


def find_api_key(session: Session, key_id: str) -> ApiKey | None:
    return session.get(ApiKey, key_id)


def get_api_key(session: Session, key_id: str) -> ApiKey:
    found = find_api_key(session, key_id)
    if found is None:
        known = ", ".join(row.id for row in list_api_keys(session)) or "none"
        raise NotFoundError(f"there is no api key {key_id!r}; there are: {known}")
    return found


def add_api_key(session: Session, key: ApiKey) -> ApiKey:
    session.add(key)
    session.flush()
    return key


def delete_api_key(session: Session, key: ApiKey) -> None:
    session.delete(key)
    session.flush()


def read_rules_version(session: Session) -> int:
    return session.get_one(RulesVersion, _ONLY).version


def lift_rules_version(session: Session, seen: int) -> int:
    """A version that somebody has seen and this database has not: the next one stands above it."""
    if seen > read_rules_version(session):
        row = session.get_one(RulesVersion, _ONLY, with_for_update=True)
        row.version = max(row.version, seen + 1)
        session.flush()
    return read_rules_version(session)


def raise_rules_version(session: Session) -> int:
    """The version of the edit that is being made; two edits at once never share one."""
    row = session.get_one(RulesVersion, _ONLY, with_for_update=True)
    row.version += 1
    session.flush()
    return row.version
