"""A saved visit and everything it leaves."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from followups import visits
from followups.models import Appointment, Assessment
from followups.visit_input import VisitInput
from journal.models import AuditEvent, Communication
from patients.models import Patient
from patients.models.encounter import EntrySource
from patients.programmes import Programme
from tests.world import World

BOTH = (Programme.HYPERTENSION, Programme.DIABETES)


def save(world: World, patient: Patient, on: str, **given: Any) -> visits.Recorded:
    """Record a visit of the doctor, written down on its own day unless said otherwise."""
    day = date.fromisoformat(on)
    about = {
        name: given.pop(name) for name in ("id", "visit_count", "method", "recorded_at") if name in given
    }
    numbers = {name: given.pop(name) for name in list(given) if name in visits_readings()}
    about.setdefault("recorded_at", datetime(day.year, day.month, day.day, 2, tzinfo=UTC))
    about.setdefault("method", "clinic")
    reading = VisitInput(observations=numbers, **given)
    return visits.record(patient, reading, on=day, by=world.doctor, source=EntrySource.FORM, **about)


def visits_readings() -> set[str]:
    from patients.readings import VISIT_READINGS

    return set(VISIT_READINGS)


def test_a_visit_for_two_diseases_leaves_visit_assessments_next_appointment_reminder_and_audit(
    world: World,
) -> None:
    patient = world.patient("李佩兰", *BOTH)
    outcome = save(
        world, patient, "2026-01-10", systolic=152, diastolic=88, fasting_glucose=6.4, hba1c=Decimal("7.1")
    )
    assert outcome.status == "created"
    assert outcome.encounter.programmes == ["hypertension", "diabetes"]
    rows = {row.programme: row for row in Assessment.objects.filter(encounter=outcome.encounter)}
    assert (rows["hypertension"].klass, rows["hypertension"].action) == ("uncontrolled", "adjust")
    assert (rows["diabetes"].klass, rows["diabetes"].action) == ("controlled", "routine")
    assert outcome.fulfilled.reason == "first"
    (booked,) = Appointment.objects.booked().filter(patient=patient)
    assert (booked.due_on, booked.reason, booked.booked_on) == (
        date(2026, 1, 24),
        "adjust",
        date(2026, 1, 10),
    )
    assert (
        Communication.objects.filter(key=f"reminder:{patient.pk}:2026-01-24", status="preparation").count()
        == 2
    )
    assert AuditEvent.objects.filter(action="visit.record", patient_id=patient.pk).count() == 1
    patient.refresh_from_db()
    assert (patient.last_visit_on, patient.last_systolic) == (date(2026, 1, 10), 152)
    assert outcome.encounter.further_observations.get().value == Decimal("7.1")
