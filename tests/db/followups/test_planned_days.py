"""The day a team means to do a follow-up: within the window, where there is room, never more than fit."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from alliances import workdays
from followups.calendar import appointments, capacities, day_planning
from followups.calendar.capacities import NoPattern
from followups.models import Appointment, AppointmentReason, TeamCapacity, TeamDay
from journal.models import AuditEvent
from patients.responsibilities import assign
from tests.at_once import at_once
from tests.db.followups.planned import MONDAY, due, limit
from tests.db.followups.recording import save
from tests.world import World

TODAY = date(2026, 11, 2)


def planned(*rows: Appointment) -> list[date | None]:
    found = Appointment.objects.in_bulk([row.pk for row in rows])
    return [found[row.pk].planned_on for row in rows]


def test_load_is_spread_around_the_due_day_the_same_way_every_time(world: World) -> None:
    limit(world.team)
    wednesday = MONDAY + timedelta(days=2)
    rows = [due(world, f"居民{n}", wednesday) for n in range(6)]
    assert day_planning.plan([row.patient_id for row in rows], on=TODAY) == 6
    first = sorted(day for day in planned(*rows) if day)
    assert [day.day for day in first] == [24, 24, 25, 25, 26, 26]
    Appointment.objects.update(planned_on=None)
    before = dict(Appointment.objects.values_list("patient_id", "planned_on"))
    day_planning.plan([row.patient_id for row in reversed(rows)], on=TODAY)
    assert sorted(day for day in planned(*rows) if day) == first
    assert before.keys() == {row.patient_id for row in rows}
    assert {row.due_on for row in Appointment.objects.all()} == {wednesday}


def test_a_day_that_differs_is_respected(world: World) -> None:
    limit(world.team)
    capacities.set_day(world.team, MONDAY, places=0, reason="全员培训", by=world.team_lead)
    row = due(world, "甲", MONDAY)
    day_planning.plan([row.patient_id], on=TODAY)
    assert planned(row) == [date(2026, 11, 24)]
    capacities.clear_day(world.team, MONDAY, by=world.team_lead)
    Appointment.objects.update(planned_on=None)
    day_planning.plan([row.patient_id], on=TODAY)
    assert planned(row) == [MONDAY]


def test_a_day_off_of_the_alliance_is_respected(world: World) -> None:
    workdays.know({world.centre.pk: {MONDAY: False}})
    row = due(world, "甲", MONDAY)
    day_planning.plan([row.patient_id], on=TODAY)
    assert planned(row) == [date(2026, 11, 24)]


def test_a_saved_visit_plans_the_next_follow_up_when_it_is_committed(
    world: World, django_capture_on_commit_callbacks: object
) -> None:
    patient = world.patient("李佩兰", "hypertension")  # type: ignore[arg-type]
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        save(world, patient, "2026-11-14", systolic=130, diastolic=80)
    row = Appointment.objects.booked().get(patient=patient)
    assert (row.due_on, row.planned_on) == (date(2027, 2, 14), date(2027, 2, 15))  # a Sunday
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        appointments.book(patient, due_on=date(2026, 12, 5), reason=AppointmentReason.RETURNED, by=world.doctor,
                          on=date(2026, 11, 30))  # fmt: skip
    row.refresh_from_db()
    assert (row.due_on, row.planned_on) == (date(2026, 12, 5), date(2026, 12, 4))  # a Saturday


def test_another_team_plans_anew(world: World, django_capture_on_commit_callbacks: object) -> None:
    limit(world.other_team, [0, 5, 0, 0, 0, 0, 0])
    row = due(world, "甲", MONDAY, planned_on=MONDAY, escalated_on=TODAY)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        assign(
            row.patient,
            organization=world.other_centre,
            care_team=world.other_team,
            on=TODAY,
            by=world.doctor,
        )
    row.refresh_from_db()
    assert (row.care_team, row.planned_on, row.escalated_on) == (world.other_team, date(2026, 11, 24), None)


def test_what_imports_booked_is_planned_by_the_hourly_run_once(world: World) -> None:
    for n in range(3):
        due(world, f"居民{n}", MONDAY)
    assert [day_planning.plan_missing(on=TODAY, limit=2) for _ in range(3)] == [2, 1, 0]
    assert AuditEvent.objects.filter(action="calendar.plan").count() == 2


def test_two_savers_do_not_overfill_a_day(committed_world: World) -> None:
    """Each plans its own residents at the same moment; both would find the same last places without the lock."""
    world = committed_world
    limit(world.team, [3, 3, 3, 3, 3, 0, 0])
    rows = [due(world, f"居民{n}", MONDAY + timedelta(days=2)) for n in range(12)]
    ids = [row.patient_id for row in rows]
    results = at_once(*[lambda part=ids[n::4]: day_planning.plan(part, on=TODAY) for n in range(4)])
    assert results == [3, 3, 3, 3]
    days = Appointment.objects.values_list("planned_on", flat=True)
    counts = {day: list(days).count(day) for day in days}
    assert max(counts.values()) == 3, counts


def test_planning_costs_the_same_for_one_and_for_many(world: World, django_assert_num_queries) -> None:
    limit(world.team)
    rows = [due(world, f"居民{n}", MONDAY) for n in range(12)]
    for part in (rows[:1], rows[1:]):
        with django_assert_num_queries(2 + 7):  # savepoint; lock, due, pattern, days, counts, update, audit
            day_planning.plan([row.patient_id for row in part], on=TODAY)


def test_the_database_refuses_capacities_that_cannot_be(world: World) -> None:
    wrong = [
        lambda: TeamCapacity.objects.create(care_team=world.team, places=[1, 2]),
        lambda: TeamDay.objects.create(care_team=world.team, on=MONDAY, places=501, reason="x"),
        lambda: TeamDay.objects.create(care_team=world.team, on=MONDAY, places=1, reason=""),
    ]
    for attempt in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            attempt()
    with pytest.raises(NoPattern):
        capacities.set_day(world.second_team, MONDAY, places=1, reason="x", by=world.team_lead)
