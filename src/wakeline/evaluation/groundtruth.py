"""Ground truth: labels joined to predictions by prediction id, whenever and however often they arrived.

Of several labels of a prediction the last counts: by `label_time`, then by arrival. A label is *unmatched* if
its prediction id is nowhere in the log. Memory holds the window's ids and scores and 8 bytes per other label.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from wakeline.core.errors import NotFoundError
from wakeline.core.event import PREDICTION_COLUMN, PROBA_PREFIX, Topic
from wakeline.core.schema import ModelSchema, Task
from wakeline.core.window import Window
from wakeline.evaluation.reference import read_finite, read_probabilities
from wakeline.evaluation.selection import Selection, select_rows
from wakeline.loglake.names import escape_segment
from wakeline.loglake.place import Place
from wakeline.loglake.window import LogSnapshot
from wakeline.statistics.performance import Labelled, LabelledRows, encode_classes
from wakeline.statistics.regression import LabelledNumbers
from wakeline.statistics.sampling import Hashes, hash_texts
from wakeline.statistics.values import Integers

ID_COLUMN = "prediction_id"
UNMATCHED_SHOWN_MAX = 20
_LABEL_COLUMNS = (ID_COLUMN, "label", "label_time", "server_timestamp")
_LONG_AGO = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True)
class LabelReport:
    """`labelled` and `waiting` are predictions of the window; `unmatched` are ids of labels, of any time."""

    labelled: int = 0
    waiting: int = 0
    unmatched: int = 0
    unmatched_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class LabelledWindow:
    """The window's rows with a label among the model's classes (a regression's: with a number for a label),
    and the report of the join.

    `strangers` are some labels that are neither; their rows count as labelled, and nowhere else.
    """

    rows: Labelled
    report: LabelReport
    strangers: tuple[str, ...]


@dataclass(slots=True)
class _Latest:
    """The latest label of each prediction of the window, while label files stream by. Empty text: none."""

    count: int
    texts: npt.NDArray[np.object_] = field(init=False)
    times: Integers = field(init=False)
    arrivals: Integers = field(init=False)

    def __post_init__(self) -> None:
        self.texts = np.full(self.count, None, object)
        self.times = np.full(self.count, _LONG_AGO, np.int64)
        self.arrivals = np.full(self.count, _LONG_AGO, np.int64)

    def offer(
        self, rows: Integers, texts: npt.NDArray[np.object_], times: Integers, arrivals: Integers
    ) -> None:
        """Takes the labels that are not older than what is held; equal ones in the order offered."""
        order = np.lexsort((np.arange(len(rows)), arrivals, times, rows))
        rows, texts, times, arrivals = rows[order], texts[order], times[order], arrivals[order]
        last = np.append(rows[1:] != rows[:-1], True)[: len(rows)]
        rows, texts, times, arrivals = rows[last], texts[last], times[last], arrivals[last]
        held, since = self.times[rows], self.arrivals[rows]
        newer = (times > held) | ((times == held) & (arrivals >= since))
        rows = rows[newer]
        self.texts[rows], self.times[rows], self.arrivals[rows] = texts[newer], times[newer], arrivals[newer]


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


def join_labels(
    snapshot: LogSnapshot,
    labels: LogSnapshot | None,
    window: Window,
    selection: Selection,
    schema: ModelSchema,
) -> LabelledWindow:
    """The window's labelled rows, and who waits, and which labels belong to nobody."""
    columns = [ID_COLUMN, PREDICTION_COLUMN, *(PROBA_PREFIX + name for name in schema.classes)]
    tables = list(_read_selected(snapshot, window, selection, columns))
    ids = _chain([table.column(ID_COLUMN) for table in tables])
    latest = _find_latest(labels, ids)
    texts = pa.array(latest.texts, pa.string(), from_pandas=True)
    rows, known = (_join_numbers if schema.task is Task.REGRESSION else _join_classes)(tables, texts, schema)
    strange = pc.unique(texts.filter(pa.array(~known))).drop_null().to_pylist()
    return LabelledWindow(rows, _report(snapshot, labels, ids, texts), tuple(sorted(strange)[:5]))


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


def report_labels(
    table: Place, window: Window, *, selection: Selection | None = None, labels: Place | None = None
) -> LabelReport:
    """How far the window's predictions have their labels, without any model."""
    chosen = selection or Selection()
    snapshot = LogSnapshot.open(table)
    known = open_labels(labels or locate_labels(table, chosen.deployment_id))
    tables = _read_selected(snapshot, window, chosen, [ID_COLUMN])
    ids = _chain([rows.column(ID_COLUMN) for rows in tables])
    texts = pa.array(_find_latest(known, ids).texts, pa.string(), from_pandas=True)
    return _report(snapshot, known, ids, texts)


def find_unknown_ids(table: Place, prediction_ids: Sequence[str]) -> list[str]:
    """Those of the ids that are nowhere in the log, in the order given."""
    asked = pa.array(prediction_ids, pa.string())
    missing = _subtract_log(LogSnapshot.open(table), _sort_distinct(hash_texts(asked)))
    unknown = np.isin(hash_texts(asked), missing)
    return [text for text, lacks in zip(prediction_ids, unknown, strict=True) if lacks]


def _read_selected(
    snapshot: LogSnapshot, window: Window, selection: Selection, columns: Sequence[str]
) -> Iterator[Any]:
    wanted = list(dict.fromkeys([*columns, *selection.columns]))
    for file in snapshot.files(window):
        yield select_rows(snapshot.read_file(file, wanted), selection).select(list(columns))


def _find_latest(labels: LogSnapshot | None, ids: Any) -> _Latest:
    latest = _Latest(len(ids))
    for file in labels.files() if labels else []:
        assert labels is not None
        rows = labels.read_file(file, _LABEL_COLUMNS)
        where = pc.index_in(rows.column(ID_COLUMN), value_set=ids, skip_nulls=True)
        found = pc.and_(pc.is_valid(where), pc.is_valid(rows.column("label")))
        rows, where = rows.filter(found), where.filter(found)
        latest.offer(
            where.to_numpy().astype(np.int64),
            rows.column("label").to_numpy().astype(object),
            _read_times(rows.column("label_time")),
            _read_times(rows.column("server_timestamp")),
        )
    return latest


def _report(snapshot: LogSnapshot, labels: LogSnapshot | None, ids: Any, texts: Any) -> LabelReport:
    labelled = len(texts) - texts.null_count
    missing = np.zeros(0, np.uint64)
    shown: tuple[str, ...] = ()
    if labels is not None:
        others = np.setdiff1d(_hash_labels(labels), hash_texts(ids), assume_unique=True)
        missing = _subtract_log(snapshot, others)
        shown = _name_ids(labels, missing)
    return LabelReport(labelled, len(texts) - labelled, len(missing), shown)


def _hash_labels(labels: LogSnapshot) -> Hashes:
    """The distinct prediction ids of all labels, as sorted hashes."""
    parts = [np.zeros(0, np.uint64)]
    for file in labels.files():
        parts.append(hash_texts(labels.read_file(file, [ID_COLUMN]).column(ID_COLUMN).drop_null()))
    return _sort_distinct(np.concatenate(parts))


def _subtract_log(snapshot: LogSnapshot, hashes: Hashes) -> Hashes:
    """Those of the sorted hashes that no row of the whole log has, answered or not."""
    missing = np.full(len(hashes), True)
    for file in snapshot.files():
        if not missing.any():
            break
        logged = hash_texts(snapshot.read_file(file, [ID_COLUMN]).column(ID_COLUMN).drop_null())
        places = np.minimum(np.searchsorted(hashes, logged), len(hashes) - 1)
        missing[places[hashes[places] == logged]] = False
    return np.asarray(hashes[missing])


def _sort_distinct(hashes: Hashes) -> Hashes:
    """By sorting once: `np.unique` on each part costs a hash table a file."""
    ordered = np.sort(hashes)
    return np.asarray(ordered[np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]])


def _name_ids(labels: LogSnapshot, hashes: Hashes) -> tuple[str, ...]:
    """The texts of up to 20 of the ids, in the order in which the files have them."""
    names: dict[str, None] = {}
    for file in labels.files():
        if len(names) >= min(UNMATCHED_SHOWN_MAX, len(hashes)):
            break
        ids = labels.read_file(file, [ID_COLUMN]).column(ID_COLUMN).drop_null()
        chosen = np.isin(hash_texts(ids), hashes)
        names.update(dict.fromkeys(ids.filter(pa.array(chosen)).to_pylist()))
    return tuple(names)[:UNMATCHED_SHOWN_MAX]


def _read_times(column: Any) -> Integers:
    return np.asarray(pc.fill_null(pc.cast(column, pa.int64()), _LONG_AGO).to_numpy())


def _chain(columns: Sequence[Any]) -> Any:
    chunks = [chunk for column in columns for chunk in column.chunks]
    return pa.chunked_array(chunks, type=pa.string()).combine_chunks()
