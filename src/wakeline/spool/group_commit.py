"""One commit for all that was appended in one turn of the event loop.

Whoever awaits `settle` goes on when its events are as safe as the outbox's durability says, or gets the
reason why they are not. What comes while a commit waits for the disk belongs to the next one.
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from wakeline.core.errors import UnavailableError, WakelineError
from wakeline.core.event import Durability, Stream


class CommittingOutbox(Protocol):
    """The part of an outbox that is needed here."""

    def append(self, stream: Stream, events: Sequence[bytes]) -> tuple[int, int]: ...

    @property
    def appends(self) -> int: ...

    def commit(self, appends: int | None = None) -> None: ...


class GroupCommit:
    """Belongs to one event loop. A commit that waits for the disk does so in a thread."""

    __slots__ = ("_outbox", "_running", "_waiting", "_waits_for_disk")

    def __init__(self, outbox: CommittingOutbox, durability: Durability) -> None:
        self._outbox = outbox
        self._waits_for_disk = durability is Durability.FSYNC
        self._waiting: list[asyncio.Future[None]] = []
        self._running: asyncio.Task[None] | None = None

    async def store(self, stream: Stream, events: Sequence[bytes]) -> None:
        """Returns when the events are committed; raises UnavailableError if they cannot be."""
        self._outbox.append(stream, events)
        await self.settle()

    async def settle(self) -> None:
        """Waits for the commit of all that has been appended before; no await may lie in between."""
        loop = asyncio.get_running_loop()
        if self._waits_for_disk:
            if self._running is None:
                self._running = loop.create_task(self._commit_in_thread())
        elif not self._waiting:
            loop.call_soon(self._commit)
        waiter = loop.create_future()
        self._waiting.append(waiter)
        await waiter

    def _commit(self) -> None:
        waiting, self._waiting = self._waiting, []
        _release(waiting, _attempt(self._outbox, self._outbox.appends))

    async def _commit_in_thread(self) -> None:
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            appends = self._outbox.appends  # more may come before the thread runs, for the next commit
            _release(waiting, await asyncio.to_thread(_attempt, self._outbox, appends))
        self._running = None


def _attempt(outbox: CommittingOutbox, appends: int) -> Exception | None:
    try:
        outbox.commit(appends)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is for those who wait to know
        return error
    return None


def _release(waiting: Sequence[asyncio.Future[None]], failure: Exception | None) -> None:
    for waiter in waiting:
        if waiter.done():
            continue  # its caller has gone
        if failure is None:
            waiter.set_result(None)
        else:
            waiter.set_exception(_explain(failure))


def _explain(failure: Exception) -> WakelineError:
    if isinstance(failure, WakelineError):
        return failure
    return UnavailableError(f"the spool cannot be written ({failure}); nothing was stored, try again later")
