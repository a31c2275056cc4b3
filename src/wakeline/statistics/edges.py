"""Edge sets: the literal cells in which an endpoint's columns are counted, made from its first reference.

A cell of numbers is `(lower edge, upper edge]`, decided by comparison and never by arithmetic, so that every
engine counts alike. A cell of levels is one level, or one bucket of the hashed remainder. An edge set is
named by the hash of its content: equal ids count alike.
"""

import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from wakeline.core.errors import BrokenFileError
from wakeline.core.schema import FeatureRole
from wakeline.statistics.values import Floats, count_levels, to_numbers

DEFINITION_VERSION = 2
"""Raised when the same rows on the same edges would give other profiles; older profiles are then rebuilt."""

QUANTILE_COUNT = 1_000
FREQUENT_VALUES_MAX = 1_000
LEVELS_MAX = 1_000
BUCKET_COUNT = 256
_DECADES = tuple(10.0**exponent for exponent in range(-1, 10))
_LARGEST = float(np.finfo(np.float64).max)


@dataclass(frozen=True, slots=True, eq=False)
class NumericalEdges:
    """`edges` ascend strictly; cell i is `(edges[i-1], edges[i]]`; the first and last hold one infinity each.

    `minimum` and `maximum` bound the values that the edges were made from; cells beyond them are tails.
    Sums are kept around `centre`, for precision.
    """

    edges: Floats
    centre: float
    minimum: float
    maximum: float

    @property
    def cell_count(self) -> int:
        return len(self.edges) + 1

    def find_singletons(self) -> npt.NDArray[np.bool_]:
        """True for cells that can hold one value only: what they count is exact."""
        single = np.nextafter(self.edges[:-1], np.inf) == self.edges[1:]
        return np.concatenate([[True], single, [True]])

    def find_tails(self) -> npt.NDArray[np.bool_]:
        """True for cells wholly beyond the values that the edges were made from."""
        low = np.append(self.edges < self.minimum, False)
        high = np.insert(self.edges >= self.maximum, 0, False)
        return low | high


@dataclass(frozen=True, slots=True)
class LevelCells:
    """One cell per literal level, in this order, then `BUCKET_COUNT` cells for the hashes of all others."""

    levels: tuple[str, ...]

    @property
    def cell_count(self) -> int:
        return len(self.levels) + BUCKET_COUNT

    def index(self) -> dict[str, int]:
        return {level: cell for cell, level in enumerate(self.levels)}

    def find_bucket(self, level: str) -> int:
        """The cell of a level that is not literal: CRC-32 of its UTF-8 text, the same in every engine."""
        return len(self.levels) + zlib.crc32(level.encode(errors="surrogatepass")) % BUCKET_COUNT


ColumnCells = NumericalEdges | LevelCells


@dataclass(frozen=True, slots=True, eq=False)
class EdgeSet:
    """The cells of each column of an endpoint. `id` is the hash of the content."""

    columns: Mapping[str, ColumnCells]
    id: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", hashlib.sha256(encode_edge_set(self)).hexdigest()[:16])


def make_edge_set(table: Any, roles: Mapping[str, FeatureRole]) -> EdgeSet:
    """Edges for the named columns of a reference; a column that the table lacks is treated as all missing."""
    return EdgeSet({name: _make_cells(table, name, role) for name, role in roles.items()})


def extend_edge_set(edge_set: EdgeSet, table: Any, roles: Mapping[str, FeatureRole]) -> EdgeSet:
    """The same set with cells for columns that it lacks, or holds under another role; itself if none."""
    lacking = {name: role for name, role in roles.items() if role_of(edge_set.columns.get(name)) is not role}
    if not lacking:
        return edge_set
    return EdgeSet({**edge_set.columns, **make_edge_set(table, lacking).columns})


def refine_edge_set(edge_set: EdgeSet, table: Any, columns: Iterable[str]) -> EdgeSet:
    """A new set with finer numerical cells where `table`'s values lie; every old edge stays an edge."""
    refined = dict(edge_set.columns)
    for name in columns:
        old, new = refined[name], make_numerical_edges(to_numbers(table.column(name), name))
        assert isinstance(old, NumericalEdges)
        refined[name] = NumericalEdges(
            edges=np.union1d(old.edges, new.edges),
            centre=old.centre,
            minimum=min(old.minimum, new.minimum),
            maximum=max(old.maximum, new.maximum),
        )
    return EdgeSet(refined)


