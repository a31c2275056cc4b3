"""The declarative base of every metadata table: naming conventions, types that SQLite and PostgreSQL share.

Times are integers of microseconds since the epoch, UTC. Values that are documents (a manifest, settings, an
evaluation) are JSON. Names are natural keys where the user chose them.
"""

from typing import Annotated, Any

from sqlalchemy import JSON, BigInteger, MetaData, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

JSON_DOCUMENT = JSON().with_variant(JSONB(), "postgresql")

ProjectKey = Annotated[str, mapped_column(String(31))]
"""A project's key: a capital letter, then up to 30 of A-Z, 0-9 and _."""
Name = Annotated[str, mapped_column(String(255))]
"""An id or a name that a person reads."""
MomentUs = Annotated[int, mapped_column(BigInteger)]
"""Microseconds since the epoch, UTC."""


class Record(DeclarativeBase):
    """A row of the metadata; each table is a subclass in `metadata.tables`."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        dict[str, Any]: JSON_DOCUMENT,
        list[Any]: JSON_DOCUMENT,
        list[str]: JSON_DOCUMENT,
    }
