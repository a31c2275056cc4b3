"""The lock beside a spool file: who owns it, and up to which offset each stream is safe on the disk.

The lock is an flock on `<producer>.spool.lock`, gone with the process. Its content is one slot per stream:
the durable offset and its complement, so that a torn slot is seen and ignored.
"""

import fcntl
import os
import struct
from array import array
from pathlib import Path

_SLOT = struct.Struct("=QQ")
_ONES = (1 << 64) - 1


class OwnerLock:
    """A lock held until `release` or the end of the process."""

    __slots__ = ("_descriptor", "path")

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    def publish(self, durable: dict[int, int]) -> None:
        """Writes the durable offset of every stream id; called after the fdatasync that covers them."""
        slots = array("Q", bytes(_SLOT.size * (max(durable, default=0) + 1)))
        for stream_id, offset in durable.items():
            slots[2 * stream_id] = offset
            slots[2 * stream_id + 1] = offset ^ _ONES
        os.pwrite(self._descriptor, slots.tobytes(), 0)

    def release(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def try_lock(path: Path) -> OwnerLock | None:
    """The lock, or None while another process holds it. A lock file removed meanwhile is made anew."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        if _is_same_file(path, descriptor):
            return OwnerLock(path, descriptor)
        os.close(descriptor)


def _is_same_file(path: Path, descriptor: int) -> bool:
    try:
        return path.stat().st_ino == os.fstat(descriptor).st_ino
    except FileNotFoundError:
        return False


def read_durable(path: Path) -> dict[int, int]:
    """The durable offset by stream id, as last published; torn or absent slots are left out."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return {}
    whole = len(content) // _SLOT.size * _SLOT.size
    return {
        stream_id: offset
        for stream_id, (offset, complement) in enumerate(_SLOT.iter_unpack(content[:whole]))
        if offset ^ complement == _ONES
    }
