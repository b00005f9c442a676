"""A resident with a few visits, and a referral at whatever stage a test needs."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from followups.plans.care_plans import Target
from patients.models import Encounter, MedicationStatement, Patient
from patients.models.task import Urgency
from patients.programmes import Programme
from referrals import handovers
from referrals.handovers import Letter, Reply
from referrals.models import ServiceRequest
from tests.world import World, at

FRIDAY = at("2026-11-20T10:00")

REPLY = Reply(
    diagnosis="原发性高血压 2级",
    treatment="调整为两药联合，观察三天",
    plan="两周内复查血压",
    medicines=[{"name": "缬沙坦", "dosage": "80 mg 每日1次", "change": "new"}],
    goals=(Target("systolic", high=130),),
    next_check_on=date(2027, 2, 12),
)


def visited(world: World, patient: Patient, on: date, **readings: Any) -> Encounter:
    """One visit with readings."""
    return Encounter.objects.create(
        patient=patient, organization=world.centre, care_team=world.team, practitioner=world.doctor, on=on,
        method="clinic", recorded_at=FRIDAY, programmes=list(patient.programmes), **readings,
    )  # fmt: skip


def make_patient(world: World, **changes: Any) -> Patient:
    """A hypertensive resident with three visits, a medicine and an allergy."""
    patient = world.patient("何国清", Programme.HYPERTENSION, **changes)
    for days, systolic in ((60, 148), (30, 152), (0, 156)):
        day = FRIDAY.date() - timedelta(days=days)
        visited(world, patient, day, systolic=systolic, diastolic=92, fasting_glucose="6.4")
    MedicationStatement.objects.create(
        patient=patient, organization=world.centre, name="氨氯地平", dosage="5 mg 每日1次"
    )
    Patient.objects.filter(pk=patient.pk).update(allergies=["青霉素"])
    return Patient.objects.get(pk=patient.pk)


def letter(world: World, **changes: Any) -> Letter:
    """A routine letter to the cardiology of the contract's hospital."""
    given: dict[str, Any] = {
        "programme": Programme.HYPERTENSION,
        "urgency": Urgency.ROUTINE,
        "target": world.cardiology,
        "reason": "血压连续两次不达标",
        "tried": "氨氯地平加量",
        "consent": True,
    }
    return Letter(**(given | changes))


@pytest.fixture
def patient(world: World) -> Patient:
    return make_patient(world, number="500113196007124213")


@pytest.fixture
def sent(world: World, patient: Patient) -> ServiceRequest:
    """A routine request, submitted on a Friday at ten."""
    return handovers.send(patient, letter(world), by=world.doctor, at=FRIDAY)


@pytest.fixture
def staged(world: World, sent: ServiceRequest) -> Callable[[str], ServiceRequest]:
    """`staged("returned")`: the request, brought to that state."""

    def bring(state: str) -> ServiceRequest:
        return bring_to(world, sent, state)

    return bring


def later(hours: int) -> datetime:
    return FRIDAY + timedelta(hours=hours)


def bring_to(world: World, request: ServiceRequest, state: str) -> ServiceRequest:
    """Take the ordinary road to a state."""
    road: dict[str, Callable[[], Any]] = {
        "accepted": lambda: handovers.accept(request.pk, by=world.specialist, at=later(1)),
        "scheduled": lambda: handovers.schedule(
            request.pk, later(72), "心血管门诊 3 诊室", by=world.specialist, at=later(2)
        ),
        "attended": lambda: handovers.arrive(request.pk, by=world.specialist, at=later(72)),
        "returned": lambda: handovers.return_(request.pk, REPLY, by=world.specialist, at=later(96)),
        "completed": lambda: handovers.confirm(request.pk, by=world.doctor, at=later(97)),
    }
    if state != "submitted":
        for step, do in road.items():
            do()
            if step == state:
                break
    return ServiceRequest.objects.get(pk=request.pk)
