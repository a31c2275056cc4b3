"""What a spool needs beside its writer: moving the log into the database, and the loops that do such work.

A checkpoint has a connection of its own; nothing else may checkpoint a file while its owner lives. A passive
one copies the bulk while commits go on; a restarting one, which holds them up, only finishes the rest. It
never runs passively over a log that is copied already: SQLite before 3.51.3 may lose pages there.
"""

import logging
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

from wakeline.spool.layout import open_file, wal_path

_LOGGER = logging.getLogger(__name__)
_BUSY_MS = 20


class Checkpoint:
    """Moves the write-ahead log of one file into its database."""

    def __init__(self, path: Path, log_bytes_max: int) -> None:
        self._connection = open_file(path)
        self._connection.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
        self._wal = wal_path(path)
        self._log_bytes_max = log_bytes_max
        self._lock = threading.Lock()
        self._is_copied = False
        self._grown_bytes = 0

    def note_growth(self, size: int) -> None:
        """Called with each commit's size; an estimate is enough."""
        self._grown_bytes += size

    def run_if_due(self) -> None:
        """Called from a loop: moves the log when it has grown enough, the bulk without holding commits up."""
        with self._lock:
            grown = self._grown_bytes
            if grown < self._log_bytes_max:
                return
            if not self._is_copied:
                self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
                self._is_copied = True
            if self._finish("RESTART"):
                self._grown_bytes -= grown

    def shrink(self) -> None:
        """Gives the log's space back at once where it is above its usual size; holds commits up."""
        with self._lock:
            if self._log_size() > self._log_bytes_max and self._finish("TRUNCATE"):
                self._grown_bytes = 0

    def _finish(self, mode: str) -> bool:
        try:
            busy, _, _ = self._connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
        except sqlite3.OperationalError:
            return False
        if not busy:
            self._is_copied = False
        return not busy

    def _log_size(self) -> int:
        try:
            return self._wal.stat().st_size
        except FileNotFoundError:
            return 0

    def close(self) -> None:
        with self._lock:
            self._connection.close()


class Loop:
    """A daemon thread that does `work` every interval until stopped; one failure is recorded, not fatal."""

    def __init__(self, name: str, interval_seconds: float, work: Callable[[], None]) -> None:
        self._interval_seconds = interval_seconds
        self._work = work
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stopped.wait(self._interval_seconds):
            try:
                self._work()
            except Exception:
                _LOGGER.exception("%s failed; it goes on", self._thread.name)

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()
