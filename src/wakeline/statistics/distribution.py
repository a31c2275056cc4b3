"""Distributions for the eye: both sides' profiles of a column, counted on few bins that they share.

Numbers: up to 40 edges chosen among the profile's own, so that every count is exact. Levels: the most
frequent ones by name. What no bin shows is counted beside them: nothing is left out.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wakeline.core.schema import FeatureRole
from wakeline.statistics.edges import NumericalEdges
from wakeline.statistics.profile import ColumnProfile, LevelProfile, NumericalProfile
from wakeline.statistics.values import Integers

EDGES_MAX = 40
LEVELS_SHOWN_MAX = 20
LEVEL_CHARACTERS_MAX = 120
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
_TAIL_SHARE = 0.005
_EVEN = 1.6
_LARGEST = float(np.finfo(np.float64).max)
_NO_EDGES: Integers = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class NumericalCounts:
    """`counts` by bin, `below` and `above` of all bins; `quantiles` at `QUANTILES`, each within its cell.

    `minimum`, `maximum`, `mean` and `quantiles` are of finite values, None where there are none (or,
    of the mean, where it is beyond the range of doubles).
    """

    counts: tuple[int, ...]
    below: int
    above: int
    missing: int
    minimum: float | None
    maximum: float | None
    mean: float | None
    quantiles: tuple[float, ...] | None


@dataclass(frozen=True, slots=True)
class NumericalDistribution:
    """Bin i holds what lies in `(edges[i], edges[i + 1]]`; where `single`, its upper edge alone."""

    edges: tuple[float, ...]
    single: bool
    reference: NumericalCounts
    current: NumericalCounts | None


@dataclass(frozen=True, slots=True)
class LevelCounts:
    """`counts` by level, `rest` of all levels that are not named."""

    counts: tuple[int, ...]
    rest: int
    missing: int


@dataclass(frozen=True, slots=True)
class LevelsAndRows:
    levels: int
    rows: int


@dataclass(frozen=True, slots=True)
class LevelDistribution:
    """`unseen`: levels of the current side alone, `vanished`: of the reference alone, named or not.

    They and `rest_levels` are None where a side has more levels than its profile keeps the names of.
    """

    levels: tuple[str, ...]
    rest_levels: int | None
    unseen: LevelsAndRows | None
    vanished: LevelsAndRows | None
    reference: LevelCounts
    current: LevelCounts | None


Distribution = NumericalDistribution | LevelDistribution


@dataclass(frozen=True, slots=True)
class ColumnDistribution:
    """`is_output`: of the model's answer, not of an input. Without a current side `not_computed` says why."""

    column: str
    role: FeatureRole
    is_output: bool
    counted: Distribution
    not_computed: str | None = None


def describe_distribution(reference: ColumnProfile, current: ColumnProfile | None) -> Distribution:
    """`current` None: the reference alone."""
    match reference, current:
        case NumericalProfile(), NumericalProfile() | None:
            return _describe_numbers(reference, current)
        case LevelProfile(), LevelProfile() | None:
            return _describe_levels(reference, current)
        case _:
            raise AssertionError("the column is numerical on one side and categorical on the other")


def _describe_numbers(reference: NumericalProfile, current: NumericalProfile | None) -> NumericalDistribution:
    sides = [side for side in (reference, current) if side is not None and side.finite_count]
    chosen, single, step = _choose_edges(reference.cells, sides) if sides else (_NO_EDGES, False, 0.0)
    return NumericalDistribution(
        edges=tuple(_show_edges(reference.cells, chosen, step, sides)),
        single=single,
        reference=_count_bins(reference, chosen),
        current=None if current is None else _count_bins(current, chosen),
    )


def _choose_edges(cells: NumericalEdges, sides: list[NumericalProfile]) -> tuple[Integers, bool, float]:
    """Places of edges, ascending; whether each bin holds one value only; the smallest step between values.

    One bin a cell where few are in use; else about equally wide bins over all but the outermost half
    percent of either side.
    """
    counts = np.sum([side.counts for side in sides], axis=0)
    used = np.flatnonzero(counts[1:-1]) + 1
    free = _find_free_edges(cells)
    if len(used) < EDGES_MAX:
        single = bool(cells.find_singletons()[used].all())
        upper = used if single else used[free[used] | (used == used[-1])]
        step = np.diff(cells.edges[upper]).min() if len(upper) > 1 else 0.0
        return np.insert(upper, 0, used[0] - 1).astype(np.int64), single, float(step)
    first = min(_find_cell(side, _TAIL_SHARE) for side in sides)
    last = max(_find_cell(side, 1 - _TAIL_SHARE) for side in sides)
    lowest = np.flatnonzero(free[:first])[-1]
    inner, step = _choose_between(cells, free, first, last)
    return np.unique([lowest, *inner, last]).astype(np.int64), False, step


def _find_free_edges(cells: NumericalEdges) -> npt.NDArray[np.bool_]:
    """False for an edge just below a value that has a cell of its own: it would part the value from its
    neighbours by a bin of no width."""
    below = np.nextafter(cells.edges[:-1], np.inf) == cells.edges[1:]
    return np.append(~below, False)


