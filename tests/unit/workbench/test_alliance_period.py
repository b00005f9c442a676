"""The period of the map and what it is compared with."""

from datetime import date

import pytest

from referrals.flows.measures import Unit
from workbench.alliance_map.figures import Ratio
from workbench.alliance_map.forms import OwnPeriodForm
from workbench.alliance_map.period import NoSuchPeriod, choices, own_period, period_of

TODAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("key", "span", "before"),
    [
        ("2026-10", ("2026-10-01", "2026-10-31"), ("2026-09-01", "2026-09-30")),
        ("2026-11", ("2026-11-01", "2026-11-25"), ("2026-10-01", "2026-10-25")),
        ("2026Q3", ("2026-07-01", "2026-09-30"), ("2026-04-01", "2026-06-30")),
        ("2026Q4", ("2026-10-01", "2026-11-25"), ("2026-07-01", "2026-08-25")),
        ("2025", ("2025-01-01", "2025-12-31"), ("2024-01-01", "2024-12-31")),
        ("2026", ("2026-01-01", "2026-11-25"), ("2025-01-01", "2025-11-25")),
    ],
)
def test_a_running_period_is_compared_with_as_many_days(
    key: str, span: tuple[str, str], before: tuple[str, str]
) -> None:
    period = period_of(key, on=TODAY)
    assert tuple(map(str, period.span)) == span
    assert tuple(map(str, period.before)) == before


def test_a_running_month_longer_than_the_one_before_takes_that_whole() -> None:
    assert period_of("2026-03", on=date(2026, 3, 30)).before == (date(2026, 2, 1), date(2026, 2, 28))


def test_an_own_period_is_compared_with_the_days_just_before() -> None:
    period = own_period(date(2026, 11, 11), date(2026, 11, 20))
    assert period.before == (date(2026, 11, 1), date(2026, 11, 10))


@pytest.mark.parametrize("key", ["", "2026-13", "2026Q5", "x", "2026-12", "2027", "1999-01", "2026-11-01"])
def test_nonsense_and_the_future_are_no_period(key: str) -> None:
    with pytest.raises(NoSuchPeriod):
        period_of(key, on=TODAY)


def test_every_offered_period_is_one() -> None:
    keys = [key for _name, options in choices(on=date(2026, 1, 1)) for key, _words in options]
    assert len(keys) == len(set(keys)) == 21
    assert all(period_of(key, on=date(2026, 1, 1)).last <= date(2026, 1, 1) for key in keys)


@pytest.mark.parametrize(
    ("since", "until", "wrong"),
    [
        ("2026-11-01", "2026-11-25", []),
        ("2026-11-02", "2026-11-01", ["until"]),
        ("2026-11-01", "2026-11-26", ["until"]),
        ("2020-01-01", "2026-01-01", ["since"]),
        ("", "2026-11-01", ["since"]),
        ("yesterday", "2026-11-01", ["since"]),
    ],
)
def test_own_days_are_in_order_over_and_three_years_at_most(since: str, until: str, wrong: list[str]) -> None:
    assert list(OwnPeriodForm({"since": since, "until": until}, on=TODAY).errors) == wrong


def test_a_ratio_without_a_denominator_has_no_rate() -> None:
    assert Ratio(0, 0).rate is None
    assert str(Ratio(2, 3).rate) == "66.67"
    assert str(Ratio(7, 2000, Unit.PER_THOUSAND).rate) == "3.50"
