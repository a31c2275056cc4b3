"""Business keys of logged rows, and which row a key means at a time.

Keys are compared as texts (`class_name`), so that the number 17 and the text `17` are one key. A row without
a value has none.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from wakeline.core.business_key import CONTEXT_PREFIX
from wakeline.core.event import FEATURE_PREFIX, class_name
from wakeline.statistics.sampling import Hashes, hash_texts
from wakeline.wire.frame import FEATURE_TEXT_PREFIX

_CONTEXT = "context"


def list_key_columns(name: str | None) -> tuple[str, ...]:
    """The columns of a log that a key is read from."""
    if name is None:
        return ()
    if name.startswith(CONTEXT_PREFIX):
        return (_CONTEXT,)
    return (name, FEATURE_TEXT_PREFIX + name.removeprefix(FEATURE_PREFIX))


def read_keys(table: Any, name: str | None) -> Any:
    """An Arrow array of texts, a row each."""
    if name is None:
        return pa.nulls(table.num_rows, pa.string())
    if name.startswith(CONTEXT_PREFIX):
        entry = name.removeprefix(CONTEXT_PREFIX)
        texts = [_read_context(text, entry) for text in table.column(_CONTEXT).to_pylist()]
        return pa.array(texts, pa.string())
    plain, overflow = (table.column(column) for column in list_key_columns(name))
    texts = [None if value is None else class_name(value) for value in plain.to_pylist()]
    found = pa.array(texts, pa.string())
    if overflow.null_count == len(overflow):
        return found
    return pc.coalesce(found, pc.cast(overflow, pa.string()).combine_chunks())


def hash_keys(texts: Any) -> tuple[Hashes, npt.NDArray[np.bool_]]:
    """A hash a row, and which rows have a key at all."""
    return hash_texts(texts), np.asarray(pc.is_valid(texts).to_numpy(zero_copy_only=False), np.bool_)


def _read_context(text: str | None, entry: str) -> str | None:
    if text is None:
        return None
    try:
        found = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return None
    value = found.get(entry) if isinstance(found, dict) else None
    return class_name(value) if isinstance(value, bool | int | float | str) else None


class KeyIndex:
    """Finds, for a key and a time, the last row with that key at or before the time."""

    def __init__(self, hashes: Hashes, times: npt.NDArray[np.int64], rows: npt.NDArray[np.int64]) -> None:
        """Of rows with one key and one time the later of those given is the last."""
        self._hashes = np.unique(hashes)
        self._times = np.unique(times)
        places = self._place(hashes, times)
        order = np.argsort(places, kind="stable")
        self._places, self._rows = places[order], rows[order]

    def find(self, hashes: Hashes, times: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The rows' numbers as they were given; -1 where there is none."""
        if not len(self._places):
            return np.full(len(hashes), -1, np.int64)
        ranks = np.minimum(np.searchsorted(self._hashes, hashes), len(self._hashes) - 1)
        is_known = self._hashes[ranks] == hashes
        found = np.searchsorted(self._places, self._place(hashes, times), side="right") - 1
        reached = np.maximum(found, 0)
        is_same = self._places[reached] // self._width == ranks
        return np.where(is_known & is_same & (found >= 0), self._rows[reached], -1)

    @property
    def _width(self) -> int:
        return len(self._times) + 1

    def _place(self, hashes: Hashes, times: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """One number that orders by key, then time: ranks among the rows' own keys and times."""
        ranks = np.searchsorted(self._hashes, hashes).astype(np.int64)
        return ranks * self._width + np.searchsorted(self._times, times, side="right")


def concatenate(parts: Sequence[npt.NDArray[Any]], kind: Any) -> npt.NDArray[Any]:
    return np.concatenate([np.zeros(0, kind), *parts])
