"""Labels matched to the predictions of a window: by prediction id, or by business key.

A label by key belongs to the last answered prediction with that key at or before the label's time, wherever
in the log it lies. Of several labels of a prediction the last counts, by label time, then by arrival. Memory
holds the window's ids, 16 bytes for each row elsewhere that shares a key, and 16 bytes for each other label.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from wakeline.core.clock import start_of_day
from wakeline.core.window import Window
from wakeline.evaluation.business_key import KeyIndex, concatenate, hash_keys, list_key_columns, read_keys
from wakeline.evaluation.selection import Selection, select_rows
from wakeline.loglake.window import LogFile, LogSnapshot
from wakeline.statistics.sampling import Hashes, hash_texts
from wakeline.statistics.values import Integers

ID_COLUMN = "prediction_id"
LABEL_COLUMNS = (ID_COLUMN, "label_key", "label", "label_time", "server_timestamp")
LONG_AGO = np.iinfo(np.int64).min
NEVER = np.iinfo(np.int64).max
_TIME_COLUMN = "event_time"


@dataclass(frozen=True, slots=True)
class LabelledLog:
    """A window of a log, and the labels beside it. `labels` None: none ever came. `key` is the business key
    that the endpoint declares."""

    snapshot: LogSnapshot
    labels: LogSnapshot | None
    window: Window
    selection: Selection
    key: str | None = None

    def read(self, columns: Sequence[str]) -> Iterator[tuple[LogFile, Any]]:
        """The selected rows, file by file, in the order of `WindowRows`."""
        return read_selected(self.snapshot, self.snapshot.files(self.window), self.selection, columns)


@dataclass(frozen=True, slots=True, eq=False)
class WindowRows:
    """The selected rows of a window in (day, file) order.

    `keys` are hashes, `has_key` says where there is one; `days` are µs at the start of each row's day.
    """

    ids: Any
    keys: Hashes
    has_key: npt.NDArray[np.bool_]
    times: Integers
    days: Integers

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(slots=True)
class Latest:
    """The latest label of each row, while labels stream by: None in `texts` where there is none.

    `firsts` are the earliest label times; `is_corrected` rows had labels of different texts.
    """

    count: int
    texts: npt.NDArray[np.object_] = field(init=False)
    times: Integers = field(init=False)
    arrivals: Integers = field(init=False)
    firsts: Integers = field(init=False)
    is_corrected: npt.NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        self.texts = np.full(self.count, None, object)
        self.times = np.full(self.count, LONG_AGO, np.int64)
        self.arrivals = np.full(self.count, LONG_AGO, np.int64)
        self.firsts = np.full(self.count, NEVER, np.int64)
        self.is_corrected = np.zeros(self.count, np.bool_)

    @property
    def is_labelled(self) -> npt.NDArray[np.bool_]:
        return np.asarray(self.arrivals > LONG_AGO)

    def offer(
        self, rows: Integers, texts: npt.NDArray[np.object_], times: Integers, arrivals: Integers
    ) -> None:
        """Takes the labels that are not older than what is held; equal ones in the order offered."""
        if not len(rows):
            return
        order = np.lexsort((np.arange(len(rows)), arrivals, times, rows))
        rows, texts, times, arrivals = rows[order], texts[order], times[order], arrivals[order]
        np.minimum.at(self.firsts, rows, times)
        self._note_corrections(rows, texts)
        last = np.append(rows[1:] != rows[:-1], True)
        rows, texts, times, arrivals = rows[last], texts[last], times[last], arrivals[last]
        held, since = self.times[rows], self.arrivals[rows]
        newer = (times > held) | ((times == held) & (arrivals >= since))
        rows = rows[newer]
        self.texts[rows], self.times[rows], self.arrivals[rows] = texts[newer], times[newer], arrivals[newer]

    def _note_corrections(self, rows: Integers, texts: npt.NDArray[np.object_]) -> None:
        """`rows` ascend: a text is compared with its neighbour's, and the first with the one held."""
        same = rows[1:] == rows[:-1]
        self.is_corrected[rows[1:][same & (texts[1:] != texts[:-1])]] = True
        held = self.texts[rows]
        has_held = self.is_labelled[rows]
        self.is_corrected[rows[has_held & (held != texts)]] = True


