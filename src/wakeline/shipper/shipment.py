"""One spool file on its way: a pipe for each of its streams, and the file's removal once its owner is gone.

A file that cannot be read is set aside and never stops the others.
"""

import asyncio
import logging
from functools import partial
from pathlib import Path

from wakeline.core.errors import BrokenFileError, NotFoundError, WakelineError
from wakeline.core.event import Stream
from wakeline.shipper.courier import Courier
from wakeline.shipper.pipe import Pipe
from wakeline.shipper.troubles import Troubles
from wakeline.spool.drain import Drain
from wakeline.spool.folder import set_aside
from wakeline.spool.ledger import StreamTotals

_LOGGER = logging.getLogger(__name__)
_POLL_SECONDS = 0.05
_LOOKS_BETWEEN_REMOVALS = 10
_RETRY_SECONDS = 2.0


class Shipment:
    """Its lifetime is `run`: until the file is removed or set aside, or the shipper ends."""

    def __init__(self, path: Path, courier: Courier, troubles: Troubles) -> None:
        self.path = path
        self._courier = courier
        self._troubles = troubles
        self._drain: Drain | None = None
        self._pipes: dict[Stream, Pipe] = {}
        self._tasks: dict[Stream, asyncio.Task[None]] = {}

    def totals(self) -> tuple[list[StreamTotals], int] | None:
        """By stream, and the bytes that the file has in use; None while it cannot be read."""
        if self._drain is None:
            return None
        try:
            return self._drain.totals(), self._drain.live_bytes()
        except WakelineError:
            return None

    async def run(self) -> None:
        while True:
            try:
                await self._ship()
                return
            except NotFoundError:
                return
            except BrokenFileError as error:
                self._troubles.set(self.path, None, error.message)
                await self._stop()
                if set_aside(self.path, error.message):
                    return
            except WakelineError as error:
                self._troubles.set(self.path, None, error.message)
            finally:
                await self._stop()
            await asyncio.sleep(_RETRY_SECONDS)

    async def _ship(self) -> None:
        self._drain = Drain.open(self.path)
        self._troubles.set(self.path, None, None)
        looks = 0
        while True:
            for stream, safe in self._drain.safe_offsets().items():
                self._find_pipe(self._drain, stream).notify(safe)
            for task in self._tasks.values():
                if task.done():
                    task.result()
            if looks % _LOOKS_BETWEEN_REMOVALS == 0 and await self._remove_if_drained(self._drain):
                return
            looks += 1
            await asyncio.sleep(_POLL_SECONDS)

    def _find_pipe(self, drain: Drain, stream: Stream) -> Pipe:
        pipe = self._pipes.get(stream)
        if pipe is None:
            pipe = self._pipes[stream] = Pipe(
                drain, stream, self._courier, partial(self._troubles.set, self.path, stream)
            )
            self._tasks[stream] = asyncio.create_task(pipe.run(), name=f"{self.path.name} {stream}")
        return pipe

    async def _remove_if_drained(self, drain: Drain) -> bool:
        if not drain.is_owner_gone() or not drain.is_drained():
            return False
        await self._stop_pipes()
        if not drain.remove_if_drained():
            return False
        self._drain = None
        _LOGGER.info("%s is drained and removed", self.path.name)
        return True

    async def _stop_pipes(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        self._tasks.clear()
        self._pipes.clear()

    async def _stop(self) -> None:
        await self._stop_pipes()
        if self._drain:
            self._drain.close()
            self._drain = None
