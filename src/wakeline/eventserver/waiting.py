"""Streams that were turned away whole: no destination takes them, so their events wait at the shippers.

Kept while somebody still tries, and a bounded number of them, whatever names are made up.
"""

import logging
from dataclasses import dataclass
from typing import Any

from wakeline.core.clock import format_rfc3339
from wakeline.core.event import Stream

STREAMS_MAX = 1_000
FORGOTTEN_AFTER_US = 10 * 60 * 1_000_000

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Tries:
    since_us: int
    last_us: int
    batches: int = 0


class WaitingStreams:
    """What no destination took lately; a stream that one takes again is forgotten at once."""

    def __init__(self) -> None:
        self._tries: dict[Stream, _Tries] = {}

    def __len__(self) -> int:
        return len(self._tries)

    def note(self, stream: Stream, now_us: int) -> None:
        tries = self._tries.get(stream)
        if tries is None:
            self.forget_old(now_us)
            if len(self._tries) >= STREAMS_MAX:
                return
            tries = self._tries[stream] = _Tries(now_us, now_us)
            _log.warning("no destination takes %s; its events wait until one does", stream)
        tries.last_us = now_us
        tries.batches += 1

    def forget(self, stream: Stream) -> None:
        if self._tries.pop(stream, None) is not None:
            _log.info("%s has a destination now", stream)

    def forget_old(self, now_us: int) -> None:
        for stream, tries in list(self._tries.items()):
            if now_us - tries.last_us > FORGOTTEN_AFTER_US:
                del self._tries[stream]

    def list(self) -> list[tuple[Stream, dict[str, Any]]]:
        return [
            (
                stream,
                {
                    "stream": str(stream),
                    "since": format_rfc3339(tries.since_us),
                    "last_tried": format_rfc3339(tries.last_us),
                    "batches": tries.batches,
                },
            )
            for stream, tries in sorted(self._tries.items(), key=lambda item: str(item[0]))
        ]
