"""What is still to be done after a visit (诊后): come again, look up a result, call after a change of medicine.

Each is a task of the responsible team (or of one person) with a day and, in the end, an outcome. It never moves the due
follow-up: that is the protocols' to say.
"""

from datetime import date, datetime, time, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_noop as _

from accounts.models import User
from followups.advice import BASIS
from followups.reminders import SHANGHAI
from followups.visits.history import medicines_of_day
from journal import audit
from patients.models import Encounter, Patient, Task
from patients.models.task import TaskKind, TaskStatus

KINDS: Final = (TaskKind.REVISIT, TaskKind.RESULT_PENDING, TaskKind.CALL_AFTER_CHANGE)
CALL_AFTER: Final = timedelta(
    days=7
)  # design: a changed medicine shows its effect and its reactions within a week
END_OF_DAY: Final = time(18, 0)
LONGEST: Final = 60


class TaskRefused(ValueError):
    """A task that cannot be asked for or ended; `field` says where, the text why (a msgid)."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


def open_tasks(patient: Patient) -> list[Task]:
    """What is still open after the person's visits, the nearest day first."""
    return list(Task.objects.open().filter(patient=patient, kind__in=KINDS).order_by("due_at", "pk"))


def proposed(visit: Encounter) -> date | None:
    """The day on which to call because the visit changed a medicine; None without a change or with a call asked for."""
    calls = Task.objects.filter(patient_id=visit.patient_id, kind=TaskKind.CALL_AFTER_CHANGE)
    asked = calls.filter(Q(status=TaskStatus.REQUESTED) | Q(basis_kind=BASIS, basis_id=str(visit.pk)))
    return visit.on + CALL_AFTER if medicines_of_day(visit) and not asked.exists() else None


@transaction.atomic
def ask(visit: Encounter, kind: str, *, due_on: date, by: User, mine: bool = False, note: str = "") -> Task:
    """Leave a task with its day: for the responsible team, or for the author alone (`mine`).

    TaskRefused for an unknown kind, a day before the visit, a person who has died, and one that is open already.
    """
    patient = Patient.objects.select_for_update().get(pk=visit.patient_id)
    if kind not in KINDS:
        raise TaskRefused("kind", _("This kind of task is not known."))
    if due_on < visit.on:
        raise TaskRefused("due_on", _("The day lies before the visit."))
    if patient.deceased_on is not None:
        raise TaskRefused("kind", _("The resident has died."))
    about = {"kind": kind, "basis_kind": BASIS, "basis_id": str(visit.pk)}
    if Task.objects.open().filter(patient=patient, **about).exists():
        raise TaskRefused("kind", _("This is asked for already."))
    task = Task.objects.create(
        patient=patient, organization_id=patient.organization_id, care_team_id=patient.care_team_id,
        owner=by if mine else None, due_at=datetime.combine(due_on, END_OF_DAY, SHANGHAI),
        reasons=[{"text": "%(note)s", "params": {"note": note[:200]}}] if note else [], **about,
    )  # fmt: skip
    audit.record("task.ask", by=by, subject=task, detail={"kind": kind, "due_on": due_on.isoformat()})
    return task


@transaction.atomic
def finish(task: Task, *, outcome: str, by: User, at: datetime) -> Task:
    """End a task with what came of it. TaskRefused without an outcome, for other kinds, and when it has ended already."""
    row = Task.objects.select_for_update().get(pk=task.pk)
    if row.kind not in KINDS or row.status != TaskStatus.REQUESTED:
        raise TaskRefused("outcome", _("This task has ended already."))
    if not outcome.strip():
        raise TaskRefused("outcome", _("Say what came of it."))
    row.status, row.outcome = TaskStatus.COMPLETED, outcome.strip()[:LONGEST]
    row.completed_at, row.completed_by = at, by
    row.save(update_fields=["status", "outcome", "completed_at", "completed_by"])
    audit.record("task.finish", by=by, subject=row, detail={"kind": row.kind})
    return row
