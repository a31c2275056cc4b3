"""A connection's share of an event server: threads and memory of its own, and a rest while it is dead.

A store that does not answer takes time and memory from nobody but the tables that lie in it; they are refused
at once while it rests, so that no batch waits for a store that was dead a moment ago.
"""

from concurrent.futures import ThreadPoolExecutor

from wakeline.core.clock import Clock
from wakeline.core.errors import UnavailableError
from wakeline.loglake.table import StoreSilentError

WORKER_THREADS_MAX = 16
REST_US = 2_000_000


class Store:
    """Lives in the event loop; its threads commit."""

    def __init__(self, connection_id: str, clock: Clock) -> None:
        self.executor = ThreadPoolExecutor(WORKER_THREADS_MAX, f"commit-{connection_id}")
        self.held_bytes = 0
        self._clock = clock
        self._rests_until_us = 0
        self._reason = ""

    def check(self) -> None:
        """Raises `UnavailableError` while the store rests."""
        if self._clock.monotonic_us() < self._rests_until_us:
            raise UnavailableError(self._reason)

    def note_failure(self, error: Exception) -> None:
        """Only silence of the store itself concerns its other tables."""
        if isinstance(error, StoreSilentError):
            self._reason = str(error)
            self._rests_until_us = self._clock.monotonic_us() + REST_US

    def close(self) -> None:
        self.executor.shutdown()
