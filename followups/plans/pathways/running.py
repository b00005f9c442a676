"""A patient's way along a pathway: begin, settle a step, end. The pathway's row is locked, so two people take turns."""

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from accounts.models import User
from alliances.models import Department, Role
from followups.models import Pathway, PathwayStatus, PathwayStep, StepStatus
from followups.plans import care_tasks, department_access
from followups.plans.pathways.definition import After, Template, clock_of
from followups.standing import lock
from journal import audit
from patients.models import Patient
from patients.models.task import TaskKind, TaskStatus

SETTLED = (StepStatus.DONE, StepStatus.SKIPPED)


class PathwayRefused(ValueError):
    """An action that the pathway does not allow now; the message is a msgid, `field` says where."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


@transaction.atomic
def start(
    patient: Patient,
    template: Template,
    *,
    department: Department | None,
    consent: bool,
    by: User,
    at: datetime,
) -> Pathway:
    """Begin: the steps are copied, those whose clock runs from the start are given to their owners.

    A department that has a part in it reads the record while the pathway runs. Raises PathwayRefused.
    """
    lock([patient.pk])
    patient.refresh_from_db(fields=["deceased_on", "organization", "care_team"])
    if patient.deceased_on is not None:
        raise PathwayRefused(_("The resident has died."))
    if template.asks_department and department is None:
        raise PathwayRefused(_("Which department supports this pathway?"), "department")
    if department is not None and not consent:
        raise PathwayRefused(_("The resident must agree that the department reads the record."), "consent")
    on = timezone.localdate(at)
    try:
        with transaction.atomic():
            pathway = Pathway.objects.create(
                patient=patient, code=template.code, number=template.number, name=template.name, source=template.source,
                department=department, started_on=on, started_by=by,
            )  # fmt: skip
    except IntegrityError:
        raise PathwayRefused(_("This pathway runs already for the resident.")) from None
    steps = [
        PathwayStep(pathway=pathway, position=position, name=step.name, role=step.role, clock=step.clock.data(),
                    record=step.record, source=step.source)
        for position, step in enumerate(template.steps, 1)
    ]  # fmt: skip
    PathwayStep.objects.bulk_create(steps)
    if department is not None:
        department_access.agreed(patient, by=by, at=at)
        department_access.open_record(patient, department, basis_id=pathway.pk, on=on, by=by)
    _open_next(pathway, on=on)
    audit.record(
        "pathway.start", by=by, subject=pathway, detail={"code": template.code, "number": template.number}
    )
    return pathway


@transaction.atomic
def finish(pathway: Pathway, position: int, note: str, *, by: User, at: datetime) -> Pathway:
    """A step is done; what must be recorded stands in the note. Raises PathwayRefused."""
    row, step = _open_step(pathway, position)
    if step.record and not note.strip():
        raise PathwayRefused(_("Write down what this step asks for."), "note")
    _settle(row, step, StepStatus.DONE, note, by=by, at=at)
    audit.record("pathway.step", by=by, subject=row, detail={"step": position, "outcome": "done"})
    return row


@transaction.atomic
def skip(pathway: Pathway, position: int, why: str, *, by: User, at: datetime) -> Pathway:
    """A step is left out, for a reason. Raises PathwayRefused."""
    row, step = _open_step(pathway, position)
    if not why.strip():
        raise PathwayRefused(_("Say why the step is left out."), "note")
    _settle(row, step, StepStatus.SKIPPED, why, by=by, at=at)
    audit.record("pathway.step", by=by, subject=row, detail={"step": position, "outcome": "skipped"})
    return row


@transaction.atomic
def end(pathway: Pathway, why: str, *, by: User | None, at: datetime) -> Pathway:
    """End early: what is open is not needed any more, the department's access ends. Raises PathwayRefused."""
    if not why.strip():
        raise PathwayRefused(_("Say why the pathway ends."), "why")
    row = _locked(pathway)
    for step in row.steps.filter(status=StepStatus.OPEN):
        care_tasks.settle(
            row.patient, [TaskKind.PATHWAY_STEP], at=at, by=by, basis=step, status=TaskStatus.CANCELLED,
            outcome="pathway-ended",
        )  # fmt: skip
    row.steps.filter(status__in=[StepStatus.WAITING, StepStatus.OPEN]).update(
        status=StepStatus.CANCELLED, settled_at=at, settled_by=by
    )
    row.status, row.ended_at, row.ended_by, row.ended_why = PathwayStatus.ENDED, at, by, why.strip()
    row.save()
    department_access.end_record(row.pk, on=timezone.localdate(at), after=department_access.AFTER_CARE)
    audit.record("pathway.end", by=by, subject=row)
    return row


def _locked(pathway: Pathway) -> Pathway:
    lock([pathway.patient_id])
    row = (
        Pathway.objects.select_for_update(of=("self",))
        .select_related("patient", "department")
        .get(pk=pathway.pk)
    )
    if row.status != PathwayStatus.RUNNING:
        raise PathwayRefused(_("This pathway has ended already."))
    return row


def _open_step(pathway: Pathway, position: int) -> tuple[Pathway, PathwayStep]:
    row = _locked(pathway)
    step = row.steps.filter(position=position).first()
    if step is None or step.status != StepStatus.OPEN:
        raise PathwayRefused(_("This step is not open any more."))
    return row, step


def _settle(
    pathway: Pathway, step: PathwayStep, status: StepStatus, note: str, *, by: User, at: datetime
) -> None:
    step.status, step.note, step.settled_at, step.settled_by = status, note.strip(), at, by
    step.save()
    care_tasks.settle(
        pathway.patient, [TaskKind.PATHWAY_STEP], basis=step, at=at, by=by, outcome=f"step-{status}"
    )
    on = timezone.localdate(at)
    _open_next(pathway, on=on)
    if pathway.steps.filter(status__in=[StepStatus.WAITING, StepStatus.OPEN]).exists():
        return
    pathway.status, pathway.ended_at, pathway.ended_by = PathwayStatus.COMPLETED, at, by
    pathway.save()
    department_access.end_record(pathway.pk, on=on, after=department_access.AFTER_CARE)


def _open_next(pathway: Pathway, *, on: date) -> None:
    """Open every waiting step whose clock may run: from the start, or because all before it is settled."""
    before_is_settled = True
    for step in pathway.steps.order_by("position"):
        clock = clock_of(step.clock)
        if step.status == StepStatus.WAITING and (clock.after is After.START or before_is_settled):
            since = pathway.started_on if clock.after is After.START else on
            step.status, step.due_on = StepStatus.OPEN, clock.due(since)
            step.save()
            care_tasks.ask(
                pathway.patient, TaskKind.PATHWAY_STEP, step.role, basis=step, due_at=care_tasks.end_of(step.due_on),
                department=pathway.department if step.role == Role.SPECIALIST else None,
                why=_("%(pathway)s: %(step)s"), params={"pathway": pathway.name, "step": step.name},
            )  # fmt: skip
        before_is_settled = step.status in SETTLED
