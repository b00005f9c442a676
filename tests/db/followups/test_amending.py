"""A correction and what hangs on the visit: the advice to refer, the moment of writing, what the form does not ask."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from followups.entry.override import Override, Wish
from followups.entry.visit import VisitInput
from followups.models import AssessmentOverride
from followups.visits.amending import amend
from patients import enrolment
from patients.models import Encounter, Observation, Patient, Task
from patients.models.encounter import EntrySource
from patients.programmes import Programme
from tests.db.followups.recording import save
from tests.world import World

TODAY = timezone.localdate


def day(ago: int) -> str:
    return (TODAY() - timedelta(days=ago)).isoformat()


def visited(world: World, patient: Patient, ago: int, systolic: int, **about: Any) -> Encounter:
    made = save(world, patient, day(ago), systolic=systolic, diastolic=86, **about).encounter
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
    """Diabetes keeps the advice of hypertension open, and the mistyped visit is corrected to say nothing of either."""
    patient = world.patient("李佩兰", Programme.HYPERTENSION)
    visited(world, patient, 40, 156)
    first = visited(world, patient, 20, 158)
    mistyped = save(world, patient, day(3), systolic=190, diastolic=86).encounter
    assert mistyped is not None
    assert advice(patient).get().basis_id == str(mistyped.pk)
    without_pressure(world, mistyped)
    assert advice(patient).get().basis_id == str(first.pk)


def without_pressure(world: World, visit: Encounter) -> None:
    """The visit as one at which no pressure was taken: it advises nothing and controls nothing."""
    visit = Encounter.objects.get(pk=visit.pk)
    amend(visit, VisitInput(note="未测血压"), on=visit.on, method=visit.method, by=world.doctor,
          recorded_at=timezone.now(), version=visit.version, why="笔误")  # fmt: skip


def test_history_of_an_import_gives_no_advice_by_a_correction(world: World) -> None:
    patient = world.patient("李佩兰", Programme.HYPERTENSION)
    for ago, systolic in ((60, 156), (40, 158)):
        visited(world, patient, ago, systolic, source=EntrySource.IMPORT)
    advice(patient).delete()
    latest = visited(world, patient, 3, 138)
    without_pressure(world, latest)
    assert not advice(patient).exists()


def test_a_visit_written_down_late_gives_no_advice_by_another_ones_correction(world: World) -> None:
    patient = world.patient("李佩兰", Programme.HYPERTENSION)
    latest = visited(world, patient, 3, 138)
    visited(world, patient, 20, 190, recorded_at=timezone.now())
    assert not advice(patient).exists()
    without_pressure(world, latest)
    assert not advice(patient).exists()


def test_an_advice_that_a_correction_gave_outlives_the_correction_of_a_later_visit(world: World) -> None:
    patient = world.patient("李佩兰", Programme.HYPERTENSION)
    answered = visited(world, patient, 60, 190)
    corrected_later = visited(world, patient, 40, 128)
    Task.objects.filter(patient=patient, basis_id=str(answered.pk)).update(
        status="completed", completed_at=timezone.now() - timedelta(days=30), outcome=""
    )
    corrected(world, corrected_later, 190)
    assert advice(patient).get().basis_id == str(corrected_later.pk)
    latest = visited(world, patient, 3, 150)
    Task.objects.open().filter(patient=patient, kind="referral_advised").update(
        basis_id=str(corrected_later.pk)
    )
    without_pressure(world, latest)
    assert advice(patient).get().basis_id == str(corrected_later.pk)


def test_a_decision_made_at_a_correction_is_of_its_own_day(world: World) -> None:
    patient = world.patient("李佩兰", Programme.HYPERTENSION)
    visit = Encounter.objects.get(pk=visited(world, patient, 21, 150).pk)
    wish = Override("家庭自测血压连续达标", {"hypertension": Wish(klass="controlled")}, None)
    reading = VisitInput({"systolic": 150, "diastolic": 86}, override=wish)
    amend(visit, reading, on=visit.on, method=visit.method, by=world.doctor, recorded_at=timezone.now(),
          version=visit.version, why="补记")  # fmt: skip
    assert timezone.localdate(AssessmentOverride.objects.get().at) == TODAY()


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
