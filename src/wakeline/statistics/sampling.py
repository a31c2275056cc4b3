"""Deterministic sampling: a row's place is decided by the hash of its id and a seed, by nothing else.

The same rows are drawn in any order, any split into files and on any number of processes.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Hashes = npt.NDArray[np.uint64]


def hash_texts(column: Any, seed: int = 0) -> Hashes:
    """64 bits per text: SplitMix64 over its length and its zero-padded bytes; null is the empty text."""
    array = pc.fill_null(pc.cast(column, pa.binary()), b"")
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    hashes = np.zeros(len(array), np.uint64)
    lengths = pc.binary_length(array).to_numpy(zero_copy_only=False)
    for length in np.unique(lengths):
        rows = np.flatnonzero(lengths == length)
        hashes[rows] = _hash_words(_to_words(array.take(pa.array(rows)), int(length)), int(length), seed)
    return hashes


def hash_positions(count: int, seed: int = 0) -> Hashes:
    """64 bits per row number: for references, whose order is fixed."""
    return _mix(np.arange(count, dtype=np.uint64) + _mix(np.array([seed], np.uint64)))


def find_smallest(hashes: Hashes, count: int) -> npt.NDArray[np.int64]:
    """Row numbers of the `count` smallest hashes, ascending by hash: a sample without replacement."""
    if len(hashes) > count:
        chosen = np.argpartition(hashes, count)[:count] if count else np.zeros(0, np.int64)
    else:
        chosen = np.arange(len(hashes))
    return chosen[np.argsort(hashes[chosen], kind="stable")]


def _to_words(array: Any, length: int) -> npt.NDArray[np.uint64]:
    width = max(8, -(-length // 8) * 8)
    padded = np.zeros((len(array), width), np.uint8)
    if length:
        fixed = pc.cast(array, pa.binary(length))
        flat = np.frombuffer(fixed.buffers()[1], np.uint8)[fixed.offset * length :]
        padded[:, :length] = flat[: len(array) * length].reshape(len(array), length)
    return padded.view("<u8")


def _hash_words(words: npt.NDArray[np.uint64], length: int, seed: int) -> Hashes:
    state = _mix(np.full(len(words), (seed * 0x9E3779B97F4A7C15 + length) % 2**64, np.uint64))
    for position in range(words.shape[1]):
        state = _mix(state ^ words[:, position])
    return state


def _mix(values: Hashes) -> Hashes:
    """The finaliser of SplitMix64 (Steele, Lea and Flood, 2014), with its increment."""
    mixed = values + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
