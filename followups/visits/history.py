"""What stands in the record of a person whom the caller may see: for pages that show a follow-up."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, OuterRef, QuerySet
from django.db.models.functions import Cast, JSONObject
from django.utils import timezone

from followups.lines import lasting_in
from followups.models import Appointment, Assessment, AssessmentOverride, CarePlan, Goal
from followups.protocols.definition import Settings
from patients.models import Encounter, MedicationStatement, Observation, Patient, Task
from patients.models.encounter import FACE_TO_FACE, ObservationSource
from patients.models.task import TaskKind
from patients.readings import Number


def visits_of(patient: Patient) -> QuerySet[Encounter]:
    """The person's visits, newest first."""
    return Encounter.objects.filter(patient=patient).order_by("-on", "-pk")


def last_visits(patient: Patient, count: int) -> list[Encounter]:
    """The newest visits with what else was measured: two queries."""
    return list(visits_of(patient).prefetch_related("further_observations")[:count])


def face_to_face(patient: Patient, *, on: date) -> int:
    """How many visits of the day's year were face to face (clinic or home)."""
    return visits_of(patient).filter(on__year=on.year, method__in=FACE_TO_FACE).count()


def lasting_readings(patient: Patient, settings: Settings) -> Iterator[tuple[str, date, Number]]:
    """What was measured at visits that may choose between lines: name, day, value. No statement where nothing does."""
    names = lasting_in(patient.programmes, settings)
    if names:
        rows = Observation.objects.filter(patient=patient, source=ObservationSource.VISIT, code__in=names)
        yield from ((row.code, timezone.localdate(row.at), row.value) for row in rows)


def goals_of(patient: Patient) -> list[Goal]:
    """The targets of the person's own plan."""
    return list(Goal.objects.filter(plan__patient=patient))


def plan_of(patient: Patient, plans: QuerySet[CarePlan] | None = None) -> tuple[CarePlan | None, list[Goal]]:
    """The person's plan with its signers, and its targets in the order of their names: one query.

    `plans` are all plans, annotated with what else the caller shows.
    """
    # As text: a JSON number would come back as a binary fraction.
    bounds = {name: Cast(name, CharField()) for name in ("low", "high")}
    goals = Goal.objects.filter(plan=OuterRef("pk")).order_by("measure")
    rows = CarePlan.objects.all() if plans is None else plans
    mine = rows.filter(patient=patient).select_related("signed_by", "signed_for")
    plan = mine.annotate(
        _goals=ArraySubquery(goals.values(json=JSONObject(measure="measure", **bounds)))
    ).first()
    if plan is None:
        return None, []
    return plan, [_goal(plan, data) for data in plan._goals]


def _goal(plan: CarePlan, data: dict[str, Any]) -> Goal:
    low, high = (Decimal(text) if (text := data[name]) is not None else None for name in ("low", "high"))
    return Goal(plan=plan, measure=data["measure"], low=low, high=high)


def assessments_of(visit: Encounter) -> list[Assessment]:
    """What the protocols said of the visit, in the order of the programmes."""
    return list(Assessment.objects.filter(encounter=visit).order_by("pk"))


def overrides_of(visit: Encounter) -> list[AssessmentOverride]:
    """Where the doctor decided otherwise than the protocol at the visit."""
    return list(AssessmentOverride.objects.filter(encounter=visit).order_by("pk"))


def open_appointment(patient: Patient) -> Appointment | None:
    """The follow-up that is due."""
    return Appointment.objects.booked().filter(patient=patient).first()


def open_advice(patient: Patient) -> Task | None:
    """The advice to refer that nobody has answered yet."""
    return Task.objects.open().filter(patient=patient, kind=TaskKind.REFERRAL_ADVISED).first()


def medicines_of_day(visit: Encounter) -> list[str]:
    """The medicines that began or ended on the day of the visit, each once."""
    mine = MedicationStatement.objects.filter(patient_id=visit.patient_id)
    changed = mine.filter(started_on=visit.on) | mine.filter(ended_on=visit.on)
    return sorted(set(changed.values_list("name", flat=True)))
