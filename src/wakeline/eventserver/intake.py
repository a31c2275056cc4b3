"""One posted frame from its bytes to its answer: admitted, decoded, checked, routed, committed.

What is held in memory is bounded in bytes: all in all, per connection and per table; beyond that a shipper is
told to wait.
Knows no HTTP.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from wakeline.core.clock import Clock
from wakeline.core.errors import InvalidInputError, TooLargeError, UnavailableError
from wakeline.core.event import Stream
from wakeline.core.limits import INTAKE_BODY_BYTES_MAX, INTAKE_QUEUED_BYTES_MAX, INTAKE_TABLES_MAX
from wakeline.core.rate import KeyRates
from wakeline.eventserver.faults import Faults
from wakeline.eventserver.rules import Destination, Rules
from wakeline.eventserver.stores import Store
from wakeline.eventserver.tables import Grouping, TableQueue
from wakeline.eventserver.waiting import WaitingStreams
from wakeline.loglake.batch import Batch, check_batch
from wakeline.loglake.layout import locate_table
from wakeline.loglake.offsets import Fenced, Gap, Outcome, Settled, Unknown
from wakeline.loglake.place import Place
from wakeline.wire.access import KeyRule, check_rate, count_rate
from wakeline.wire.frame import decode_frame

DECODING_THREADS_MAX = 2
TABLE_IDLE_US_MAX = 10 * 60 * 1_000_000


class MalformedBatchError(InvalidInputError):
    """No retry can repair it: the only refusal that is final."""

    code = "malformed-batch"


class OverloadedError(UnavailableError):
    """More is waiting than memory was set aside for; the same request succeeds later."""

    code = "overloaded"


class NoDestinationError(UnavailableError):
    """No rule takes the stream; its events wait at the shipper."""

    code = "no-destination"


class RulesBehindError(UnavailableError):
    """The batch was made under rules that this server has not got yet."""

    code = "rules-behind"


class Intake:
    """All tables of one event server; lives in the event loop, works in threads."""

    def __init__(
        self, *, grouping: Grouping, clock: Clock, faults: Faults, bytes_max: int = INTAKE_QUEUED_BYTES_MAX
    ) -> None:
        self.held_bytes = 0
        self.malformed = 0
        self.waiting = WaitingStreams()
        self._bytes_max = bytes_max
        self._grouping = grouping
        self._clock = clock
        self._faults = faults
        self._stores: dict[str, Store] = {}
        self._decoders = ThreadPoolExecutor(DECODING_THREADS_MAX, "decode")
        self._queues: dict[tuple[str, Stream, Place], TableQueue] = {}
        self._rates = KeyRates()
        self._is_closing = False

    @contextmanager
    def admit(self, size: int) -> Iterator[None]:
        """Sets bytes aside for a new request while it lasts; raises `OverloadedError` if none are left."""
        if self._is_closing:
            raise UnavailableError("the event server is stopping; send again")
        with self._reserve(size):
            yield

    @contextmanager
    def _reserve(self, size: int) -> Iterator[None]:
        if self.held_bytes + size > self._bytes_max:
            raise OverloadedError(
                f"{self.held_bytes} bytes of events are waiting, {size} more would exceed {self._bytes_max}"
            )
        self.held_bytes += size
        try:
            yield
        finally:
            self.held_bytes -= size

    def check_rate(self, key: KeyRule) -> None:
        """Raises `RateLimitError` while the key has brought too much already."""
        check_rate(self._rates, key, self._clock.monotonic_us())

    async def accept(
        self, batch: Batch, rules: Rules, key: KeyRule, *, admitted: int
    ) -> Settled | Gap | Unknown | Fenced:
        """Stores a batch in every destination that takes it; returns when all are durable.

        `admitted` are the bytes set aside for it already.
        """
        count_rate(self._rates, key, batch.rows.num_rows, self._clock.monotonic_us())
        header = batch.header
        if header.rules_version > rules.rules_version:
            raise RulesBehindError(
                f"the batch was made under rules version {header.rules_version}, here is "
                f"{rules.rules_version}; send again"
            )
        destinations = rules.find_destinations(key, header.stream)
        if not destinations:
            self.waiting.note(header.stream, self._clock.now_us())
            raise NoDestinationError(f"no destination takes {header.stream}; add one, the events wait")
        self.waiting.forget(header.stream)
        size = batch.rows.nbytes
        if size > INTAKE_BODY_BYTES_MAX:
            raise TooLargeError(
                f"the batch has {size} bytes decoded; expected at most {INTAKE_BODY_BYTES_MAX}; halve it"
            )
        with self._reserve(max(0, size - admitted)):
            queues = [
                self._find_queue(destination, rules.locate(destination), header.stream)
                for destination in destinations
            ]
            for queue in queues:
                queue.store.check()
            self._check_room(queues, size)
            return combine(await asyncio.gather(*(queue.submit(batch, size) for queue in queues)))

    def hurry(self) -> None:
        """Refuses new batches and commits what waits without further waiting."""
        self._is_closing = True
        for queue in self._queues.values():
            queue.hurry()

    async def close(self) -> None:
        """Finishes every group in hand."""
        self.hurry()
        await asyncio.gather(*(queue.close() for queue in self._queues.values()))
        for store in self._stores.values():
            store.close()
        self._decoders.shutdown()

    def list_tables(self, may_see: Callable[[Stream], bool]) -> list[tuple[str, Stream, TableQueue]]:
        """Destination, stream and queue of what is held just now, in order."""
        self._forget_idle()
        held = sorted(self._queues.items(), key=lambda item: (item[0][0], str(item[0][1]), str(item[0][2])))
        return [(key[0], key[1], queue) for key, queue in held if may_see(key[1])]

    def count_commits(self) -> dict[Place, int]:
        """By table, since it was last taken up."""
        return {key[2]: queue.counters.commits for key, queue in self._queues.items()}

    def describe(self, may_see: Callable[[Stream], bool]) -> list[dict[str, Any]]:
        """The counters of each stream and destination that the caller may see."""
        return [
            queue.counters.to_dict(stream, destination)
            for destination, stream, queue in self.list_tables(may_see)
        ]

    def is_disk_full(self) -> bool:
        """Whether the last commit of some table failed for it."""
        return any(queue.counters.is_disk_full for queue in self._queues.values())

    def _forget_idle(self) -> None:
        """What nobody has written to for long: its counters begin anew when somebody does."""
        now_us = self._clock.monotonic_us()
        for key, queue in list(self._queues.items()):
            if queue.is_idle and now_us - queue.used_us > TABLE_IDLE_US_MAX:
                del self._queues[key]

    async def read(self, body: bytes) -> Batch:
        """The batch of an admitted body, which the caller need not keep."""
        received_us = self._clock.now_us()
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._decoders, _read_batch, body, received_us
            )
        except InvalidInputError as error:
            self.malformed += 1
            raise MalformedBatchError(error.message) from error

    def _find_queue(self, destination: Destination, place: Place, stream: Stream) -> TableQueue:
        root = locate_table(place, stream)
        key = (destination.id, stream, root)
        if key not in self._queues:
            if len(self._queues) >= INTAKE_TABLES_MAX:
                self._forget_idle()
            if len(self._queues) >= INTAKE_TABLES_MAX:
                raise OverloadedError(
                    f"{len(self._queues)} tables are written to at once, expected {INTAKE_TABLES_MAX} at most"
                )
            self._queues[key] = TableQueue(
                root,
                grouping=self._grouping,
                store=self._find_store(destination.connection),
                clock=self._clock,
                faults=self._faults,
            )
        if self._is_closing:
            self._queues[key].hurry()
        return self._queues[key]

    def _find_store(self, connection_id: str) -> Store:
        if connection_id not in self._stores:
            self._stores[connection_id] = Store(connection_id, self._clock)
        return self._stores[connection_id]

    def _check_room(self, queues: Sequence[TableQueue], size: int) -> None:
        """A table, or a store, that does not keep up may not take the memory of the others."""
        share = self._bytes_max if len(self._stores) == 1 else self._bytes_max // 2
        for queue in queues:
            if queue.store.held_bytes and queue.store.held_bytes + size > share:
                raise OverloadedError(f"{queue.store.held_bytes} bytes wait for this connection already")
            if queue.held_bytes and queue.held_bytes + size > self._bytes_max // 4:
                raise OverloadedError(f"{queue.held_bytes} bytes wait for this table already")


def combine(outcomes: Sequence[Outcome]) -> Settled | Gap | Unknown | Fenced:
    """One answer for all destinations: the one that asks most of the shipper."""
    for kind in (Fenced, Unknown):
        for outcome in outcomes:
            if isinstance(outcome, kind):
                return outcome
    gaps = [outcome for outcome in outcomes if isinstance(outcome, Gap)]
    if gaps:
        return min(gaps, key=lambda gap: gap.expected_offset)
    settled = [outcome for outcome in outcomes if isinstance(outcome, Settled)]
    return min(settled, key=lambda outcome: outcome.stored_offset)


def _read_batch(body: bytes, received_us: int) -> Batch:
    header, rows = decode_frame(body)
    batch = Batch(header, rows, received_us)
    check_batch(batch)
    locate_table(Path("/"), header.stream)
    return batch
