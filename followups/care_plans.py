"""The plan that a specialist signs, the GP executes and the health manager intervenes in; every signature is kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_noop as _

from accounts.models import User
from alliances.models import Organization
from followups.models import CarePlan, CarePlanRevision, Goal
from followups.standing import lock
from journal import audit
from patients.models import Patient
from patients.readings import READINGS


class PlanRefused(ValueError):
    """A plan that cannot be signed: `field` is the path of what is wrong, the message a msgid."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


@dataclass(frozen=True, slots=True)
class Target:
    """A bound of the person's own plan, in the unit of the measure (`patients.readings`); `high` itself misses it (<130)."""

    measure: str
    low: Decimal | None = None
    high: Decimal | None = None


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
    _check(goals)
    plan = ensure(patient)
    plan.diagnosis, plan.treatment, plan.advice, plan.review_on = diagnosis, treatment, advice, review_on
    plan.revision += 1
    plan.signed_by, plan.signed_for, plan.signed_at = by, for_organization, at
    plan.save()
    Goal.objects.filter(plan=plan).delete()
    Goal.objects.bulk_create(Goal(plan=plan, measure=g.measure, low=g.low, high=g.high) for g in goals)
    revision = CarePlanRevision.objects.create(
        plan=plan,
        number=plan.revision,
        diagnosis=diagnosis,
        treatment=treatment,
        advice=advice,
        goals=[_goal_data(goal) for goal in goals],
        signed_by=by,
        signed_for=for_organization,
        signed_at=at,
        basis_id=basis_id,
    )
    audit.record("care-plan.sign", by=by, subject=plan, detail={"revision": plan.revision})
    return revision


def _check(goals: Iterable[Target]) -> None:
    seen: set[str] = set()
    for index, goal in enumerate(goals):
        path = f"goals[{index}]"
        if goal.measure not in READINGS:
            raise PlanRefused(_("This measure is not known."), f"{path}.measure")
        if goal.measure in seen:
            raise PlanRefused(_("One target a measure."), f"{path}.measure")
        if goal.low is None and goal.high is None:
            raise PlanRefused(_("A target needs a lower or an upper bound."), f"{path}.high")
        if goal.low is not None and goal.high is not None and goal.low > goal.high:
            raise PlanRefused(_("The lower bound is above the upper one."), f"{path}.low")
        for bound in ("low", "high"):
            value = getattr(goal, bound)
            if value is not None and not READINGS[goal.measure].possible(value):
                raise PlanRefused(_("This value is impossible."), f"{path}.{bound}")
        seen.add(goal.measure)


def _goal_data(goal: Target) -> dict[str, Any]:
    bounds = {"low": goal.low, "high": goal.high}
    return {"measure": goal.measure, **{n: None if v is None else str(v) for n, v in bounds.items()}}
