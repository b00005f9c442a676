"""The way back: the hospital returns the patient with a signed plan, the team confirms and follows up soon."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from followups.calendar import appointments
from followups.models import AppointmentReason
from followups.plans import care_plans
from followups.plans.care_plans import Target
from patients.lifecycle import Happening
from patients.models import Task
from patients.models.task import TaskKind, TaskStatus
from referrals import access, notices
from referrals.handovers.steps import Told, locked, settle_tasks, take
from referrals.models import ReferralReply, ReferralStatus, ServiceRequest
from referrals.states import Event, Need

#: After a return the team follows up in a week, two weeks at the most (facts section 5: within two weeks).
FOLLOW_UP_TARGET = timedelta(days=7)
FOLLOW_UP_LIMIT = timedelta(days=14)


@dataclass(frozen=True)
class Reply:
    """What goes back with the patient. `medicines`: {name, dosage, change} each; `number`: the hospital's record."""

    diagnosis: str
    treatment: str
    plan: str
    findings: str = ""
    medicines: list[dict[str, Any]] = field(default_factory=list)
    goals: Sequence[Target] = ()
    next_check_on: date | None = None
    number: str = ""


@transaction.atomic
def return_(request_id: UUID, reply: Reply, *, by: User, at: datetime) -> ReferralReply:
    """Return the patient: the reply is written, the care plan signed anew, the team asked to confirm."""
    request = locked(request_id)
    whole = all(text.strip() for text in (reply.diagnosis, reply.treatment, reply.plan))
    told = Told(detail={"number": reply.number} if reply.number else {})
    take(request, Event.RETURN, by=by, at=at, told=told, given=(Need.REPLY,) if whole else ())
    row = ReferralReply.objects.create(
        request=request, diagnosis=reply.diagnosis.strip(), treatment=reply.treatment.strip(),
        findings=reply.findings.strip(), plan=reply.plan.strip(), medicines=reply.medicines, goals=[_as_data(goal) for goal in reply.goals],
        next_check_on=reply.next_check_on, signed_by=by, signed_at=at,
    )  # fmt: skip
    care_plans.sign(
        request.patient, diagnosis=row.diagnosis, treatment=_with_medicines(row), advice=row.plan, goals=reply.goals,
        review_on=row.next_check_on, by=by, for_organization=request.target_department.organization,
        basis_id=request.pk, at=at,
    )  # fmt: skip
    access.end_care(request, on=timezone.localdate(at))
    Task.objects.create(
        patient_id=request.patient_id, kind=TaskKind.CONFIRM_RETURN, organization_id=request.source_organization_id,
        care_team_id=request.source_team_id, urgency=request.urgency, due_at=request.due_at,
        programme=request.programme, basis_kind="servicerequest", basis_id=str(request.pk),
        reasons=[{"text": notices.SENTENCES[Event.RETURN], "params": notices.words(request)}],
    )  # fmt: skip
    return row


def _with_medicines(reply: ReferralReply) -> str:
    """Treatment and medicines as the plan shows them."""
    medicines = (f"{m['name']} {m['dosage']}".strip() for m in reply.medicines)
    return "\n".join([reply.treatment, *medicines])


def _as_data(goal: Target) -> dict[str, str | None]:
    bounds = {"low": goal.low, "high": goal.high}
    return {"measure": goal.measure, **{name: None if v is None else str(v) for name, v in bounds.items()}}


@transaction.atomic
def confirm(request_id: UUID, *, by: User, at: datetime) -> ReferralStatus:
    """Confirm receipt: the referral is complete and the next follow-up brought forward to a week from now.

    Somebody who is in no programme has no follow-up to bring forward: enrolling is the responsible doctor's decision.
    """
    request = locked(request_id)
    step = take(request, Event.CONFIRM, by=by, at=at)
    today = timezone.localdate(at)
    if request.patient.programmes:
        due_on = today + FOLLOW_UP_TARGET
        appointments.book(request.patient, due_on=due_on, reason=AppointmentReason.RETURNED, by=by, on=today)
    return step


def settle_death(happening: Happening) -> None:
    """A resident died: what is open ends, both sides are told, the department's access ends by itself."""
    at = timezone.now()
    by = happening.by if isinstance(happening.by, User) else None
    for request_id in (
        ServiceRequest.objects.open()
        .filter(patient=happening.patient)
        .order_by("pk")
        .values_list("pk", flat=True)
    ):
        request = locked(request_id)
        take(request, Event.SETTLE, by=None, at=at)
        access.end_care(request, on=happening.on)
        settle_tasks(request, status=TaskStatus.CANCELLED, by=by, at=at)
