"""What becomes of proposals, goals, pathways and their tasks when a resident has died. No audit line: the death has one."""

from datetime import date, datetime
from typing import Final

from accounts.models import User
from followups.models import (
    GoalState,
    LifestyleGoal,
    Pathway,
    PathwayStatus,
    PathwayStep,
    PlanProposal,
    ProposalStatus,
    StepStatus,
)
from followups.plans import care_tasks, department_access
from journal.audit import Agent
from patients.models import Patient
from patients.models.task import TaskStatus

_DIED: Final = "died"


def died(patient: Patient, *, by: Agent | None, on: date, at: datetime) -> None:
    """Nothing is signed, agreed or worked on any more; departments read the record for the usual days after care."""
    person = by if isinstance(by, User) else None
    last = department_access.AFTER_CARE
    for proposal in PlanProposal.objects.open().filter(patient=patient):
        department_access.end_record(proposal.pk, on=on, after=last)
    PlanProposal.objects.open().filter(patient=patient).update(
        status=ProposalStatus.WITHDRAWN, answer=_DIED, answered_at=at, answered_by=person
    )
    LifestyleGoal.objects.active().filter(patient=patient).update(
        state=GoalState.ENDED, ended_on=on, ended_why=_DIED
    )
    for pathway in Pathway.objects.running().filter(patient=patient):
        department_access.end_record(pathway.pk, on=on, after=last)
    running = PathwayStep.objects.filter(pathway__patient=patient, pathway__status=PathwayStatus.RUNNING)
    running.filter(status__in=[StepStatus.WAITING, StepStatus.OPEN]).update(
        status=StepStatus.CANCELLED, settled_at=at, settled_by=person
    )
    Pathway.objects.running().filter(patient=patient).update(
        status=PathwayStatus.ENDED, ended_at=at, ended_by=person, ended_why=_DIED
    )
    care_tasks.settle(patient, care_tasks.KINDS, at=at, by=None, status=TaskStatus.CANCELLED, outcome=_DIED)
