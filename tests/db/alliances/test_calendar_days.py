"""Days set by hand: for everybody, or for the members of an alliance; clocks and windows hear of them."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from psycopg2.extras import DateRange

from alliances import calendar_days, workdays
from alliances.models import Alliance, AllianceMembership, CalendarDay
from alliances.workdays import after_working_time, is_working_day, published
from journal.models import AuditEvent
from tests.world import SINCE, World, at

DAY = date(2027, 2, 20)  # a Saturday whose make-up nobody has announced


@pytest.fixture(autouse=True)
def _read_anew() -> None:
    workdays.forget()


def setting(
    world: World, on: date = DAY, *, works: bool = True, alliance: Alliance | None = None
) -> CalendarDay:
    row = calendar_days.set_day(on, works=works, reason="国办发明电", alliance=alliance, by=world.operator)
    workdays.forget()  # a test's transaction never commits
    return row


def test_a_day_set_for_everybody_counts_everywhere_and_moves_the_clocks(world: World) -> None:
    assert not is_working_day(DAY)
    row = setting(world)
    assert is_working_day(DAY)
    assert is_working_day(DAY, of=world.centre.pk)
    assert after_working_time(at("2027-02-19T10:00"), timedelta(days=1)) == at("2027-02-20T10:00")
    calendar_days.clear_day(row, by=world.operator)
    workdays.forget()
    assert not is_working_day(DAY)
    actions = AuditEvent.objects.filter(action__startswith="calendar.").values_list("action", flat=True)
    assert set(actions) == {"calendar.set-day", "calendar.clear-day"}


def test_an_alliances_own_word_comes_first_for_its_members_only(world: World) -> None:
    monday = date(2026, 11, 23)
    setting(world, monday, works=False, alliance=world.alliance)
    assert not is_working_day(monday, of=world.centre.pk)
    assert is_working_day(monday)
    AllianceMembership.objects.filter(organization=world.centre).update(period=DateRange(SINCE, monday))
    workdays.forget()
    assert is_working_day(monday, of=world.centre.pk)


def test_of_two_alliances_that_disagree_the_day_off_wins(world: World) -> None:
    second = Alliance.objects.create(code="b", name="第二医联体")
    AllianceMembership.objects.create(
        alliance=second, organization=world.centre, period=DateRange(SINCE, None)
    )
    setting(world, works=True, alliance=world.alliance)
    setting(world, works=False, alliance=second)
    assert not is_working_day(DAY, of=world.centre.pk)


def test_set_anew_a_day_stays_one_row_and_the_database_refuses_a_second(world: World) -> None:
    setting(world)
    setting(world, works=False)
    assert CalendarDay.objects.get().works is False
    with pytest.raises(IntegrityError), transaction.atomic():
        CalendarDay.objects.create(on=DAY, works=True, reason="x")
    with pytest.raises(IntegrityError), transaction.atomic():
        CalendarDay.objects.create(on=date(2027, 3, 1), works=True, reason="")


def test_another_process_hears_of_it_within_the_minute(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_working_day(DAY)
    CalendarDay.objects.create(on=DAY, works=True, reason="x")  # written elsewhere
    assert not is_working_day(DAY)
    now = workdays.monotonic()
    monkeypatch.setattr(workdays, "monotonic", lambda: now + workdays.FRESH + 1)
    assert is_working_day(DAY)


def test_which_years_are_announced_is_known() -> None:
    assert published(2026)
    assert not published(2099)
