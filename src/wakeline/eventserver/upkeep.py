"""The upkeep of the tables that this server owns: by itself, one table at a time, off the commits' threads.

A table gets its turn after some commits, and now and then, so that days close where nothing comes any more.
Stopped between two steps when the server stops; what is left is found again.
"""

import asyncio
import logging
import os
import threading
import time
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from wakeline.core.clock import Clock, format_rfc3339
from wakeline.core.errors import WakelineError
from wakeline.core.event import Stream
from wakeline.eventserver.rules import Rules
from wakeline.eventserver.tables import end_process
from wakeline.loglake.disk import SyncFailedError
from wakeline.loglake.layout import read_stream
from wakeline.loglake.place import Place
from wakeline.loglake.tables import list_tables
from wakeline.loglake.upkeep import TableUpkeep, UpkeepCounts

COMMITS_BETWEEN = 50
LOOK_SECONDS = 2.0
_NICENESS = 10
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class UpkeepSettings:
    """`interval_s` is how often every table gets its turn; `vacuum_hours` how long replaced files stay."""

    is_on: bool = True
    interval_s: float = 600.0
    vacuum_hours: float = 168.0


@dataclass(slots=True)
class _Table:
    upkeep: TableUpkeep
    commits_seen: int = 0
    looked_at: float = float("-inf")


class UpkeepRounds:
    """`count_commits` tells the commits of each table since the start, `owns` whether a stream is this
    server's. Lives in the event loop; the work is done in one thread of low priority."""

    def __init__(
        self,
        settings: UpkeepSettings,
        holder: str,
        clock: Clock,
        *,
        count_commits: Callable[[], dict[Place, int]],
        owns: Callable[[Stream], Awaitable[bool]],
        find_rules: Callable[[], Rules | None],
    ) -> None:
        self._settings = settings
        self._holder = holder
        self._clock = clock
        self._count_commits = count_commits
        self._owns = owns
        self._find_rules = find_rules
        self._worker = ThreadPoolExecutor(1, "upkeep", initializer=_lower_priority)
        self._tables: dict[Place, _Table] = {}
        self._counts = UpkeepCounts()
        self._last_run_us: int | None = None
        self._last_error: str | None = None
        self._stopping = threading.Event()
        self._swept_at = float("-inf")

    async def run(self) -> None:
        """Until cancelled."""
        while self._settings.is_on:
            rules = self._find_rules()
            if rules is not None:
                await self._go_round(rules)
            await asyncio.sleep(LOOK_SECONDS)

    async def close(self) -> None:
        """Waits for the step in hand, no longer."""
        self._stopping.set()
        await asyncio.to_thread(self._worker.shutdown)

    def describe(self) -> dict[str, Any]:
        return {
            **asdict(self._counts),
            "tables": len(self._tables),
            "last_run": None if self._last_run_us is None else format_rfc3339(self._last_run_us),
            "last_error": self._last_error,
        }

    async def _go_round(self, rules: Rules) -> None:
        found = await self._work(lambda: _list_all(rules)) if self._is_sweep_due() else []
        commits = self._count_commits()
        for destination in rules.destinations:
            place = rules.locate(destination)
            for root in dict.fromkeys([*commits, *found]):
                with suppress(ValueError):
                    stream = read_stream(place, root)
                    if self._is_due(root, commits.get(root, 0)) and await self._owns(stream):
                        await self._maintain(root, destination.retention_days)

    def _is_sweep_due(self) -> bool:
        now = time.monotonic()
        if now - self._swept_at < self._settings.interval_s:
            return False
        self._swept_at = now
        return True

    def _is_due(self, root: Place, commits: int) -> bool:
        table = self._tables.get(root)
        if table is None:
            upkeep = TableUpkeep(root, self._holder, self._clock, kept_hours=self._settings.vacuum_hours)
            table = self._tables[root] = _Table(upkeep)
        return (
            commits - table.commits_seen >= COMMITS_BETWEEN
            or commits < table.commits_seen
            or time.monotonic() - table.looked_at >= self._settings.interval_s
        )

    async def _maintain(self, root: Place, retention_days: int | None) -> None:
        table = self._tables[root]
        table.commits_seen = self._count_commits().get(root, 0)
        try:
            counts = await self._work(
                lambda: table.upkeep.run(retention_days=retention_days, should_stop=self._stopping.is_set)
            )
        except SyncFailedError as error:
            end_process(error)
        except WakelineError as error:
            if error.message != self._last_error:
                _log.warning("%s", error)
            self._last_error = error.message
        except Exception as error:  # noqa: BLE001 - one table's upkeep must not end the others'
            _log.exception("the upkeep of %s failed unexpectedly", root)
            self._last_error = f"{type(error).__name__}: {error}"
        else:
            self._counts.add(counts)
            self._last_error = None
        table.looked_at = time.monotonic()
        self._last_run_us = self._clock.now_us()

    async def _work(self, act: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._worker, act)


def _list_all(rules: Rules) -> Iterable[Place]:
    """Every table of every destination; a store that does not answer has none for now."""
    found: list[Place] = []
    for destination in rules.destinations:
        try:
            found += list_tables(rules.locate(destination))
        except (OSError, WakelineError) as error:
            _log.warning("the tables of destination %s cannot be listed: %s", destination.id, error)
    return found


def _lower_priority() -> None:
    """Of this thread alone, where the system has such a thing: commits come first."""
    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
