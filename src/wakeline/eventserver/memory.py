"""Keeps the process's memory near what it holds: batches are large, short-lived, freed by other threads."""

import ctypes
import ctypes.util

import pyarrow as pa

_ARENA_MAX = -8
_MMAP_THRESHOLD = -3
_ARENAS = 2
_MAPPED_FROM_BYTES = 1024 * 1024


def return_memory_early() -> None:
    """Buffers beyond 1 MiB go back to the system when they are freed; call it before any thread starts.

    Arrow's own pool and glibc's arenas keep what they once had, one store of it for each thread. Another C
    library than glibc is left as it is.
    """
    pa.set_memory_pool(pa.system_memory_pool())
    library = ctypes.CDLL(ctypes.util.find_library("c"))
    if hasattr(library, "mallopt"):
        library.mallopt(_ARENA_MAX, _ARENAS)
        library.mallopt(_MMAP_THRESHOLD, _MAPPED_FROM_BYTES)
