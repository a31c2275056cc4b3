"""Commits grouped by table: batches wait up to the interval, or until enough have come, then one commit.

Every table has its own queue and its own turn in the worker threads, so a slow or broken one holds back
only its own streams. A batch is answered after its commit is durable, never before.
"""

import asyncio
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn, TypeVar

from wakeline.core.clock import Clock
from wakeline.core.errors import UnavailableError, WakelineError
from wakeline.core.full_disk import explain_full_disk, is_disk_full
from wakeline.core.limits import SHIPPER_IN_FLIGHT_BYTES_MAX
from wakeline.eventserver.counters import StreamCounters
from wakeline.eventserver.faults import AFTER_COMMIT, Faults
from wakeline.eventserver.stores import Store
from wakeline.loglake.batch import Batch
from wakeline.loglake.commit import LogWriter
from wakeline.loglake.disk import SyncFailedError
from wakeline.loglake.offsets import Outcome, order_batches
from wakeline.loglake.place import Place
from wakeline.loglake.size import TableSize, measure_table

MEASURED_EVERY_US = 60 * 1_000_000

_Result = TypeVar("_Result")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Grouping:
    """When a group is full; `interval_s` counts from its first batch."""

    interval_s: float
    events_max: int
    bytes_max: int = SHIPPER_IN_FLIGHT_BYTES_MAX


@dataclass(frozen=True, slots=True)
class _Waiting:
    batch: Batch
    bytes: int
    answer: asyncio.Future[Outcome]


class TableQueue:
    """One table's batches on their way into it; lives in the event loop."""

    def __init__(
        self, root: Place, *, grouping: Grouping, store: Store, clock: Clock, faults: Faults
    ) -> None:
        self.counters = StreamCounters()
        self._root = root
        self._writer = LogWriter(root, deduplicate=faults.deduplicate)
        self._grouping = grouping
        self.store = store
        self._clock = clock
        self._faults = faults
        self._waiting: list[_Waiting] = []
        self.held_bytes = 0
        self._full = asyncio.Event()
        self._is_closing = False
        self._task: asyncio.Task[None] | None = None
        self.used_us = clock.monotonic_us()
        self.size: TableSize | None = None
        self._measured_us: int | None = None

    @property
    def is_idle(self) -> bool:
        return not self._waiting and not self.held_bytes and (self._task is None or self._task.done())

    async def submit(self, batch: Batch, size: int) -> Outcome:
        """Waits for the durable commit; raises `UnavailableError` if there was none."""
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self.used_us = self._clock.monotonic_us()
        self._waiting.append(_Waiting(batch, size, answer))
        if self._is_full():
            self._full.set()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        self.held_bytes += size
        self.store.held_bytes += size
        try:
            return await answer
        finally:
            self.held_bytes -= size
            self.store.held_bytes -= size
            # A failure knows this frame by its traceback, and the frame the failure by this name: a cycle
            # that would hold the batch until the next full collection.
            del answer

    async def close(self) -> None:
        """Commits what waits, at once."""
        self.hurry()
        if self._task is not None:
            await self._task

    def hurry(self) -> None:
        """From now on no group waits for company."""
        self._is_closing = True
        self._full.set()

    def _take_group(self) -> list[_Waiting]:
        """As much as one commit is to hold, and at least one batch: a commit copies what it writes."""
        rows = size = 0
        for count, waiting in enumerate(self._waiting):
            rows += waiting.batch.rows.num_rows
            size += waiting.bytes
            if count and (rows > self._grouping.events_max or size > self._grouping.bytes_max):
                group, self._waiting = self._waiting[:count], self._waiting[count:]
                return group
        group, self._waiting = self._waiting, []
        return group

    def _is_full(self) -> bool:
        rows = sum(waiting.batch.rows.num_rows for waiting in self._waiting)
        size = sum(waiting.bytes for waiting in self._waiting)
        return self._is_closing or rows >= self._grouping.events_max or size >= self._grouping.bytes_max

    async def _run(self) -> None:
        while self._waiting:
            if not self._is_full():
                self._full.clear()
                await _wait(self._full, self._grouping.interval_s)
            await self._settle(self._take_group())  # no name for the group: it goes as soon as it is settled

    async def _settle(self, group: Sequence[_Waiting]) -> None:
        batches = [waiting.batch for waiting in group]
        began_us = self._clock.monotonic_us()
        try:
            self.store.check()
            outcomes = await self._work(lambda: self._commit(batches))
        except SyncFailedError as error:
            end_process(error)
        except Exception as error:  # noqa: BLE001 - one table's failure must not end the others' work
            self.store.note_failure(error)
            if len(group) > 1 and not isinstance(error, WakelineError):
                await self._settle_one_by_one(group)
            else:
                self._fail(group, error)
        else:
            took_us = self._clock.monotonic_us() - began_us
            self.counters.count_group(outcomes, self._clock.now_us())
            self.counters.count_times(batches, took_us / 1e6, self._clock.now_us())
            for waiting, outcome in zip(group, outcomes, strict=True):
                _answer(waiting, outcome)
            await self._checkpoint()
            await self._measure_if_due()

    async def _settle_one_by_one(self, group: Sequence[_Waiting]) -> None:
        """Something in the group is more than we can take; it must not hold back the rest of the table."""
        for index in order_batches([waiting.batch.header for waiting in group]):
            await self._settle([group[index]])

    def _commit(self, batches: list[Batch]) -> list[Outcome]:
        outcomes = self._writer.commit(batches)
        self._faults.stop_at(AFTER_COMMIT)
        return outcomes

    def _fail(self, group: Sequence[_Waiting], error: Exception) -> None:
        is_full = is_disk_full(error)
        message = explain_full_disk(self._root, error) if is_full else str(error)
        if not is_full and not isinstance(error, WakelineError):
            _log.error("a commit failed unexpectedly", exc_info=error)
        elif message != self.counters.last_error:
            _log.warning("%s", message)
        self.counters.count_failure(message, is_disk_full=is_full)
        for waiting in group:
            if not waiting.answer.done():
                waiting.answer.set_exception(UnavailableError(message))

    async def _checkpoint(self) -> None:
        try:
            await self._work(self._writer.checkpoint_if_due)
        except SyncFailedError as error:
            end_process(error)
        except Exception as error:  # noqa: BLE001 - the log is as good without, only slower to open
            _log.warning("no checkpoint: %s", error)

    async def _measure_if_due(self) -> None:
        now_us = self._clock.monotonic_us()
        if self._measured_us is not None and now_us - self._measured_us < MEASURED_EVERY_US:
            return
        self._measured_us = now_us
        try:
            self.size = await self._work(lambda: measure_table(self._root))
        except Exception as error:  # noqa: BLE001 - nothing but a number on a page is missing
            _log.debug("the table is not measured: %s", error)

    async def _work(self, act: Callable[[], _Result]) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(self.store.executor, act)


def end_process(error: SyncFailedError) -> NoReturn:
    """Nothing is known of what the disk holds: only a restart, which reads it again, may answer anybody."""
    _log.critical("%s", error)
    os._exit(1)


def _answer(waiting: _Waiting, outcome: Outcome) -> None:
    if not waiting.answer.done():
        waiting.answer.set_result(outcome)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
