"""Lifestyle goals and the open proposal for the patient page: read in the statement that reads the plan."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from followups.models import CarePlan, Intervention, LifestyleGoal, LifestyleKind, PlanProposal
from followups.plans.lifestyle import reached


def with_care(plans: QuerySet[CarePlan]) -> QuerySet[CarePlan]:
    """The plans with `life` (active goals with their progress, oldest value first) and `proposal_status`."""
    progress = Intervention.objects.standing().filter(goal=OuterRef("pk"), progress__isnull=False)
    goals = LifestyleGoal.objects.active().filter(patient=OuterRef("patient_id")).order_by("kind")
    goals = goals.annotate(
        values_found=ArraySubquery(progress.order_by("on", "recorded_at").values("progress"))
    )
    parts = JSONObject(kind="kind", unit="unit", baseline="baseline", target="target", values="values_found")
    proposal = PlanProposal.objects.open().filter(patient=OuterRef("patient_id")).values("status")[:1]
    return plans.annotate(life=ArraySubquery(goals.values(json=parts)), proposal_status=Subquery(proposal))


def goals_shown(plan: Any) -> list[dict[str, Any]]:
    """The lines of the card; nothing where there is no plan."""
    return [_line(goal) for goal in plan.life] if plan is not None else []


def _line(goal: dict[str, Any]) -> dict[str, Any]:
    values = [goal["baseline"], *goal["values"]]
    there = reached(goal["kind"], values[-1], goal["target"])
    return {"name": LifestyleKind(goal["kind"]).label, "unit": goal["unit"], "values": values, "now": values[-1],
            "target": goal["target"], "tone": "green" if there else "mute"}  # fmt: skip
