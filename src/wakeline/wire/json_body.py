"""A body as a JSON value, or a refusal that says what is wrong with it.

JSON in UTF-8 without a byte order mark; of duplicate keys the last wins; NaN and Infinity are not JSON; a
number beyond the range of a double is refused.
"""

from typing import Any

import msgspec

from wakeline.core.errors import InvalidInputError
from wakeline.core.limits import NESTING_DEPTH_MAX

_DECODER = msgspec.json.Decoder()
_TEXT_SHOWN_MAX = 40


class MalformedJsonError(InvalidInputError):
    """The body is not JSON in UTF-8."""

    code = "bad-json"


class NumberOutOfRangeError(InvalidInputError):
    """A number that no double holds, such as 1e999."""

    code = "number-out-of-range"


class NestedTooDeepError(InvalidInputError):
    """More levels of arrays and objects than `NESTING_DEPTH_MAX`."""

    code = "too-deeply-nested"


class WrongTypeError(InvalidInputError):
    """A value of another type than was asked for."""

    code = "wrong-type"


def decode_json(body: bytes) -> Any:
    """The value of a whole body; its depth is only bounded by the decoder (see `check_depth`)."""
    try:
        return _DECODER.decode(body)
    except RecursionError as error:
        raise NestedTooDeepError(_describe_depth("the body")) from error
    except UnicodeDecodeError as error:
        raise MalformedJsonError(f"the body is not UTF-8 ({error.reason}); expected JSON in UTF-8") from error
    except msgspec.ValidationError as error:
        raise NumberOutOfRangeError(
            f"found a number beyond the range of a double ({error}); expected one below 1.8e308"
        ) from error
    except msgspec.DecodeError as error:
        raise MalformedJsonError(_describe_malformed(body, error)) from error


def check_depth(value: Any, what: str) -> None:
    """Goes down level by level, so that no depth of nesting can exhaust the stack."""
    level = [value]
    for _ in range(NESTING_DEPTH_MAX + 1):
        level = [child for parent in level for child in _list_children(parent)]
        if not level:
            return
    raise NestedTooDeepError(_describe_depth(what))


def describe_value(value: Any) -> str:
    """The type of a JSON value, and a short value itself, as an error shows it."""
    match value:
        case None:
            return "null"
        case bool():
            return f"a boolean ({'true' if value else 'false'})"
        case int() | float():
            return f"a number ({value})" if abs(value) < 1e40 else "a huge number"
        case str():
            shown = value if len(value) <= _TEXT_SHOWN_MAX else value[:_TEXT_SHOWN_MAX] + "…"
            return f"a text ({shown!r})"
        case list():
            return f"an array of {len(value)}"
        case _:
            return "an object"


def _list_children(value: Any) -> Any:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _describe_depth(what: str) -> str:
    return f"{what} is nested deeper than {NESTING_DEPTH_MAX} levels; expected flat values"


def _describe_malformed(body: bytes, error: Exception) -> str:
    if not body.strip():
        return "the body is empty; expected a JSON object"
    if body.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        return "the body begins with a byte order mark; expected JSON in UTF-8 without one"
    hint = ""
    if b"NaN" in body or b"Infinity" in body:
        hint = "; NaN and Infinity are not JSON: send null for a missing number"
    return f"the body is not JSON: {error}{hint}"
