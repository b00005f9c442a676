"""The plan that a specialist signs, the GP executes and the health manager intervenes in; every signature is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from accounts.models import User
from alliances.models import Department, Organization, Role
from followups.models import CarePlan, CarePlanRevision, Goal
from followups.plans import care_tasks, proposals
from followups.plans.content import Content, PlanChanged, PlanRefused, Target, check, goal_data
from followups.plans.department_access import WITHOUT_REVIEW, open_record
from followups.standing import lock
from journal import audit
from patients.models import Patient
from patients.models.task import TaskKind

__all__ = [
    "Content",
    "PlanChanged",
    "PlanRefused",
    "Seen",
    "Target",
    "ensure",
    "sign",
    "sign_here",
    "take_over",
]


@dataclass(frozen=True, slots=True)
class Seen:
    """What the signer had on the page: the plan's revision, and the proposal (key and version) that is being answered."""

    revision: int
    proposal: UUID | None = None
    proposal_version: int = 0


def ensure(patient: Patient) -> CarePlan:
    """The person's plan, made and locked when there was none. Inside a transaction."""
    lock([patient.pk])
    return CarePlan.objects.get(patient_id=patient.pk)


@transaction.atomic
def sign(
    patient: Patient,
    *,
    diagnosis: str,
    treatment: str,
    advice: str,
    goals: Sequence[Target],
    review_on: date | None,
    by: User,
    for_organization: Organization,
    basis_id: UUID | None,
    at: datetime,
) -> CarePlanRevision:
    """Sign the plan anew: it and its goals are replaced, the signed state is kept as the next revision.

    `for_organization` is where the signer works, `basis_id` the referral whose return wrote it. Raises PlanRefused.
    """
    content = Content(diagnosis, treatment, advice, tuple(goals), review_on)
    check(content.goals)
    return _write(ensure(patient), content, by=by, organization=for_organization, at=at, basis_id=basis_id)


@transaction.atomic
def sign_here(
    patient: Patient,
    content: Content,
    *,
    why: str,
    seen: Seen,
    department: Department,
    by: User,
    at: datetime,
) -> CarePlanRevision:
    """Sign on the page of the plan, for a department: over what the signer saw, or not at all.

    A proposal that is answered becomes the revision, changed or not. The department keeps reading the record until 30
    days after the review; the GP is asked to carry the plan out. Raises PlanRefused, PlanChanged when somebody else was
    first.
    """
    check(content.goals)
    plan = ensure(patient)
    proposals.alive(patient)
    if plan.revision != seen.revision:
        raise PlanChanged(_("Somebody else has signed this plan meanwhile."))
    if plan.revision and not why.strip():
        raise PlanRefused(_("Say why the plan is written anew."), "why")
    proposal = None
    if seen.proposal:
        proposal = proposals.to_answer(patient, seen.proposal, seen.proposal_version, department=department)
    revision = _write(plan, content, by=by, organization=department.organization, at=at, why=why.strip())
    if proposal is not None:
        proposals.answered_by_signature(proposal, revision=revision.number, by=by, at=at)
    today = timezone.localdate(at)
    until = content.review_on or today + WITHOUT_REVIEW
    open_record(patient, department, basis_id=plan.pk, on=today, by=by, until=until)
    care_tasks.settle(patient, [TaskKind.PLAN_CARRY_OUT], at=at, by=by, outcome="plan-replaced")
    care_tasks.ask(
        patient, TaskKind.PLAN_CARRY_OUT, Role.GENERAL_PRACTITIONER, basis=plan,
        due_at=care_tasks.working_days_after(at, 3), why=_("Revision %(number)s was signed by %(who)s"),
        params={"number": revision.number, "who": by.name},
    )  # fmt: skip
    proposals.tell_team(patient, "plan_signed", basis=f"{plan.pk}:{revision.number}", by=by, at=at)
    return revision


@transaction.atomic
def take_over(patient: Patient, *, by: User, at: datetime) -> bool:
    """The GP has read the signed plan and carries it out. False when there was nothing to take over."""
    plan = ensure(patient)
    if not care_tasks.settle(patient, [TaskKind.PLAN_CARRY_OUT], at=at, by=by, outcome="taken-over"):
        return False
    audit.record("care-plan.take-over", by=by, subject=plan, detail={"revision": plan.revision})
    return True


def _write(
    plan: CarePlan,
    content: Content,
    *,
    by: User,
    organization: Organization,
    at: datetime,
    basis_id: UUID | None = None,
    why: str = "",
) -> CarePlanRevision:
    """Replace the locked plan and its goals, keep the revision, write the audit line."""
    plan.diagnosis, plan.treatment, plan.advice = content.diagnosis, content.treatment, content.advice
    plan.review_on = content.review_on
    plan.revision += 1
    plan.signed_by, plan.signed_for, plan.signed_at = by, organization, at
    plan.save()
    Goal.objects.filter(plan=plan).delete()
    Goal.objects.bulk_create(
        Goal(plan=plan, measure=g.measure, low=g.low, high=g.high) for g in content.goals
    )
    texts: dict[str, Any] = {name: getattr(content, name) for name in ("diagnosis", "treatment", "advice")}
    revision = CarePlanRevision.objects.create(
        plan=plan, number=plan.revision, goals=[goal_data(goal) for goal in content.goals], signed_by=by,
        signed_for=organization, signed_at=at, review_on=content.review_on, why=why, basis_id=basis_id, **texts,
    )  # fmt: skip
    audit.record("care-plan.sign", by=by, subject=plan, detail={"revision": plan.revision})
    return revision
