"""The due follow-up: one open per person, brought forward, following the person's life."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from followups.calendar import appointments
from followups.models import Appointment, AppointmentReason, Assessment, CarePlan
from followups.reminders.planning import plan_reminders
from journal.models import AuditEvent, Communication
from patients import enrolment, lifecycle
from patients.models import Encounter, Enrolment, Patient, Task
from patients.models.condition import EndReason
from patients.programmes import Programme
from patients.responsibilities import assign
from tests.db.followups.recording import save
from tests.world import World

BOTH = (Programme.HYPERTENSION, Programme.DIABETES)
R = AppointmentReason


@pytest.fixture
def patient(world: World) -> Patient:
    return world.patient("李佩兰", *BOTH)


def messages(patient: Patient) -> dict[str, str]:
    rows = Communication.objects.filter(patient_id=patient.pk, kind="reminder", channel="in_app")
    return {
        content["about"]["due"]["due_on"]: status for content, status in rows.values_list("content", "status")
    }


def test_enrolment_gives_a_plan_and_one_first_follow_up_for_all_programmes(
    world: World, patient: Patient
) -> None:
    assert CarePlan.objects.filter(patient=patient).count() == 1
    first = Appointment.objects.get(patient=patient)
    assert (first.reason, first.due_on) == ("first", date(2024, 1, 15))


def test_booking_brings_forward_and_never_puts_off(world: World, patient: Patient) -> None:
    save(world, patient, "2026-01-10", systolic=130, diastolic=80, fasting_glucose=6.0)
    later = appointments.book(patient, due_on=date(2026, 6, 1), reason=R.RETURNED, by=world.doctor)
    assert (later.due_on, later.reason) == (date(2026, 4, 10), "routine")
    sooner = appointments.book(patient, due_on=date(2026, 1, 20), reason=R.RETURNED, by=world.doctor)
    assert (sooner.pk, sooner.due_on, sooner.reason) == (later.pk, date(2026, 1, 20), "returned")
    assert messages(patient) == {
        "2024-01-15": "stopped",
        "2026-04-10": "stopped",
        "2026-01-20": "preparation",
    }
    assert AuditEvent.objects.filter(action="appointment.bring-forward", patient_id=patient.pk).exists()


def test_a_day_given_up_and_booked_again_has_its_reminder_back(world: World, patient: Patient) -> None:
    day = timezone.localdate() + timedelta(days=2)
    for due_on in (day, day - timedelta(days=1)):
        appointments.book(patient, due_on=due_on, reason=R.RETURNED, by=world.doctor)
    appointments.cancel(patient, by=world.doctor, at=timezone.now(), why="test")
    appointments.book(patient, due_on=day, reason=R.ROUTINE, by=world.doctor)
    plan_reminders(on=timezone.localdate())
    assert [when for when, status in messages(patient).items() if status == "preparation"] == [
        day.isoformat()
    ]
    assert plan_reminders(on=timezone.localdate()) == (0, 0)


def test_death_ends_follow_up_advice_and_reminder(world: World, patient: Patient) -> None:
    for day in ("2026-01-10", "2026-01-24"):
        save(world, patient, day, systolic=152, diastolic=88, fasting_glucose=6.0)
    enrolment.died(patient, on=date(2026, 1, 30), by=world.doctor)
    assert not Appointment.objects.booked().filter(patient=patient).exists()
    assert not Task.objects.open().filter(patient=patient).exists()
    assert "preparation" not in messages(patient).values()


def test_the_follow_up_stays_until_the_last_programme_ends(world: World, patient: Patient) -> None:
    first, second = Enrolment.objects.filter(patient=patient)
    enrolment.end(first, on=date(2026, 1, 1), reason=EndReason.REFUSED, by=world.doctor)
    assert Appointment.objects.booked().filter(patient=patient).exists()
    enrolment.end(second, on=date(2026, 1, 1), reason=EndReason.REFUSED, by=world.doctor)
    assert Appointment.objects.get(patient=patient).status == "cancelled"


def test_follow_up_advice_and_reminder_follow_a_move(world: World, patient: Patient) -> None:
    for day in ("2026-01-10", "2026-01-24"):
        save(world, patient, day, systolic=152, diastolic=88, fasting_glucose=6.0)
    assign(
        patient,
        organization=world.other_centre,
        care_team=world.other_team,
        on=date(2026, 2, 1),
        by=world.doctor,
    )
    moved = Appointment.objects.booked().get(patient=patient)
    assert (moved.organization, moved.care_team) == (world.other_centre, world.other_team)
    assert Task.objects.open().get(patient=patient).care_team == world.other_team
    (message,) = Communication.objects.waiting().filter(patient_id=patient.pk, channel="in_app")
    assert message.recipient_id == str(world.other_team.pk)


def test_without_a_team_no_earlier_team_is_reminded(world: World, patient: Patient) -> None:
    save(world, patient, "2026-01-10", systolic=152, diastolic=88, fasting_glucose=6.0)
    assign(patient, organization=world.other_centre, care_team=None, on=date(2026, 2, 1), by=world.doctor)
    assert not Communication.objects.waiting().filter(patient_id=patient.pk, channel="in_app").exists()
    assert Communication.objects.waiting().filter(patient_id=patient.pk, channel="email").exists()


def test_every_event_of_a_resident_is_settled_by_the_follow_ups() -> None:
    assert all("followups" in lifecycle.registered(event) for event in lifecycle.Event)


def test_the_database_itself_refuses_wrong_states(world: World, patient: Patient) -> None:
    visit = save(world, patient, "2026-01-10", systolic=186, diastolic=88, fasting_glucose=6.0).encounter
    place = {
        "patient": patient,
        "organization": world.centre,
        "booked_on": date(2026, 1, 10),
        "due_on": date(2026, 2, 1),
    }
    row = Assessment.objects.get(encounter=visit, programme="hypertension")
    wrong = [
        lambda: Appointment.objects.create(**place),
        lambda: Appointment.objects.create(**place, status="fulfilled"),
        lambda: Appointment.objects.create(**place, status="done", fulfilled_on=date(2026, 2, 1)),
        lambda: Appointment.objects.create(**place, status="cancelled", reason="whim"),
        lambda: Assessment.objects.filter(pk=row.pk).update(klass="controlled"),
        lambda: Assessment.objects.filter(pk=row.pk).update(programme="gout"),
        lambda: CarePlan.objects.filter(patient=patient).update(revision=1),
        lambda: Encounter.objects.filter(pk=visit.pk).update(diastolic=190),
        lambda: Encounter.objects.filter(pk=visit.pk).update(systolic=301),
        lambda: Encounter.objects.filter(pk=visit.pk).update(danger_signs=["fainting"]),
        lambda: Task.objects.create(patient=patient, kind="referral_advised", organization=world.centre),
    ]
    for attempt in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            attempt()


def test_overdue_and_due_are_told_apart_by_the_day(world: World, patient: Patient) -> None:
    day, mine = date(2024, 1, 15), Appointment.objects.filter(patient=patient)
    assert [mine.due(on=day).count(), mine.overdue(on=day).count()] == [1, 0]
    assert [
        mine.due(on=day + timedelta(days=1)).count(),
        mine.overdue(on=day + timedelta(days=1)).count(),
    ] == [0, 1]
    appointments.cancel(patient, by=world.doctor, at=timezone.now(), why="test")
    assert mine.overdue(on=date(2026, 1, 1)).count() == 0
