"""Where a referral goes by default, and what the letter already says."""

from datetime import timedelta

from django.utils import timezone

from alliances.models import Department, Organization
from patients.models import Contract, Patient
from patients.models.task import Urgency
from patients.programmes import Programme
from referrals.prefill import letter_for
from referrals.targets import asks_reason, targets_for
from referrals.worklists import of_patient
from tests.db.referrals.conftest import FRIDAY
from tests.world import World

TODAY = timezone.localdate


def test_the_contracts_hospital_and_the_diseases_department_come_first(
    world: World, patient: Patient
) -> None:
    assert targets_for(patient, programme="hypertension", on=TODAY()).default == world.cardiology
    assert targets_for(patient, programme="diabetes", on=TODAY()).default == world.endocrinology


def test_a_contract_that_ended_names_nothing(world: World, patient: Patient) -> None:
    found = targets_for(patient, programme="hypertension", on=TODAY() + timedelta(days=800))
    assert found.contract is None


def test_the_contracts_hospital_goes_before_another_secondary_one(world: World, patient: Patient) -> None:
    other = Organization.objects.create(code="aaa", name="另一区医院", tier="secondary")
    department = Department.objects.create(
        organization=other, code="a", name="心内科", programmes=["hypertension"]
    )
    Contract.objects.filter(patient=patient).update(secondary=other)
    assert targets_for(patient, programme="hypertension", on=TODAY()).default == department


def test_centres_and_hospitals_of_other_alliances_are_not_offered(world: World, patient: Patient) -> None:
    far = Organization.objects.create(code="far", name="外地医院", tier="secondary")
    Department.objects.create(organization=far, code="a", name="心内科", programmes=["hypertension"])
    offered = {d.organization for d in targets_for(patient, programme="hypertension", on=TODAY()).departments}
    assert offered == {world.secondary, world.tertiary}


def test_only_a_tertiary_hospital_asks_for_a_reason_and_not_in_an_emergency(world: World) -> None:
    assert not asks_reason(world.cardiology, Urgency.ROUTINE)
    assert asks_reason(world.tertiary_cardiology, Urgency.URGENT)
    assert not asks_reason(world.tertiary_cardiology, Urgency.EMERGENCY)


def test_the_letter_says_the_last_readings_and_what_is_taken(world: World, patient: Patient) -> None:
    targets = targets_for(patient, programme="hypertension", on=TODAY())
    first = letter_for(patient, task=None, targets=targets, on=FRIDAY.date())
    assert first["programme"] == Programme.HYPERTENSION
    assert "2026-11-20 156/92 mmHg" in first["reason"]
    assert first["tried"] == "氨氯地平 5 mg 每日1次"


def test_a_residents_referrals_are_listed_for_who_may_open_them(
    world: World, sent: object, patient: Patient
) -> None:
    now = timezone.now()
    assert [row.request for row in of_patient(patient, world.doctor, now=now)] == [sent]
    assert [row.request for row in of_patient(patient, world.specialist, now=now)] == [sent]
    assert of_patient(patient, world.other_specialist, now=now) == []
    assert of_patient(patient, world.outsider, now=now) == []