def _choose_between(
    cells: NumericalEdges, free: npt.NDArray[np.bool_], first: int, last: int
) -> tuple[Integers, float]:
    """The edges between two cells that come nearest to equally wide bins; as many values in each where
    values stand at about even steps, which else would look like a comb. Also the smallest step."""
    places = np.flatnonzero(free)
    places = places[(places >= first) & (places < last)]
    if not len(places):
        return places, 0.0
    values, end = cells.edges[places], cells.edges[last]
    with np.errstate(over="ignore", invalid="ignore"):
        gaps = np.diff(np.append(values, end))
        step = float(gaps.min())
        if np.quantile(gaps, 0.9) < _EVEN * step:
            each = -(-len(gaps) // (EDGES_MAX - 2))
            return places[each - 1 :: each], step
        targets = values[0] + (end - values[0]) / (EDGES_MAX - 2) * np.arange(1, EDGES_MAX - 1)
        targets = targets[targets < end]
    right = np.clip(np.searchsorted(values, targets), 0, len(values) - 1)
    left = np.maximum(right - 1, 0)
    nearest = np.where(np.abs(values[left] - targets) <= np.abs(values[right] - targets), left, right)
    return places[np.unique(nearest)], step


def _show_edges(
    cells: NumericalEdges, chosen: Integers, step: float, sides: list[NumericalProfile]
) -> list[float]:
    """The edges' values; the outermost are moved to where the values end if none lie beyond, which changes
    no count."""
    edges: list[float] = cells.edges[chosen].tolist()
    if not edges:
        return edges
    minimum = min(side.minimum for side in sides if side.minimum is not None)
    maximum = max(side.maximum for side in sides if side.maximum is not None)
    if edges[0] < minimum:
        edges[0] = max(min(minimum - step, math.nextafter(minimum, -math.inf)), -_LARGEST)
    edges[-1] = min(edges[-1], maximum)
    return edges


def _find_cell(side: NumericalProfile, share: float) -> int:
    """The finite cell of the value at or below which this share of the finite values lies."""
    rank = max(1, int(np.ceil(share * side.finite_count)))
    return int(np.searchsorted(np.cumsum(side.counts[1:-1]), rank)) + 1


def _count_bins(side: NumericalProfile, chosen: Integers) -> NumericalCounts:
    reached = np.cumsum(side.counts)[chosen] if len(chosen) else side.counts[:1]
    finite = side.finite_count
    return NumericalCounts(
        counts=tuple(np.diff(reached).tolist()),
        below=int(reached[0]),
        above=int(side.count - reached[-1]),
        missing=side.missing,
        minimum=side.minimum,
        maximum=side.maximum,
        mean=_compute_mean(side),
        quantiles=tuple(_read_quantile(side, share) for share in QUANTILES) if finite else None,
    )


def _read_quantile(side: NumericalProfile, share: float) -> float:
    """Within the cell where the value lies, as far along as its rank."""
    assert side.minimum is not None
    assert side.maximum is not None
    cell = _find_cell(side, share)
    upper = float(min(side.cells.edges[cell], side.maximum))
    if side.cells.find_singletons()[cell]:
        return upper
    lower = float(max(side.cells.edges[cell - 1], side.minimum))
    rank = max(1, int(np.ceil(share * side.finite_count)))
    along = (rank - int(side.counts[1:cell].sum())) / int(side.counts[cell])
    return min(max(lower * (1 - along) + upper * along, lower), upper)


def _compute_mean(side: NumericalProfile) -> float | None:
    if not side.finite_count:
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        mean = float(side.sums.sum()) / side.finite_count + side.cells.centre
    return mean if np.isfinite(mean) else None


def _describe_levels(reference: LevelProfile, current: LevelProfile | None) -> LevelDistribution:
    before, now = _name_levels(reference), _name_levels(current) if current else {}
    share = {name: count / reference.count for name, count in before.items()}
    total = current.count if current else 0
    for name, count in now.items():
        share[name] = share.get(name, 0.0) + count / total
    shown = sorted(share, key=lambda name: (-share[name], name))[:LEVELS_SHOWN_MAX]
    named = reference.others is not None and (current is None or current.others is not None)
    known = {name for side in (before, now) for name, count in side.items() if count}
    return LevelDistribution(
        levels=tuple(_cut(name) for name in shown),
        rest_levels=len(known - set(shown)) if named else None,
        unseen=_count_missing_in(before, now) if named and current is not None else None,
        vanished=_count_missing_in(now, before) if named and current is not None else None,
        reference=_count_levels(reference, before, shown),
        current=None if current is None else _count_levels(current, now, shown),
    )


def _name_levels(side: LevelProfile) -> dict[str, int]:
    """Every level that is counted by name."""
    literal = zip(side.cells.levels, side.counts[: len(side.cells.levels)].tolist(), strict=True)
    return {**{name: count for name, count in literal if count}, **(side.others or {})}


def _count_missing_in(other: Mapping[str, int], side: Mapping[str, int]) -> LevelsAndRows:
    alone = [count for name, count in side.items() if count and not other.get(name)]
    return LevelsAndRows(len(alone), sum(alone))


def _count_levels(side: LevelProfile, named: Mapping[str, int], shown: list[str]) -> LevelCounts:
    counts = tuple(named.get(name, 0) for name in shown)
    return LevelCounts(counts, side.count - sum(counts), side.missing)


def _cut(name: str) -> str:
    return name if len(name) <= LEVEL_CHARACTERS_MAX else f"{name[: LEVEL_CHARACTERS_MAX - 1]}…"
