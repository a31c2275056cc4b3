"""When schedules are due, summer time included, and which days a due time means."""

from datetime import UTC, datetime
from itertools import islice

import pytest

from wakeline.core.clock import format_rfc3339, parse_rfc3339
from wakeline.core.errors import InvalidInputError
from wakeline.monitoring.due_times import check_cron, choose_window, list_times


def list_next(cron: str, zone: str, after: str, count: int) -> list[str]:
    times = islice(list_times(cron, zone, parse_rfc3339(after)), count)
    return [format_rfc3339(time_us).removesuffix(":00Z") for time_us in times]


def test_every_day_in_utc() -> None:
    assert list_next("30 2 * * *", "UTC", "2013-10-26T02:30:00Z", 2) == [
        "2013-10-27T02:30",
        "2013-10-28T02:30",
    ]


def test_an_hour_that_summer_time_skips_is_due_right_after() -> None:
    # On 31 March 2013 Berlin's clocks went from 02:00 (01:00 UTC) to 03:00.
    assert list_next("30 2 * * *", "Europe/Berlin", "2013-03-30T00:00:00Z", 3) == [
        "2013-03-30T01:30",
        "2013-03-31T01:00",
        "2013-04-01T00:30",
    ]


def test_an_hour_that_comes_twice_is_due_once() -> None:
    # On 27 October 2013 Berlin's clocks went from 03:00 (01:00 UTC) back to 02:00.
    expected = ["2013-10-27T00:30", "2013-10-28T01:30"]
    assert list_next("30 2 * * *", "Europe/Berlin", "2013-10-26T12:00:00Z", 2) == expected
    # also when looked at from within the second of the two hours
    assert list_next("30 2 * * *", "Europe/Berlin", "2013-10-27T01:10:00Z", 1) == ["2013-10-28T01:30"]


def test_every_half_hour_goes_on_through_both() -> None:
    times = list_next("*/30 * * * *", "Europe/Berlin", "2013-10-27T00:00:00Z", 4)
    assert times == ["2013-10-27T00:30", "2013-10-27T01:00", "2013-10-27T01:30", "2013-10-27T02:00"]


@pytest.mark.parametrize(
    ("rule", "due", "expected"),
    [
        ("last-closed-day", "2013-04-02T02:30:00Z", "2013-04-01/2013-04-02"),
        ("last-closed-day", "2013-04-02T02:00:00Z", "2013-04-01/2013-04-02"),
        ("last-closed-day", "2013-04-02T01:59:59Z", "2013-03-31/2013-04-01"),
        ("last-7-days", "2013-04-02T02:30:00Z", "2013-03-26/2013-04-02"),
        ("previous-week", "2013-04-02T02:30:00Z", "2013-03-25/2013-04-01"),
        ("previous-week", "2013-04-01T01:00:00Z", "2013-03-18/2013-03-25"),
        ("previous-month", "2013-04-01T02:30:00Z", "2013-03-01/2013-04-01"),
        ("previous-month", "2013-04-01T01:00:00Z", "2013-02-01/2013-03-01"),
        ("previous-month", "2013-04-30T02:30:00Z", "2013-03-01/2013-04-01"),
    ],
)
def test_a_due_time_means_days_that_are_closed(rule: str, due: str, expected: str) -> None:
    assert str(choose_window(rule, parse_rfc3339(due))) == expected


@pytest.mark.parametrize("rule", ["", "yesterday", "last-0-days", "last-367-days", "last-x-days"])
def test_other_window_rules_are_refused(rule: str) -> None:
    with pytest.raises(InvalidInputError, match="no window rule"):
        choose_window(rule, parse_rfc3339("2013-04-02T02:30:00Z"))


@pytest.mark.parametrize(
    ("cron", "zone"),
    [
        ("", "UTC"),
        ("30 2 * *", "UTC"),
        ("0 30 2 * * *", "UTC"),
        ("61 2 * * *", "UTC"),
        ("30 2 31 2 *", "UTC"),
        ("30 2 * * *", "Mars/Olympus"),
        ("30 2 * * *", "../../etc/passwd"),
        ("30 2 * * *", ""),
    ],
)
def test_schedules_that_cannot_be_read_are_refused(cron: str, zone: str) -> None:
    with pytest.raises(InvalidInputError):
        check_cron(cron, zone)


def test_times_are_those_of_the_zone() -> None:
    due = next(list_times("0 9 * * MON", "Asia/Tokyo", parse_rfc3339("2013-04-03T00:00:00Z")))
    assert datetime.fromtimestamp(due / 1e6, UTC).isoformat() == "2013-04-08T00:00:00+00:00"
