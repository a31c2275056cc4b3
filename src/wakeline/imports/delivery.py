"""Batches of one producer and stream to an event server, in order, several on the way at a time.

What is not acknowledged is sent again, the same offsets under the same producer, until it is, or until
nothing has moved for a while. Stored offsets come from the server alone, so that a second run goes on where
one ended.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from wakeline.core.errors import ConflictError, UnavailableError
from wakeline.core.event import Stream
from wakeline.shipper.answers import Answer, Fenced, Gap, Malformed, Retry, Stored, TooLarge, Unknown
from wakeline.wire.frame import FrameHeader, encode_frame

IN_FLIGHT_MAX = 8
QUIET_SECONDS_MAX = 60.0
_PAUSE_SECONDS = 0.5
_PAUSE_SECONDS_MAX = 10.0


class Courier(Protocol):
    """The part of the shipper's courier that is needed here."""

    async def deliver(
        self, stream: Stream, frame: bytes, *, attempt: int, on_sent: Callable[[], None]
    ) -> Answer: ...


@dataclass(slots=True)
class Batch:
    """Offsets `first`..`last`: rows, and the dropped ones between them."""

    first: int
    last: int
    rows: list[tuple[int, bytes]] = field(default_factory=list)
    dropped: list[tuple[int, int, str]] = field(default_factory=list)

    def halve(self) -> "tuple[Batch, Batch]":
        middle = (self.first + self.last) // 2
        return self._cut(self.first, middle), self._cut(middle + 1, self.last)

    def _cut(self, first: int, last: int) -> "Batch":
        dropped = [
            (max(a, first), min(b, last), why) for a, b, why in self.dropped if a <= last and b >= first
        ]
        return Batch(first, last, [row for row in self.rows if first <= row[0] <= last], dropped)


class StartOverError(ConflictError):
    """The table has less than what was acknowledged in this run: it was made anew meanwhile."""


class Delivery:
    """Sends the batches of one run; `on_stored` is told the offset up to which all is in the log."""

    def __init__(
        self,
        courier: Courier,
        stream: Stream,
        producer: str,
        *,
        rules_version: int,
        on_stored: Callable[[int], None],
        quiet_seconds_max: float = QUIET_SECONDS_MAX,
    ) -> None:
        self.stored = 0
        self._courier = courier
        self._stream = stream
        self._producer = producer
        self._rules_version = rules_version
        self._on_stored = on_stored
        self._quiet_seconds_max = quiet_seconds_max
        self._waiting: deque[Batch] = deque()
        self._moved_at = 0.0
        self._attempt = 0

    async def send_all(self, batches: Iterator[Batch]) -> None:
        """Returns when every offset is stored; raises `UnavailableError` when nothing moves any more."""
        loop = asyncio.get_running_loop()
        self._moved_at = loop.time()
        is_first = True
        while True:
            while len(self._waiting) < (1 if is_first else IN_FLIGHT_MAX):
                batch = next(batches, None)
                if batch is None:
                    break
                if batch.last > self.stored:
                    self._waiting.append(batch)
            if not self._waiting:
                return
            # The first answer tells how much an earlier run has stored.
            await self._send_round(list(self._waiting)[: 1 if is_first else IN_FLIGHT_MAX])
            is_first = False

    async def _send_round(self, batches: list[Batch]) -> None:
        answers = await self._post_in_order(batches)
        before = self.stored
        pauses = [self._take(batch, answer, before) for batch, answer in zip(batches, answers, strict=True)]
        while self._waiting and self._waiting[0].last <= self.stored:
            self._waiting.popleft()
        if any(pauses):
            self._attempt += 1
            await asyncio.sleep(min(max(pauses), _PAUSE_SECONDS_MAX))

    def _take(self, batch: Batch, answer: Answer, before: int) -> float:
        """Seconds to wait before the next round. A gap below what was stored before it is a lost table."""
        match answer:
            case Stored(offset):
                self._note(offset)
            case Gap(expected) if expected > before:
                self._note(expected - 1)
            case Gap() | Unknown():
                raise StartOverError("the log was made anew while the file was sent; send it again")
            case TooLarge(message):
                self._split(batch, message)
            case Retry(message, after_seconds):
                self._check_patience(message)
                return after_seconds or _PAUSE_SECONDS
            case Malformed(message) | Fenced(message):
                raise ConflictError(f"the event server refused the rows for good: {message}")
        return 0.0

    async def _post_in_order(self, batches: list[Batch]) -> list[Answer]:
        """A batch sets out when the one before it has left, and waits for no answer."""
        posts = []
        for batch in batches:
            sent = asyncio.Event()
            posts.append(asyncio.ensure_future(self._post(batch, sent.set)))
            await sent.wait()
        return list(await asyncio.gather(*posts))

    async def _post(self, batch: Batch, on_sent: Callable[[], None]) -> Answer:
        header = FrameHeader(
            producer=self._producer,
            topic=self._stream.topic,
            routing_key=self._stream.routing_key,
            endpoint=self._stream.endpoint,
            first=batch.first,
            last=batch.last,
            dropped=batch.dropped,
            rules_version=self._rules_version,
        )
        frame = await asyncio.to_thread(encode_frame, header, batch.rows)
        return await self._courier.deliver(self._stream, frame, attempt=self._attempt, on_sent=on_sent)

    def _note(self, stored: int) -> None:
        if stored > self.stored:
            self.stored = stored
            self._attempt = 0
            self._moved_at = asyncio.get_running_loop().time()
            self._on_stored(stored)

    def _split(self, batch: Batch, message: str) -> None:
        if batch.first == batch.last:
            raise ConflictError(f"row {batch.first} is too large for the event server: {message}")
        index = self._waiting.index(batch)
        self._waiting.remove(batch)
        for half in reversed(batch.halve()):
            self._waiting.insert(index, half)

    def _check_patience(self, message: str) -> None:
        if asyncio.get_running_loop().time() - self._moved_at > self._quiet_seconds_max:
            raise UnavailableError(
                f"nothing was stored for {self._quiet_seconds_max:.0f} s: {message}. {self.stored} rows are "
                "stored; run it again, and it goes on there"
            )
