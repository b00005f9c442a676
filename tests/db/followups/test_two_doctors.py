"""Two doctors at the same appointment, on two real connections: one wins, the other is told, nothing is lost."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest

from accounts.models import User
from followups import visits
from followups.entry.visit import VisitInput
from followups.models import Appointment, CarePlan
from patients.models import Encounter, Patient
from patients.models.encounter import EntrySource
from patients.programmes import Programme
from tests.at_once import at_once
from tests.world import World


def saver(patient: Patient, by: User, systolic: int, **about: Any) -> Any:
    reading = VisitInput({"systolic": systolic, "diastolic": 84})
    moment = datetime(2026, 1, 24, 2, tzinfo=UTC)
    return lambda: visits.record(
        patient.pk, reading, on=date(2026, 1, 24), method="clinic", by=by, source=EntrySource.FORM,
        recorded_at=moment, **about,
    )  # fmt: skip


@pytest.mark.parametrize("planned", [True, False])
def test_of_two_savers_of_one_appointment_one_wins_and_the_other_sees_what_was_recorded(
    committed_world: World, planned: bool
) -> None:
    world = committed_world
    patient = world.patient("李佩兰", Programme.HYPERTENSION)
    if not planned:
        CarePlan.objects.filter(patient=patient).delete()
    answers = at_once(
        saver(patient, world.doctor, 152, visit_count=0), saver(patient, world.colleague, 138, visit_count=0)
    )
    assert sorted(answer.status for answer in answers) == ["conflict", "created"]
    won = next(answer for answer in answers if answer.status == "created")
    lost = next(answer for answer in answers if answer.status == "conflict")
    assert lost.encounter == won.encounter
    assert Encounter.objects.get(patient=patient) == won.encounter
    assert Appointment.objects.booked().filter(patient=patient).count() == 1


def test_the_same_form_sent_twice_at_once_is_one_visit(committed_world: World) -> None:
    world, key = committed_world, uuid4()
    patient = world.patient("李佩兰", Programme.HYPERTENSION)
    twice = saver(patient, world.doctor, 152, id=key, visit_count=0)
    answers = at_once(twice, twice)
    assert sorted(answer.status for answer in answers) == ["created", "identical"]
    assert Encounter.objects.filter(patient=patient).count() == 1


def test_two_visits_with_keys_of_their_own_both_stand_and_one_follow_up_is_open(
    committed_world: World,
) -> None:
    world = committed_world
    patient = world.patient("李佩兰", Programme.HYPERTENSION)
    answers = at_once(saver(patient, world.doctor, 152), saver(patient, world.colleague, 138))
    assert [answer.status for answer in answers] == ["created", "created"]
    assert Appointment.objects.booked().get(patient=patient).due_on == date(2026, 2, 7)