def make_numerical_edges(values: Floats) -> NumericalEdges:
    """1 000 quantiles, one cell per frequent value, decades of the span beyond both ends.

    Quantiles are values of the data (inverse of the distribution function), so deciles are edges. A column
    of few distinct values gets a cell for each.
    """
    finite = np.sort(values[np.isfinite(values)])
    if not len(finite):
        finite = np.zeros(1)
    minimum, maximum = float(finite[0]), float(finite[-1])
    ranks = -(-np.arange(1, QUANTILE_COUNT + 1) * len(finite) // QUANTILE_COUNT) - 1
    single = _find_frequent(finite)
    with np.errstate(over="ignore"):
        below = np.nextafter(np.append(single, minimum), -np.inf)
    edges = np.concatenate([finite[ranks], single, below, [maximum], _make_decades(minimum, maximum)])
    return NumericalEdges(_close_edges(edges), float(finite[len(finite) // 2]), minimum, maximum)


def make_level_cells(counts: Mapping[str, int]) -> LevelCells:
    """The most frequent levels, ties by name."""
    ordered = sorted(counts, key=lambda level: (-counts[level], level))
    return LevelCells(tuple(ordered[:LEVELS_MAX]))


def encode_edge_set(edge_set: EdgeSet) -> bytes:
    """JSON whose numbers are the shortest texts that read back as the same doubles."""
    columns = {name: _describe_cells(cells) for name, cells in edge_set.columns.items()}
    return json.dumps({"definition": DEFINITION_VERSION, "columns": columns}).encode()


def decode_edge_set(body: bytes) -> EdgeSet:
    try:
        document = json.loads(body)
        if document["definition"] != DEFINITION_VERSION:
            raise BrokenFileError(
                f"the edge set has definition {document['definition']}, expected {DEFINITION_VERSION}"
            )
        return EdgeSet({name: _read_cells(entry) for name, entry in document["columns"].items()})
    except (ValueError, KeyError, TypeError) as error:
        raise BrokenFileError(f"the bytes are not an edge set: {error}") from error


def role_of(cells: ColumnCells | None) -> FeatureRole | None:
    """How a column with these cells is compared; None for no cells."""
    match cells:
        case NumericalEdges():
            return FeatureRole.NUMERICAL
        case LevelCells():
            return FeatureRole.CATEGORICAL
        case None:
            return None


def _make_cells(table: Any, name: str, role: FeatureRole) -> ColumnCells:
    present = name in table.column_names
    column = table.column(name) if present else pa.nulls(0)
    if role is FeatureRole.NUMERICAL:
        return make_numerical_edges(to_numbers(column, name))
    return make_level_cells(count_levels(column, name)[0])


def _find_frequent(ordered: Floats) -> Floats:
    """Values that fill a quantile cell alone; all values where there are few."""
    distinct, counts = np.unique(ordered, return_counts=True)
    if len(distinct) <= FREQUENT_VALUES_MAX:
        return distinct
    frequent = counts * QUANTILE_COUNT >= len(ordered)
    return distinct[frequent & (counts > 1)]


def _close_edges(edges: Floats) -> Floats:
    """Ascending finite edges between -inf and the largest double, so that each infinity has its own cell."""
    return np.concatenate([[-np.inf], np.unique(edges[np.abs(edges) < _LARGEST]), [_LARGEST]])


def _make_decades(minimum: float, maximum: float) -> Floats:
    with np.errstate(over="ignore"):
        span = np.float64(maximum) - minimum
        if span == 0:
            span = np.float64(abs(maximum) or 1.0)
        steps = np.array(_DECADES) * span
        return np.concatenate([minimum - steps, maximum + steps])


def _describe_cells(cells: ColumnCells) -> dict[str, Any]:
    match cells:
        case NumericalEdges():
            return {
                "edges": cells.edges[1:-1].tolist(),
                "centre": cells.centre,
                "minimum": cells.minimum,
                "maximum": cells.maximum,
            }
        case LevelCells():
            return {"levels": list(cells.levels)}


def _read_cells(entry: Mapping[str, Any]) -> ColumnCells:
    if "levels" in entry:
        return LevelCells(tuple(entry["levels"]))
    edges = _close_edges(np.array(entry["edges"], np.float64))
    return NumericalEdges(edges, entry["centre"], entry["minimum"], entry["maximum"])
