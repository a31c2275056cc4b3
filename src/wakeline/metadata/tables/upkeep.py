"""What keeps the log: the event servers that gave a sign of life, and what was erased from it."""

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column

from wakeline.metadata.record import MomentUs, Name, ProjectKey, Record


class EventServerSign(Record):
    """The last sign of life of an event server, known by the URL where shippers find it."""

    __tablename__ = "event_servers"

    url: Mapped[Name] = mapped_column(primary_key=True)
    rules_version: Mapped[int] = mapped_column(BigInteger)
    first_seen_at_us: Mapped[MomentUs]
    seen_at_us: Mapped[MomentUs]


class Erasure(Record):
    """An audit record: who had rows erased, when, where, and how many. Of the key only hashes are kept."""

    __tablename__ = "erasures"

    id: Mapped[Name] = mapped_column(primary_key=True)
    project: Mapped[ProjectKey] = mapped_column(ForeignKey("projects.key"), index=True)
    asked_by: Mapped[Name]
    key_columns: Mapped[list[str]]
    key_hash: Mapped[Name]
    job_id: Mapped[Name]
    state: Mapped[Name]
    row_count: Mapped[int] = mapped_column(Integer)
    places: Mapped[list[Any]]
    created_at_us: Mapped[MomentUs]
    finished_at_us: Mapped[int | None] = mapped_column(BigInteger)
