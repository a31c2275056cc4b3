"""The columns of a log table: logical name, physical name and a type that never changes.

The original name stands in the field's metadata (the truth). New columns are planned here, never altered.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pyarrow as pa
from deltalake import Field, Schema
from deltalake.schema import PrimitiveType

from wakeline.core.errors import BrokenFileError
from wakeline.core.event import DAY_COLUMN
from wakeline.loglake.layout import choose_physical, derive_logical

NAME_KEY = "wakeline.name"


class ColumnType(StrEnum):
    """The types of a log; the words are Delta's own."""

    DOUBLE = "double"
    STRING = "string"
    BOOLEAN = "boolean"
    LONG = "long"
    TIMESTAMP = "timestamp"
    DATE = "date"


_ARROW: dict[ColumnType, pa.DataType] = {
    ColumnType.DOUBLE: pa.float64(),
    ColumnType.STRING: pa.string(),
    ColumnType.BOOLEAN: pa.bool_(),
    ColumnType.LONG: pa.int64(),
    ColumnType.TIMESTAMP: pa.timestamp("us", tz="UTC"),
    ColumnType.DATE: pa.date32(),
}


@dataclass(frozen=True, slots=True)
class LogColumn:
    """A column as people see it; `name` is the logical name."""

    name: str
    type: ColumnType


@dataclass(frozen=True, slots=True)
class StoredColumn:
    """A column as the table has it."""

    logical: str
    physical: str
    type: ColumnType


def to_arrow(type_: ColumnType) -> pa.DataType:
    return _ARROW[type_]


def from_arrow(type_: pa.DataType) -> ColumnType | None:
    """The column type that holds exactly this Arrow type, or None."""
    return next((kind for kind, arrow in _ARROW.items() if arrow == type_), None)


def read_columns(schema: Schema) -> dict[str, StoredColumn]:
    """The table's columns by logical name, `day` included, in the table's order."""
    columns = (_read_column(field) for field in schema.fields)
    return {column.logical: column for column in columns}


def _read_column(field: Any) -> StoredColumn:
    try:
        type_ = ColumnType(getattr(field.type, "type", str(field.type)))
    except ValueError as error:
        raise BrokenFileError(
            f"column {field.name!r} has type {field.type}; expected one of {', '.join(ColumnType)}"
        ) from error
    logical = (field.metadata or {}).get(NAME_KEY) or derive_logical(field.name)
    return StoredColumn(logical, field.name, type_)


def plan_columns(
    known: Mapping[str, StoredColumn], wanted: Iterable[tuple[str, ColumnType]]
) -> dict[str, StoredColumn]:
    """Those of the wanted columns that the table lacks, with physical names that collide with none."""
    taken = {column.physical.casefold() for column in known.values()} | {DAY_COLUMN}
    planned: dict[str, StoredColumn] = {}
    for logical, type_ in wanted:
        if logical in known or logical in planned:
            continue
        physical = choose_physical(logical, taken)
        taken.add(physical.casefold())
        planned[logical] = StoredColumn(logical, physical, type_)
    return planned


def to_field(column: StoredColumn) -> Field:
    """The Delta field, with the original name in its metadata."""
    return Field(column.physical, PrimitiveType(column.type.value), metadata={NAME_KEY: column.logical})
