"""A group of events as one value: their lengths, then their bytes; in the machine's byte order."""

import zlib
from array import array
from collections.abc import Sequence
from itertools import accumulate, pairwise

from wakeline.core.errors import BrokenFileError

_LENGTH_BYTES = 4


def pack_group(events: Sequence[bytes]) -> bytes:
    return array("I", map(len, events)).tobytes() + b"".join(events)


def checksum(payload: bytes, seed: int) -> int:
    """`seed` is the file's own, so that pages of another file are not taken for its events."""
    return zlib.crc32(payload, seed)


def seed_of(producer: str) -> int:
    return zlib.crc32(producer.encode())


def lengths_bytes(count: int) -> int:
    """How many bytes at the start of a payload hold the lengths of its events."""
    return count * _LENGTH_BYTES


def read_lengths(head: bytes) -> list[int]:
    return array("I", head).tolist()


def unpack_group(payload: bytes, count: int, expected: int, seed: int) -> list[bytes]:
    """The events of a payload whose checksum is `expected`; raises `BrokenFileError` for any other."""
    start = lengths_bytes(count)
    if checksum(payload, seed) != expected or len(payload) < start:
        raise BrokenFileError(f"a group of {count} events does not have the checksum {expected:#x}")
    ends = list(accumulate(read_lengths(payload[:start]), initial=start))
    return [payload[begin:end] for begin, end in pairwise(ends)]
