"""One stream of one spool file on its way: claims, sends in order, acknowledges, narrows down a bad event.

Invariant: at most one pipe per stream and file; a claim is sent again, unchanged, until it is settled.
Several claims may be in flight; after any answer other than `stored` all of them are given up and sent again.
"""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from wakeline.core.event import Stream
from wakeline.core.faults import stop_at
from wakeline.core.limits import (
    SHIPPER_BATCH_BYTES_MAX,
    SHIPPER_BATCH_EVENTS_MAX,
    SHIPPER_IN_FLIGHT_BATCHES_MAX,
    SHIPPER_IN_FLIGHT_BYTES_MAX,
    SHIPPER_RETRY_SECONDS_MAX,
)
from wakeline.shipper.answers import Answer, Fenced, Gap, Malformed, Retry, Stored, TooLarge, Unknown
from wakeline.shipper.courier import Courier
from wakeline.spool.drain import Claim, Drain
from wakeline.wire.frame import BrokenEventError, FrameHeader, encode_frame

_LOGGER = logging.getLogger(__name__)
_LINGER_SECONDS = 0.25
_POLL_SECONDS = 0.25
_FIRST_RETRY_SECONDS = 0.1
_USUAL_GAPS = 3


@dataclass(slots=True)
class Flight:
    """A claim that was sent and not yet answered."""

    claim: Claim
    size: int
    answer: asyncio.Task[Answer]


