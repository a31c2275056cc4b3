"""Arrow columns as what statistics count: numbers with NaN for missing, or level texts with their counts.

Null and NaN are missing, and nothing else is. A column that is neither numbers nor levels is refused.
"""

import math
from collections import Counter
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from wakeline.core.errors import InvalidInputError
from wakeline.core.event import class_name

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def is_number_type(type_: Any) -> bool:
    return bool(
        pa.types.is_integer(type_)
        or pa.types.is_floating(type_)
        or pa.types.is_decimal(type_)
        or pa.types.is_boolean(type_)
        or pa.types.is_null(type_)
    )


def is_level_type(type_: Any) -> bool:
    if pa.types.is_dictionary(type_):
        return is_level_type(type_.value_type)
    return is_number_type(type_) or bool(
        pa.types.is_string(type_) or pa.types.is_large_string(type_) or pa.types.is_string_view(type_)
    )


def to_numbers(column: Any, name: str = "the column") -> Floats:
    """Doubles in row order, NaN where the value is missing; integers beyond 2^53 are rounded."""
    if not is_number_type(column.type):
        raise InvalidInputError(f"{name} holds {column.type}, expected numbers")
    cast = pc.cast(column, pa.float64(), safe=False)
    filled = pc.fill_null(cast, float("nan"))
    return np.asarray(filled.to_numpy(zero_copy_only=False) if isinstance(filled, pa.Array) else filled)


def to_texts(column: Any, name: str = "the column") -> Any:
    """Levels in row order as one Arrow array of `class_name` texts, null where the value is missing."""
    if not is_level_type(column.type):
        raise InvalidInputError(f"{name} holds {column.type}, expected texts, booleans or numbers")
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    whole = pa.chunked_array(chunks, column.type).combine_chunks()
    if pa.types.is_null(whole.type):
        return pa.nulls(len(whole), pa.string())
    encoded = whole if pa.types.is_dictionary(whole.type) else whole.dictionary_encode()
    names = [_name_level(value) for value in encoded.dictionary.to_pylist()]
    return pa.array(names, pa.string()).take(encoded.indices)


def _name_level(value: Any) -> str | None:
    is_missing = value is None or (isinstance(value, float) and math.isnan(value))
    return None if is_missing else class_name(value)


def count_levels(column: Any, name: str = "the column") -> tuple[Counter[str], int]:
    """How often each level stands in the column (as `class_name` text), and how many values are missing."""
    if not is_level_type(column.type):
        raise InvalidInputError(f"{name} holds {column.type}, expected texts, booleans or numbers")
    levels: Counter[str] = Counter()
    missing = 0
    for entry in pc.value_counts(column).to_pylist():
        level, count = _name_level(entry["values"]), entry["counts"]
        if level is None:
            missing += count
        else:
            levels[level] += count
    return levels, missing
