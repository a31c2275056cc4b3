"""The first rows of a log for a page, answered under logical names."""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from wakeline.core.errors import InvalidInputError
from wakeline.core.window import Window
from wakeline.loglake.place import Place
from wakeline.loglake.row_query import Filter, Operator, RowQuery, read_first
from wakeline.loglake.window import LogSnapshot

PREVIEW_ROWS_MAX = 10_000


def preview(
    root: Place,
    *,
    limit: int,
    window: Window | None = None,
    columns: Sequence[str] | None = None,
    where: Mapping[str, str | float | bool] | None = None,
) -> pa.Table:
    """The first rows in (day, file) order; `where` asks for equality, by logical name."""
    if not 0 <= limit <= PREVIEW_ROWS_MAX:
        raise InvalidInputError(f"limit is {limit}; expected 0 to {PREVIEW_ROWS_MAX}")
    filters = [Filter(name, Operator.EQUAL, value) for name, value in (where or {}).items()]
    return read_first(LogSnapshot.open(root), RowQuery(columns, filters, window), limit)
