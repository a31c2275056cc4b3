"""The reference as given (pandas, pyarrow, polars) → a pandas frame of features, the target and the times.

Refuses what cannot be a reference: no target column, fewer than two labelled rows, columns that the model
expects and that are not there, features that are neither numbers, booleans nor texts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import pandas as pd

from wakeline.core.errors import InvalidInputError
from wakeline.core.schema import FeatureType
from wakeline.scoring.manifest import InputColumn, MissingMarker, OriginalInput

ROWS_MIN = 2


@dataclass(frozen=True, slots=True)
class Reference:
    """`features` in the model's order; `labels` and `times` (UTC, may be None) aligned with it."""

    features: pd.DataFrame
    labels: "pd.Series[Any]"
    times: "pd.Series[Any] | None"
    target: str
    time_column: str | None


def to_pandas(frame: Any) -> pd.DataFrame:
    """Any frame that is pandas, or knows how to become it (pyarrow, polars); the index is dropped."""
    if not isinstance(frame, pd.DataFrame):
        convert = getattr(frame, "to_pandas", None)
        if not callable(convert):
            raise InvalidInputError(
                f"found {type(frame).__name__}; expected a pandas or polars DataFrame or a pyarrow Table"
            )
        frame = convert()
    plain: pd.DataFrame = frame.reset_index(drop=True)
    repeated = plain.columns[plain.columns.duplicated()]
    if len(repeated):
        raise InvalidInputError(f"the column {repeated[0]!r} stands twice; expected each name once")
    if not all(isinstance(name, str) for name in plain.columns):
        raise InvalidInputError("a column's name is not a text; expected named columns")
    return plain


def read_reference(frame: Any, model: Any, *, target: str, time_column: str | None) -> Reference:
    table = to_pandas(frame)
    for role, name in (("target", target), ("time column", time_column)):
        if name is not None and name not in table.columns:
            raise InvalidInputError(
                f"the {role} {name!r} is not in the reference; its columns are {_show(table.columns)}"
            )
    if int(table[target].notna().sum()) < ROWS_MIN:
        raise InvalidInputError(
            f"the reference has {int(table[target].notna().sum())} rows with a {target!r}; expected at least "
            f"{ROWS_MIN}"
        )
    others = [name for name in table.columns if name != target]
    names = choose_features(model, others, time_column)
    times = None if time_column is None else read_times(table[time_column])
    return Reference(table[names], table[target], times, target, time_column)


def choose_features(model: Any, available: Sequence[str], time_column: str | None) -> list[str]:
    """The columns that the model names; without names, all but the time if their number is right."""
    expected = getattr(model, "feature_names_in_", None)
    if expected is not None:
        missing = [str(name) for name in expected if name not in available]
        if missing:
            raise InvalidInputError(
                f"the model expects the columns {_show(missing)}, which the reference lacks; "
                f"it has {_show(available)}",
                details={"missing": missing},
            )
        return [str(name) for name in expected]
    available = [name for name in available if name != time_column]
    count = getattr(model, "n_features_in_", None)
    if count is not None and count != len(available):
        raise InvalidInputError(
            f"the model was fitted on {count} unnamed columns, the reference has {len(available)} beside "
            f"target and time: {_show(available)}; leave out the others or fit on a frame with names"
        )
    if not available:
        raise InvalidInputError("the reference has no column beside target and time")
    return list(available)


