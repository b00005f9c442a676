"""Into management and out of it: once at a time, never before it began, settled above."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from psycopg2.extras import DateRange

from followups.models import Appointment
from patients import enrolment, responsibilities
from patients.models import Condition, Contract, Enrolment, Patient, Responsibility
from patients.models.condition import EndReason
from patients.programmes import Programme
from tests.world import World

BEGAN = date(2024, 1, 1)


def test_enrolling_twice_stays_one_enrolment(world: World) -> None:
    patient = world.patient("甲", Programme.DIABETES, enrolled_on=BEGAN)
    again = enrolment.enrol(patient, Programme.DIABETES, on=date(2024, 5, 1), by=world.doctor)
    assert Enrolment.objects.get() == again


def test_the_database_refuses_the_same_programme_twice_at_once(world: World) -> None:
    patient = world.patient("甲", Programme.DIABETES, enrolled_on=BEGAN)
    with pytest.raises(IntegrityError), transaction.atomic():
        Enrolment.objects.create(
            patient=patient,
            organization=world.centre,
            programme="diabetes",
            period=DateRange(date(2025, 1, 1), None),
        )


def test_the_database_refuses_two_contracts_or_responsibilities_at_once(world: World) -> None:
    patient = world.patient("甲")
    with pytest.raises(IntegrityError), transaction.atomic():
        world.contract(patient)
    with pytest.raises(IntegrityError), transaction.atomic():
        Responsibility.objects.create(
            patient=patient, organization=world.other_centre, period=DateRange(date(2024, 1, 1), None)
        )
    assert Contract.objects.count() == Responsibility.objects.count() == 1


def test_ending_the_last_programme_cancels_the_open_follow_up(world: World) -> None:
    patient = world.patient("甲", Programme.DIABETES, enrolled_on=BEGAN)
    assert Appointment.objects.booked().filter(patient=patient).exists()

    enrolment.end(Enrolment.objects.get(), on=date(2025, 1, 1), reason=EndReason.REFUSED, by=world.doctor)

    assert not Appointment.objects.booked().exists()
    assert Patient.objects.get(pk=patient.pk).programmes == []


def test_management_cannot_end_before_it_began(world: World) -> None:
    world.patient("甲", Programme.DIABETES, enrolled_on=BEGAN)
    with pytest.raises(ValueError, match="before it has begun"):
        enrolment.end(Enrolment.objects.get(), on=BEGAN, reason=EndReason.REFUSED, by=world.doctor)


def test_a_death_ends_everything_even_an_enrolment_that_began_after_it(world: World) -> None:
    patient = world.patient("甲", Programme.DIABETES, Programme.HYPERTENSION, enrolled_on=BEGAN)
    enrolment.died(patient, on=date(2023, 12, 1), by=world.doctor)
    assert {e.end_reason for e in Enrolment.objects.all()} == {"died"}
    assert not Appointment.objects.booked().exists()


def test_a_diagnosis_is_not_yet_management(world: World) -> None:
    patient = world.patient("甲")
    enrolment.diagnose(patient, Programme.COPD, diagnosed_on=None, by=world.doctor)
    enrolment.diagnose(patient, Programme.COPD, diagnosed_on=None, by=world.doctor)
    assert Condition.objects.get().icd10 == "J44"
    assert Patient.objects.get(pk=patient.pk).programmes == []


def test_a_hand_over_keeps_the_past_and_carries_the_open_follow_up(world: World) -> None:
    patient = world.patient("甲", Programme.DIABETES, number="11010519491231002X")
    responsibilities.assign(
        patient,
        organization=world.centre,
        care_team=world.second_team,
        on=date(2025, 1, 1),
        by=world.centre_admin,
    )
    rows = list(Responsibility.objects.order_by("period").values_list("care_team__code", "period"))
    assert rows == [
        ("t1", DateRange(date(2020, 1, 1), date(2025, 1, 1))),
        ("t2", DateRange(date(2025, 1, 1), None)),
    ]
    assert Appointment.objects.booked().get().care_team == world.second_team


@pytest.mark.parametrize("day", [date(2019, 1, 1), date(2020, 1, 1)])
def test_a_hand_over_cannot_lie_before_the_responsibility_began(world: World, day: date) -> None:
    patient = world.patient("甲")
    with pytest.raises(responsibilities.TooEarly):
        responsibilities.assign(
            patient, organization=world.centre, care_team=world.second_team, on=day, by=world.centre_admin
        )


def test_a_team_of_another_centre_is_refused(world: World) -> None:
    patient = world.patient("甲")
    with pytest.raises(ValueError, match="another organization"):
        responsibilities.assign(
            patient,
            organization=world.centre,
            care_team=world.other_team,
            on=date(2025, 1, 1),
            by=world.centre_admin,
        )
