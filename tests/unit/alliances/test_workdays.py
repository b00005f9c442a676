"""Working time of the Chinese calendar: holidays stand still, make-up days count."""

from datetime import date, timedelta

import pytest

from alliances.workdays import after_working_time, is_working_day, working_time
from tests.world import at

TWO_DAYS = timedelta(days=2)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-11-20", True),  # a Friday
        ("2026-11-21", False),  # a Saturday
        ("2026-10-01", False),  # National Day
        ("2026-10-10", True),  # a Saturday made up for
        ("2026-02-14", True),  # a Saturday made up for before Spring Festival
        ("2026-02-16", False),  # New Year's Eve, a Monday
    ],
)
def test_holidays_rest_and_make_up_days_work(day: str, works: bool) -> None:
    assert is_working_day(date.fromisoformat(day)) is works


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("2026-11-18T10:00", "2026-11-20T10:00"),  # within a week
        ("2026-11-20T10:00", "2026-11-24T10:00"),  # over a weekend
        ("2026-11-21T10:00", "2026-11-25T00:00"),  # begun on a day off: Monday and Tuesday, whole
        ("2026-09-30T10:00", "2026-10-09T10:00"),  # over the National Day week: eight days off
        ("2026-10-09T10:00", "2026-10-12T10:00"),  # the Saturday counts, it is made up for
    ],
)
def test_two_working_days(begin: str, end: str) -> None:
    assert after_working_time(at(begin), TWO_DAYS) == at(end)


def test_working_time_is_what_after_working_time_adds() -> None:
    begin = at("2026-09-29T15:30")
    for hours in (0, 1, 24, 47, 100):
        needed = timedelta(hours=hours)
        assert working_time(begin, after_working_time(begin, needed)) == needed


def test_working_time_backwards_is_negative() -> None:
    assert working_time(at("2026-11-24T10:00"), at("2026-11-20T10:00")) == -TWO_DAYS
