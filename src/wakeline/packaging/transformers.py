"""Fitted scikit-learn transformers, applied to symbolic columns instead of rows.

Only what is listed here is known; anything else is `NotConvertibleError`, and the parity gate has the last
word on what is.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.feature_selection import SelectorMixin
from sklearn.impute import SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
)

from wakeline.packaging.symbols import (
    NOT_FILLED,
    UNSEEN,
    Column,
    NotConvertibleError,
    Raw,
    apply_step,
    encode_raw,
    fill_missing,
    is_nan,
    mark_missing,
)
from wakeline.scoring.plan import Level, StepKind
from wakeline.scoring.predictor import to_python

ONE_HOT_LEVELS_MAX = 2_000

Names = Sequence[str] | None
"""The columns' names while they are still known (the frame's own)."""


def apply_transformer(transformer: Any, columns: Sequence[Column], names: Names) -> list[Column]:
    if transformer is None or (isinstance(transformer, str) and transformer == "passthrough"):
        return list(columns)
    if isinstance(transformer, str) and transformer == "drop":
        return []
    for type_, apply in _RULES:
        if isinstance(transformer, type_):
            return apply(transformer, columns, names)
    raise NotConvertibleError(f"the transformer {type(transformer).__name__} is not known to the row plan")


def apply_steps(steps: Sequence[tuple[str, Any]], columns: Sequence[Column], names: Names) -> list[Column]:
    """The steps of a pipeline; names are lost after the first that changes anything."""
    for _, step in steps:
        if step is None or (isinstance(step, str) and step == "passthrough"):
            continue
        columns = apply_transformer(step, columns, names)
        names = None
    return list(columns)


def _apply_pipeline(pipeline: Any, columns: Sequence[Column], names: Names) -> list[Column]:
    return apply_steps(pipeline.steps, columns, names)


def _apply_union(union: Any, columns: Sequence[Column], names: Names) -> list[Column]:
    if union.transformer_weights:
        raise NotConvertibleError("FeatureUnion has transformer_weights")
    return [
        column for _, part in union.transformer_list for column in apply_transformer(part, columns, names)
    ]


def _apply_column_transformer(transformer: Any, columns: Sequence[Column], names: Names) -> list[Column]:
    if transformer.transformer_weights:
        raise NotConvertibleError("ColumnTransformer has transformer_weights")
    result: list[Column] = []
    for _, part, selection in transformer.transformers_:
        indices = _select(selection, len(columns), names)
        chosen = [columns[index] for index in indices]
        chosen_names = None if names is None else [names[index] for index in indices]
        if chosen:
            result += apply_transformer(part, chosen, chosen_names)
    return result


def _select(selection: Any, count: int, names: Names) -> list[int]:
    """The indices that a ColumnTransformer's column choice stands for."""
    if isinstance(selection, str):
        selection = [selection]
    if isinstance(selection, int):
        selection = [selection]
    if isinstance(selection, slice):
        if any(isinstance(end, str) for end in (selection.start, selection.stop)):
            raise NotConvertibleError("ColumnTransformer chooses columns by a slice of names")
        return list(range(count))[selection]
    chosen = [to_python(item) for item in selection]
    if chosen and all(isinstance(item, bool) for item in chosen):
        return [index for index, is_chosen in enumerate(chosen) if is_chosen]
    if all(isinstance(item, int) for item in chosen):
        return [item % count for item in chosen]
    if names is None:
        raise NotConvertibleError("ColumnTransformer chooses columns by name after another step")
    positions = {name: index for index, name in enumerate(names)}
    return [positions[item] for item in chosen]


def _apply_imputer(imputer: Any, columns: Sequence[Column], names: Names) -> list[Column]:
    marker = imputer.missing_values
    if not (marker is None or is_nan(to_python(marker))):
        raise NotConvertibleError(f"SimpleImputer replaces {marker!r}, not missing values")
    statistics = [to_python(value) for value in imputer.statistics_]
    kept = [
        _impute(column, value, marker)
        for column, value in zip(columns, statistics, strict=True)
        if imputer.keep_empty_features or not is_nan(value)
    ]
    if not imputer.add_indicator:
        return kept
    return kept + [mark_missing(columns[index]) for index in imputer.indicator_.features_]


def _impute(column: Column, value: object, marker: object) -> Column:
    """An imputer for NaN leaves None alone, and the other way round."""
    if isinstance(column, Raw) and column.fill is NOT_FILLED and (column.marker is None) != (marker is None):
        return column
    return fill_missing(column, value)


def _apply_standard(scaler: Any, columns: Sequence[Column], names: Names) -> list[Column]:
    return _scale(columns, (StepKind.SUBTRACT, scaler.mean_ if scaler.with_mean else None),
                  (StepKind.DIVIDE, scaler.scale_ if scaler.with_std else None))  # fmt: skip


def _apply_robust(scaler: Any, columns: Sequence[Column], names: Names) -> list[Column]:
    return _scale(columns, (StepKind.SUBTRACT, scaler.center_ if scaler.with_centering else None),
                  (StepKind.DIVIDE, scaler.scale_ if scaler.with_scaling else None))  # fmt: skip


