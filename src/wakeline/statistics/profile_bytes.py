"""Profiles as the bytes of a Parquet file: one row per cell that counts anything, the rest in its metadata.

Readable by any Parquet reader. Refuses bytes of another format, definition or edge set; the caller rebuilds.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from wakeline.core.errors import BrokenFileError
from wakeline.statistics.edges import DEFINITION_VERSION, ColumnCells, EdgeSet, NumericalEdges
from wakeline.statistics.profile import ColumnProfile, LevelProfile, NumericalProfile, Profile

FORMAT_VERSION = 1
_KEY = b"wakeline.profile"


@dataclass(frozen=True, slots=True)
class ProfileBundle:
    """Profiles on one edge set, each with its key, and what the caller noted about them (JSON values)."""

    parts: Sequence[tuple[Mapping[str, Any], Profile]]
    note: Mapping[str, Any]


def encode_profiles(bundle: ProfileBundle, edge_set: EdgeSet) -> bytes:
    columns: dict[str, list[np.ndarray[Any, Any]]] = {
        "part": [],
        "column": [],
        "cell": [],
        "count": [],
        "sum": [],
    }
    for part, (_, profile) in enumerate(bundle.parts):
        for position, column in enumerate(profile.columns.values()):
            used = np.flatnonzero(column.counts)
            columns["part"].append(np.full(len(used), part, np.int32))
            columns["column"].append(np.full(len(used), position, np.int32))
            columns["cell"].append(used.astype(np.int32))
            columns["count"].append(column.counts[used])
            sums = column.sums[used] if isinstance(column, NumericalProfile) else np.zeros(len(used))
            columns["sum"].append(sums)
    types = {"part": np.int32, "column": np.int32, "cell": np.int32, "count": np.int64, "sum": np.float64}
    arrays = {name: np.concatenate([np.zeros(0, type_), *columns[name]]) for name, type_ in types.items()}
    header = {
        "format": FORMAT_VERSION,
        "definition": DEFINITION_VERSION,
        "edge_set": edge_set.id,
        "columns": list(edge_set.columns),
        "parts": [_describe_part(key, profile) for key, profile in bundle.parts],
        "note": dict(bundle.note),
    }
    sink = pa.BufferOutputStream()
    table = pa.table(arrays).replace_schema_metadata({_KEY: json.dumps(header).encode()})
    pq.write_table(table, sink, compression="zstd", use_dictionary=False)
    body: bytes = sink.getvalue().to_pybytes()
    return body


def decode_profiles(body: bytes, edge_set: EdgeSet) -> ProfileBundle:
    """The inverse of `encode_profiles`, for the edge set that the profiles were built on."""
    try:
        table = pq.read_table(pa.BufferReader(body))
        header = json.loads((table.schema.metadata or {})[_KEY])
        _check_header(header, edge_set)
        parts = _read_parts(table, header, edge_set)
    except (pa.ArrowException, OSError, KeyError, ValueError, TypeError, IndexError) as error:
        raise BrokenFileError(f"the bytes are not profiles: {error}") from error
    return ProfileBundle(parts, header["note"])


def _check_header(header: Mapping[str, Any], edge_set: EdgeSet) -> None:
    found = (header["format"], header["definition"], header["edge_set"], header["columns"])
    expected = (FORMAT_VERSION, DEFINITION_VERSION, edge_set.id, list(edge_set.columns))
    if found != expected:
        raise BrokenFileError(
            f"the profiles have format, definition and edge set {found[:3]}, expected {expected[:3]}"
        )


def _describe_part(key: Mapping[str, Any], profile: Profile) -> dict[str, Any]:
    columns = [_describe_column(column) for column in profile.columns.values()]
    return {"key": dict(key), "row_count": profile.row_count, "columns": columns}


def _describe_column(column: ColumnProfile) -> dict[str, Any]:
    match column:
        case NumericalProfile():
            return {
                "missing": column.missing,
                "squares": column.squares,
                "minimum": column.minimum,
                "maximum": column.maximum,
            }
        case LevelProfile():
            others = None if column.others is None else dict(column.others)
            return {"missing": column.missing, "others": others}


def _read_parts(
    table: Any, header: Mapping[str, Any], edge_set: EdgeSet
) -> list[tuple[Mapping[str, Any], Profile]]:
    arrays = {name: table.column(name).to_numpy() for name in table.column_names}
    width = len(edge_set.columns)
    slot = arrays["part"].astype(np.int64) * width + arrays["column"]
    bounds = np.searchsorted(slot, np.arange(len(header["parts"]) * width + 1))
    parts = []
    for part, entry in enumerate(header["parts"]):
        columns: dict[str, ColumnProfile] = {}
        for position, (name, cells) in enumerate(edge_set.columns.items()):
            start, end = bounds[part * width + position : part * width + position + 2]
            rows = {key: values[start:end] for key, values in arrays.items()}
            columns[name] = _read_column(rows, entry["columns"][position], cells)
        parts.append((entry["key"], Profile(edge_set.id, entry["row_count"], columns)))
    return parts


def _read_column(
    rows: Mapping[str, np.ndarray[Any, Any]], entry: Mapping[str, Any], cells: ColumnCells
) -> ColumnProfile:
    counts = np.zeros(cells.cell_count, np.int64)
    counts[rows["cell"]] = rows["count"]
    if not isinstance(cells, NumericalEdges):
        return LevelProfile(cells, counts, entry["others"], entry["missing"])
    sums = np.zeros(cells.cell_count)
    sums[rows["cell"]] = rows["sum"]
    return NumericalProfile(
        cells, counts, sums, entry["squares"], entry["missing"], entry["minimum"], entry["maximum"]
    )