def read_times(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Times, or texts as RFC 3339 has them; a time without an offset is taken as UTC."""
    try:
        if pd.api.types.is_numeric_dtype(column.dtype):
            raise ValueError(f"found {column.dtype}, in which the unit is anybody's guess")
        if pd.api.types.is_datetime64_any_dtype(column.dtype):
            return pd.to_datetime(column, utc=True)
        return pd.to_datetime(column, utc=True, format="ISO8601")
    except (ValueError, TypeError) as error:
        raise InvalidInputError(
            f"the time column {column.name!r} does not hold times such as 2013-04-01T06:00:00Z: {error}"
        ) from error


def find_type(column: "pd.Series[Any]") -> FeatureType:
    """The JSON type of a column's values; raises where they are of several types or of none that JSON has."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return _find_value_type(column.name, column.dtype.categories.tolist())
    if pd.api.types.is_bool_dtype(column.dtype):
        return FeatureType.BOOLEAN
    if pd.api.types.is_complex_dtype(column.dtype):
        raise InvalidInputError(f"the feature {column.name!r} has complex numbers; expected real ones")
    if pd.api.types.is_numeric_dtype(column.dtype):
        return FeatureType.DOUBLE
    if column.dtype == object or pd.api.types.is_string_dtype(column.dtype):
        return _find_value_type(column.name, column.dropna().tolist())
    raise InvalidInputError(
        f"the feature {column.name!r} has the type {column.dtype}; expected numbers, booleans or texts "
        "(name it as time_column if it is the time of the event)"
    )


def _find_value_type(name: object, values: Sequence[Any]) -> FeatureType:
    kinds = {_find_kind(value) for value in values}
    if not kinds:
        return FeatureType.STRING
    if len(kinds) > 1 or None in kinds:
        shown = ", ".join(sorted({type(value).__name__ for value in values})[:5])
        raise InvalidInputError(
            f"the feature {name!r} has values of the types {shown}; expected only numbers, only booleans or "
            "only texts"
        )
    return kinds.pop() or FeatureType.STRING


def _find_kind(value: Any) -> FeatureType | None:
    if isinstance(value, bool | np.bool_):
        return FeatureType.BOOLEAN
    if isinstance(value, int | float | np.integer | np.floating):
        return FeatureType.DOUBLE
    return FeatureType.STRING if isinstance(value, str) else None


def describe_input(features: pd.DataFrame, model: Any) -> OriginalInput:
    """How a row must be put together again for this model: as the manifest gives it back, in which the whole
    numbers of a category are doubles."""
    described = OriginalInput(
        columns=tuple(_describe_column(features[name]) for name in features.columns),
        as_array=getattr(model, "feature_names_in_", None) is None and hasattr(model, "n_features_in_"),
    )
    return msgspec.json.decode(msgspec.json.encode(described), type=OriginalInput)


def _describe_column(column: "pd.Series[Any]") -> InputColumn:
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return InputColumn(
            name=str(column.name),
            dtype="category",
            categories=tuple(dtype.categories.tolist()),
            ordered=bool(dtype.ordered),
        )
    return InputColumn(name=str(column.name), dtype=str(dtype), missing=_find_marker(column))


def _find_marker(column: "pd.Series[Any]") -> MissingMarker:
    if column.dtype == object:
        if any(value is None for value in column):
            return MissingMarker.NONE
        if any(value is pd.NA for value in column):
            return MissingMarker.NA
        return MissingMarker.NAN
    marker = getattr(column.dtype, "na_value", None)
    return MissingMarker.NA if marker is pd.NA else MissingMarker.NAN


def list_rows(features: pd.DataFrame) -> list[dict[str, Any]]:
    """Each row as a node would receive it: plain Python values, None for missing."""
    columns = {str(name): list_values(features[name]) for name in features.columns}
    names = list(columns)
    return [dict(zip(names, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def list_values(column: "pd.Series[Any]") -> list[Any]:
    """Python floats, booleans and texts; None for missing."""
    type_ = find_type(column)
    present = column.notna().tolist()
    values = column.tolist()
    if type_ is FeatureType.DOUBLE:
        return [float(value) if there else None for value, there in zip(values, present, strict=True)]
    if type_ is FeatureType.BOOLEAN:
        return [bool(value) if there else None for value, there in zip(values, present, strict=True)]
    return [str(value) if there else None for value, there in zip(values, present, strict=True)]


def _show(names: Any) -> str:
    listed = [repr(str(name)) for name in names]
    return ", ".join(listed[:12]) + (f" and {len(listed) - 12} more" if len(listed) > 12 else "")
