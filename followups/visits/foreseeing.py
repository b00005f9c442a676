"""What a correction would change beyond the visit itself, said before it is made: done, looked at, and undone."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext, gettext_lazy

from followups.models import Appointment, Assessment, AssessmentOverride
from followups.protocols.terms import CLASS_LABELS, Klass
from patients.models import Patient, Task
from patients.models.task import TaskKind
from patients.programmes import Programme

_ = gettext_lazy


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that would be otherwise: what it is, what it is now, what it would be."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class NextStep:
    """Where a person stands: classes at the leading visit and at the corrected one, the due follow-up, the open advice."""

    classes: dict[tuple[date, str], str]
    due: str
    advice: str
    last_visit: str
    overrides: dict[date, str]


def next_step_of(patient_id: Any) -> NextStep:
    """The person's state as lists and pages show it: five statements."""
    rows = Assessment.objects.filter(patient_id=patient_id).order_by("on", "pk")
    classes = {(row.on, row.programme): str(CLASS_LABELS[Klass(row.klass)]) for row in rows}
    appointment = Appointment.objects.booked().filter(patient_id=patient_id).first()
    advice = Task.objects.open().filter(patient_id=patient_id, kind=TaskKind.REFERRAL_ADVISED).first()
    last = Patient.objects.only("last_visit_on").get(pk=patient_id).last_visit_on
    return NextStep(
        classes=classes,
        due=f"{appointment.due_on.isoformat()} {appointment.get_reason_display()}" if appointment else "",
        advice=_advice(advice) if advice else "",
        last_visit=last.isoformat() if last else "",
        overrides=_decided(patient_id),
    )


def _decided(patient_id: Any) -> dict[date, str]:
    """What doctors decided otherwise, by day: class and action by programme, or the date, then the reason."""
    rows = AssessmentOverride.objects.filter(patient_id=patient_id).order_by("on", "encounter", "programme")
    what: dict[date, list[str]] = {}
    why: dict[date, list[str]] = {}
    for row in rows:
        what.setdefault(row.on, []).append(_other(row))
        why.setdefault(row.on, []).append(row.reason)
    return {on: " · ".join(dict.fromkeys([*words, *why[on]])) for on, words in what.items()}


def _other(row: AssessmentOverride) -> str:
    if not row.programme:
        return f"{gettext('Next follow-up')} {row.due_on}"
    action = f" {row.get_action_display()}" if row.action else ""
    return f"{Programme(row.programme).label} {row.get_klass_display()}{action}"


def _advice(task: Task) -> str:
    name = Programme(task.programme).label if task.programme else ""
    return f"{name} {task.get_urgency_display()}".strip()


def foreseen(act: Callable[[], Any], *patient_ids: Any) -> list[list[Change]]:
    """What `act` would change for each of the persons. Nothing stays written; what `act` raises goes through."""
    with transaction.atomic():
        before = [next_step_of(each) for each in patient_ids]
        act()
        after = [next_step_of(each) for each in patient_ids]
        transaction.set_rollback(True)
    return [list(_changes(*pair)) for pair in zip(before, after, strict=True)]


def _changes(before: NextStep, after: NextStep) -> list[Change]:
    nothing = gettext("none")
    changes = []
    for on, programme in sorted({*before.classes, *after.classes}):
        was, now = before.classes.get((on, programme), ""), after.classes.get((on, programme), "")
        if was != now:
            words = gettext("Class of %(programme)s on %(day)s")
            label = words % {"programme": Programme(programme).label, "day": on.isoformat()}
            changes.append(Change(label, gettext(was) or nothing, gettext(now) or nothing))
    for on in sorted({*before.overrides, *after.overrides}):
        reason, still = before.overrides.get(on, ""), after.overrides.get(on, "")
        if reason != still:
            label = gettext("The doctor's own decision of %(day)s") % {"day": on.isoformat()}
            changes.append(Change(label, reason or nothing, still or nothing))
    pairs = (
        (_("Next follow-up"), before.due, after.due),
        (_("Advice to refer up"), before.advice, after.advice),
        (_("Last visit"), before.last_visit, after.last_visit),
    )
    return changes + [
        Change(str(label), was or nothing, now or nothing) for label, was, now in pairs if was != now
    ]
