"""A few residents managed for further diseases, each with a first visit as its form asks it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Case, When

from accounts.models import User
from followups import visits
from followups.entry.visit import VisitInput
from followups.models import Appointment
from patients import enrolment
from patients.models import Patient, Task
from patients.models.encounter import Adherence, EntrySource, Method
from patients.programmes import Programme
from referrals.models import ServiceRequest
from workbench.demo.alliance import Stage
from workbench.demo.chance import Chance

_EACH: Final = 3
_A_DAY: Final = timedelta(days=1)
_LATELY: Final = timedelta(days=20)
_TEAMS: Final = ("第三片区团队", "慢病专科团队")
_PRESSURES: Final = ((128, 76), (134, 82), (126, 74))


@dataclass(frozen=True, slots=True)
class Disease:
    """A programme with the readings of three visits and what else its form found."""

    programme: Programme
    readings: tuple[Mapping[str, float], ...]
    findings: Mapping[str, Any] = field(default_factory=dict)


_DISEASES: Final = (
    Disease(
        Programme.COPD,
        ({"cat": 8, "mmrc": 1, "exacerbations_since_last": 0, "spo2": 95, "fev1_percent": 66, "fev1_fvc": 0.62},
         {"cat": 16, "mmrc": 2, "exacerbations_since_last": 1, "spo2": 93, "fev1_percent": 48, "fev1_fvc": 0.55},
         {"cat": 6, "mmrc": 1, "exacerbations_since_last": 0, "spo2": 96}),
        {"inhaler": "skilled", "home_oxygen": "no", "vaccines": ["flu"]},
    ),
    Disease(
        Programme.CKD,
        ({"acr": 18, "creatinine": 98, "potassium": 4.4}, {"acr": 86, "creatinine": 132, "potassium": 4.8},
         {"acr": 12, "creatinine": 88, "potassium": 4.1}),
    ),
    Disease(
        Programme.STROKE,
        ({"ldl": 1.6}, {"ldl": 2.3}, {"ldl": 1.7}),
        {"stroke_kind": "ischaemic", "mrs": "1", "limb_recovery": "partial", "rehabilitation": "home"},
    ),
    Disease(Programme.CHD, ({"ldl": 1.5, "heart_rate": 68}, {"ldl": 2.1, "heart_rate": 74}, {"ldl": 1.7, "heart_rate": 64})),
    Disease(
        Programme.DYSLIPIDAEMIA,
        ({"ldl": 2.3, "total_cholesterol": 4.4, "triglycerides": 1.5, "hdl": 1.2},
         {"ldl": 3.4, "total_cholesterol": 5.6, "triglycerides": 2.2, "hdl": 1.0},
         {"ldl": 2.4, "total_cholesterol": 4.6, "triglycerides": 1.4, "hdl": 1.3}),
    ),
)  # fmt: skip


def build(stage: Stage, chance: Chance, *, today: date, told: frozenset[UUID]) -> None:
    """Enrol and visit; `told` are residents whose story is written elsewhere. The history must stand."""
    people = iter(_people(stage, today, told))
    for disease in _DISEASES:
        for readings, (systolic, diastolic) in zip(disease.readings, _PRESSURES, strict=True):
            patient = next(people, None)
            if patient is None:
                return
            observations = {"systolic": systolic, "diastolic": diastolic, **readings}
            if Programme.DIABETES in patient.programmes:
                observations["fasting_glucose"] = chance.between(56, 68) / 10
            reading = VisitInput(observations, medication_adherence=Adherence.REGULAR,
                                 findings=disease.findings)  # fmt: skip
            assert patient.care_team is not None and patient.last_visit_on is not None  # noqa: S101, PT018 (chosen by them)
            _role, doctor = stage.doctor(patient.care_team)
            on = chance.day(max(patient.last_visit_on + _A_DAY, today - _LATELY), today - _A_DAY)
            _visit(chance, patient, disease.programme, reading, on=on, by=doctor)


def _people(stage: Stage, today: date, told: frozenset[UUID]) -> list[Patient]:
    """Residents whose hypertension runs smoothly: nothing open, nobody referred; those of two teams first."""
    teams = [stage.teams["nanquan", name].pk for name in _TEAMS]
    rows = Patient.objects.living().filter(
        organization=stage.places["nanquan"], care_team__isnull=False, programmes__contains=[Programme.HYPERTENSION]
    )  # fmt: skip
    rows = rows.filter(last_visit_on__lt=today - timedelta(days=2)).exclude(pk__in=told)
    rows = rows.filter(pk__in=Appointment.objects.booked().filter(due_on__gt=today).values("patient"))
    rows = rows.exclude(pk__in=ServiceRequest.objects.values("patient")).exclude(
        pk__in=Task.objects.open().values("patient")
    )
    return list(
        rows.select_related("care_team").order_by(
            Case(When(care_team__in=teams, then=0), default=1), "archive_number"
        )[: _EACH * len(_DISEASES)]
    )


def _visit(
    chance: Chance, patient: Patient, programme: Programme, reading: VisitInput, *, on: date, by: User
) -> None:
    at = chance.hour(on)
    enrolment.diagnose(patient, programme, diagnosed_on=on, by=by)
    enrolment.enrol(patient, programme, on=on, by=by)
    visits.record(patient, reading, on=on, method=Method.CLINIC, by=by, source=EntrySource.FORM, recorded_at=at,
                  id=chance.key(at))  # fmt: skip
    # The same seed gives the same rows: a booked follow-up's key is drawn too.
    Appointment.objects.booked().filter(patient=patient).update(id=chance.key(at))
