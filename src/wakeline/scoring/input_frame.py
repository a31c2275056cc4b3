"""Rows of JSON values as the frame that the original model was fitted on: same columns, types and missing
marker. Loads pandas; only the worker process and packaging use it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from wakeline.core.errors import InvalidInputError
from wakeline.scoring.blocks import is_missing
from wakeline.scoring.manifest import InputColumn, MissingMarker, OriginalInput

_MARKERS: dict[MissingMarker, Any] = {
    MissingMarker.NAN: float("nan"),
    MissingMarker.NONE: None,
    MissingMarker.NA: pd.NA,
}


def build_input(rows: Sequence[Mapping[str, Any]], expected: OriginalInput) -> Any:
    """A DataFrame, or an array where the model was fitted on one."""
    columns = {
        column.name: build_column([_unify(row.get(column.name)) for row in rows], column)
        for column in expected.columns
    }
    frame = pd.DataFrame(columns, index=pd.RangeIndex(len(rows)))
    return frame.to_numpy() if expected.as_array else frame


def group_rows(rows: Sequence[Mapping[str, Any]], expected: OriginalInput) -> list[list[int]]:
    """The rows' numbers, together where a frame of each row alone has the same types.

    A missing or broken number would turn the whole numbers of all rows of its frame into fractions.
    """
    checks = [
        (column.name, check) for column in expected.columns if (check := _find_check(column)) is not None
    ]
    if not checks:
        return [list(range(len(rows)))]
    groups: dict[tuple[bool, ...], list[int]] = {}
    for index, row in enumerate(rows):
        key = tuple(check(_unify(row.get(name))) for name, check in checks)
        groups.setdefault(key, []).append(index)
    return list(groups.values())


def _find_check(column: InputColumn) -> Callable[[Any], bool] | None:
    """Whether a value leaves the column its type; None where any does."""
    if column.categories is not None or column.dtype == "object":
        return None
    dtype: Any = pd.api.types.pandas_dtype(column.dtype)
    is_plain = isinstance(dtype, np.dtype)
    if pd.api.types.is_integer_dtype(dtype):
        limits = np.iinfo(dtype if is_plain else dtype.numpy_dtype)
        low, high = int(limits.min), int(limits.max)
        return lambda value: not is_plain if value is None else _is_whole(value, low, high)
    return (lambda value: value is not None) if is_plain and dtype.kind == "b" else None


def _is_whole(value: Any, low: int, high: int) -> bool:
    return isinstance(value, int | float) and float(value).is_integer() and low <= value <= high


def build_column(values: list[Any], column: InputColumn) -> Any:
    """`values` hold None for missing."""
    try:
        return _build_typed(values, column)
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidInputError(
            f"the feature {column.name!r} does not fit its column of type {column.dtype}: {error}",
            details={"feature": column.name},
        ) from error


def _unify(value: Any) -> Any:
    return None if is_missing(value) else value


def _build_typed(values: list[Any], column: InputColumn) -> Any:
    if column.categories is not None:
        known = set(column.categories)
        values = [value if value in known else None for value in values]
        return pd.Categorical(values, categories=list(column.categories), ordered=column.ordered)
    if column.dtype == "object":
        return _build_objects(values, column.missing)
    dtype: Any = pd.api.types.pandas_dtype(column.dtype)
    if isinstance(dtype, np.dtype):
        return _build_plain(values, dtype)
    if pd.api.types.is_integer_dtype(dtype) and not _are_whole(values, dtype.numpy_dtype):
        dtype = "Float64"
    return pd.array(values, dtype=dtype)


def _build_plain(values: list[Any], dtype: "np.dtype[Any]") -> Any:
    """Whole numbers that do not fit, or are not whole, become floats, as pandas would make them."""
    if dtype.kind == "b":
        return _build_booleans(values)
    numbers = np.array(values, dtype=np.float64)
    if dtype.kind == "f":
        return numbers.astype(dtype)
    is_complete = all(value is not None for value in values)
    return np.array(values, dtype=dtype) if is_complete and _are_whole(values, dtype) else numbers


def _are_whole(values: list[Any], dtype: "np.dtype[Any]") -> bool:
    numbers = np.array([value for value in values if value is not None], dtype=np.float64)
    limits = np.iinfo(dtype)
    fits = (numbers == np.floor(numbers)) & (numbers >= limits.min) & (numbers <= limits.max)
    return bool(fits.all())


def _build_booleans(values: list[Any]) -> Any:
    if any(value is None for value in values):
        return _build_objects(values, MissingMarker.NAN)
    return np.array(values, dtype=np.bool_)


def _build_objects(values: list[Any], missing: MissingMarker) -> Any:
    # A bare array of texts would become pandas' text type, and lose None.
    marker = _MARKERS[missing]
    return pd.Series([marker if value is None else value for value in values], dtype=object)