def _apply_max_abs(scaler: Any, columns: Sequence[Column], names: Names) -> list[Column]:
    if getattr(scaler, "clip", False):
        raise NotConvertibleError("MaxAbsScaler clips")
    return _scale(columns, (StepKind.DIVIDE, scaler.scale_))


def _apply_min_max(scaler: Any, columns: Sequence[Column], names: Names) -> list[Column]:
    scaled = _scale(columns, (StepKind.MULTIPLY, scaler.scale_), (StepKind.ADD, scaler.min_))
    if not scaler.clip:
        return scaled
    low, high = scaler.feature_range
    return [apply_step(column, StepKind.CLIP, low, high) for column in scaled]


def _scale(columns: Sequence[Column], *steps: tuple[StepKind, Any]) -> list[Column]:
    """One step after another with each column's own constant; a None stands for no step."""
    result = list(columns)
    for kind, constants in steps:
        if constants is not None:
            result = [
                apply_step(column, kind, constant) for column, constant in zip(result, constants, strict=True)
            ]
    return result


def _apply_one_hot(encoder: Any, columns: Sequence[Column], names: Names) -> list[Column]:
    if encoder.min_frequency is not None or encoder.max_categories is not None:
        raise NotConvertibleError("OneHotEncoder groups infrequent levels")
    result: list[Column] = []
    for index, (column, categories) in enumerate(zip(columns, encoder.categories_, strict=True)):
        levels = [to_python(level) for level in categories]
        dropped = None if encoder.drop_idx_ is None else encoder.drop_idx_[index]
        if len(levels) > ONE_HOT_LEVELS_MAX:
            raise NotConvertibleError(
                f"OneHotEncoder has {len(levels)} levels, more than {ONE_HOT_LEVELS_MAX}"
            )
        known = _list_known(levels)
        find = _build_lookup(levels)
        ignores = encoder.handle_unknown != "error"
        for position in range(len(levels)):
            if position != dropped:
                result.append(encode_raw(column, _build_one_hot(find, position, ignores=ignores), known))
        if not ignores and len(levels) == 1 and dropped == 0:
            raise NotConvertibleError("OneHotEncoder drops the only level of a column, yet checks it")
    return result


def _build_one_hot(
    find: Callable[[object], int | None], position: int, *, ignores: bool
) -> Callable[[object], float | None]:
    def encode(value: object) -> float | None:
        found = find(value)
        if found is None:
            return 0.0 if ignores else None
        return float(found == position)

    return encode


def _apply_ordinal(encoder: Any, columns: Sequence[Column], names: Names) -> list[Column]:
    if encoder.min_frequency is not None or encoder.max_categories is not None:
        raise NotConvertibleError("OrdinalEncoder groups infrequent levels")
    unknown = None if encoder.handle_unknown == "error" else float(encoder.unknown_value)
    result: list[Column] = []
    for column, categories in zip(columns, encoder.categories_, strict=True):
        levels = [to_python(level) for level in categories]
        encode = _build_ordinal(levels, unknown, float(encoder.encoded_missing_value))
        result.append(encode_raw(column, encode, _list_known(levels)))
    return result


def _build_ordinal(
    levels: Sequence[Any], unknown: float | None, missing: float
) -> Callable[[object], float | None]:
    find = _build_lookup(levels)

    def encode(value: object) -> float | None:
        found = find(value)
        if found is None:
            return unknown
        return missing if levels[found] is None or is_nan(levels[found]) else float(found)

    return encode


def _list_known(levels: Sequence[Any]) -> tuple[Level, ...]:
    return tuple(level for level in levels if level is not None and not is_nan(level))


def _build_lookup(levels: Sequence[Any]) -> Callable[[object], int | None]:
    """From a value to its index among the encoder's levels; NaN finds NaN."""
    positions = {level: index for index, level in enumerate(levels) if not is_nan(level)}
    nan_position = next((index for index, level in enumerate(levels) if is_nan(level)), None)

    def find(value: object) -> int | None:
        if value is UNSEEN:
            return None
        return nan_position if is_nan(value) else positions.get(value)

    return find


def _apply_function(transformer: Any, columns: Sequence[Column], names: Names) -> list[Column]:
    if transformer.func is not None:
        raise NotConvertibleError("FunctionTransformer runs a function")
    return list(columns)


def _apply_selector(selector: Any, columns: Sequence[Column], names: Names) -> list[Column]:
    return [columns[int(index)] for index in np.flatnonzero(selector.get_support())]


_Rule = Callable[[Any, Sequence[Column], Names], list[Column]]
_RULES: tuple[tuple[type, _Rule], ...] = (
    (Pipeline, _apply_pipeline),
    (FeatureUnion, _apply_union),
    (ColumnTransformer, _apply_column_transformer),
    (SimpleImputer, _apply_imputer),
    (StandardScaler, _apply_standard),
    (MinMaxScaler, _apply_min_max),
    (MaxAbsScaler, _apply_max_abs),
    (RobustScaler, _apply_robust),
    (OneHotEncoder, _apply_one_hot),
    (OrdinalEncoder, _apply_ordinal),
    (FunctionTransformer, _apply_function),
    (SelectorMixin, _apply_selector),
)
