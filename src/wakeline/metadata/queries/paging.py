"""Cursors of long lists: the sort key of the last row given, as an opaque text."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from wakeline.core.errors import InvalidInputError

Row = TypeVar("Row")

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


def cut_page(rows: Sequence[Row], limit: int, key: Callable[[Row], Sequence[str | int]]) -> Page[Row]:
    """`rows` holds one more than `limit` where there is a further page; `key` gives a row's sort key."""
    if len(rows) <= limit:
        return Page(rows, None)
    items = rows[:limit]
    return Page(items, encode_cursor(key(items[-1])))


def encode_cursor(key: Sequence[str | int]) -> str:
    return base64.urlsafe_b64encode(json.dumps(list(key)).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, *kinds: type) -> list[str | int]:
    """The sort key in `cursor`; `kinds` are the types that it must have."""
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        key = None
    fits = isinstance(key, list) and len(key) == len(kinds)
    if not fits or not all(type(part) is kind for part, kind in zip(key, kinds, strict=True)):
        raise InvalidInputError(f"{cursor!r} is not a cursor; expected the next_cursor of the page before")
    return list(key)
