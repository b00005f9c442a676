"""The signed plan: replaced as a whole, every signature kept."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import InternalError, transaction
from django.utils import timezone

from followups.models import CarePlan, CarePlanRevision
from followups.plans.care_plans import PlanRefused, Target, sign
from journal.models import AuditEvent
from patients.models import Patient
from patients.programmes import Programme
from tests.world import World


@pytest.fixture
def patient(world: World) -> Patient:
    return world.patient("李佩兰", Programme.HYPERTENSION)


def signed(world: World, patient: Patient, *goals: Target, **given: Any) -> CarePlanRevision:
    start = {"diagnosis": "高血压2级", "treatment": "氨氯地平 5 mg", "advice": "低盐", "review_on": date(2026, 6, 1),
             "basis_id": uuid4()}  # fmt: skip
    return sign(
        patient,
        goals=goals,
        by=world.specialist,
        for_organization=world.secondary,
        at=timezone.now(),
        **(start | given),
    )


def test_a_signature_replaces_plan_and_goals_and_keeps_the_earlier_state(
    world: World, patient: Patient
) -> None:
    first = signed(
        world, patient, Target("systolic", high=Decimal(140)), Target("diastolic", high=Decimal(90))
    )
    second = signed(world, patient, Target("systolic", Decimal(110), Decimal(130)), advice="低盐、运动")
    plan = CarePlan.objects.get(patient=patient)
    assert (plan.revision, plan.advice, plan.signed_by, plan.signed_for) == (
        2, "低盐、运动", world.specialist, world.secondary,
    )  # fmt: skip
    assert list(plan.goals.values_list("measure", "low", "high")) == [
        ("systolic", Decimal(110), Decimal(130))
    ]
    assert [first.number, second.number] == [1, 2]
    assert [goal["measure"] for goal in first.goals] == ["systolic", "diastolic"]
    assert AuditEvent.objects.filter(action="care-plan.sign", patient_id=patient.pk).count() == 2


def test_a_signed_revision_cannot_be_changed(world: World, patient: Patient) -> None:
    revision = signed(world, patient)
    with pytest.raises(InternalError, match="append-only"), transaction.atomic():
        CarePlanRevision.objects.filter(pk=revision.pk).update(advice="anything")


@pytest.mark.parametrize(
    ("goals", "field"),
    [
        ([Target("mood", high=Decimal(1))], "goals[0].measure"),
        ([Target("systolic", high=Decimal(140)), Target("systolic", high=Decimal(130))], "goals[1].measure"),
        ([Target("systolic")], "goals[0].high"),
        ([Target("systolic", Decimal(150), Decimal(130))], "goals[0].low"),
        ([Target("systolic", high=Decimal(900))], "goals[0].high"),
    ],
)
def test_an_impossible_target_is_refused_and_nothing_is_signed(
    world: World, patient: Patient, goals: list[Target], field: str
) -> None:
    with pytest.raises(PlanRefused) as refused:
        signed(world, patient, *goals)
    assert refused.value.field == field
    assert CarePlan.objects.get(patient=patient).revision == 0