@dataclass(frozen=True, slots=True, eq=False)
class Unmatched:
    """Ids, or keys, of labels that belong to no prediction: as hashes, and whether they are keys."""

    ids: Hashes
    keys: Hashes


def read_window_rows(log: LabelledLog) -> WindowRows:
    ids, keys, has_key, times, days = [], [], [], [], []
    for file, rows in log.read(_list_columns(log.key)):
        ids.append(rows.column(ID_COLUMN))
        hashes, is_there = hash_keys(read_keys(rows, log.key))
        keys.append(hashes)
        has_key.append(is_there)
        times.append(read_times(rows.column(_TIME_COLUMN)))
        days.append(np.full(rows.num_rows, start_of_day(file.day), np.int64))
    return WindowRows(
        chain_texts(ids),
        concatenate(keys, np.uint64),
        concatenate(has_key, np.bool_),
        concatenate(times, np.int64),
        concatenate(days, np.int64),
    )


def match_labels(log: LabelledLog, rows: WindowRows) -> tuple[Latest, Unmatched]:
    """Reads every label once, and of the rest of the log the ids, and the keys where labels name some."""
    latest = Latest(len(rows))
    nothing = np.zeros(0, np.uint64)
    if log.labels is None:
        return latest, Unmatched(nothing, nothing)
    label_ids, label_keys = _hash_labels(log.labels)
    index = _IdIndex(rows.ids)
    owners = _index_keys(log, rows, index, label_keys)
    for file in log.labels.files():
        table = log.labels.read_file(file, LABEL_COLUMNS)
        table = table.filter(pc.is_valid(table.column("label")))
        where = index.find(table.column(ID_COLUMN))
        _offer(latest, table.filter(pa.array(where >= 0)), where[where >= 0])
        _offer_by_key(latest, table, owners)
    others = np.setdiff1d(label_ids, index.hashes, assume_unique=True)
    return latest, Unmatched(_subtract_log(log.snapshot, others), label_keys[owners.is_missing])


def read_selected(
    snapshot: LogSnapshot, files: Sequence[LogFile], selection: Selection, columns: Sequence[str]
) -> Iterator[tuple[LogFile, Any]]:
    wanted = list(dict.fromkeys([*columns, *selection.columns]))
    for file in files:
        yield file, select_rows(snapshot.read_file(file, wanted), selection).select(list(columns))


def read_times(column: Any) -> Integers:
    return np.asarray(pc.fill_null(pc.cast(column, pa.int64()), LONG_AGO).to_numpy())


def chain_texts(columns: Sequence[Any]) -> Any:
    chunks = [chunk for column in columns for chunk in column.chunks]
    return pa.chunked_array(chunks, type=pa.string()).combine_chunks()


def _list_columns(key: str | None) -> list[str]:
    return [ID_COLUMN, _TIME_COLUMN, *list_key_columns(key)]


class _IdIndex:
    """Finds a row by its id: made once, however many files of labels there are."""

    def __init__(self, ids: Any) -> None:
        hashes = hash_texts(ids)
        self._order = np.argsort(hashes, kind="stable")
        self._ids = ids
        self.hashes = hashes[self._order]

    def find(self, ids: Any) -> Integers:
        """The first row with the id; -1 where there is none. Equal hashes are compared as texts."""
        if not len(self.hashes):
            return np.full(len(ids), -1, np.int64)
        hashes = hash_texts(ids)
        places = np.minimum(np.searchsorted(self.hashes, hashes), len(self.hashes) - 1)
        rows = self._order[places]
        same = pc.equal(pc.cast(ids, pa.string()), pa.chunked_array([self._ids.take(pa.array(rows))]))
        is_found = np.asarray(pc.fill_null(same, False).to_numpy(), np.bool_)
        return np.where(is_found, rows, -1)


