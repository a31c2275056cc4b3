"""A window of whole UTC days, half open; windows tile a range without gap or overlap."""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from wakeline.core.errors import InvalidInputError

_MONTH = re.compile(r"(\d{4})-(\d{2})")


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """Days from `start` up to but not including `end`."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise InvalidInputError(
                f"the window {self.start}..{self.end} is empty; expected an end after its start"
            )

    def __str__(self) -> str:
        return f"{self.start.isoformat()}/{self.end.isoformat()}"

    @property
    def day_count(self) -> int:
        return (self.end - self.start).days

    def days(self) -> Iterator[date]:
        return (self.start + timedelta(days=index) for index in range(self.day_count))

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end


def parse_window(text: str) -> Window:
    """Reads `2013-04` (a month), `2013-04-01` (a day) or `2013-04-01/2013-05-01` (its end is excluded)."""
    month = _MONTH.fullmatch(text)
    try:
        if month:
            return month_window(int(month[1]), int(month[2]))
        start, slash, end = text.partition("/")
        first = date.fromisoformat(start)
        return Window(first, date.fromisoformat(end) if slash else first + timedelta(days=1))
    except (ValueError, OverflowError) as error:
        raise InvalidInputError(
            f"{text!r} is not a window; expected a month 2013-04, a day 2013-04-01, "
            "or 2013-04-01/2013-05-01 (the end is excluded)"
        ) from error


def month_window(year: int, month: int) -> Window:
    start = date(year, month, 1)
    return Window(start, start + timedelta(days=calendar.monthrange(year, month)[1]))


def describe_window(window: Window) -> str:
    """As pages say it: `April 2013`, `1 Apr 2013` or `30 Mar – 2 Apr 2013`, the last day being part of it."""
    last = window.end - timedelta(days=1)
    if window == month_window(window.start.year, window.start.month):
        return f"{calendar.month_name[window.start.month]} {window.start.year}"
    if window.start == last:
        return _describe_day(last)
    first = _describe_day(window.start)
    if window.start.year == last.year:
        first = first.removesuffix(f" {last.year}")
    return f"{first} – {_describe_day(last)}"


def _describe_day(day: date) -> str:
    return f"{day.day} {calendar.month_abbr[day.month]} {day.year}"
