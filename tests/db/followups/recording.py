"""Saving visits in tests with one line."""

from datetime import UTC, date, datetime
from typing import Any

from followups import visits
from followups.entry.visit import VisitInput
from patients.models import Patient
from patients.models.encounter import EntrySource
from patients.readings import VISIT_READINGS
from tests.world import World

_ABOUT = ("id", "visit_count", "method", "recorded_at", "by", "source")


def save(world: World, patient: Patient, on: str, **given: Any) -> visits.Recorded:
    """Record a visit of the doctor, written down on its own day unless said otherwise; readings by their names."""
    day = date.fromisoformat(on)
    start = {
        "recorded_at": datetime(day.year, day.month, day.day, 2, tzinfo=UTC),
        "method": "clinic",
        "by": world.doctor,
        "source": EntrySource.FORM,
    }
    about = start | {name: given.pop(name) for name in _ABOUT if name in given}
    numbers = {name: given.pop(name) for name in list(given) if name in VISIT_READINGS}
    return visits.record(patient, VisitInput(observations=numbers, **given), on=day, **about)
