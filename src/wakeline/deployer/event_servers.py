"""The event servers over this home's tables: they register by signs of life, and the living are published.

A server that says nothing for a while is left out; its streams go to others until it is back.
"""

from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from wakeline.core.errors import InvalidInputError
from wakeline.metadata.queries import event_servers
from wakeline.metadata.queries.api_keys import lift_rules_version

LIVING_SECONDS = 20
URL_CHARACTERS_MAX = 255


def note_sign(session: Session, url: str, rules_version: int, now_us: int) -> None:
    """Raises `InvalidInputError` for what is no URL.

    Where the server was restored from an older backup, its rules are lifted above the version that event
    servers and shippers have seen: a lower one would never be taken.
    """
    if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).netloc:
        raise InvalidInputError(f"{url!r} is not the URL of an event server; expected http://… or https://…")
    if len(url) > URL_CHARACTERS_MAX:
        raise InvalidInputError(f"the URL has {len(url)} characters; expected at most {URL_CHARACTERS_MAX}")
    event_servers.save_sign(session, url.rstrip("/"), rules_version, now_us)
    lift_rules_version(session, rules_version)


def forget(session: Session, url: str) -> None:
    event_servers.delete_sign(session, url.rstrip("/"))


def list_living(session: Session, now_us: int) -> list[str]:
    """URLs in order; a sign that is from the future was given before the clock went back."""
    return [
        row.url
        for row in event_servers.list_signs(session)
        if abs(now_us - row.seen_at_us) <= LIVING_SECONDS * 1_000_000
    ]
