"""Months, periods and the last day that has come."""

from datetime import date

import pytest

from performance.dashboard import months_before
from performance.months import kept_months, month_of, period

ON = date(2026, 2, 10)


def test_a_past_month_ends_with_its_last_day_and_the_running_one_with_today() -> None:
    assert month_of(date(2024, 2, 3), on=ON).as_of == date(2024, 2, 29)
    assert month_of(ON, on=ON).as_of == ON


def test_the_kept_years_are_full_but_for_the_running_one() -> None:
    kept = kept_months(3, on=ON)
    assert (kept[0].first, kept[-1].first, len(kept)) == (date(2024, 1, 1), date(2026, 2, 1), 26)


@pytest.mark.parametrize(
    ("text", "count"), [("2025", 12), ("2026", 2), ("2025-03", 1), ("2026-03", 0), ("2027", 0)]
)
def test_a_period_is_a_year_or_a_month_as_far_as_it_has_begun(text: str, count: int) -> None:
    assert len(period(text, on=ON)) == count


@pytest.mark.parametrize("text", ["", "26", "2025-3", "2025-13", "2025-03-01", "-2025", "二〇二五", "2025 "])
def test_anything_else_is_no_period(text: str) -> None:
    with pytest.raises(ValueError, match="neither YYYY nor YYYY-MM"):
        period(text, on=ON)


def test_twelve_months_reach_back_over_the_new_year() -> None:
    months = months_before(date(2026, 2, 1))
    assert (months[0], months[-1], len(months)) == (date(2025, 3, 1), date(2026, 2, 1), 12)
