"""A correction and what hangs on the visit: the advice to refer, the moment of writing, what the form does not ask."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from followups.entry.visit import VisitInput
from followups.visits.amending import amend
from patients import enrolment
from patients.models import Encounter, Observation, Patient, Task
from patients.programmes import Programme
from tests.db.followups.recording import save
from tests.world import World

TODAY = timezone.localdate


def day(ago: int) -> str:
    return (TODAY() - timedelta(days=ago)).isoformat()


def visited(world: World, patient: Patient, ago: int, systolic: int) -> Encounter:
    made = save(world, patient, day(ago), systolic=systolic, diastolic=86).encounter
    assert made is not None
    return made


def corrected(world: World, visit: Encounter, systolic: int, **further: Any) -> Encounter:
    visit = Encounter.objects.get(pk=visit.pk)
    reading = VisitInput({"systolic": systolic, "diastolic": 86, **further}, note="更正")
    return amend(visit, reading, on=visit.on, method=visit.method, by=world.doctor, recorded_at=timezone.now(),
                 version=visit.version, why="笔误")  # fmt: skip


def advice(patient: Patient) -> Any:
    return Task.objects.open().filter(patient=patient, kind="referral_advised")


def test_a_corrected_note_does_not_ask_again_for_a_referral_that_was_sent(world: World) -> None:
    patient = world.patient("李佩兰", Programme.HYPERTENSION)
    visit = visited(world, patient, 3, 190)
    advice(patient).update(status="completed", completed_at=timezone.now())
    corrected(world, visit, 190)
    assert not advice(patient).exists()


def test_a_routine_referral_does_not_answer_an_emergency_that_a_correction_finds(world: World) -> None:
    patient = world.patient("李佩兰", Programme.HYPERTENSION)
    visited(world, patient, 20, 156)
    visit = visited(world, patient, 3, 158)
    advice(patient).update(status="completed", completed_at=timezone.now())
    corrected(world, visit, 190)
    assert advice(patient).get().urgency == "emergency"


def test_an_earlier_visits_advice_outlives_the_correction_of_a_mistyped_one(world: World) -> None:
    patient = world.patient("李佩兰", Programme.HYPERTENSION)
    visited(world, patient, 40, 156)
    first = visited(world, patient, 20, 158)
    mistyped = visited(world, patient, 3, 190)
    assert advice(patient).get().basis_id == str(mistyped.pk)
    corrected(world, mistyped, 128)
    assert not advice(patient).exists(), "controlled now: outgrown"
    corrected(world, mistyped, 190)
    corrected(world, mistyped, 152)
    assert advice(patient).count() == 1
    assert advice(patient).get().basis_id in {str(first.pk), str(mistyped.pk)}


def test_nobody_dead_is_advised_by_a_correction(world: World) -> None:
    patient = world.patient("李佩兰", Programme.HYPERTENSION)
    visit = visited(world, patient, 3, 128)
    enrolment.died(patient, on=TODAY(), by=world.doctor)
    corrected(world, visit, 190)
    assert not advice(patient).exists()


def test_a_visit_was_written_when_it_was_written(world: World) -> None:
    patient = world.patient("李佩兰", Programme.HYPERTENSION)
    visit = visited(world, patient, 30, 150)
    corrected(world, visit, 148, ldl=2.4)
    row = Encounter.objects.get(pk=visit.pk)
    assert row.recorded_at == visit.recorded_at
    assert timezone.localdate(Observation.objects.get(encounter=row, code="ldl").at) == visit.on
