"""Time as integers of microseconds since the epoch, UTC; a clock is passed in, never asked for globally."""

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from wakeline.core.errors import InvalidInputError

MICROSECONDS_PER_DAY = 86_400_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """Wall time and a time that never steps back."""

    def now_us(self) -> int: ...

    def monotonic_us(self) -> int: ...


class SystemClock:
    """The machine's clocks."""

    def now_us(self) -> int:
        return time.time_ns() // 1000

    def monotonic_us(self) -> int:
        return time.monotonic_ns() // 1000


@dataclass(slots=True)
class ManualClock:
    """A clock for tests: it stands still until told."""

    wall_us: int = 0
    elapsed_us: int = 0

    def now_us(self) -> int:
        return self.wall_us

    def monotonic_us(self) -> int:
        return self.elapsed_us

    def advance(self, microseconds: int) -> None:
        self.wall_us += microseconds
        self.elapsed_us += microseconds


def parse_rfc3339(text: str) -> int:
    """Microseconds since the epoch of an RFC 3339 time; a time without an offset is refused."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInputError(
            f"{text!r} is not a time; expected RFC 3339 such as 2013-04-01T06:00:00Z"
        ) from error
    if moment.tzinfo is None:
        raise InvalidInputError(f"{text!r} has no offset; expected RFC 3339 such as 2013-04-01T06:00:00Z")
    return to_microseconds(moment)


def to_microseconds(moment: datetime) -> int:
    """Microseconds since the epoch of a moment that has a time zone."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def format_rfc3339(microseconds: int) -> str:
    """RFC 3339 in UTC, with microseconds only where there are any."""
    moment = _EPOCH + timedelta(microseconds=microseconds)
    return moment.isoformat().replace("+00:00", "Z")


def day_of(microseconds: int) -> date:
    """The UTC date of a moment."""
    return (_EPOCH + timedelta(microseconds=microseconds)).date()


def start_of_day(day: date) -> int:
    """Microseconds since the epoch at which a UTC day begins."""
    return (day - _EPOCH.date()).days * MICROSECONDS_PER_DAY
