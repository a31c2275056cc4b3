"""When a schedule is due, and which window a due time means. Pure.

Cron as Debian's: of an hour that summer time skips, what stands in it is due right after; of an hour that
comes twice, once. A day closes two hours after its end in UTC.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from wakeline.core.clock import day_of
from wakeline.core.errors import InvalidInputError
from wakeline.core.window import Window, month_window

DEFAULT_CRON = "30 2 * * *"
DEFAULT_TIME_ZONE = "UTC"
DEFAULT_WINDOW_RULE = "last-closed-day"
DAY_CLOSES_AFTER_US = 2 * 3_600_000_000

_LAST_DAYS = re.compile(r"last-([1-9]\d{0,2})-days")
_DAYS_MAX = 366
_CRON_FIELDS = 5


@dataclass(frozen=True, slots=True)
class Due:
    at_us: int
    window: Window


def check_cron(cron: str, time_zone: str) -> None:
    """Raises `InvalidInputError` for what cannot be read, and for a time that never comes."""
    zone = _read_zone(time_zone)
    if len(cron.split()) != _CRON_FIELDS:
        raise InvalidInputError(
            f"{cron!r} has not five fields; expected minute, hour, day, month, weekday such as '30 2 * * *'"
        )
    try:
        next(CronSim(cron, datetime(2026, 1, 1, tzinfo=zone)))
    except (CronSimError, StopIteration) as error:
        raise InvalidInputError(
            f"{cron!r} is no schedule: {error or 'it never comes'}; expected such as '30 2 * * *'"
        ) from error


def check_window_rule(rule: str) -> str:
    choose_window(rule, 0)
    return rule


def list_times(cron: str, time_zone: str, after_us: int) -> Iterator[int]:
    """Due times after a moment, without end unless cron has one; microseconds since the epoch."""
    start = datetime.fromtimestamp(after_us // 1_000_000, UTC).astimezone(_read_zone(time_zone))
    last = after_us
    for moment in CronSim(cron, start):
        due_us = round(moment.timestamp()) * 1_000_000
        if due_us > last:
            last = due_us
            yield due_us


def choose_window(rule: str, due_us: int) -> Window:
    """The window of a due time; only days that are closed by then."""
    closed_end = day_of(due_us - DAY_CLOSES_AFTER_US)
    match rule:
        case "last-closed-day":
            return Window(closed_end - timedelta(days=1), closed_end)
        case "previous-week":
            monday = closed_end - timedelta(days=closed_end.weekday())
            return Window(monday - timedelta(days=7), monday)
        case "previous-month":
            before = closed_end.replace(day=1) - timedelta(days=1)
            return month_window(before.year, before.month)
    days = _LAST_DAYS.fullmatch(rule)
    if days is None or int(days[1]) > _DAYS_MAX:
        raise InvalidInputError(
            f"{rule!r} is no window rule; expected last-closed-day, last-<n>-days (n up to {_DAYS_MAX}), "
            "previous-week or previous-month"
        )
    return Window(closed_end - timedelta(days=int(days[1])), closed_end)


def _read_zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        raise InvalidInputError(f"{name!r} is no time zone; expected such as UTC or Europe/Berlin") from error
