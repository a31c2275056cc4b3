"""A trained model as a row plan: transformers and estimator as symbols, put together as `plan.json`.

Raises `NotConvertibleError` with the part that has no words in a plan; whether the plan is right is for the
parity gate to say.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sklearn.pipeline import Pipeline

from wakeline.core.schema import FeatureType, MissingPolicy, ModelSchema
from wakeline.packaging.estimators import convert_estimator
from wakeline.packaging.symbols import Column, Levels, NotConvertibleError, Number, Raw, as_number
from wakeline.packaging.transformers import apply_steps
from wakeline.scoring.manifest import InputColumn, MissingMarker, OriginalInput
from wakeline.scoring.plan import Changes, LevelEntry, LevelsBlock, Missing, NumberBlock, Plan

_MARKERS: Mapping[MissingMarker, object] = {MissingMarker.NAN: math.nan, MissingMarker.NONE: None}


@dataclass(frozen=True, slots=True)
class ConvertedModel:
    plan: Plan
    nodes: bytes | None


def convert_model(model: Any, schema: ModelSchema, expected: OriginalInput) -> ConvertedModel:
    types = {feature.name: feature.type for feature in schema.features}
    columns: Sequence[Column] = [_describe(column, types[column.name]) for column in expected.columns]
    names = None if expected.as_array else [column.name for column in expected.columns]
    estimator = model
    if isinstance(model, Pipeline):
        columns = apply_steps(model.steps[:-1], columns, names)
        estimator = model.steps[-1][1]
        if isinstance(estimator, Pipeline):
            raise NotConvertibleError("the pipeline ends in another pipeline")
    converted = convert_estimator(estimator, columns)
    refusing = {feature.name for feature in schema.features if feature.missing is MissingPolicy.REFUSE}
    numbers = [as_number(column) for column in converted.columns]
    if not converted.takes_nan:
        numbers = [_refuse_nan(column) for column in numbers]
    return ConvertedModel(
        Plan(
            width=len(numbers),
            blocks=tuple(_build_blocks(numbers, refusing)),
            estimator=converted.estimator,
            link=converted.link,
            tie_positive=converted.tie_positive,
        ),
        converted.nodes,
    )


def _describe(column: InputColumn, type_: FeatureType) -> Raw:
    """A column of a nullable type holds pandas' NA, which scikit-learn treats differently from NaN."""
    if column.missing is MissingMarker.NA and type_ is FeatureType.STRING:
        raise NotConvertibleError(f"{column.name!r} marks missing texts by pandas' NA")
    marker = _MARKERS.get(column.missing, math.nan)
    if type_ is not FeatureType.STRING:
        marker = math.nan
    return Raw(column.name, type_, marker, closed=column.categories)


def _refuse_nan(column: Number | Levels) -> Number | Levels:
    """For an estimator that takes no NaN: a level that becomes NaN is refused, and so is a missing number."""
    if isinstance(column, Number):
        return column
    if any(math.isnan(number) for number in column.numbers):
        raise NotConvertibleError(f"levels of {column.feature!r} become NaN, which the estimator refuses")
    return Levels(
        column.feature,
        column.levels,
        column.numbers,
        _none_for_nan(column.missing),
        _none_for_nan(column.unknown),
    )


def _none_for_nan(number: float | None) -> float | None:
    return None if number is None or math.isnan(number) else number


def _build_blocks(columns: Sequence[Number | Levels], refusing: set[str]) -> list[NumberBlock | LevelsBlock]:
    blocks: list[NumberBlock | LevelsBlock] = []
    tables: dict[tuple[object, ...], list[tuple[int, Levels]]] = {}
    for output, column in enumerate(columns):
        if isinstance(column, Number):
            blocks.append(_build_number_block(column, output, is_refusing=column.feature in refusing))
        else:
            tables.setdefault((column.feature, column.levels), []).append((output, column))
    for (feature, _), group in tables.items():
        blocks.append(_build_levels_block(group, is_refusing=feature in refusing))
    return blocks


def _build_number_block(column: Number, output: int, *, is_refusing: bool) -> NumberBlock:
    if is_refusing:
        missing = Missing.REFUSE
    else:
        missing = Missing.NAN if math.isnan(column.missing) else Missing.FILL
    fill = column.missing if missing is Missing.FILL else 0.0
    return NumberBlock(feature=column.feature, output=output, missing=missing, fill=fill, steps=column.steps)


def _build_levels_block(group: Sequence[tuple[int, Levels]], *, is_refusing: bool) -> LevelsBlock:
    """All columns made from one feature by one encoder, as one table."""
    columns = [column for _, column in group]
    base = [_choose_base(column) for column in columns]
    entries = [
        LevelEntry(level, _list_changes(base, [column.numbers[index] for column in columns]))
        for index, level in enumerate(columns[0].levels)
    ]
    return LevelsBlock(
        feature=columns[0].feature,
        outputs=tuple(output for output, _ in group),
        base=tuple(_to_json(number) for number in base),
        levels=tuple(entries),
        missing=None if is_refusing else _list_optional(base, [column.missing for column in columns]),
        unknown=_list_optional(base, [column.unknown for column in columns]),
    )


def _choose_base(column: Levels) -> float:
    """The number that most levels have: what the table need not repeat."""
    counts: dict[float, int] = {}
    for number in column.numbers:
        counts[number] = counts.get(number, 0) + 1
    return max(counts, key=counts.__getitem__, default=0.0)


def _list_optional(base: Sequence[float], numbers: Sequence[float | None]) -> Changes | None:
    known = [number for number in numbers if number is not None]
    return _list_changes(base, known) if len(known) == len(numbers) else None


def _list_changes(base: Sequence[float], numbers: Sequence[float]) -> Changes:
    return tuple(
        (position, _to_json(number))
        for position, (usual, number) in enumerate(zip(base, numbers, strict=True))
        if number != usual
    )


def _to_json(number: float) -> float | None:
    return None if math.isnan(number) else number
