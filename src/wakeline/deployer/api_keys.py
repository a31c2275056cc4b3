"""Keys that open the event servers and the gateway: made, changed, rotated, revoked.

A secret is told once, when it is made; its hash is all that is kept. The home's own key is one of them, as
far as it is listed and rotated; its secret stands in the home's key file alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from wakeline.core.clock import format_rfc3339
from wakeline.core.errors import ConflictError, InvalidInputError, NotFoundError
from wakeline.core.ids import check_object_id, mint_key
from wakeline.deployer.infrastructures import read_settings
from wakeline.deployer.keys import Keys, hash_key
from wakeline.metadata.queries import api_keys, destinations, infrastructures
from wakeline.metadata.tables.access import ApiKey
from wakeline.wire.access import HOME_KEY, KeyRule

LABEL_CHARACTERS_MAX = 200
EVENTS_PER_SECOND_MAX = 1e9
GRACE_SECONDS = 24 * 3600
GRACE_SECONDS_MAX = 90 * 24 * 3600
_ENDING_CHARACTERS = 4
_CHANGEABLE = frozenset({"label", "expires_at_us", "events_per_second", "destinations"})


@dataclass(frozen=True, slots=True)
class MadeKey:
    """`secret` is told now and never again."""

    row: ApiKey
    secret: str


def create_api_key(session: Session, key_id: str, now_us: int, **fields: Any) -> MadeKey:
    """`fields` as `change_api_key` takes them."""
    check_object_id("api key", key_id)
    if key_id == HOME_KEY or api_keys.find_api_key(session, key_id) is not None:
        raise ConflictError(f"the api key {key_id} exists already")
    secret = mint_key()
    row = ApiKey(
        id=key_id,
        label="",
        sha256=hash_key(secret),
        ending=secret[-_ENDING_CHARACTERS:],
        former_sha256=None,
        former_until_us=None,
        expires_at_us=None,
        events_per_second=None,
        destinations=None,
        created_at_us=now_us,
        rotated_at_us=None,
    )
    _apply(session, row, fields, now_us)
    api_keys.add_api_key(session, row)
    api_keys.raise_rules_version(session)
    return MadeKey(row, secret)


def change_api_key(session: Session, key_id: str, changes: dict[str, Any], now_us: int) -> ApiKey:
    """Any of `label`, `expires_at_us`, `events_per_second`, `destinations`; None takes a limit away."""
    row = _find(session, key_id, "changed")
    _apply(session, row, changes, now_us)
    session.flush()
    api_keys.raise_rules_version(session)
    return row


def rotate_api_key(session: Session, key_id: str, now_us: int, grace_us: int) -> MadeKey:
    """A new secret; the former one is good for `grace_us` more. One that was former before ends at once."""
    row = _find(session, key_id, "rotated here")
    secret = mint_key()
    row.former_sha256, row.former_until_us = row.sha256, now_us + grace_us
    row.sha256, row.ending, row.rotated_at_us = hash_key(secret), secret[-_ENDING_CHARACTERS:], now_us
    session.flush()
    api_keys.raise_rules_version(session)
    return MadeKey(row, secret)


def delete_api_key(session: Session, key_id: str) -> None:
    """Revokes it; refused while a destination takes nothing but what comes with it, or nodes show it."""
    row = _find(session, key_id, "deleted")
    naming = [each.id for each in destinations.list_destinations(session) if key_id in (each.keys or [])]
    if naming:
        raise ConflictError(
            f"the destination {naming[0]} takes events by the key {key_id}; change its keys first"
        )
    showing = [
        each.id
        for each in infrastructures.list_infrastructures(session)
        if (key := read_settings(each).reporting_key) is not None
        and key.sha256 in {row.sha256, row.former_sha256}
    ]
    if showing:
        raise ConflictError(
            f"the nodes of the infrastructure {showing[0]} show the key {key_id}; give them another first"
        )
    api_keys.delete_api_key(session, row)
    api_keys.raise_rules_version(session)


def check_grace(seconds: int) -> int:
    """Microseconds; raises for a time that makes no sense."""
    if not 0 <= seconds <= GRACE_SECONDS_MAX:
        raise InvalidInputError(f"found a grace time of {seconds} s; expected 0 to {GRACE_SECONDS_MAX}")
    return seconds * 1_000_000


def check_known_keys(session: Session, key_ids: Sequence[str]) -> None:
    """Raises for an id that is no key of this home."""
    known = {HOME_KEY, *(row.id for row in api_keys.list_api_keys(session))}
    for key_id in key_ids:
        if key_id not in known:
            raise NotFoundError(f"there is no api key {key_id!r}; there are: {', '.join(sorted(known))}")


def is_known_secret(session: Session, sha256: str) -> bool:
    return any(sha256 in {row.sha256, row.former_sha256} for row in api_keys.list_api_keys(session))


def list_key_rules(session: Session, keys: Keys) -> list[KeyRule]:
    """What the event servers are told."""
    rules = [KeyRule(id=HOME_KEY, sha256=hash_key(keys.intake_key))]
    if (former := keys.former_intake_key) is not None:
        rules.append(KeyRule(id=HOME_KEY, sha256=former.sha256, expires_at=format_rfc3339(former.until_us)))
    for row in api_keys.list_api_keys(session):
        rules.append(_make_rule(row, row.sha256, row.expires_at_us))
        if row.former_sha256 is not None and row.former_until_us is not None:
            ends = min(row.former_until_us, row.expires_at_us or row.former_until_us)
            rules.append(_make_rule(row, row.former_sha256, ends))
    return rules


def _make_rule(row: ApiKey, sha256: str, expires_at_us: int | None) -> KeyRule:
    return KeyRule(
        id=row.id,
        sha256=sha256,
        expires_at=None if expires_at_us is None else format_rfc3339(expires_at_us),
        events_per_second=row.events_per_second,
        destinations=row.destinations,
    )


def _find(session: Session, key_id: str, act: str) -> ApiKey:
    if key_id == HOME_KEY:
        raise ConflictError(f"{HOME_KEY} is the home's own key, which can be rotated but not {act}")
    return api_keys.get_api_key(session, key_id)


def _apply(session: Session, row: ApiKey, changes: dict[str, Any], now_us: int) -> None:
    """Everything is checked before anything is changed."""
    if unknown := changes.keys() - _CHANGEABLE:
        raise InvalidInputError(f"an api key has no {', '.join(sorted(unknown))}")
    label = changes.get("label", row.label)
    if len(label) > LABEL_CHARACTERS_MAX:
        raise InvalidInputError(f"the label has {len(label)} characters; expected {LABEL_CHARACTERS_MAX}")
    expires = changes.get("expires_at_us")
    if expires is not None and expires <= now_us:
        raise InvalidInputError(f"the key would have expired at {format_rfc3339(expires)}; expected later")
    rate = changes.get("events_per_second")
    if rate is not None and not 0 < rate <= EVENTS_PER_SECOND_MAX:
        raise InvalidInputError(f"found {rate} events a second; expected more than 0, or none for no limit")
    tied = changes.get("destinations")
    if tied is not None:
        known = {each.id for each in destinations.list_destinations(session)}
        if missing := [each for each in tied if each not in known]:
            raise NotFoundError(
                f"there is no destination {missing[0]!r}; there are: {', '.join(sorted(known)) or 'none'}"
            )
        if not tied:
            raise InvalidInputError("the key would be tied to no destination; expected one, or null for none")
    for name, value in changes.items():
        setattr(row, name, value)
