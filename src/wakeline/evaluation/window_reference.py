"""A window of a log as the reference, in place of the model version's own.

Its answered rows count, of every version of the model and of every deployment: all of them if they are few,
else the sample that their ids decide. Labels that have come for them give the performance to compare with.
"""

import hashlib
from dataclasses import dataclass

import pyarrow as pa

from wakeline.core.errors import InvalidInputError, NotFoundError
from wakeline.core.window import Window, describe_window
from wakeline.evaluation.groundtruth import join_labels, locate_labels, open_labels
from wakeline.evaluation.label_matching import LabelledLog
from wakeline.evaluation.logged_columns import explain_absence
from wakeline.evaluation.reference import Reference, list_roles
from wakeline.evaluation.sample_rows import read_sample
from wakeline.evaluation.selection import Selection, is_api_node_log
from wakeline.loglake.file_names import combine_data_ids
from wakeline.loglake.place import Place
from wakeline.loglake.window import LogSnapshot
from wakeline.scoring.manifest import Manifest
from wakeline.statistics.performance import Labelled


@dataclass(frozen=True, slots=True)
class WindowReference:
    """`dataset` is the name by which people know the log at `root`."""

    dataset: str
    root: Place
    window: Window
    business_key: str | None = None


def read_window_reference(
    wanted: WindowReference, manifest: Manifest, *, rows_max: int, seed: int
) -> tuple[Reference, Labelled]:
    """Raises `InvalidInputError` for a window without rows that count."""
    try:
        snapshot = LogSnapshot.open(wanted.root)
    except NotFoundError as error:
        raise _report_no_rows(wanted) from error
    selection = Selection(answered_only=is_api_node_log(snapshot), model_id=manifest.model_id)
    roles = list_roles(manifest.schema)
    known = [name for name, role in roles.items() if explain_absence(snapshot, name, role) is None]
    rows = read_sample(snapshot, wanted.window, selection, known, rows_max=rows_max, seed=seed).table
    if not rows.num_rows:
        raise _report_no_rows(wanted)
    for name in roles.keys() - set(known):
        rows = rows.append_column(name, pa.nulls(rows.num_rows, pa.float64()))
    labels = open_labels(locate_labels(wanted.root))
    log = LabelledLog(snapshot, labels, wanted.window, selection, wanted.business_key)
    joined = join_labels(log, manifest.schema)
    return Reference(rows, _take_checksum(snapshot, wanted, rows_max, seed)), joined.rows


def _take_checksum(snapshot: LogSnapshot, wanted: WindowReference, rows_max: int, seed: int) -> str:
    """Data ids stand for the data, however its files are merged."""
    data = combine_data_ids(file.data_id for file in snapshot.files(wanted.window))
    parts = [data, str(rows_max), str(seed)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _report_no_rows(wanted: WindowReference) -> InvalidInputError:
    return InvalidInputError(
        f"the reference, {describe_window(wanted.window)} of the dataset {wanted.dataset!r}, has no answered "
        "rows; choose a window that has some, or the model version's own reference"
    )
