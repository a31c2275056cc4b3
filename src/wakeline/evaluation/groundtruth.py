"""Ground truth: labels joined to predictions, whenever and however often they arrived.

A label is *unmatched* if its prediction id is nowhere in the log, or no answered prediction with its key lies
at or before its time. Beside what matching needs, memory holds the window's scores.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from wakeline.core.errors import NotFoundError
from wakeline.core.event import PREDICTION_COLUMN, PROBA_PREFIX, Topic
from wakeline.core.schema import ModelSchema, Task
from wakeline.evaluation.label_matching import LabelledLog, match_labels, read_window_rows
from wakeline.evaluation.label_report import LabelReport, build_report
from wakeline.evaluation.reference import read_finite, read_probabilities
from wakeline.loglake.names import escape_segment
from wakeline.loglake.place import Place
from wakeline.loglake.window import LogSnapshot
from wakeline.statistics.performance import Labelled, LabelledRows, encode_classes
from wakeline.statistics.regression import LabelledNumbers


@dataclass(frozen=True, slots=True, eq=False)
class LabelledWindow:
    """The window's rows with a label among the model's classes (a regression's: with a number for a label),
    and the report of the join.

    `strangers` are some labels that are neither; their rows count as labelled, and nowhere else.
    """

    rows: Labelled
    report: LabelReport
    strangers: tuple[str, ...]


def locate_labels(table: Place, deployment_id: str | None = None) -> Place:
    """The ground-truth table beside a log: same destination and endpoint, routing key the deployment."""
    routing_key = table.parent.name if deployment_id is None else escape_segment(deployment_id)
    return table.parent.parent.parent / escape_segment(Topic.GROUND_TRUTH) / routing_key / table.name


def open_labels(root: Place) -> LogSnapshot | None:
    """None where no label ever arrived."""
    try:
        return LogSnapshot.open(root)
    except NotFoundError:
        return None


def join_labels(log: LabelledLog, schema: ModelSchema) -> LabelledWindow:
    """The window's labelled rows, and who waits, and which labels belong to nobody."""
    rows = read_window_rows(log)
    latest, unmatched = match_labels(log, rows)
    columns = [PREDICTION_COLUMN, *(PROBA_PREFIX + name for name in schema.classes)]
    tables = [table for _, table in log.read(columns)]
    texts = pa.array(latest.texts, pa.string(), from_pandas=True)
    join = _join_numbers if schema.task is Task.REGRESSION else _join_classes
    labelled, known = join(tables, texts, schema)
    strange = pc.unique(texts.filter(pa.array(~known))).drop_null().to_pylist()
    report = build_report(rows, latest, unmatched, log.labels, known)
    return LabelledWindow(labelled, report, tuple(sorted(strange)[:5]))


def _join_classes(
    tables: Sequence[Any], texts: Any, schema: ModelSchema
) -> tuple[Labelled, npt.NDArray[np.bool_]]:
    """The labelled rows, and which rows of the window they are."""
    numbers = encode_classes(texts, schema.classes)
    predicted = [encode_classes(table.column(PREDICTION_COLUMN), schema.classes) for table in tables]
    probabilities = [read_probabilities(table, schema) for table in tables]
    known = numbers >= 0
    rows = LabelledRows(
        numbers,
        np.concatenate([np.zeros(0, np.int64), *predicted]),
        np.concatenate([np.zeros((0, len(schema.classes))), *probabilities]),
    )
    return rows.select(known), known


def _join_numbers(
    tables: Sequence[Any], texts: Any, schema: ModelSchema
) -> tuple[Labelled, npt.NDArray[np.bool_]]:
    numbers = np.array([_read_number(text) for text in texts.to_pylist()], np.float64)
    predicted = [read_finite(table.column(PREDICTION_COLUMN)) for table in tables]
    known = ~np.isnan(numbers)
    return LabelledNumbers(numbers, np.concatenate([np.zeros(0), *predicted])).select(known), known


def _read_number(text: str | None) -> float:
    """NaN for what is no finite number."""
    try:
        number = math.nan if text is None else float(text)
    except ValueError:
        return math.nan
    return number if math.isfinite(number) else math.nan


def report_labels(log: LabelledLog, schema: ModelSchema | None = None) -> LabelReport:
    """How far the window's predictions have their labels; with a schema also which it does not know."""
    rows = read_window_rows(log)
    latest, unmatched = match_labels(log, rows)
    is_known = None if schema is None else _find_known(latest.texts, schema)
    return build_report(rows, latest, unmatched, log.labels, is_known)


def _find_known(texts: npt.NDArray[np.object_], schema: ModelSchema) -> npt.NDArray[np.bool_]:
    if schema.task is Task.REGRESSION:
        return np.array([not math.isnan(_read_number(text)) for text in texts], np.bool_)
    return np.isin(texts.astype(str), schema.classes)