def _offer_by_key(latest: Latest, table: Any, owners: "_KeyOwners") -> None:
    chosen = table.filter(pc.is_valid(table.column("label_key")))
    if not chosen.num_rows:
        return
    hashes, times = hash_texts(chosen.column("label_key")), read_times(chosen.column("label_time"))
    owners.note_labels(hashes, times)
    where = owners.index.find(hashes, times)
    found = where >= 0
    _offer(latest, chosen.filter(pa.array(found)), where[found])


def _offer(latest: Latest, table: Any, rows: Integers) -> None:
    latest.offer(
        rows,
        table.column("label").to_numpy().astype(object),
        read_times(table.column("label_time")),
        read_times(table.column("server_timestamp")),
    )


@dataclass(slots=True)
class _KeyOwners:
    """Of the labels' keys: `index` finds the window's row that one means at a time (-1: a row elsewhere),
    `earliest` is the time of a key's first prediction anywhere, `is_missing` where no label found one."""

    keys: Hashes
    index: KeyIndex
    earliest: Integers
    is_missing: npt.NDArray[np.bool_]

    def note_labels(self, hashes: Hashes, times: Integers) -> None:
        places = np.searchsorted(self.keys, hashes)
        self.is_missing[places[self.earliest[places] <= times]] = False


def _index_keys(log: LabelledLog, rows: WindowRows, index: "_IdIndex", label_keys: Hashes) -> _KeyOwners:
    earliest = np.full(len(label_keys), NEVER, np.int64)
    own = rows.has_key & np.isin(rows.keys, label_keys)
    known = np.unique(rows.keys[own])
    _note_earliest(earliest, label_keys, rows.keys[own], rows.times[own])
    hashes, times = [], []
    for found, moments in _list_outside(log, index) if len(label_keys) and log.key is not None else ():
        _note_earliest(earliest, label_keys, found, moments)
        rival = np.isin(found, known)
        hashes.append(found[rival])
        times.append(moments[rival])
    rivals = concatenate(hashes, np.uint64)
    # A rival of the same moment comes first, so that a row of the window keeps its label.
    of_keys = KeyIndex(
        np.concatenate([rivals, rows.keys[own]]),
        np.concatenate([concatenate(times, np.int64), rows.times[own]]),
        np.concatenate([np.full(len(rivals), -1, np.int64), np.flatnonzero(own)]),
    )
    return _KeyOwners(label_keys, of_keys, earliest, np.full(len(label_keys), True))


def _list_outside(log: LabelledLog, index: "_IdIndex") -> Iterator[tuple[Hashes, Integers]]:
    """Keys and times of the rows that count and are not of the window's, file by file.

    Another model version's answers are answers too: they may be the last ones with a key.
    """
    anyone = Selection(log.selection.answered_only, deployment_id=log.selection.deployment_id)
    for file, table in read_selected(log.snapshot, log.snapshot.files(), anyone, _list_columns(log.key)):
        others = table
        if file.day in log.window:
            others = table.filter(pa.array(index.find(table.column(ID_COLUMN)) < 0))
        hashes, is_there = hash_keys(read_keys(others, log.key))
        yield hashes[is_there], read_times(others.column(_TIME_COLUMN))[is_there]


def _note_earliest(earliest: Integers, label_keys: Hashes, hashes: Hashes, times: Integers) -> None:
    if not len(label_keys):
        return
    places = np.minimum(np.searchsorted(label_keys, hashes), len(label_keys) - 1)
    hit = label_keys[places] == hashes
    np.minimum.at(earliest, places[hit], times[hit])


def _hash_labels(labels: LogSnapshot) -> tuple[Hashes, Hashes]:
    """The distinct prediction ids and keys of all labels, as sorted hashes."""
    ids, keys = [], []
    for file in labels.files():
        table = labels.read_file(file, [ID_COLUMN, "label_key"])
        ids.append(hash_texts(table.column(ID_COLUMN).drop_null()))
        keys.append(hash_texts(table.column("label_key").drop_null()))
    return _sort_distinct(concatenate(ids, np.uint64)), _sort_distinct(concatenate(keys, np.uint64))


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
