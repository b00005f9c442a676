"""One resident on one page: everything the page shows, gathered in a fixed number of statements."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import F, Q, Window
from django.db.models.functions import RowNumber
from django.utils import timezone
from django.utils.translation import gettext as _

from followups.line_words import in_words
from followups.lines import assessment_lines, choosing, measures_of
from followups.models import Appointment, Assessment, CarePlan, Goal, Klass
from followups.protocols.catalogue import protocols
from followups.protocols.definition import Settings
from followups.protocols.evidence import Person
from followups.protocols.scenes import ldl_target_of
from followups.protocols.targets import clinical_targets, strictest
from followups.protocols.versions import read_timetable
from followups.visits.history import plan_of
from patients.identity import IdentityText, masked
from patients.models import (
    Contract,
    EmergencyAccess,
    Encounter,
    Enrolment,
    MedicationStatement,
    Observation,
    Patient,
    Task,
)
from patients.models.encounter import FACE_TO_FACE, MedicationStatus, ObservationSource
from patients.programmes import Programme
from patients.readings import Number
from referrals.models import ServiceRequest
from workbench.care.progress import goals_shown, with_care

VISITS = 60
MONTHS = 12


@dataclass
class ProgrammeView:
    """A programme with its class at the last visit, its targets in words and the visits of the year.

    Three kinds of target stand side by side: the assessment line (which decides the class), the guideline's clinical
    target, and those of the person's own plan.
    """

    enrolment: Enrolment
    last: Assessment | None
    lines: list[str]
    clinical: list[str]
    goals: list[Goal]
    face_to_face: int
    needed: int
    relaxed: bool

    @property
    def name(self) -> str:
        return self.enrolment.get_programme_display()

    @property
    def enough(self) -> bool:
        return self.face_to_face >= self.needed

    @property
    def tone(self) -> str:
        if self.last is None or self.last.klass == Klass.NOT_ASSESSED:
            return "mute"
        return "green" if self.last.klass == Klass.CONTROLLED else "amber"


@dataclass
class Record:
    """What the patient page shows."""

    patient: Patient
    settings: Settings
    age: int
    identity: IdentityText
    contract: Contract | None
    visits: list[Encounter]
    assessments: dict[UUID, list[Assessment]]
    observations: list[Observation]
    medications: list[MedicationStatement]
    plan: CarePlan | None
    goals: list[Goal]
    life: list[dict[str, Any]]
    appointment: Appointment | None
    tasks: list[Task]
    referrals: list[ServiceRequest]
    emergencies: list[EmergencyAccess]
    programmes: list[ProgrammeView] = field(default_factory=list)

    @property
    def last(self) -> Encounter | None:
        return self.visits[0] if self.visits else None

    def known(self, *, on: date) -> dict[str, Number]:
        """What was measured at visits that chooses between assessment lines on the day."""
        at_visits = (row for row in self.observations if row.source == ObservationSource.VISIT)
        taken = ((row.code, timezone.localdate(row.at), row.value) for row in at_visits)
        patient = self.patient
        whole = Person(patient.birth_date, tuple(patient.programmes), patient.sex)
        own = {"ldl_target": ldl_target_of(whole, self.settings)}
        return choosing(taken, on=on, settings=self.settings) | own

    @property
    def bmi(self) -> str:
        """Body mass index by the last weight and the known height, one decimal; empty when either is missing."""
        height = self.patient.height
        weight = next((v.weight for v in self.visits if v.weight is not None), None)
        if not height or weight is None:
            return ""
        return f"{float(weight) / (float(height) / 100) ** 2:.1f}"


def record_of(patient: Patient, *, on: date) -> Record:
    """Gather the page of a patient whom the caller has already found within the actor's scope: with identity, and
    with the `settings_text` of `timetable_since`."""
    visits = list(
        Encounter.objects.filter(patient=patient)
        .select_related("practitioner")
        .order_by("-on", "-pk")[:VISITS]
    )
    assessments: dict[UUID, list[Assessment]] = defaultdict(list)
    for row in Assessment.objects.filter(encounter__in=[v.pk for v in visits]).order_by("programme"):
        assessments[row.encounter_id].append(row)
    plan, goals = plan_of(patient, with_care(CarePlan.objects.all()))
    record = Record(
        patient=patient,
        settings=read_timetable(getattr(patient, "settings_text", None)).on(on).settings,
        age=patient.age(on=on),
        identity=masked(getattr(patient, "identity", None)),
        contract=_contract(patient, on),
        visits=visits,
        assessments=assessments,
        observations=_observations(patient),
        medications=list(
            MedicationStatement.objects.filter(patient=patient, status=MedicationStatus.ACTIVE).order_by(
                "started_on"
            )
        ),
        plan=plan,
        goals=goals,
        life=goals_shown(plan),
        appointment=Appointment.objects.filter(patient=patient).booked().first(),
        tasks=list(Task.objects.filter(patient=patient).open().order_by("created_at")),
        referrals=list(
            ServiceRequest.objects.filter(patient=patient)
            .select_related("target_organization", "target_department", "source_organization")
            .order_by("-created_at")[:5]
        ),
        emergencies=list(
            EmergencyAccess.objects.filter(patient=patient)
            .select_related("opened_by", "organization")
            .order_by("-opened_at")[:20]
        ),
    )
    record.programmes = _programmes(record, on)
    return record


def _observations(patient: Patient) -> list[Observation]:
    """The newest forty, newest first, and the newest of every kind: a cuff that sends every day must not hide the rest."""
    rows = Observation.objects.filter(patient=patient).annotate(
        place=Window(RowNumber(), order_by="-at"),
        place_of_kind=Window(RowNumber(), partition_by=[F("code"), F("source")], order_by="-at"),
    )
    return list(rows.filter(Q(place__lte=40) | Q(place_of_kind=1)).order_by("-at"))


def _contract(patient: Patient, on: date) -> Contract | None:
    live = Contract.objects.filter(patient=patient).live(on=on)
    return live.select_related("organization", "care_team", "secondary", "tertiary", "package").first()


def _programmes(record: Record, on: date) -> list[ProgrammeView]:
    running = Enrolment.objects.filter(patient=record.patient, period__contains=on).order_by("period")
    year = [v for v in record.visits if v.on.year == on.year and v.method in FACE_TO_FACE]
    known = record.known(on=on)
    whole = Person(record.patient.birth_date, tuple(record.patient.programmes), record.patient.sex)
    clinical = clinical_targets(whole, on=on, known=known)
    views = []
    for enrolment in running:
        programme = enrolment.programme
        ordered = (a for v in record.visits for a in record.assessments[v.pk])
        lines = assessment_lines(programme, age=record.age, settings=record.settings, known=known)
        mine = strictest(target for target in clinical if target.programme == programme)
        views.append(
            ProgrammeView(
                enrolment=enrolment,
                last=next((a for a in ordered if a.programme == programme), None),
                lines=in_words({name: (None, below) for name, below in lines.items()}),
                clinical=in_words({name: (target.low, target.high) for name, target in mine.items()}),
                goals=[goal for goal in record.goals if goal.measure in measures_of(programme)],
                face_to_face=sum(programme in visit.programmes for visit in year),
                needed=visits_a_year(programme, record.settings),
                relaxed=lines.get("systolic", 0) == 150,
            )
        )
    return views


def visits_a_year(programme: str, settings: Settings) -> int:
    """How many visits a year the programme's routine distance makes; four where it has none of its own."""
    protocol = protocols(settings).get(programme)
    months = protocol.months if protocol and protocol.months else settings.routine_months
    return max(1, MONTHS // months)


def trend(record: Record) -> dict[str, Any] | None:
    """Blood pressure and fasting glucose over time with target band, assessment lines and events; None without two readings."""
    visits = record.visits[::-1]
    pressure = [v for v in visits if v.systolic is not None]
    glucose = [v for v in visits if v.fasting_glucose is not None]
    panels = []
    goals = {g.measure: g for g in record.goals}
    if pressure:
        panels.append(_pressure_panel(record, pressure, goals))
    if glucose:
        panels.append(_glucose_panel(record, glucose, goals))
    if not panels:
        return None
    shown = pressure + glucose
    return {
        "from": min(v.on for v in shown).isoformat(),
        "to": max(v.on for v in shown).isoformat(),
        "events": _events(record),
        "panels": panels,
        "table": _table(record, visits),
    }


def _points(visits: list[Encounter], measure: str, label: bool) -> list[list[Any]]:
    points = []
    for visit in visits:
        value = getattr(visit, measure)
        if value is not None:
            words = f"{visit.systolic}/{visit.diastolic}" if measure == "systolic" else f"{value}"
            points.append([visit.on.isoformat(), float(value), words if label else ""])
    return points


def _band(goal: Goal | None, low: float, high: float) -> list[float]:
    """The band to reach: the patient's own plan where it says so, else the given default."""
    if goal is None:
        return [low, high]
    return [
        float(goal.low) if goal.low is not None else low,
        float(goal.high) if goal.high is not None else high,
    ]


def _pressure_panel(record: Record, visits: list[Encounter], goals: dict[str, Goal]) -> dict[str, Any]:
    lines = assessment_lines(Programme.HYPERTENSION, age=record.age, settings=record.settings)
    systolic = {
        "name": _("Systolic"),
        "tone": "c1",
        "points": _points(visits, "systolic", True),
        "urgent": 180,
    }
    diastolic = {"name": _("Diastolic"), "tone": "c2", "points": _points(visits, "diastolic", False)}
    if "systolic" in lines:
        systolic["out"] = float(lines["systolic"])
    return {
        "title": _("Blood pressure, mmHg"),
        "band": _band(goals.get("systolic"), 90, float(lines.get("systolic", 140))),
        "lines": [{"value": float(v), "name": _("assessment line")} for v in lines.values()],
        "series": [systolic, diastolic],
    }


def _glucose_panel(record: Record, visits: list[Encounter], goals: dict[str, Goal]) -> dict[str, Any]:
    line = float(
        assessment_lines(Programme.DIABETES, age=record.age, settings=record.settings)["fasting_glucose"]
    )
    return {
        "title": _("Fasting glucose, mmol/L"),
        # 4.4-7.0 is the guideline's fasting target (CDS20, facts 1.3).
        "band": _band(goals.get("fasting_glucose"), 4.4, line),
        "lines": [],
        "series": [
            {
                "name": _("Fasting glucose"),
                "tone": "c3",
                "points": _points(visits, "fasting_glucose", True),
                "out": line,
                "urgent": 16.7,
            }
        ],
    }


def _events(record: Record) -> list[dict[str, str]]:
    """Handovers drawn into the chart, oldest first."""
    found = [
        {
            "at": request.submitted_at.date().isoformat(),
            "name": _("referred to %(hospital)s") % {"hospital": request.target_organization},
        }
        for request in record.referrals
        if request.submitted_at is not None
    ]
    if record.plan and record.plan.signed_at:
        found.append({"at": record.plan.signed_at.date().isoformat(), "name": _("plan signed")})
    return sorted(found, key=lambda event: event["at"])[-6:]


def _table(record: Record, visits: list[Encounter]) -> dict[str, Any]:
    rows = []
    for visit in reversed(visits):
        classes = " · ".join(
            f"{a.get_programme_display()} {a.get_klass_display()}" for a in record.assessments[visit.pk]
        )
        pressure = f"{visit.systolic}/{visit.diastolic}" if visit.systolic else None
        rows.append(
            [visit.on.isoformat(), str(visit.get_method_display()), pressure, visit.fasting_glucose, classes]
        )
    return {
        "caption": _("Blood pressure and glucose"),
        "head": [_("Date"), _("Method"), _("Blood pressure"), _("Fasting glucose"), _("Class")],
        "rows": rows,
    }
