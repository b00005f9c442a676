"""What the decision costs while readings arrive."""

from datetime import date
from typing import Any

from django.utils import timezone

from followups import visits
from followups.entry.visit import VisitInput
from followups.standing import standings
from patients.models import Patient
from patients.programmes import Programme
from tests.db.followups.recording import save
from tests.world import World

READING = VisitInput({"systolic": 148, "diastolic": 88, "fasting_glucose": 7.1})


def test_a_decision_of_today_needs_no_statement_beyond_the_standing_and_one_of_another_day_one(
    world: World, django_assert_num_queries: Any
) -> None:
    patient = world.patient("李佩兰", Programme.HYPERTENSION, Programme.DIABETES)
    save(world, patient, "2026-01-10", systolic=152, diastolic=88)
    today = timezone.localdate()
    with django_assert_num_queries(1):
        standing = standings(Patient.objects.filter(pk=patient.pk), since=today)[patient.pk]
    with django_assert_num_queries(0):
        visits.decide(patient, READING, on=today, method="clinic", today=today, standing=standing)
    with django_assert_num_queries(1):
        visits.decide(patient, READING, on=date(2026, 1, 24), method="clinic", today=today, standing=standing)
