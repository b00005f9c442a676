"""Everything the page of a resident's plan shows, gathered in a fixed number of statements."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from followups.line_words import beside, span_text
from followups.lines import Lines, both_lines, choosing
from followups.models import (
    CarePlan,
    CarePlanRevision,
    Intervention,
    LifestyleGoal,
    Pathway,
    PlanProposal,
    StepStatus,
)
from followups.plans.content import Content, Target, content_of
from followups.plans.lifestyle import MEASURES, reached
from followups.plans.proposals import open_of
from followups.plans.revisions import content_of_plan, revisions_of
from followups.protocols.evidence import Person
from followups.versions import in_force
from followups.visits.history import lasting_readings
from patients.models import Patient, Task
from patients.models.task import TaskKind
from patients.readings import READINGS

INTERVENTIONS = 60


@dataclass
class GoalLine:
    """A lifestyle goal with how far the patient has come, oldest value first."""

    goal: LifestyleGoal
    values: list[float]
    last: Intervention | None
    on: date

    @property
    def now(self) -> Any:
        """The value now: the last progress, else where it began."""
        return self.last.progress if self.last is not None else self.goal.baseline

    @property
    def is_reached(self) -> bool:
        return reached(self.goal.kind, self.now, self.goal.target)

    @property
    def tone(self) -> str:
        if self.is_reached:
            return "green"
        return "amber" if self.goal.by_on < self.on else "mute"

    @property
    def more_is_better(self) -> bool:
        return MEASURES[self.goal.kind].more_is_better


@dataclass
class PathwayLine:
    """A pathway with its open steps and how many of all are settled."""

    pathway: Pathway
    settled: int
    total: int
    next: list[Any]
    overdue: bool


@dataclass
class PlanPage:
    """What the page shows."""

    patient: Patient
    plan: CarePlan | None
    content: Content
    lines: dict[str, Lines]
    revisions: list[CarePlanRevision]
    proposal: PlanProposal | None
    goals: list[GoalLine]
    interventions: list[Intervention]
    pathways: list[PathwayLine]
    to_carry_out: bool
    proposed: Content | None = None
    targets: list[dict[str, Any]] = field(default_factory=list)

    @property
    def review_due(self) -> date | None:
        """The day of review of a signed plan."""
        return self.plan.review_on if self.plan and self.plan.revision else None


def plan_page(patient: Patient, *, on: date) -> PlanPage:
    """Gather the page of a resident whom the caller has found within the reader's scope."""
    plan = CarePlan.objects.filter(patient=patient).select_related("signed_by", "signed_for").first()
    content = content_of_plan(plan)
    interventions = list(
        Intervention.objects.filter(patient=patient)
        .select_related("by")
        .order_by("-on", "-recorded_at")[:INTERVENTIONS]
    )
    lines = lines_of(patient, on=on)
    carry_out = Task.objects.open().filter(patient=patient, kind=TaskKind.PLAN_CARRY_OUT)
    page = PlanPage(
        patient=patient, plan=plan, content=content, lines=lines, revisions=revisions_of(plan), proposal=open_of(patient),
        goals=goal_lines(patient, interventions, on=on), interventions=interventions,
        pathways=pathway_lines(patient, on=on), to_carry_out=carry_out.exists(),
    )  # fmt: skip
    page.targets = [target_row(goal, lines) for goal in content.goals]
    page.proposed = content_of(page.proposal) if page.proposal else None
    return page


def lines_of(patient: Patient, *, on: date) -> dict[str, Lines]:
    """Assessment line and clinical target of each measure in the resident's programmes, by the settings of the day."""
    person = Person(patient.birth_date, tuple(patient.programmes), patient.sex)
    settings = in_force(on=on).settings
    known = choosing(lasting_readings(patient, settings), on=on, settings=settings)
    return both_lines(person, on=on, settings=settings, known=known)


def target_row(goal: Target, lines: dict[str, Lines]) -> dict[str, Any]:
    """The patient's own target beside the assessment line, which it never changes, and the guideline's target."""
    reading = READINGS.get(goal.measure)
    both = lines.get(goal.measure)
    return {
        "goal": goal, "unit": reading.unit if reading else "",
        "line": both.assessment.below if both and both.assessment else None,
        "clinical": span_text(goal.measure, (both.clinical.low, both.clinical.high)) if both and both.clinical else "",
    }  # fmt: skip


def asked_rows(rows: Iterable[dict[str, Any]], lines: dict[str, Lines]) -> list[dict[str, Any]]:
    """The measures a plan form asks, each with the assessment line and the clinical target that stand beside it."""
    return [{**row, "beside": beside((row["measure"],), lines)} for row in rows]


def goal_lines(patient: Patient, interventions: list[Intervention], *, on: date) -> list[GoalLine]:
    """The active goals with their progress, in the order of the kinds."""
    progress: dict[UUID, list[Intervention]] = defaultdict(list)
    for row in reversed(interventions):
        if row.goal_id is not None and row.progress is not None and row.withdrawn_at is None:
            progress[row.goal_id].append(row)
    goals = LifestyleGoal.objects.active().filter(patient=patient).select_related("set_by").order_by("kind")
    return [
        GoalLine(
            goal, [float(goal.baseline), *(float(row.progress or 0) for row in progress[goal.pk])],
            progress[goal.pk][-1] if progress[goal.pk] else None, on,
        )
        for goal in goals
    ]  # fmt: skip


def pathway_lines(patient: Patient, *, on: date) -> list[PathwayLine]:
    """The resident's pathways, running ones first."""
    rows = (
        Pathway.objects.filter(patient=patient)
        .prefetch_related("steps")
        .order_by("-status", "-started_on", "pk")
    )
    found = []
    for row in rows:
        steps = sorted(row.steps.all(), key=lambda step: step.position)
        waiting = (StepStatus.WAITING, StepStatus.OPEN)
        found.append(
            PathwayLine(
                row, sum(step.status not in waiting for step in steps), len(steps),
                [step for step in steps if step.status == StepStatus.OPEN],
                any(step.is_overdue(on=on) for step in steps),
            )
        )  # fmt: skip
    return found
