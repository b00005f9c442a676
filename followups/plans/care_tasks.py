"""The tasks of the care team about plans, interventions and pathways: one owner role each."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from accounts.models import User
from alliances.models import Department, Role
from alliances.workdays import SHANGHAI, after_working_time
from patients.models import Patient, Task
from patients.models.task import TaskKind, TaskStatus

#: The kinds that follow-ups give and settle; the others belong to advice and referrals.
KINDS: Final = (
    TaskKind.PLAN_SIGN,
    TaskKind.PLAN_SENT_BACK,
    TaskKind.PLAN_CARRY_OUT,
    TaskKind.INTERVENTION,
    TaskKind.PATHWAY_STEP,
)


def ask(
    patient: Patient,
    kind: TaskKind,
    role: Role | str,
    *,
    basis: Any,
    due_at: datetime | None = None,
    department: Department | None = None,
    why: str = "",
    params: dict[str, Any] | None = None,
) -> Task:
    """Give a task to a role: of the resident's team, or of a hospital's department. `why` is a msgid with its params."""
    return Task.objects.create(
        patient=patient, kind=kind, organization_id=patient.organization_id, care_team_id=patient.care_team_id,
        department=department, role=role, due_at=due_at, basis_kind=basis._meta.model_name, basis_id=str(basis.pk),
        reasons=[{"text": why, "params": params or {}}] if why else [],
    )  # fmt: skip


def settle(
    patient: Patient,
    kinds: Iterable[TaskKind],
    *,
    at: datetime,
    by: User | None,
    basis: Any = None,
    status: TaskStatus = TaskStatus.COMPLETED,
    outcome: str = "",
) -> int:
    """End the open tasks of the kinds (about `basis` only, where given). Returns how many ended."""
    rows = Task.objects.open().filter(patient=patient, kind__in=list(kinds))
    if basis is not None:
        rows = rows.filter(basis_kind=basis._meta.model_name, basis_id=str(basis.pk))
    return rows.update(status=status, completed_at=at, completed_by=by, outcome=outcome)


def end_of(day: date) -> datetime:
    """The end of a working day, as the due moment of a task."""
    return datetime.combine(day, time(18), tzinfo=SHANGHAI)


def working_days_after(at: datetime, days: int) -> datetime:
    """The moment when so many working days have passed (holidays and weekends stand still)."""
    return after_working_time(at, timedelta(days=days))
