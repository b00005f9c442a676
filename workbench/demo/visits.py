"""A managed life: follow-ups booked, kept, late or missed; readings judged by the protocols; treatment that answers."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from alliances.models import CareTeam
from followups import advice
from followups.calendar import appointments
from followups.judging import Judged, judge, visit_of
from followups.models import Appointment, AppointmentReason, AppointmentStatus, Assessment, CarePlan, Goal
from followups.protocols.evidence import Person, Visit
from followups.protocols.terms import Action, Klass
from followups.visits.rows import noon_of
from patients.models import Encounter, Observation, Task
from patients.models.condition import EndReason
from patients.models.encounter import FACE_TO_FACE, Adherence, ObservationSource
from patients.models.patient import Sex
from patients.models.task import TaskStatus
from patients.programmes import Programme
from referrals.handovers import FOLLOW_UP_TARGET
from referrals.models import ServiceRequest
from workbench.demo import further_forms
from workbench.demo.alliance import Stage
from workbench.demo.chance import Chance
from workbench.demo.courses import Course
from workbench.demo.forms import Script, filled
from workbench.demo.medicines import Cupboard
from workbench.demo.organs import FURTHER, VESSELS, Organs
from workbench.demo.residents import Resident, Span
from workbench.demo.write import Rows

_HABITS: Final = (("early", 0.34), ("punctual", 0.43), ("late", 0.23))
#: Days from the due day to the visit, mean and spread, by habit: after a routine visit, and after a fortnight's.
_USUAL: Final = {"early": (-16, 8), "punctual": (-3, 4), "late": (10, 10)}
_SHORT: Final = {"early": (0, 3), "punctual": (2, 4), "late": (9, 8)}
_LOST: Final = 0.03
_LOST_AFTER: Final = timedelta(days=120)  # overdue for so long: management ends as lost
_SAME_DAY: Final = timedelta(minutes=20)


@dataclass(slots=True)
class Life:
    """One managed resident over the history."""

    one: Resident
    stage: Stage
    span: Span
    rows: Rows
    chance: Chance = field(init=False)
    course: Course = field(init=False)
    organs: Organs = field(init=False)
    cupboard: Cupboard = field(init=False)
    plan: CarePlan = field(init=False)
    goals: list[Goal] = field(default_factory=list)
    habit: str = ""
    lost_from: date | None = None
    visits: list[Encounter] = field(default_factory=list)
    judged: dict[object, list[Assessment]] = field(default_factory=dict)
    further: list[Observation] = field(default_factory=list)
    history: list[Visit] = field(default_factory=list)
    open: Appointment | None = None
    advice: Task | None = None
    latest: Judged | None = None
    requests: list[ServiceRequest] = field(default_factory=list)
    returns_on: date | None = None
    referred_until: date | None = None

    def __post_init__(self) -> None:
        one, patient = self.one, self.one.patient
        self.chance = chance = one.chance
        managed = one.enrolled
        self.course = Course(
            chance, age=patient.age(on=self.span.first), started=self.span.first, bmi=one.bmi,
            hypertensive=Programme.HYPERTENSION in managed, diabetic=Programme.DIABETES in managed,
            height=float(patient.height or 160),
        )  # fmt: skip
        self.organs = Organs(
            patient.pk, frozenset(managed).intersection(FURTHER), age=patient.age(on=self.span.first),
            female=patient.sex == Sex.FEMALE,
        )  # fmt: skip
        measured = [glucose for _days, (_how, _high, _low, glucose) in one.script if glucose]
        if measured:
            self.course.sugar = sum(measured) / len(measured)
        self.cupboard = Cupboard(chance, patient.pk, patient.organization_id)
        for programme, day in one.diagnosed.items():
            if programme in managed:
                self.cupboard.begin(programme, day)
            else:
                self.cupboard.beside(programme, day)
        begun = min(managed.values())
        self.plan = CarePlan(
            id=chance.key(chance.hour(begun)), patient=patient, organization_id=patient.organization_id
        )
        self.habit = chance.weighted(_HABITS)
        if not one.script and chance.happens(_LOST):
            self.lost_from = chance.day(begun + timedelta(days=60), self.span.last)

    @property
    def ends(self) -> date:
        """The first day without visits."""
        return min(self.span.today, self.one.ended_on or self.span.today)

    def book(self, on: date, due_on: date, reason: AppointmentReason, *, at: datetime) -> None:
        """The next follow-up of this person."""
        team = self.one.team_on(on)
        self.open = Appointment(
            id=self.chance.key(at), patient_id=self.one.patient.pk, organization_id=team.organization_id,
            care_team_id=team.pk, booked_on=on, due_on=due_on, reason=reason, created_at=at,
        )  # fmt: skip
        self.rows.add(self.open)

    def enter(self) -> None:
        """Management begins: those known before the history fall due over its first weeks."""
        begun = min(self.one.enrolled.values())
        known = begun == self.span.first
        wait = self.chance.between(2, 75) if known else self.chance.between(3, 14)
        reason = AppointmentReason.ROUTINE if known else AppointmentReason.FIRST
        self.book(begun, begun + timedelta(days=wait), reason, at=self.chance.hour(begun))

    def comes_on(self) -> date | None:
        """The day on which the person keeps the open follow-up; None when it is not kept in this history."""
        appointment = self.open
        if appointment is None:
            return None
        day = self._keeps(appointment)
        back = self.returns_on
        if back is not None and back > appointment.booked_on and (day is None or back < day):
            due_on = back + FOLLOW_UP_TARGET
            appointments.bring_forward(appointment, due_on=due_on, reason=AppointmentReason.RETURNED, on=back)
            day = self._keeps(appointment)
            self.returns_on = None
        return day if day is not None and day < self.ends else None

    def _keeps(self, appointment: Appointment) -> date | None:
        if self.lost_from is not None and appointment.due_on >= self.lost_from:
            return None
        chance, short = self.chance, (appointment.due_on - appointment.booked_on).days < 20
        mean, spread = (_SHORT if short else _USUAL)[self.habit]
        day = appointment.due_on + timedelta(days=round(chance.gauss(mean, spread)))
        day = max(day, appointment.booked_on + timedelta(days=4))
        if day.weekday() == 6 and chance.happens(0.9):
            day += timedelta(days=1)
        return day

    def misses(self) -> bool:
        """Now and then a follow-up is not kept at all: it ends, and the team books anew."""
        appointment = self.open
        if appointment is None or not self.chance.happens(0.05 if self.habit == "late" else 0.012):
            return False
        day = appointment.due_on + timedelta(days=self.chance.between(9, 20))
        if day >= self.ends:
            return False
        at = self.chance.hour(day)
        appointment.status, appointment.ended_at = AppointmentStatus.NOSHOW, at
        self.book(day, day + timedelta(days=7), AppointmentReason(appointment.reason), at=at + _SAME_DAY)
        return True

    def see(self, on: date, *, script: Script | None = None) -> Judged:
        """One visit: measured, judged against the earlier ones, the follow-up fulfilled and the next one booked."""
        self.course.pass_time(on)
        if script:
            self.course.adherence = Adherence.REGULAR
        programmes = self.one.programmes_on(on)
        encounter = filled(self, on, programmes, script)
        further = self._measure_further(encounter, programmes)
        person = Person(
            birth_date=self.one.patient.birth_date, sex=self.one.patient.sex, conditions=tuple(programmes)
        )
        (judged,) = judge(
            person, [encounter], self.history, further={encounter.pk: further}, by=self.stage.timetable
        )
        self.history.append(visit_of(encounter, further))
        self.visits.append(encounter)
        self.judged[encounter.pk] = judged.rows()
        self.latest = judged
        self.rows.add(encounter, *self.judged[encounter.pk])
        for code, value in further.items():
            key = self.organs.chance.key(encounter.recorded_at)
            self._observed(encounter, key, code, value, ObservationSource.VISIT)
        self._lead_on(judged)
        return judged

    def _measure_further(self, encounter: Encounter, programmes: list[Programme]) -> dict[str, Decimal]:
        """What else the further diseases had measured at the visit; their questions are answered on it."""
        mine = [each for each in programmes if each in FURTHER]
        if not mine:
            return {}
        again = self.open is not None and self.open.reason == AppointmentReason.RECHECK
        near = encounter.method in FACE_TO_FACE
        further = self.organs.measured(mine, near=near, again=again)
        further_forms.fill(encounter, self.one, mine, further, chance=self.organs.chance)
        return further

    def see_as_written(self, days_ago: int, script: Script) -> None:
        """A visit of a written history; the follow-up before it is made to fall due near its day."""
        on = self.span.today - timedelta(days=days_ago)
        if on < self.span.first or self.open is None:
            return
        if self.open.booked_on < on < self.open.due_on and not self.visits:
            self.open.due_on = on
        self.see(on, script=script)

    def _lead_on(self, judged: Judged) -> None:
        encounter, decision = judged.encounter, judged.decision
        if self.open is not None:
            self.open.status, self.open.ended_at = AppointmentStatus.FULFILLED, encounter.recorded_at
            self.open.fulfilled_by, self.open.fulfilled_on = encounter, encounter.on
        reason = AppointmentReason(decision.action.value)
        self.book(encounter.on, decision.next_due_on, reason, at=encounter.recorded_at)
        self._advise(judged)
        self._laboratory(encounter)
        patient = self.one.patient
        patient.last_visit_on, patient.last_method = encounter.on, encounter.method
        patient.last_systolic, patient.last_diastolic = encounter.systolic, encounter.diastolic
        patient.last_fasting_glucose = encounter.fasting_glucose

    def _advise(self, judged: Judged) -> None:
        """The advice to refer, as saving a visit gives and withdraws it."""
        encounter, decision, at = judged.encounter, judged.decision, judged.encounter.recorded_at
        away = self.referred_until is not None and encounter.on <= self.referred_until
        if decision.referral.advised and not away:
            task = advice.give(encounter, decision, self.advice, at=at)
            if self.advice is None:
                task.id, task.created_at = self.chance.key(at), at
                self.rows.add(task)
            self.advice = task
        elif self.advice is not None and advice.outgrown(self.advice, decision):
            advice.withdraw(self.advice, at=at)
            self.advice = None

    def answer(self, judged: Judged) -> None:
        """What the doctor changes: usually something when a disease is not controlled, at times nothing."""
        on, chance = judged.encounter.on, self.chance
        for programme, outcome in judged.decision.programmes.items():
            if outcome.klass is Klass.ADVERSE_REACTION:
                self.cupboard.change(Programme(programme), on)
            urgent = outcome.action in (Action.REFER, Action.EMERGENCY)
            if outcome.klass is not Klass.UNCONTROLLED or not chance.happens(0.75 if urgent else 0.55):
                continue
            if not self.cupboard.step_up(Programme(programme), on):
                continue
            if programme == Programme.DIABETES:
                self.course.treat(on, sugar=chance.uniform(0.2, 0.45))
                continue
            self.organs.treat(Programme(programme))
            if programme in (Programme.HYPERTENSION, Programme.CKD, *VESSELS):
                self.course.treat(on, pressure=chance.uniform(0.2, 0.45))

    def _laboratory(self, encounter: Encounter) -> None:
        """HbA1c about twice a year in diabetes, lipids and creatinine about once a year unless the visits take them."""
        found: dict[str, float] = {}
        if self.course.diabetic and self.chance.happens(0.4):
            found["hba1c"] = self.course.hba1c(encounter.on)
        if not self.organs.programmes and self.chance.happens(0.2):
            found |= {
                "ldl": max(1.6, self.chance.gauss(2.9, 0.7)),
                "creatinine": max(38.0, self.chance.gauss(74, 14)),
            }
        for code, value in found.items():
            key = self.chance.key(encounter.recorded_at)
            self._observed(encounter, key, code, Decimal(f"{value:.1f}"), ObservationSource.LABORATORY)

    def _observed(
        self, encounter: Encounter, key: UUID, code: str, value: Decimal, source: ObservationSource
    ) -> None:
        """A reading beyond the ten of the form; one of the visit itself stands at noon, as the product keeps it."""
        at = noon_of(encounter.on) if source == ObservationSource.VISIT else encounter.recorded_at
        row = Observation(
            id=key, patient_id=encounter.patient_id, encounter=encounter, organization_id=encounter.organization_id,
            code=code, value=value, at=at, source=source,
        )  # fmt: skip
        self.further.append(row)
        self.rows.add(row)

    def leave(self) -> None:
        """What stays open at the end of the history is left open; what an end of management settles is settled."""
        one, appointment = self.one, self.open
        if one.ended_on is None and appointment is not None and self.lost_from is not None:
            lost_on = appointment.due_on + _LOST_AFTER
            if lost_on < self.span.today:
                one.ended_on, one.end_reason, one.patient.programmes = lost_on, EndReason.LOST, []
        if one.ended_on is None:
            if appointment is not None:
                team: CareTeam = one.team  # the open follow-up follows the person to the team of today
                appointment.organization_id, appointment.care_team_id = team.organization_id, team.pk
            if self.advice is not None:
                self.advice.organization_id, self.advice.care_team_id = one.team.organization_id, one.team.pk
            return
        at = self.chance.hour(one.ended_on)
        if appointment is not None:
            appointment.status, appointment.ended_at = AppointmentStatus.CANCELLED, at
        if self.advice is not None:
            self.advice.status, self.advice.completed_at = TaskStatus.CANCELLED, at
            self.advice.outcome, self.advice = str(one.end_reason), None
