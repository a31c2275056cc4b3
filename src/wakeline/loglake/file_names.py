"""What a data file's name says: how it came about, which data it holds, and an id that no other file has.

`part-<attempt>` is a commit's own; `run-<data>-<attempt>` and `day-<data>-<attempt>` are rewrites of an open
and of a closed day. The data id is the exclusive or of the attempt ids that the rows were committed under, so
a day keeps its sum however its files are merged, and gets another as soon as a row comes or goes.
"""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from functools import reduce
from pathlib import PurePosixPath

from wakeline.core.event import DAY_COLUMN


class FileKind(StrEnum):
    PART = "part"
    RUN = "run"
    DAY = "day"


_KINDS = {kind.value: kind for kind in FileKind}


def name_part(day: date, attempt: str) -> str:
    """The path, relative to the table's folder, of a file that holds new rows."""
    return f"{DAY_COLUMN}={day.isoformat()}/{FileKind.PART}-{attempt}.parquet"


def name_rewrite(kind: FileKind, day: date, attempts: Iterable[str], attempt: str) -> str:
    """The path of a file that holds what was committed under `attempts`, and nothing else."""
    return f"{DAY_COLUMN}={day.isoformat()}/{kind}-{combine_data_ids(attempts)}-{attempt}.parquet"


def read_kind(path: str) -> FileKind:
    """Files that are not named as ours count as a commit's own."""
    prefix = PurePosixPath(path).stem.partition("-")[0]
    return _KINDS.get(prefix, FileKind.PART)


def read_attempt_id(path: str) -> str:
    """The random id that ends a data file's name."""
    return PurePosixPath(path).stem.rpartition("-")[2]


def read_data_id(path: str) -> str:
    pieces = PurePosixPath(path).stem.split("-")
    return pieces[1] if read_kind(path) is not FileKind.PART and len(pieces) == 3 else pieces[-1]


def combine_data_ids(ids: Iterable[str]) -> str:
    """The id of all the data together; ids that are not ours stand for themselves by their bytes."""
    return f"{reduce(lambda total, id_: total ^ _to_number(id_), ids, 0):016x}"


def _to_number(id_: str) -> int:
    try:
        return int(id_, 16)
    except ValueError:
        return int.from_bytes(id_.encode(), "big")
