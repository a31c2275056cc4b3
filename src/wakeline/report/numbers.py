"""Numbers as a reader wants them: as many digits as say something."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from wakeline.core.window import parse_window
from wakeline.statistics.catalogue import find_metric

_THIN_SPACE = "\u202f"
_SHARES = frozenset({"missing_rate", "drifted_share"})


def describe_window(text: str) -> str:
    """`April 2013`, `5 April 2013` or `1 April 2013 to 10 April 2013`."""
    window = parse_window(text)
    start, last = window.start, window.end - timedelta(days=1)
    if start == last:
        return _format_day(start)
    if start.day == 1 and window.end == (start + timedelta(days=31)).replace(day=1):
        return f"{start:%B %Y}"
    return f"{_format_day(start)} to {_format_day(last)}"


def _format_day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def format_count(value: int) -> str:
    return f"{value:,}".replace(",", _THIN_SPACE)


def format_share(value: float) -> str:
    percent = 100 * value
    digits = 2 if 0 < percent < 1 else 1 if 0 < percent < 10 else 0
    return f"{percent:.{digits}f} %"


def format_measured(value: float) -> str:
    """A value of a column, in its own unit."""
    size = abs(value)
    if size and (size < 1e-4 or size >= 1e7):
        return f"{value:.3g}"
    return f"{value:.6g}" if size >= 1000 else f"{value:.4g}"


def format_value(metric: str, value: float) -> str:
    if metric in _SHARES:
        return format_share(value)
    size = abs(value)
    if size and (size < 0.001 or size >= 100_000):
        return f"{value:.1e}"
    return f"{value:.3f}"


def name_metric(metric: str) -> str:
    """Its title; a stored evaluation may name a metric of another version."""
    try:
        return find_metric(metric).title
    except KeyError:
        return metric.replace("_", " ").capitalize()


def format_interval(reading: Mapping[str, Any], prefix: str = "") -> str | None:
    lower, upper = reading.get(f"{prefix}lower"), reading.get(f"{prefix}upper")
    if lower is None or upper is None:
        return None
    return f"{format_value(reading['metric'], lower)} to {format_value(reading['metric'], upper)}"
