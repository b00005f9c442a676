"""Where a person stands before a visit: earlier visits, programmes, the due follow-up and the open advice, in one query."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Cast, JSONObject

from followups.entry.visit import rounded
from followups.models import Appointment, CarePlan, FollowUpLoss
from followups.protocols.evidence import Visit
from followups.protocols.versions import DEFAULT_TIMETABLE, Timetable, read_timetable
from followups.versions import looked_back_to, timetable_since
from patients.models import Encounter, Enrolment, MedicationStatement, Observation, Patient, Task
from patients.models.encounter import TYPED_READINGS, MedicationStatus, ObservationSource
from patients.models.task import TaskKind
from patients.readings import VISIT_READINGS

_MINE = OuterRef("pk")


@dataclass(slots=True)
class Standing:
    """One person's state. `visits` are those of the months before the asked day that the rules look back, and later ones.

    `timetable` says by which settings a visit of the asked day or a later one is judged.

    `visit_count` counts every visit ever recorded: a page that was opened at another count is out of date.
    """

    patient: Patient
    visits: list[Visit]
    visit_ids: set[UUID]
    visit_count: int
    enrolments: list[tuple[str, date, date | None]]
    appointment: Appointment | None
    advice: Task | None
    medications: list[dict[str, Any]] = field(default_factory=list)
    lost_on: date | None = None
    timetable: Timetable = DEFAULT_TIMETABLE

    @property
    def may_be_due(self) -> bool:
        """Whether a next follow-up is booked for the person: managed now, and alive as far as is known."""
        return self.patient.deceased_on is None and bool(self.patient.programmes)

    def programmes(self, *, on: date) -> tuple[str, ...]:
        """The programmes in which the person was managed on the day, each once."""
        live = (
            name for name, begins, ends in self.enrolments if begins <= on and (ends is None or on < ends)
        )
        return tuple(dict.fromkeys(live))

    def before(self, on: date) -> tuple[Visit, ...]:
        """Earlier visits only; a visit of the same day is not earlier."""
        return tuple(visit for visit in self.visits if visit.on < on)

    def is_latest(self, on: date) -> bool:
        """Whether no visit after the day is known, so that a visit of this day leads to the next step."""
        last = self.patient.last_visit_on
        return last is None or on >= last


def lock(patient_ids: Collection[UUID]) -> None:
    """Lock each person and care plan, always in the same order; a plan that is missing is made first.

    Everything that moves a follow-up takes this lock, so two savers of one person run one after the other.
    """
    found = _locked(patient_ids)
    missing = set(patient_ids) - found
    if missing:
        patients = Patient.objects.filter(pk__in=missing).only("pk", "organization_id")
        plans = [CarePlan(patient=patient, organization_id=patient.organization_id) for patient in patients]
        CarePlan.objects.bulk_create(plans, ignore_conflicts=True)
        _locked(missing)


def _locked(patient_ids: Collection[UUID]) -> set[UUID]:
    # The person first, as enrolment and death do, so that no two actions wait for each other.
    plans = CarePlan.objects.filter(patient_id__in=patient_ids).order_by("patient_id")
    rows = plans.select_related("patient").only("patient__id")
    return {row.patient_id for row in rows.select_for_update(of=("patient", "self"), no_key=True)}


def standings(
    patients: QuerySet[Patient], *, since: date, visit_ids: Collection[UUID] = ()
) -> dict[UUID, Standing]:
    """The standing of each person, by id. `visit_ids`: visits to be known whatever their day."""
    recent = Q(on__gte=looked_back_to(since))
    if visit_ids:
        recent |= Q(pk__in=visit_ids)
    rows = patients.annotate(
        _visits=ArraySubquery(_of(Encounter).filter(recent).order_by("-on").values(json=_visit_json())),
        _visit_count=Subquery(_of(Encounter).values("patient_id").annotate(n=Count("pk")).values("n")),
        _enrolments=ArraySubquery(
            _of(Enrolment)
            .order_by("period__startswith")
            .values(json=_json("programme", begins="period__startswith", ends="period__endswith"))
        ),
        _appointment=Subquery(_of(Appointment).booked().values(json=_json(*_APPOINTMENT))[:1]),
        _lost_on=Subquery(_of(FollowUpLoss).open().values("lost_on")[:1]),
        _advice=Subquery(
            _of(Task).open().filter(kind=TaskKind.REFERRAL_ADVISED).values(json=_json(*_ADVICE))[:1]
        ),
        _medications=ArraySubquery(
            _of(MedicationStatement)
            .filter(status=MedicationStatus.ACTIVE)
            .values(json=_json("id", "name", "dosage"))
        ),
        _timetable=timetable_since(since),
    )
    return {row.pk: _standing(row) for row in rows}


def standing_of(patient: Patient, *, since: date) -> Standing:
    """One person's state."""
    return standings(Patient.objects.filter(pk=patient.pk), since=since)[patient.pk]


