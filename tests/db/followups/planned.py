"""Due follow-ups in tests with one line."""

from datetime import date, timedelta
from typing import Any

from alliances.models import CareTeam
from followups.calendar import contacts
from followups.models import Appointment, ContactAttempt, ContactMethod, ContactResult, TeamCapacity
from patients.models import Patient
from patients.programmes import Programme
from tests.world import World

WEEKDAYS = [2, 2, 2, 2, 2, 0, 0]
MONDAY = date(2026, 11, 23)  # an ordinary week of the published calendar
HTN = Programme.HYPERTENSION


def due(
    world: World, name: str, due_on: date, *, planned_on: date | None = None, **about: Any
) -> Appointment:
    """A managed resident whose one open follow-up is due on the day."""
    patient = world.patient(name, HTN, phone="", contract=False)
    row = Appointment.objects.get(patient=patient)
    values = {"due_on": due_on, "reason": "routine", "planned_on": planned_on, "booked_on": date(2026, 8, 1)}
    Appointment.objects.filter(pk=row.pk).update(**{**values, **about})
    row.refresh_from_db()
    return row


def limit(team: CareTeam, places: list[int] | None = None) -> TeamCapacity:
    return TeamCapacity.objects.create(care_team=team, places=places or WEEKDAYS)


def tried(world: World, patient: Patient, on: date, result: str = "no_answer", **more: Any) -> ContactAttempt:
    """One attempt of the doctor, recorded on its day."""
    return contacts.record(
        patient.pk,
        method=ContactMethod.PHONE,
        result=ContactResult(result),
        on=on,
        today=on,
        by=world.doctor,
        **more,
    )


def tried_in_vain(world: World, patient: Patient, *, until: date) -> None:
    """What the rule asks for: three days over two weeks."""
    for days in (14, 7, 0):
        tried(world, patient, until - timedelta(days=days))
