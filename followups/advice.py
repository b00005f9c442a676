"""“Referral advised”: the task that a visit leaves, one open at a time, answered by a referral or by a better visit."""

from datetime import datetime, timedelta
from typing import Final

from alliances.models import Role
from followups.judging import reasons_data
from followups.protocols.assessment import Decision
from followups.protocols.terms import STRICTNESS, Klass
from patients.models import Encounter, Task
from patients.models.task import TaskKind, TaskStatus, Urgency

BASIS: Final = "encounter"
ANSWER_WITHIN: Final = {Urgency.EMERGENCY: timedelta(0), Urgency.ROUTINE: timedelta(days=2)}  # design
CONTROLLED_SINCE: Final = "controlled_since"


def leading(decision: Decision) -> str:
    """The programme whose action is the strictest; the first of equals."""
    acting = {name: outcome for name, outcome in decision.programmes.items() if outcome.action}
    return max(acting, key=lambda name: STRICTNESS[acting[name].action])  # type: ignore[index]


def give(encounter: Encounter, decision: Decision, open_advice: Task | None, *, at: datetime) -> Task:
    """The advice of this visit as an unsaved task, or the open one brought up to this visit (not written yet).

    `at` is when the visit was written down. The task is the responsible team's; its basis is the visit.
    """
    urgency = Urgency(decision.referral.urgency or Urgency.ROUTINE)
    task = open_advice or Task(
        patient_id=encounter.patient_id,
        kind=TaskKind.REFERRAL_ADVISED,
        organization_id=encounter.organization_id,
        care_team_id=encounter.care_team_id,
        role=Role.GENERAL_PRACTITIONER,
    )
    task.urgency, task.programme = urgency, leading(decision)
    task.basis_kind, task.basis_id = BASIS, str(encounter.pk)
    task.reasons = reasons_data(decision.referral.reasons)
    task.due_at = at + ANSWER_WITHIN[urgency]
    return task


def outgrown(task: Task, decision: Decision) -> bool:
    """Whether an open advice has lost its reason: the programme it was given for is controlled now."""
    outcome = decision.programmes.get(task.programme)
    return not decision.referral.advised and outcome is not None and outcome.klass is Klass.CONTROLLED


def withdraw(task: Task, *, at: datetime) -> Task:
    """End an advice whose reason is gone (not written yet); the outcome says so."""
    task.status, task.completed_at, task.outcome = TaskStatus.CANCELLED, at, CONTROLLED_SINCE
    return task