class Pipe:
    """`notify` tells it how far the stream is safe to send; it tells of troubles through `report`."""

    def __init__(
        self, drain: Drain, stream: Stream, courier: Courier, report: Callable[[str | None], None]
    ) -> None:
        self._drain = drain
        self._stream = stream
        self._courier = courier
        self._report = report
        self._flights: deque[Flight] = deque()
        self._resends: deque[Claim] = deque(drain.claims(stream))
        self._claimed = drain.claimed(stream)
        self._safe = 0
        self._news = asyncio.Event()
        self._failures = 0
        self._claimed_at = float("-inf")
        self.is_fenced = False

    def notify(self, safe: int) -> None:
        if safe != self._safe:
            self._safe = safe
            self._news.set()

    async def run(self) -> None:
        """Until cancelled, or fenced: then the stream waits for somebody to look at it."""
        try:
            while not self.is_fenced:
                await self._launch()
                if not self._flights:
                    await self._wait_for_news()
                    continue
                await asyncio.wait([self._flights[0].answer], timeout=_POLL_SECONDS)
                await self._land()
        finally:
            await self._recall()

    async def _launch(self) -> None:
        """Fills the window: first what has to be sent again, then what is new and worth a batch."""
        while self._has_window():
            claim = self._resends.popleft() if self._resends else self._claim_next()
            if claim is None:
                return
            frame = self._encode(claim)
            sent = asyncio.Event()
            answer = asyncio.create_task(self._deliver(frame, sent))
            self._flights.append(Flight(claim, len(frame), answer))
            await sent.wait()

    def _has_window(self) -> bool:
        return (
            len(self._flights) < SHIPPER_IN_FLIGHT_BATCHES_MAX
            and sum(flight.size for flight in self._flights) < SHIPPER_IN_FLIGHT_BYTES_MAX
        )

    def _claim_next(self) -> Claim | None:
        """With batches in flight it waits a little for more, so that a slow commit meets few large frames."""
        waiting = self._safe - self._claimed
        now = asyncio.get_running_loop().time()
        lingers = now - self._claimed_at < _LINGER_SECONDS * len(self._flights)
        if waiting <= 0 or (waiting < SHIPPER_BATCH_EVENTS_MAX and lingers):
            return None
        claim = self._drain.claim(
            self._stream,
            events_max=SHIPPER_BATCH_EVENTS_MAX,
            bytes_max=SHIPPER_BATCH_BYTES_MAX,
            rules_version=self._courier.servers.rules_version,
        )
        if claim:
            self._claimed, self._claimed_at = claim.last, now
        return claim

    async def _land(self) -> None:
        """Takes answers from the head of the window as they come."""
        while self._flights and self._flights[0].answer.done():
            flight = self._flights.popleft()
            answer = await flight.answer
            stop_at("shipper.answered")
            if isinstance(answer, Stored) and answer.offset >= flight.claim.last:
                self._settle(answer.offset)
                continue
            await self._recall()
            await self._handle(flight.claim, answer)
            self._resends = deque(self._drain.claims(self._stream))
            return

    def _settle(self, offset: int) -> None:
        self._drain.acknowledge(self._stream, offset)
        self._failures = 0
        self._report(None)
        stop_at("shipper.acknowledged")

    async def _handle(self, claim: Claim, answer: Answer) -> None:
        match answer:
            case Stored(offset) if offset > self._drain.acknowledged(self._stream):
                self._settle(offset)
            case Stored(offset):
                await self._pause(f"{self._stream}: stored up to {offset}, though {claim.last} was sent")
            case Gap(expected) if expected - 1 > self._drain.acknowledged(self._stream):
                self._settle(expected - 1)
            case Gap(expected) if expected - 1 == self._drain.acknowledged(self._stream):
                message = f"{self._stream}: the server misses offset {expected}"
                await self._pause(message, is_trouble=self._failures >= _USUAL_GAPS)
            case Gap() | Unknown():
                await self._replace_identity()
            case Fenced(message):
                self.is_fenced = True
                self._report(f"{self._stream} is fenced and is not sent any more: {message}")
                _LOGGER.error("%s of %s is fenced: %s", self._stream, self._drain.path.name, message)
            case Malformed() | TooLarge():
                await self._narrow(claim, answer)
            case Retry(message, after_seconds):
                await self._pause(f"{self._stream}: {message}", at_least=after_seconds)

    async def _narrow(self, claim: Claim, answer: Malformed | TooLarge) -> None:
        """Sends the claim in pieces, halved down to the bad event, which is kept aside and declared."""
        span = claim.last - claim.first + 1
        refusal: Answer = answer
        while (first := self._drain.acknowledged(self._stream) + 1) <= claim.last:
            match refusal:
                case Stored(offset) if offset >= first - 1:
                    span *= 2
                case Malformed(message) | TooLarge(message) if span > 1:
                    span = (span + 1) // 2
                case Malformed(message) if self._drain.read(replace(claim, first=first, last=first)):
                    self._drain.dead_letter(self._stream, first, "malformed-batch", message)
                case Malformed(message) | TooLarge(message):
                    await self._pause(f"{self._stream}: offset {first} alone is refused: {message}")
                    return
                case _:
                    await self._handle(claim, refusal)
                    return
            piece = replace(claim, first=first, last=min(claim.last, first + span - 1))
            refusal = await self._deliver(self._encode(piece), asyncio.Event())
            if isinstance(refusal, Stored):
                self._settle(refusal.offset)

    async def _replace_identity(self) -> None:
        identity = self._drain.replace_identity(self._stream)
        _LOGGER.warning(
            "%s: the log has lost its state; producer %s goes on as %s",
            self._stream,
            identity.replaces[-1],
            identity.producer,
        )
        await self._pause(f"{self._stream}: the log had lost its state", is_trouble=False)

    def _encode(self, claim: Claim) -> bytes:
        """Events that cannot even be packed are kept aside here; the frame then declares them dropped."""
        while True:
            events = self._drain.read(claim)
            identity = self._drain.identity(self._stream)
            dropped = self._drain.dropped(self._stream, claim.first, claim.last)
            header = FrameHeader(
                producer=identity.producer,
                topic=self._stream.topic,
                routing_key=self._stream.routing_key,
                endpoint=self._stream.endpoint,
                first=claim.first,
                last=claim.last,
                dropped=[(entry.first, entry.last, entry.reason) for entry in dropped],
                rules_version=claim.rules_version,
                acknowledged=self._drain.acknowledged(self._stream),
                replaces=list(identity.replaces),
            )
            try:
                return encode_frame(header, events)
            except BrokenEventError as error:
                self._drain.dead_letter(self._stream, error.offset, error.code, error.message)

    async def _deliver(self, frame: bytes, sent: asyncio.Event) -> Answer:
        return await self._courier.deliver(self._stream, frame, attempt=self._failures, on_sent=sent.set)

    async def _pause(self, message: str, *, at_least: float | None = None, is_trouble: bool = True) -> None:
        """Backs off with jitter, longer each time, beyond the limit only where the server asks for it."""
        self._failures += 1
        if is_trouble:
            self._report(message)
            log = _LOGGER.warning if self._failures == 1 else _LOGGER.debug
            log("%s", message)
        ceiling = min(SHIPPER_RETRY_SECONDS_MAX, _FIRST_RETRY_SECONDS * 2 ** min(self._failures, 16))
        await asyncio.sleep(max(at_least or 0.0, ceiling * random.uniform(0.5, 1.0)))  # noqa: S311 - no secret

    async def _wait_for_news(self) -> None:
        if self._safe > self._claimed:
            await asyncio.sleep(_POLL_SECONDS)
            return
        self._news.clear()
        await self._news.wait()

    async def _recall(self) -> None:
        """Ends what is in flight; the claims stay and are sent again."""
        tasks = [flight.answer for flight in self._flights]
        self._flights.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