_APPOINTMENT = (
    "id", "booked_on", "due_on", "planned_on", "reason", "organization_id", "care_team_id", "version",
)  # fmt: skip
_ADVICE = ("id", "programme", "urgency", "basis_kind", "basis_id", "reasons", "due_at", "version")
_MARKS = ("danger_signs", "adverse_reaction", "new_complication")


def _of(model: Any) -> Any:
    return model.objects.filter(patient_id=_MINE)


def _json(*names: str, **renamed: str) -> JSONObject:
    return JSONObject(
        **{name: F(name) for name in names}, **{name: F(path) for name, path in renamed.items()}
    )


def _visit_json() -> JSONObject:
    # Readings travel as text: a JSON number would come back as a binary fraction.
    readings = {name: Cast(F(name), CharField()) for name in TYPED_READINGS}
    taken = Observation.objects.filter(encounter=OuterRef("pk"), source=ObservationSource.VISIT)
    further = ArraySubquery(
        taken.values(json=JSONObject(code=F("code"), value=Cast(F("value"), CharField())))
    )
    return JSONObject(
        **{name: F(name) for name in ("id", "on", "method", "findings", *_MARKS)}, **readings, further=further
    )


def _standing(row: Any) -> Standing:
    return Standing(
        patient=row,
        visits=[_visit(data) for data in row._visits],
        visit_ids={UUID(data["id"]) for data in row._visits},
        visit_count=row._visit_count or 0,
        enrolments=[
            (e["programme"], _day(e["begins"]) or date.min, _day(e["ends"])) for e in row._enrolments
        ],
        appointment=_appointment(row, row._appointment) if row._appointment else None,
        advice=_advice(row, row._advice) if row._advice else None,
        medications=row._medications,
        lost_on=row._lost_on,
        timetable=read_timetable(row._timetable),
    )


def _visit(data: dict[str, Any]) -> Visit:
    return Visit(
        on=date.fromisoformat(data["on"]),
        observations=dict(_numbers(data)),
        danger_signs=frozenset(data["danger_signs"]),
        adverse_reaction=frozenset(data["adverse_reaction"]),
        new_complication=frozenset(data["new_complication"]),
        method=data["method"],
        findings=data["findings"],
    )


def _numbers(data: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name in TYPED_READINGS:
        if data[name] is not None:
            yield name, Decimal(data[name])
    for one in data["further"]:
        if one["code"] in VISIT_READINGS:
            yield one["code"], rounded(one["code"], Decimal(one["value"]))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _appointment(patient: Patient, data: dict[str, Any]) -> Appointment:
    days = {name: _day(data[name]) for name in ("booked_on", "due_on", "planned_on")}
    still_open = {"status": "booked", "fulfilled_by_id": None, "fulfilled_on": None, "ended_at": None}
    row: Appointment = _loaded(Appointment, {**data, **days, **still_open, "patient_id": patient.pk})
    row.patient = patient
    return row


def _advice(patient: Patient, data: dict[str, Any]) -> Task:
    due_at = datetime.fromisoformat(data["due_at"]) if data["due_at"] else None
    still_open = {"status": "requested", "completed_at": None, "outcome": "", "due_at": due_at}
    kind = {"kind": TaskKind.REFERRAL_ADVISED, "patient_id": patient.pk}
    return _loaded(Task, {**data, **kind, **still_open})


def _loaded(model: Any, values: dict[str, Any]) -> Any:
    """A row as if read with `only(...)`: what is not among the values is fetched when asked for."""
    values["id"] = UUID(values["id"])
    names = [field.attname for field in model._meta.concrete_fields if field.attname in values]
    return model.from_db("default", names, [values[name] for name in names])
