"""The letter already filled in: from the advice a visit left, the latest visit and what the resident takes."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from followups.models import Assessment, Klass
from patients.models import Encounter, MedicationStatement, Patient, Task
from patients.models.encounter import MedicationStatus
from patients.models.task import TaskKind, Urgency
from patients.programmes import Programme
from referrals.cases import reason_in_words, values_in_words
from referrals.targets import Targets


def advice_for(patient: Patient) -> Task | None:
    """The open advice to refer, if a visit left one."""
    return Task.objects.open().filter(patient=patient, kind=TaskKind.REFERRAL_ADVISED).first()


def leading_programme(patient: Patient, task: Task | None) -> str:
    """The disease of the advice, else the first one managed."""
    if task is not None and task.programme:
        return task.programme
    return next((p for p in Programme if p in patient.programmes), Programme.HYPERTENSION)


def letter_for(patient: Patient, *, task: Task | None, targets: Targets, on: date) -> dict[str, Any]:
    """Initial values of the letter. Three queries."""
    visits = list(Encounter.objects.filter(patient=patient, on__lte=on).order_by("-on", "-id")[:3])
    leading = leading_programme(patient, task)
    return {
        "programme": leading,
        "urgency": task.urgency if task else Urgency.ROUTINE,
        "target": targets.default.pk if targets.default else None,
        "impression": _impression(visits[0] if visits else None, patient, leading),
        "reason": _reason(task, visits),
        "tried": _tried(patient),
    }


def _impression(latest: Encounter | None, patient: Patient, leading: str) -> str:
    """The diseases with what the protocol said of the latest visit, the one that is referred for first."""
    rows = list(Assessment.objects.filter(encounter=latest).order_by("programme")) if latest else []
    judged = sorted(rows, key=lambda row: row.programme != leading)
    words = [f"{Programme(a.programme).label} {Klass(a.klass).label}" for a in judged]
    return _("; ").join(words or [str(Programme(p).label) for p in patient.programmes])


def _reason(task: Task | None, visits: list[Encounter]) -> str:
    """Why the visit advised it, and the last readings, newest first."""
    lines = [reason_in_words(reason) for reason in task.reasons] if task else []
    for visit in visits:
        values = values_in_words({name: _number(v) for name, v in visit.observations().items()})
        if values:
            lines.append(f"{visit.on:%Y-%m-%d} {values}")
    return "\n".join(dict.fromkeys(lines))


def _number(value: Any) -> Any:
    return int(value) if value == int(value) else float(value)


def _tried(patient: Patient) -> str:
    taken = MedicationStatement.objects.filter(patient=patient, status=MedicationStatus.ACTIVE)
    return "\n".join(f"{m.name} {m.dosage}".strip() for m in taken.order_by("started_on", "name"))
