"""How far predictions have their labels, in all and by day: how late, corrected, unmatched."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from wakeline.core.clock import MICROSECONDS_PER_DAY, day_of
from wakeline.evaluation.label_matching import (
    ID_COLUMN,
    LONG_AGO,
    Latest,
    Unmatched,
    WindowRows,
    read_times,
)
from wakeline.loglake.window import LogSnapshot
from wakeline.statistics.sampling import Hashes, hash_texts
from wakeline.statistics.values import Integers

UNMATCHED_SHOWN_MAX = 20
UNKNOWN_SHOWN_MAX = 20


@dataclass(frozen=True, slots=True)
class LabelDay:
    """`unmatched` counts by the UTC day of the label's time, all else by the day of the prediction.

    Delays are µs from a prediction's time to that of its first label; None where there is no label.
    """

    day: date
    labelled: int
    waiting: int
    corrected: int
    unmatched: int
    delay_median_us: int | None
    delay_p90_us: int | None


@dataclass(frozen=True, slots=True)
class LabelReport:
    """`labelled`, `waiting` and `corrected` are predictions of the window; `unmatched` are ids, or keys, of
    labels of any time. `unknown` counts labelled rows by the labels that the model does not know."""

    labelled: int = 0
    waiting: int = 0
    unmatched: int = 0
    unmatched_ids: tuple[str, ...] = ()
    corrected: int = 0
    delay_median_us: int | None = None
    delay_p90_us: int | None = None
    unknown: tuple[tuple[str, int], ...] = ()
    days: tuple[LabelDay, ...] = ()


def build_report(
    rows: WindowRows,
    latest: Latest,
    unmatched: Unmatched,
    labels: LogSnapshot | None,
    is_known: npt.NDArray[np.bool_] | None = None,
) -> LabelReport:
    """`is_known`: which labelled rows have a label that the model knows; None: no model was asked."""
    is_labelled = latest.is_labelled
    names, unmatched_days = _tell_unmatched(labels, unmatched)
    delays = _measure_delays(rows, latest, is_labelled)
    median, late = _summarize(delays)
    labelled = int(is_labelled.sum())
    return LabelReport(
        labelled=labelled,
        waiting=len(rows) - labelled,
        unmatched=len(unmatched.ids) + len(unmatched.keys),
        unmatched_ids=names,
        corrected=int(latest.is_corrected.sum()),
        delay_median_us=median,
        delay_p90_us=late,
        unknown=() if is_known is None else _count_unknown(latest, is_labelled & ~is_known),
        days=_build_days(rows, latest, is_labelled, unmatched_days),
    )


def _measure_delays(rows: WindowRows, latest: Latest, is_labelled: npt.NDArray[np.bool_]) -> Integers:
    """Of labelled rows, in their order; -1 for the others."""
    return np.where(is_labelled, np.maximum(latest.firsts - rows.times, 0), -1)


def _summarize(delays: Integers) -> tuple[int | None, int | None]:
    known = delays[delays >= 0]
    if not len(known):
        return None, None
    return int(np.quantile(known, 0.5)), int(np.quantile(known, 0.9))


def _count_unknown(latest: Latest, strange: npt.NDArray[np.bool_]) -> tuple[tuple[str, int], ...]:
    return tuple(Counter(latest.texts[strange].tolist()).most_common(UNKNOWN_SHOWN_MAX))


def _build_days(
    rows: WindowRows,
    latest: Latest,
    is_labelled: npt.NDArray[np.bool_],
    unmatched_days: dict[date, int],
) -> tuple[LabelDay, ...]:
    delays = _measure_delays(rows, latest, is_labelled)
    days, places = np.unique(rows.days, return_inverse=True)
    count = len(days)
    totals = np.bincount(places, minlength=count)
    labelled = np.bincount(places, weights=is_labelled, minlength=count).astype(np.int64)
    corrected = np.bincount(places, weights=latest.is_corrected, minlength=count).astype(np.int64)
    order = np.argsort(places, kind="stable")
    parts = np.split(delays[order], np.cumsum(totals)[:-1]) if count else []
    found = {
        day_of(int(day)): (int(totals[n]), int(labelled[n]), int(corrected[n]), *_summarize(parts[n]))
        for n, day in enumerate(days)
    }
    nothing = (0, 0, 0, None, None)
    return tuple(
        LabelDay(day, of_day[1], of_day[0] - of_day[1], of_day[2], unmatched_days.get(day, 0), *of_day[3:])
        for day in sorted({*found, *unmatched_days})
        for of_day in [found.get(day, nothing)]
    )


def _tell_unmatched(
    labels: LogSnapshot | None, unmatched: Unmatched
) -> tuple[tuple[str, ...], dict[date, int]]:
    """The texts of up to 20, in the order in which the files have them, and how many there are by the day of
    their first label."""
    if labels is None or not len(unmatched.ids) + len(unmatched.keys):
        return (), {}
    names: dict[str, None] = {}
    days: Counter[date] = Counter()
    for column, hashes in ((ID_COLUMN, unmatched.ids), ("label_key", unmatched.keys)):
        firsts = np.full(len(hashes), np.iinfo(np.int64).max, np.int64)
        for file in labels.files() if len(hashes) else []:
            table = labels.read_file(file, [column, "label_time"])
            table = table.filter(pc.is_valid(table.column(column)))
            texts = _note_firsts(firsts, hashes, table, column)
            if len(names) < UNMATCHED_SHOWN_MAX:
                names.update(dict.fromkeys(texts[:10_000]))
        found, counts = np.unique(firsts // MICROSECONDS_PER_DAY, return_counts=True)
        for day, count in zip(found, counts, strict=True):
            days[day_of(int(day) * MICROSECONDS_PER_DAY)] += int(count)
    return tuple(names)[:UNMATCHED_SHOWN_MAX], dict(days)


def _note_firsts(firsts: Integers, hashes: Hashes, table: Any, column: str) -> list[str]:
    """Lowers the first label times of the hashes; the texts that they stand for, in the file's order."""
    found = hash_texts(table.column(column))
    places = np.minimum(np.searchsorted(hashes, found), len(hashes) - 1)
    hit = hashes[places] == found
    times = read_times(table.column("label_time"))[hit]
    np.minimum.at(firsts, places[hit], np.where(times == LONG_AGO, 0, times))
    texts: list[str] = table.column(column).take(np.flatnonzero(hit)[:10_000]).to_pylist()
    return texts
