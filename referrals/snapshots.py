"""The case as the sender sees it at the moment of sending: trend, visits, medicines, allergies, what was tried.

No document number, telephone, address or name stands in it: the addressed department reads it before it is granted the
record. Codes are kept as codes, so that each reader sees them in their own language.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from followups.models import Assessment, CarePlan
from patients.models import Condition, Contract, Encounter, MedicationStatement, Observation, Patient
from patients.models.condition import ClinicalStatus
from patients.models.encounter import TYPED_READINGS, MedicationStatus
from referrals.models import ServiceRequest

#: How many earlier visits and how many values of a measure go along.
VISITS = 12
VALUES = 8
LABORATORY = 60
REFERRALS = 5

Content = dict[str, Any]


def content_of(patient: Patient, *, on: date, tried: str) -> Content:
    """The snapshot's content, JSON only. Nine queries. Taken before the request itself is saved."""
    visits = list(Encounter.objects.filter(patient=patient, on__lte=on).order_by("-on", "-id")[:VISITS])
    further = Observation.objects.filter(patient=patient, at__date__lte=on).order_by("-at")[:LABORATORY]
    return {
        "on": on.isoformat(),
        "age": patient.age(on=on),
        "sex": patient.sex,
        "height": _plain(patient.height),
        "smoking": patient.smoking,
        "programmes": list(patient.programmes),
        "allergies": list(patient.allergies),
        "conditions": _conditions(patient),
        "readings": readings_of(visits, list(further)),
        "visits": [_visit(visit, judged) for visit, judged in _judged(visits)],
        "medicines": _medicines(patient),
        "tried": tried.strip(),
        "plan": _plan(patient),
        "contract": _contract(patient, on),
        "referrals": _referrals(patient),
    }


def readings_of(visits: Sequence[Encounter], further: Sequence[Observation]) -> dict[str, list[list[Any]]]:
    """The last values of every measure, oldest first: {"systolic": [["2026-11-06", 152], …]}."""
    values: dict[str, list[list[Any]]] = {}
    for visit in visits:
        for name in TYPED_READINGS:
            value = getattr(visit, name)
            if value is not None:
                values.setdefault(name, []).append([visit.on.isoformat(), _plain(value)])
    for observation in further:
        day = timezone.localdate(observation.at).isoformat()
        values.setdefault(observation.code, []).append([day, _plain(observation.value)])
    return {name: sorted(found, key=lambda v: v[0])[-VALUES:] for name, found in values.items()}


def _plain(value: Any) -> Any:
    """A number as JSON has it; trailing zeros of a decimal fall away."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def _conditions(patient: Patient) -> list[Content]:
    active = Condition.objects.filter(patient=patient, clinical_status=ClinicalStatus.ACTIVE)
    return [
        {"code": c.code, "since": c.diagnosed_on.isoformat() if c.diagnosed_on else None}
        for c in active.order_by("diagnosed_on", "code")
    ]


def _judged(visits: Sequence[Encounter]) -> Iterable[tuple[Encounter, list[Assessment]]]:
    judged: dict[Any, list[Assessment]] = {visit.pk: [] for visit in visits}
    for assessment in Assessment.objects.filter(encounter_id__in=list(judged)).order_by("programme"):
        judged[assessment.encounter_id].append(assessment)
    return [(visit, judged[visit.pk]) for visit in visits]


def _visit(visit: Encounter, judged: Sequence[Assessment]) -> Content:
    return {
        "on": visit.on.isoformat(),
        "method": visit.method,
        "observations": {name: _plain(value) for name, value in visit.observations().items()},
        "adherence": visit.medication_adherence,
        "danger_signs": list(visit.danger_signs),
        "judged": [
            {"programme": a.programme, "class": a.klass, "action": a.action, "reasons": a.reasons}
            for a in judged
        ],
    }


def _medicines(patient: Patient) -> list[Content]:
    taken = MedicationStatement.objects.filter(patient=patient, status=MedicationStatus.ACTIVE)
    return [
        {
            "name": m.name,
            "dosage": m.dosage,
            "since": m.started_on.isoformat() if m.started_on else None,
        }
        for m in taken.order_by("started_on", "name")
    ]


def _plan(patient: Patient) -> Content | None:
    plan = CarePlan.objects.filter(patient=patient, revision__gt=0).prefetch_related("goals").first()
    if plan is None:
        return None
    return {
        "diagnosis": plan.diagnosis,
        "advice": plan.advice,
        "signed_on": timezone.localdate(plan.signed_at).isoformat() if plan.signed_at else None,
        "goals": [
            {"measure": g.measure, "low": _plain(g.low), "high": _plain(g.high)} for g in plan.goals.all()
        ],
    }


def _referrals(patient: Patient) -> list[Content]:
    """The last referrals before this one."""
    rows = ServiceRequest.objects.filter(patient=patient, submitted_at__isnull=False)
    rows = rows.select_related("target_department__organization").order_by("-submitted_at")[:REFERRALS]
    return [
        {
            "on": timezone.localdate(r.submitted_at).isoformat(),
            "to": f"{r.target_department.organization} {r.target_department}",
            "programme": r.programme,
            "state": r.state,
        }
        for r in rows
    ]


def _contract(patient: Patient, on: date) -> Content | None:
    contract = (
        Contract.objects.filter(patient=patient).live(on=on).select_related("secondary", "tertiary").first()
    )
    if contract is None:
        return None
    return {
        "secondary": str(contract.secondary) if contract.secondary else "",
        "tertiary": str(contract.tertiary) if contract.tertiary else "",
        "until": contract.period.upper.isoformat() if contract.period.upper else None,
    }
