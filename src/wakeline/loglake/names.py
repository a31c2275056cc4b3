"""Escaping of names, for columns and for path segments, as `_xHHHH_`.

Injective: `unescape_name` gives every name back. Columns keep letters of any script, digits and `_`; path
segments keep ASCII letters, digits, `_`, `-` and `.`. Percent signs are avoided because `deltalake` decodes
them in local paths.
"""

import re
from collections.abc import Callable, Collection

from wakeline.core.errors import InvalidInputError

SEGMENT_BYTES_MAX = 200

_EMPTY = "_x_"
_UNSAFE_IN_COLUMN = re.compile(r"_(?=[xX])|[^\w]")
_UNSAFE_IN_SEGMENT = re.compile(r"_(?=[xX])|^\.|[^A-Za-z0-9_.-]")
_ESCAPED = re.compile(r"_x([0-9A-F]{4,6})_")


def escape_name(name: str) -> str:
    """The name as (a part of) a column's name that every reader takes unquoted."""
    return _EMPTY if name == "" else _UNSAFE_IN_COLUMN.sub(lambda match: _escape_character(match[0]), name)


def unescape_name(escaped: str) -> str:
    """The name that was escaped, whichever of our escapes made it."""
    if escaped == _EMPTY:
        return ""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), escaped)


def escape_segment(name: str) -> str:
    """The name as one folder of a path; `.`, `..`, the empty name and overlong names are refused."""
    if name in {"", ".", ".."}:
        raise InvalidInputError(f"{name!r} cannot be a folder of the log; expected a name")
    segment = _UNSAFE_IN_SEGMENT.sub(lambda match: _escape_character(match[0]), name)
    if len(segment) > SEGMENT_BYTES_MAX:
        raise InvalidInputError(
            f"{name[:40]!r}… needs {len(segment)} bytes as a folder; expected at most {SEGMENT_BYTES_MAX}"
        )
    return segment


def choose_column(prefix: str, name: str, suffix: str, taken: Collection[str]) -> str:
    """The first form of the name whose column differs from all of `taken` (casefolded) by more than case."""
    for escape in _FORMS:
        column = f"{prefix}{escape(name)}{suffix}"
        if column.casefold() not in taken:
            return column
    raise AssertionError(f"column {prefix}{name!r}{suffix} exists already")


def _escape_character(character: str) -> str:
    return f"_x{ord(character):04X}_"


def _escape_capitals(name: str) -> str:
    return "".join(
        part if part.casefold() == part or _ESCAPED.fullmatch(part) else _escape_character(part)
        for part in re.split(r"(_x[0-9A-F]{4,6}_|.)", escape_name(name))
    )


def _escape_all(name: str) -> str:
    return "".join(_escape_character(character) for character in name) or _EMPTY


_FORMS: tuple[Callable[[str], str], ...] = (escape_name, _escape_capitals, _escape_all)
