"""Labelled rows of a log as a model is trained on them: original names and types, the target beside.

Features have the type that the model's schema says; a value that does not fit it is missing. The target has
the type that its classes have in common. Rows stream file by file.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from wakeline.core.errors import InvalidInputError, NotFoundError
from wakeline.core.event import FEATURE_PREFIX
from wakeline.core.schema import FeatureType, ModelSchema, Task
from wakeline.core.window import describe_window
from wakeline.evaluation.label_matching import LabelledLog, match_labels, read_window_rows

TIME_COLUMN = "event_time"
_TYPES = {
    FeatureType.DOUBLE: pa.float64(),
    FeatureType.BOOLEAN: pa.bool_(),
    FeatureType.STRING: pa.string(),
}
_BOOLEANS = {"true": True, "false": False}


def stream_training_rows(log: LabelledLog, schema: ModelSchema) -> Iterator[pa.RecordBatch]:
    """An empty batch for the schema, then the rows. Raises `NotFoundError` where no row has a label."""
    if schema.target in schema.feature_names:
        raise InvalidInputError(f"the model has a feature called as its target, {schema.target!r}")
    rows = read_window_rows(log)
    latest, _ = match_labels(log, rows)
    is_labelled = latest.is_labelled
    if not is_labelled.any():
        raise NotFoundError(f"no prediction of {describe_window(log.window)} has a label yet")
    type_, convert = _choose_target(schema, sorted(set(latest.texts[is_labelled].tolist())))
    fields = [pa.field(feature.name, _TYPES[feature.type]) for feature in schema.features]
    fields.append(pa.field(schema.target, type_))
    if TIME_COLUMN not in {*schema.feature_names, schema.target}:
        fields.append(pa.field(TIME_COLUMN, pa.timestamp("us", tz="UTC")))
    arrow = pa.schema(fields)
    yield pa.RecordBatch.from_pylist([], arrow)
    start = 0
    columns = [FEATURE_PREFIX + name for name in schema.feature_names] + [TIME_COLUMN]
    for _, table in log.read(columns):
        span = slice(start, start + table.num_rows)
        start = span.stop
        chosen = table.filter(pa.array(is_labelled[span]))
        targets = [convert(text) for text in latest.texts[span][is_labelled[span]]]
        if targets:
            yield from _build_table(chosen, schema, arrow, targets).to_batches()


def _build_table(rows: Any, schema: ModelSchema, arrow: pa.Schema, targets: list[Any]) -> pa.Table:
    arrays = [
        _fit(rows.column(FEATURE_PREFIX + feature.name), _TYPES[feature.type]) for feature in schema.features
    ]
    arrays.append(pa.chunked_array([pa.array(targets, arrow.field(schema.target).type)]))
    if len(arrow) > len(arrays):
        arrays.append(rows.column(TIME_COLUMN))
    return pa.Table.from_arrays(arrays, schema=arrow).combine_chunks()


def _fit(column: Any, type_: pa.DataType) -> Any:
    """A log's column keeps the type of its first value, perhaps another version's: then it is missing."""
    if column.type == type_:
        return column
    if pa.types.is_boolean(column.type) and type_ == pa.float64():
        return pc.cast(pc.cast(column, pa.int8()), type_)
    return pa.chunked_array([pa.nulls(len(column), type_)])


def _choose_target(schema: ModelSchema, found: Sequence[str]) -> tuple[pa.DataType, Callable[[str], Any]]:
    """The narrowest type that the model's classes and the labels fit: boolean, integer, double, text."""
    texts = list(schema.classes) + list(found)
    if schema.task is not Task.REGRESSION and all(text in _BOOLEANS for text in texts):
        return pa.bool_(), _BOOLEANS.__getitem__
    if schema.task is not Task.REGRESSION and all(_is_number(text, int) for text in texts):
        return pa.int64(), int
    if all(_is_number(text, float) for text in texts):
        return pa.float64(), float
    if schema.task is Task.REGRESSION:
        strange = [text for text in texts if not _is_number(text, float)]
        raise InvalidInputError(
            f"found labels that are no numbers, such as {strange[0]!r}; correct them first"
        )
    return pa.string(), str


def _is_number(text: str, kind: type) -> bool:
    try:
        return bool(abs(kind(text)) < 2**63)
    except ValueError:
        return False
