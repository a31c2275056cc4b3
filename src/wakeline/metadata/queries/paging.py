"""Cursors of long lists: the sort key of the last row given, as an opaque text."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar, cast

from wakeline.core.errors import InvalidInputError

Row = TypeVar("Row")
KeyPart = str | int | date

PAGE_ROWS_DEFAULT = 100
PAGE_ROWS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """`next_cursor` is None on the last page."""

    items: Sequence[Row]
    next_cursor: str | None


def check_limit(limit: int) -> int:
    if not 1 <= limit <= PAGE_ROWS_MAX:
        raise InvalidInputError(f"limit is {limit}; expected 1 to {PAGE_ROWS_MAX}")
    return limit


def cut_page(rows: Sequence[Row], limit: int, key: Callable[[Row], Sequence[KeyPart]]) -> Page[Row]:
    """`rows` holds one more than `limit` where there is a further page; `key` gives a row's sort key."""
    if len(rows) <= limit:
        return Page(rows, None)
    items = rows[:limit]
    return Page(items, encode_cursor(key(items[-1])))


def encode_cursor(key: Sequence[KeyPart]) -> str:
    text = json.dumps([part.isoformat() if isinstance(part, date) else part for part in key])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(cursor: str, *kinds: type) -> list[Any]:
    """The sort key in `cursor`; `kinds` are the types of its parts: `str`, `int` or `date`."""
    try:
        parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return [_read_part(part, kind) for part, kind in zip(parts, kinds, strict=True)]
    except (ValueError, TypeError) as error:
        raise InvalidInputError(
            f"{cursor!r} is not a cursor; expected the next_cursor of the page before"
        ) from error


def _read_part(part: Any, kind: type) -> KeyPart:
    if kind is date:
        return date.fromisoformat(part)
    if kind not in {str, int} or type(part) is not kind:
        raise TypeError(f"found {type(part).__name__}, expected {kind.__name__}")
    return cast(KeyPart, part)
