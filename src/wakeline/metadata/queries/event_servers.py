"""Event servers and their last signs of life."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from wakeline.metadata.tables.upkeep import EventServerSign


def list_signs(session: Session) -> Sequence[EventServerSign]:
    return session.scalars(select(EventServerSign).order_by(EventServerSign.url)).all()


def save_sign(session: Session, url: str, rules_version: int, now_us: int) -> EventServerSign:
    row = session.get(EventServerSign, url)
    if row is None:
        row = EventServerSign(
            url=url, rules_version=rules_version, first_seen_at_us=now_us, seen_at_us=now_us
        )
        session.add(row)
    row.rules_version, row.seen_at_us = rules_version, now_us
    session.flush()
    return row


def delete_sign(session: Session, url: str) -> None:
    row = session.get(EventServerSign, url)
    if row is not None:
        session.delete(row)
        session.flush()
