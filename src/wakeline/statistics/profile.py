"""Profiles: what a set of rows comes to on an edge set, as counts and sums that merge.

Merging is associative and commutative, and the merge of parts equals the profile of the whole: counts to the
last unit, sums to rounding. Readings are derived from profiles and need no rows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from wakeline.statistics.edges import ColumnCells, EdgeSet, LevelCells, NumericalEdges
from wakeline.statistics.values import Floats, Integers, count_levels, to_numbers

OTHER_LEVELS_MAX = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class NumericalProfile:
    """`counts` and `sums` per cell; `sums` and `squares` are of finite values, less the edge set's centre.

    `minimum` and `maximum` are of finite values, None where there are none.
    """

    cells: NumericalEdges
    counts: Integers
    sums: Floats
    squares: float
    missing: int
    minimum: float | None
    maximum: float | None

    @property
    def count(self) -> int:
        return int(self.counts.sum())

    @property
    def finite_count(self) -> int:
        return int(self.counts[1:-1].sum())


@dataclass(frozen=True, slots=True, eq=False)
class LevelProfile:
    """`counts` per cell; `others` names the levels behind the buckets, None once they are over 1 000.

    The number of distinct levels only grows in a merge, so that forgetting the names is associative too.
    """

    cells: LevelCells
    counts: Integers
    others: Mapping[str, int] | None
    missing: int

    @property
    def count(self) -> int:
        return int(self.counts.sum())


ColumnProfile = NumericalProfile | LevelProfile


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """The columns of `row_count` rows, counted on one edge set."""

    edge_set_id: str
    row_count: int
    columns: Mapping[str, ColumnProfile]


def build_profile(table: Any, edge_set: EdgeSet) -> Profile:
    """Counts the columns of an Arrow table; a column that it lacks is all missing."""
    columns = {
        name: build_column_profile(
            table.column(name) if name in table.column_names else pa.nulls(table.num_rows), cells, name
        )
        for name, cells in edge_set.columns.items()
    }
    return Profile(edge_set.id, table.num_rows, columns)


def build_empty_profile(edge_set: EdgeSet) -> Profile:
    """The neutral element of the merge."""
    return build_profile(pa.table({}), edge_set)


def build_column_profile(column: Any, cells: ColumnCells, name: str = "the column") -> ColumnProfile:
    match cells:
        case NumericalEdges():
            return count_numbers(to_numbers(column, name), cells)
        case LevelCells():
            return _count_level_cells(*count_levels(column, name), cells)


def count_numbers(values: Floats, cells: NumericalEdges) -> NumericalProfile:
    """Sorts the values and looks the edges up in them, which is quicker than the other way round.

    Sorted sums do not depend on the order of the rows either.
    """
    present = np.sort(values[~np.isnan(values)])
    ends = np.searchsorted(present, cells.edges, side="right")
    counts = np.diff(ends, prepend=0, append=len(present)).astype(np.int64)
    finite = present[ends[0] : ends[-1]]
    sums = np.zeros(cells.cell_count)
    used = np.flatnonzero(counts[1:-1])
    with np.errstate(over="ignore"):
        shifted = finite - cells.centre
        squares = float(np.dot(shifted, shifted))
        if len(used):
            sums[used + 1] = np.add.reduceat(shifted, ends[used] - ends[0])
    return NumericalProfile(
        cells=cells,
        counts=counts,
        sums=sums,
        squares=squares,
        missing=len(values) - len(present),
        minimum=float(finite[0]) if len(finite) else None,
        maximum=float(finite[-1]) if len(finite) else None,
    )


def merge_profiles(profiles: Iterable[Profile]) -> Profile:
    """One profile of all rows; the parts must stand on the same edge set."""
    parts = list(profiles)
    assert parts, "nothing to merge; the caller starts from build_empty_profile"
    assert len({part.edge_set_id for part in parts}) == 1, "profiles of different edge sets do not merge"
    columns = {name: _merge_columns([part.columns[name] for part in parts]) for name in parts[0].columns}
    return Profile(parts[0].edge_set_id, sum(part.row_count for part in parts), columns)


def find_outgrown(profile: Profile, share_max: float = 0.02, rows_min: int = 1_000) -> list[str]:
    """Columns of which over 2 % fell into one tail cell: their edges say too little and should be refined."""
    outgrown = []
    for name, column in profile.columns.items():
        if isinstance(column, NumericalProfile) and column.count >= rows_min:
            tails = column.counts[1:-1][column.cells.find_tails()[1:-1]]
            if len(tails) and tails.max() > share_max * column.count:
                outgrown.append(name)
    return outgrown


def find_coarse(profile: Profile, share_max: float = 0.02) -> list[str]:
    """Columns of which over 2 % share a cell of several values: no decile could be told within it."""
    coarse = []
    for name, column in profile.columns.items():
        if isinstance(column, NumericalProfile):
            wide = column.counts[~column.cells.find_singletons()]
            if wide.max(initial=0) > share_max * column.count:
                coarse.append(name)
    return coarse


def _count_level_cells(levels: Mapping[str, int], missing: int, cells: LevelCells) -> LevelProfile:
    counts = np.zeros(cells.cell_count, np.int64)
    index = cells.index()
    others: dict[str, int] = {}
    for level, count in levels.items():
        cell = index.get(level)
        if cell is None:
            others[level] = count
            cell = cells.find_bucket(level)
        counts[cell] += count
    return LevelProfile(cells, counts, _keep_few(others), missing)


def _keep_few(others: Mapping[str, int]) -> Mapping[str, int] | None:
    return others if len(others) <= OTHER_LEVELS_MAX else None


def _merge_columns(parts: list[ColumnProfile]) -> ColumnProfile:
    if isinstance(parts[0], NumericalProfile):
        return _merge_numerical([part for part in parts if isinstance(part, NumericalProfile)])
    return _merge_levels([part for part in parts if isinstance(part, LevelProfile)])


def _merge_numerical(parts: list[NumericalProfile]) -> NumericalProfile:
    return NumericalProfile(
        cells=parts[0].cells,
        counts=np.sum([part.counts for part in parts], axis=0, dtype=np.int64),
        sums=np.sum([part.sums for part in parts], axis=0),
        squares=sum(part.squares for part in parts),
        missing=sum(part.missing for part in parts),
        minimum=min((part.minimum for part in parts if part.minimum is not None), default=None),
        maximum=max((part.maximum for part in parts if part.maximum is not None), default=None),
    )


def _merge_levels(parts: list[LevelProfile]) -> LevelProfile:
    others: dict[str, int] | None = {}
    for part in parts:
        if others is None or part.others is None:
            others = None
            break
        for level, count in part.others.items():
            others[level] = others.get(level, 0) + count
    return LevelProfile(
        cells=parts[0].cells,
        counts=np.sum([part.counts for part in parts], axis=0, dtype=np.int64),
        others=None if others is None else _keep_few(others),
        missing=sum(part.missing for part in parts),
    )
