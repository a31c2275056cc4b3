"""Files of JSON lines that a command is given; what is wrong with one is told with the line's number."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wakeline.core.errors import InvalidInputError, NotFoundError


def read_objects(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each line's object, after words that say where it stands; empty lines are passed over.

    Raises `NotFoundError` for a file that cannot be opened, `InvalidInputError` at a line that is no object.
    """
    for number, line in enumerate(_read_text(file).split("\n"), start=1):
        # Split at line feeds only: a text may hold one of the other characters that `splitlines` knows.
        if line.strip():
            place = f"line {number} of {file}"
            yield place, parse_object(line, place)


def parse_object(text: str, place: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
        json.dumps(found, allow_nan=False)
    except ValueError as error:
        raise InvalidInputError(f"{place} is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise InvalidInputError(f"{place} is a JSON {type(found).__name__}; expected an object")
    return found


def _read_text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInputError(f"{file} is not UTF-8 text: {error.reason} at byte {error.start}") from error
    except OSError as error:
        raise NotFoundError(
            f"{file} cannot be read: {error.strerror}; expected a file of JSON lines"
        ) from error
