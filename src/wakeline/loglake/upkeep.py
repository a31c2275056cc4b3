"""One table's upkeep, in an order that a kill at any place leaves good: merge, expire, tidy the log, vacuum.

Each step is one commit or none, may be stopped between two, and is found again by the next run. Another
holder's lease stops it before the first rewrite.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from deltalake.exceptions import DeltaError

from wakeline.core.clock import Clock
from wakeline.core.errors import UnavailableError
from wakeline.loglake.columns import read_columns
from wakeline.loglake.compaction import Bundle, compact, plan_compaction
from wakeline.loglake.lease import take_lease
from wakeline.loglake.place import Place
from wakeline.loglake.recovery import find_checkpoint, list_checkpoints
from wakeline.loglake.retention import expire_rows
from wakeline.loglake.rewrite import list_live_files
from wakeline.loglake.storage import Storage, find_storage
from wakeline.loglake.table import find_table, open_table
from wakeline.loglake.vacuum import KEPT_HOURS, vacuum

DAILY_SECONDS = 24 * 3600


@dataclass(slots=True)
class UpkeepCounts:
    """What was done to one table, or to all since the start."""

    runs: int = 0
    files_merged: int = 0
    files_written: int = 0
    refused: int = 0
    rows_expired: int = 0
    files_deleted: int = 0
    seconds: float = 0.0

    def add(self, other: "UpkeepCounts") -> None:
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


class TableUpkeep:
    """The upkeep of one table by one process; its lifetime remembers what was done lately.

    `retention_days` None keeps rows for ever; `kept_hours` is how long replaced and stray files stay.
    """

    def __init__(
        self,
        root: Place,
        holder: str,
        clock: Clock,
        *,
        disk: Storage | None = None,
        kept_hours: float = KEPT_HOURS,
    ) -> None:
        self.root = root
        self._holder = holder
        self._clock = clock
        self._disk = disk or find_storage(root)
        self._kept_hours = kept_hours
        self._tidied_checkpoint = -1
        self._daily_at: float | None = None

    def run(
        self, *, retention_days: int | None = None, should_stop: Callable[[], bool] = lambda: False
    ) -> UpkeepCounts:
        """Raises `WakelineError` where the table or the store does not let it; a later run goes on."""
        counts = UpkeepCounts(runs=1)
        begun = time.monotonic()
        if find_table(self.root) is None:
            return counts
        try:
            self._merge(counts, should_stop)
            if self._is_daily_due(begun) and not should_stop():
                self._work_daily(counts, retention_days, should_stop)
                self._daily_at = begun
            if not should_stop():
                self._tidy_log()
        except (OSError, DeltaError) as error:
            raise UnavailableError(f"the upkeep of {self.root} failed: {error}") from error
        counts.seconds = time.monotonic() - begun
        return counts

    def _merge(self, counts: UpkeepCounts, should_stop: Callable[[], bool]) -> None:
        """Bundle by bundle; merging may make the next size's files many, so it looks again."""
        while bundles := self._plan():
            if should_stop() or not take_lease(self.root, self._holder, self._disk):
                return
            for bundle in bundles:
                if should_stop():
                    return
                if not compact(self.root, bundle, self._disk):
                    counts.refused += 1
                    return
                counts.files_merged += len(bundle.files)
                counts.files_written += 1

    def _plan(self) -> list[Bundle]:
        table = open_table(self.root)
        return plan_compaction(
            list_live_files(table),
            column_count=len(read_columns(table.schema())),
            now_us=self._clock.now_us(),
        )

    def _is_daily_due(self, now: float) -> bool:
        return self._daily_at is None or now - self._daily_at >= DAILY_SECONDS

    def _work_daily(
        self, counts: UpkeepCounts, retention_days: int | None, should_stop: Callable[[], bool]
    ) -> None:
        if not take_lease(self.root, self._holder, self._disk):
            return
        if retention_days is not None:
            counts.rows_expired += expire_rows(
                self.root,
                self._disk,
                days=retention_days,
                now_us=self._clock.now_us(),
                should_stop=should_stop,
            )
        counts.files_deleted += len(vacuum(self.root, self._disk, kept_hours=self._kept_hours))

    def _tidy_log(self) -> None:
        """Old commit files go once a checkpoint that sums them up is on the disk; the table says when."""
        newest = (
            max(list_checkpoints(self.root), default=-1)
            if isinstance(self.root, Path)
            else find_checkpoint(self.root)
        )
        if newest > self._tidied_checkpoint:
            open_table(self.root).cleanup_metadata()
            self._tidied_checkpoint = newest
