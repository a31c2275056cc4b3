"""Rows of a window where profiles are not enough: all of them if few, else the sample that their ids decide.

Memory is bounded by `rows_max` rows and one file. The sample does not depend on how rows lie in files.
"""

import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from wakeline.core.window import Window
from wakeline.evaluation.selection import Selection, select_rows
from wakeline.loglake.window import LogFile, LogSnapshot
from wakeline.statistics.domain_classifier import Sample, draw_sample
from wakeline.statistics.numerical import ks_of_ranks
from wakeline.statistics.sampling import Hashes, hash_positions, hash_texts
from wakeline.statistics.values import Floats, to_numbers

ID_COLUMN = "event_id"


def read_sample(
    snapshot: LogSnapshot,
    window: Window,
    selection: Selection,
    columns: Sequence[str],
    *,
    rows_max: int,
    seed: int,
) -> Sample:
    """At most `rows_max` selected rows of the window: those with the smallest hashes of their event ids."""
    wanted = list(dict.fromkeys([*columns, ID_COLUMN, *selection.columns]))
    kept: Sample | None = None
    for file in snapshot.files(window):
        rows = select_rows(snapshot.read_file(file, wanted), selection)
        hashes = hash_rows(rows.column(ID_COLUMN), file, seed)
        found = Sample(rows.select(list(columns)), hashes)
        kept = found if kept is None else _join_samples(kept, found)
        if len(kept.hashes) > rows_max:
            kept = draw_sample(kept, rows_max)
    if kept is None:
        return Sample(pa.table({}), np.zeros(0, np.uint64))
    return kept


def hash_rows(ids: Any, file: LogFile, seed: int) -> Hashes:
    """Hashes of the ids; of file and place for rows without one (tables that no node wrote)."""
    hashes = hash_texts(ids, seed)
    lacking = pc.is_null(ids).to_numpy(zero_copy_only=False) if ids.null_count else None
    if lacking is not None:
        places = hash_positions(len(hashes), zlib.crc32(file.attempt_id.encode()) + seed)
        hashes[lacking] = places[lacking]
    return hashes


def stream_ks(
    snapshot: LogSnapshot, window: Window, selection: Selection, column: str, reference: Floats
) -> float:
    """The exact KS of all selected rows against sorted reference values, in memory of the reference's."""
    at_or_below = np.zeros(len(reference), np.int64)
    below = np.zeros(len(reference), np.int64)
    count = 0
    for file in snapshot.files(window):
        rows = select_rows(snapshot.read_file(file, [column, *selection.columns]), selection)
        values = to_numbers(rows.column(column), column)
        present: npt.NDArray[np.float64] = np.sort(values[~np.isnan(values)])
        at_or_below += np.searchsorted(present, reference, side="right")
        below += np.searchsorted(present, reference, side="left")
        count += len(present)
    return ks_of_ranks(reference, at_or_below, below, count)


def _join_samples(first: Sample, second: Sample) -> Sample:
    table: Any = pa.concat_tables([first.table, second.table], promote_options="permissive")
    return Sample(table, np.concatenate([first.hashes, second.hashes]))
