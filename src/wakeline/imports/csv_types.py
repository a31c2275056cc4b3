"""What the columns of a CSV hold: numbers, booleans or texts, the same for every row of the file.

A column is of numbers only if all that it has are JSON's (`012` is none: a column of postcodes stays text).
An empty field is a missing value.
"""

import re
from collections.abc import Iterable, Sequence
from enum import Enum, auto

_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
_BOOLEANS = {"true": True, "false": False}
_BOOLEAN_LENGTH_MAX = 5


class CsvType(Enum):
    TEXT = auto()
    NUMBER = auto()
    BOOLEAN = auto()


def infer_types(records: Iterable[Sequence[str]], fixed: Sequence[bool]) -> tuple[CsvType, ...]:
    """`fixed` columns are texts whatever they hold."""
    numbers = [not is_fixed for is_fixed in fixed]
    booleans = list(numbers)
    has_values = [False] * len(fixed)
    for record in records:
        for index, text in enumerate(record):
            if not text or not (numbers[index] or booleans[index]):
                continue
            has_values[index] = True
            if numbers[index] and not _NUMBER.fullmatch(text):
                numbers[index] = False
            if booleans[index] and not _is_boolean(text):
                booleans[index] = False
    return tuple(
        CsvType.TEXT
        if not found
        else CsvType.NUMBER
        if number
        else CsvType.BOOLEAN
        if boolean
        else CsvType.TEXT
        for found, number, boolean in zip(has_values, numbers, booleans, strict=True)
    )


def convert(text: str, type_: CsvType) -> str | float | bool | None:
    """A whole number of any size stays whole; beyond a double's range it stays a text."""
    if not text:
        return None
    if type_ is CsvType.BOOLEAN:
        return _BOOLEANS[text.lower()]
    if type_ is CsvType.NUMBER:
        number = int(text) if text.lstrip("-").isdigit() and len(text) < 300 else float(text)
        return text if number in (float("inf"), float("-inf")) else number
    return text


def _is_boolean(text: str) -> bool:
    return len(text) <= _BOOLEAN_LENGTH_MAX and text.lower() in _BOOLEANS
