"""Rows to label: answered predictions without a label, chosen by a strategy, with an empty column for it.

The same rows are chosen at any time and on any machine as long as log and labels are the same. Memory holds
16 bytes a row of the window, and the chosen rows.
"""

from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from wakeline.core.errors import InvalidInputError, NotFoundError
from wakeline.core.event import FEATURE_PREFIX, PREDICTION_COLUMN, PROBA_PREFIX
from wakeline.core.window import describe_window
from wakeline.evaluation.label_matching import ID_COLUMN, LabelledLog, match_labels, read_window_rows
from wakeline.statistics.sampling import find_smallest, hash_texts
from wakeline.statistics.values import to_numbers

ROWS_MAX = 100_000
LABEL_COLUMN = "label"


class Strategy(StrEnum):
    RANDOM = "random"
    UNCERTAIN = "uncertain"
    """Those first whose two highest probabilities are nearest to each other."""
    NEWEST = "newest"


def sample_rows(log: LabelledLog, *, count: int, strategy: Strategy, seed: int = 0) -> Any:
    """A table: prediction id, time, features, prediction, empty labels.

    Raises `NotFoundError` where every row of the window has its label.
    """
    rows = read_window_rows(log)
    latest, _ = match_labels(log, rows)
    waiting = np.flatnonzero(~latest.is_labelled)
    if not len(waiting):
        raise NotFoundError(f"no prediction of {describe_window(log.window)} waits for a label")
    match strategy:
        case Strategy.RANDOM:
            order = find_smallest(hash_texts(rows.ids.take(pa.array(waiting)), seed), count)
        case Strategy.NEWEST:
            order = np.argsort(-rows.times[waiting], kind="stable")[:count]
        case Strategy.UNCERTAIN:
            margins = _measure_margins(log)[waiting]
            order = np.argsort(margins, kind="stable")[:count]
    chosen = waiting[order]
    return _read_rows(log, chosen)


def _measure_margins(log: LabelledLog) -> npt.NDArray[np.float64]:
    """The highest probability less the second; rows without two come last."""
    names = [name for name in log.snapshot.stored if name.startswith(PROBA_PREFIX)]
    if len(names) < 2:
        raise InvalidInputError(
            "the log has no probabilities, which `uncertain` needs; expected random or newest"
        )
    parts = []
    for _, table in log.read(names):
        numbers = np.column_stack([to_numbers(table.column(name)) for name in names])
        two = np.sort(np.where(np.isnan(numbers), -np.inf, numbers), axis=1)[:, -2:]
        margins = two[:, 1] - two[:, 0]
        parts.append(np.where(np.isfinite(margins), margins, np.inf))
    return np.concatenate([np.zeros(0), *parts])


def _read_rows(log: LabelledLog, chosen: npt.NDArray[np.int64]) -> Any:
    """The chosen rows in the order of the choice."""
    features = [name for name in log.snapshot.stored if name.startswith(FEATURE_PREFIX)]
    columns = [ID_COLUMN, "event_time", *features, PREDICTION_COLUMN]
    ascending = np.sort(chosen)
    start, parts = 0, []
    for _, table in log.read(columns):
        inside = ascending[
            np.searchsorted(ascending, start) : np.searchsorted(ascending, start + table.num_rows)
        ]
        if len(inside):
            parts.append(table.take(pa.array(inside - start)))
        start += table.num_rows
    found = pa.concat_tables(parts, promote_options="permissive")
    places = np.searchsorted(ascending, chosen)
    rows = found.take(pa.array(places))
    return rows.append_column(LABEL_COLUMN, pa.nulls(rows.num_rows, pa.string()))
