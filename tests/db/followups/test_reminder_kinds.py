"""Reasons of one person and day share one message; what cannot wait stands apart; later kinds plug in."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from followups import reminders
from followups.models import Appointment, CarePlan
from followups.plans import care_plans
from followups.reminders import letters, planning
from followups.reminders import registry as reminder_kinds
from followups.reminders.registry import Kind
from journal.models import Communication
from patients.models import MedicationStatement, Observation, Patient
from patients.programmes import Programme
from tests.db.journal.test_delivery import due
from tests.world import World
from workbench.notices import sentence

TODAY = date(2026, 11, 22)


@pytest.fixture
def patient(world: World) -> Patient:
    made = world.patient("李佩兰", Programme.HYPERTENSION)
    Appointment.objects.all().delete()
    Communication.objects.all().delete()
    return made


def reasons() -> list[list[str]]:
    """The reasons of each message to the team."""
    rows = Communication.objects.filter(recipient_kind="team").order_by("key")
    return [sorted(row.content["about"]) for row in rows]


def review(patient: Patient, on: date) -> None:
    care_plans.ensure(patient)
    CarePlan.objects.filter(patient=patient).update(review_on=on)


def test_a_follow_up_a_medicine_and_a_review_of_one_day_are_one_message(patient: Patient) -> None:
    due(patient, TODAY + timedelta(days=3))
    review(patient, TODAY + timedelta(days=7))
    MedicationStatement.objects.create(
        patient=patient,
        organization=patient.organization,
        name="氨氯地平",
        ended_on=TODAY + timedelta(days=5),
    )
    assert planning.plan_reminders(on=TODAY) == (2, 0)
    assert planning.plan_reminders(on=TODAY) == (0, 0)
    assert reasons() == [["due", "medicine", "plan_review"]]
    line = sentence(Communication.objects.get(recipient_kind="team"))
    assert line.count(" · ") == 2
    (parts,) = letters.parts(list(Communication.objects.filter(recipient_kind="patient"))).values()
    assert [code for code, _facts in parts] == ["due", "medicine", "plan_review"]


@pytest.mark.parametrize(
    ("late", "told"), [(1, True), (4, True), (5, False), (8, True), (15, True), (40, False)]
)
def test_a_missed_follow_up_is_told_three_times(patient: Patient, late: int, told: bool) -> None:
    due(patient, TODAY - timedelta(days=late))
    planning.plan_reminders(on=TODAY, ahead=timedelta(0))
    assert reasons() == ([["overdue"]] if told else [])


def test_the_way_of_the_last_visit_decides_how_early_it_is_told(patient: Patient, settings: Any) -> None:
    due(patient, TODAY + timedelta(days=4))
    for method, leaves in (("clinic", "2026-11-23"), ("home", "2026-11-24"), ("phone", "2026-11-25")):
        Communication.objects.all().delete()
        Patient.objects.update(last_method=method)
        planning.plan_reminders(on=TODAY, ahead=timedelta(days=4))
        (key,) = Communication.objects.filter(recipient_kind="team").values_list("key", flat=True)
        assert key == f"reminder:{patient.pk}:{leaves}"


def test_a_reason_that_goes_leaves_the_others_in_the_message(patient: Patient) -> None:
    due(patient, TODAY + timedelta(days=3))
    review(patient, TODAY + timedelta(days=7))
    planning.plan_reminders(on=TODAY)
    CarePlan.objects.update(review_on=None)
    assert planning.plan_reminders(on=TODAY).written == 2
    assert reasons() == [["due"]]


def test_a_visit_takes_back_at_once_that_the_follow_up_was_missed(patient: Patient) -> None:
    due(patient, TODAY - timedelta(days=1))
    planning.plan_reminders(on=TODAY, ahead=timedelta(0))
    reminders.withdraw([(patient.pk, TODAY - timedelta(days=1))])
    assert set(Communication.objects.values_list("status", flat=True)) == {"stopped"}


def test_what_was_sent_is_not_written_again_when_its_reasons_change(patient: Patient) -> None:
    due(patient, TODAY + timedelta(days=3))
    planning.plan_reminders(on=TODAY)
    Communication.objects.update(status="completed", attempts=1)
    review(patient, TODAY + timedelta(days=7))
    assert planning.plan_reminders(on=TODAY) == (0, 0)


def test_a_value_from_home_that_cannot_wait_stands_apart(patient: Patient) -> None:
    today = timezone.localdate()
    due(patient, today + timedelta(days=3))
    for value in (185, 190, 150):
        Observation.objects.create(
            patient=patient, organization=patient.organization, code="systolic", value=value, at=timezone.now(),
            source="home",
        )  # fmt: skip
    planning.plan_reminders(on=today)
    assert planning.plan_reminders(on=today) == (0, 0)
    assert sorted(reasons()) == [["abnormal_home"], ["abnormal_home"], ["due"]]
    apart = Communication.objects.filter(kind="abnormal_home")
    assert all(message.not_before <= timezone.now() for message in apart)


def test_one_statement_a_chunk_however_many_residents(world: World, patient: Patient) -> None:
    for n in range(5):
        due(world.patient(f"居民{n}", Programme.HYPERTENSION), TODAY + timedelta(days=2))
    with CaptureQueriesContext(
        connection,
    ) as few:
        planning.plan_chunk([world.centre.pk], on=TODAY, ahead=timedelta(days=1))
    said = [q["sql"] for q in few.captured_queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(said) == 1


def test_a_later_kind_plugs_in_without_touching_the_engine(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    birthday = Kind(
        "birthday", lambda facts: f"生日 {facts['on']}",
        """SELECT p.id AS patient_id, p.organization_id, p.care_team_id, %(on)s::date AS leaves_on, '' AS subject,
           jsonb_build_object('on', p.birth_date) AS facts
           FROM patients_patient p WHERE p.organization_id = ANY(%(organizations)s)""",
    )  # fmt: skip
    monkeypatch.setattr(reminder_kinds, "_kinds", dict(reminder_kinds._kinds))
    reminder_kinds.register(birthday)
    due(patient, TODAY + timedelta(days=3))
    planning.plan_reminders(on=TODAY)
    assert reasons() == [["birthday", "due"]]
    assert "生日 1958-03-02" in sentence(Communication.objects.get(recipient_kind="team"))
