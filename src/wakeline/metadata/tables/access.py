"""Who may write events: keys, known by their hashes only."""

from sqlalchemy import BigInteger, Float, Integer
from sqlalchemy.orm import Mapped, mapped_column

from wakeline.metadata.record import MomentUs, Name, Record


class ApiKey(Record):
    """`ending` is for the eye. `former_sha256` holds until `former_until_us`, after a rotation.

    `destinations` None: the key is not tied by itself.
    """

    __tablename__ = "api_keys"

    id: Mapped[Name] = mapped_column(primary_key=True)
    label: Mapped[Name]
    sha256: Mapped[Name]
    ending: Mapped[Name]
    former_sha256: Mapped[str | None]
    former_until_us: Mapped[int | None] = mapped_column(BigInteger)
    expires_at_us: Mapped[int | None] = mapped_column(BigInteger)
    events_per_second: Mapped[float | None] = mapped_column(Float)
    destinations: Mapped[list[str] | None]
    created_at_us: Mapped[MomentUs]
    rotated_at_us: Mapped[int | None] = mapped_column(BigInteger)


class RulesVersion(Record):
    """One row: the version of keys and destinations as a whole, which each edit raises."""

    __tablename__ = "rules_version"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
