"""Windows, lateness and the settings that make them."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured

from followups.calendar.capacities import Agenda
from followups.calendar.day_planning import day_for
from followups.calendar.settings import DEFAULTS, configured
from followups.calendar.windows import lateness, window_of
from followups.models import Appointment, AppointmentReason

DUE = date(2026, 11, 27)  # a Friday
TODAY = date(2026, 11, 2)


def test_every_reason_has_a_window_that_holds_its_due_day() -> None:
    for reason in AppointmentReason:
        window = window_of(DUE, reason, settings=DEFAULTS)
        assert window.first <= DUE <= window.last


def test_a_promise_within_two_weeks_has_no_days_after() -> None:
    assert window_of(DUE, "routine", settings=DEFAULTS) == (date(2026, 11, 20), date(2026, 12, 4))
    assert window_of(DUE, "adjust", settings=DEFAULTS) == (date(2026, 11, 20), DUE)


@pytest.mark.parametrize(
    ("days", "state"),
    [(-8, "ahead"), (-7, "open"), (0, "open"), (1, "late"), (7, "late"), (8, "overdue"), (14, "overdue"),
     (15, "escalated"), (59, "escalated"), (60, "long")],
)  # fmt: skip
def test_a_follow_up_is_late_by_its_age(days: int, state: str) -> None:
    assert lateness(DUE, "routine", on=DUE + timedelta(days=days), settings=DEFAULTS) == state


def test_settings_that_cannot_be_planned_by_are_refused() -> None:
    assert configured({"windows": {"routine": (14, 14)}}).windows["routine"] == (14, 14)
    for wrong in ({"windows": {"routine": (40, 0)}}, {"windows": {"whim": (1, 1)}}, {"lost_attempts": 0}):
        with pytest.raises(ImproperlyConfigured):
            configured(wrong)


def planned(due_on: date, agenda: Agenda | None = None, reason: str = "routine", after: date = TODAY) -> date:
    row = Appointment(due_on=due_on, reason=reason)
    return day_for(row, agenda or Agenda(), after=after, settings=DEFAULTS)


def test_a_due_day_off_is_planned_on_the_nearest_working_day_and_stays_due() -> None:
    assert planned(date(2026, 11, 28)) == date(2026, 11, 27)  # Saturday to Friday
    assert planned(date(2026, 11, 29)) == date(2026, 11, 30)  # Sunday to Monday
    assert planned(date(2026, 10, 10), after=date(2026, 9, 1)) == date(2026, 10, 10)  # a made-up Saturday


def test_a_window_inside_a_holiday_is_planned_before_it() -> None:
    # Spring Festival 2026: 15 to 23 February; back from hospital is due within three days.
    assert planned(date(2026, 2, 20), reason="returned", after=date(2026, 2, 1)) == date(2026, 2, 14)


def test_full_days_are_passed_over_and_the_earlier_one_wins_a_tie() -> None:
    agenda = Agenda(pattern=(1, 1, 1, 1, 1, 0, 0))
    days = []
    for _ in range(4):
        days.append(planned(date(2026, 11, 25), agenda))
        agenda.planned[days[-1]] += 1
    assert [day.day for day in days] == [25, 24, 26, 23]


def test_where_every_day_is_full_the_least_overfilled_one_is_taken() -> None:
    agenda = Agenda(pattern=(1, 1, 1, 1, 1, 0, 0))
    for n in range(40):
        agenda.planned[date(2026, 11, 10) + timedelta(days=n)] = 3
    agenda.planned[date(2026, 11, 30)] = 1
    assert planned(DUE, agenda) == date(2026, 11, 30)


def test_what_is_overdue_is_spread_over_the_days_from_tomorrow() -> None:
    assert planned(date(2026, 9, 1), after=date(2026, 11, 20)) == date(2026, 11, 23)  # Friday: from Monday on


def test_a_team_may_work_on_weekends_but_not_on_holidays_and_never_less_than_usual_on_a_make_up_day() -> None:
    agenda = Agenda(pattern=(9, 8, 8, 8, 5, 3, 0))
    assert agenda.places(date(2026, 11, 28)) == 3
    assert agenda.places(date(2026, 10, 3)) == 0  # a Saturday of the National Day holidays
    assert agenda.places(date(2026, 10, 10)) == 5  # made up for
    assert agenda.places(date(2026, 10, 1)) == 0
    assert Agenda().places(date(2026, 11, 28)) == 0
    assert Agenda().places(date(2026, 11, 27)) is None
