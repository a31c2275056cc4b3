"""The shipper of one folder: every spool file in it goes to the event servers, old ones are drained first
and removed. One shipper a folder, held by an flock; it never touches the answer path of the node.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from wakeline.core.clock import Clock, SystemClock
from wakeline.core.errors import ConflictError, UnavailableError
from wakeline.shipper.courier import Courier
from wakeline.shipper.servers import Servers
from wakeline.shipper.shipment import Shipment
from wakeline.shipper.status import STATUS_FILE, ShipperStatus, summarise, write_status
from wakeline.shipper.troubles import Troubles
from wakeline.spool.counters import FolderTotals, read_totals
from wakeline.spool.folder import clear_leftovers
from wakeline.spool.layout import list_spools
from wakeline.spool.owner import OwnerLock, try_lock

_LOGGER = logging.getLogger(__name__)
_LOCK_FILE = "shipper.lock"
_LOCK_SECONDS_MAX = 5.0
_SCAN_SECONDS = 0.5
_STATUS_SECONDS = 1.0


class Shipper:
    """Its lifetime is `run`, until it is cancelled; claims in flight stay in the spool."""

    def __init__(
        self,
        folder: Path,
        servers: Sequence[str],
        read_key: Callable[[], str],
        clock: Clock | None = None,
        *,
        ca_file: Path | None = None,
    ) -> None:
        self._folder = folder
        self._clock = clock or SystemClock()
        self._courier = Courier(Servers(tuple(servers)), read_key, ca_file)
        self._shipments: dict[Path, Shipment] = {}
        self._tasks: dict[Path, asyncio.Task[None]] = {}
        self._troubles = Troubles()
        self._removed = FolderTotals({}, 0, 0)

    async def run(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        lock = await lock_folder(self._folder)
        duties = [asyncio.create_task(duty()) for duty in (self._scan, self._tell, self._refresh)]
        try:
            await asyncio.gather(*duties)
        finally:
            for task in [*duties, *self._tasks.values()]:
                task.cancel()
            await asyncio.gather(*duties, *self._tasks.values(), return_exceptions=True)
            await self._courier.close()
            lock.release()

    def status(self) -> ShipperStatus:
        return summarise(
            [shipment.totals() for shipment in self._shipments.values()],
            self._removed,
            now_us=self._clock.now_us(),
            last_error=self._troubles.latest,
        )

    async def _scan(self) -> None:
        clear_leftovers(self._folder)
        self._count_removed()
        while True:
            for path in list_spools(self._folder):
                if path not in self._tasks:
                    self._start(path)
            for path, task in list(self._tasks.items()):
                if task.done():
                    self._forget(path, task)
            await asyncio.sleep(_SCAN_SECONDS)

    def _start(self, path: Path) -> None:
        shipment = self._shipments[path] = Shipment(path, self._courier, self._troubles)
        self._tasks[path] = asyncio.create_task(shipment.run(), name=path.name)

    def _forget(self, path: Path, task: asyncio.Task[None]) -> None:
        del self._tasks[path], self._shipments[path]
        self._troubles.forget(path)
        self._count_removed()
        if error := task.exception():
            _LOGGER.error("shipping %s failed; it is begun again", path.name, exc_info=error)

    def _count_removed(self) -> None:
        try:
            self._removed = read_totals(self._folder)
        except UnavailableError as error:
            _LOGGER.warning("the counts of removed files are not current: %s", error)

    async def _tell(self) -> None:
        path = self._folder.parent / STATUS_FILE
        while True:
            try:
                write_status(path, self.status())
            except OSError as error:
                _LOGGER.warning("%s cannot be written: %s", path, error)
            await asyncio.sleep(_STATUS_SECONDS)

    async def _refresh(self) -> None:
        while True:
            await self._courier.refresh()
            await asyncio.sleep(_STATUS_SECONDS)


async def lock_folder(folder: Path) -> OwnerLock:
    """The folder's lock; a shipper that is just ending is waited for."""
    deadline = asyncio.get_running_loop().time() + _LOCK_SECONDS_MAX
    while True:
        lock = try_lock(folder / _LOCK_FILE)
        if lock:
            return lock
        if asyncio.get_running_loop().time() > deadline:
            raise ConflictError(f"another shipper holds {folder / _LOCK_FILE}; one shipper a folder")
        await asyncio.sleep(0.1)
