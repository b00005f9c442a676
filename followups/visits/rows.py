"""The rows that saved visits leave, gathered first and written set by set."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time
from typing import Any, Protocol
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_noop as _

from followups import advice, overrides, reminders
from followups.calendar import appointments, day_planning
from followups.entry.visit import Fault, MedicationChange, VisitInput, VisitRefused
from followups.judging import assessment_rows, visit_of
from followups.models import (
    Appointment,
    AppointmentReason,
    AppointmentStatus,
    Assessment,
    AssessmentOverride,
    FollowUpLoss,
    LossEnd,
)
from followups.protocols.assessment import Decision
from followups.standing import Standing
from journal import audit
from journal.audit import Agent
from journal.models import AuditEvent, Communication
from patients.findings import kept
from patients.models import Encounter, MedicationStatement, Observation, Patient, Task
from patients.models.encounter import TYPED_READINGS, EntrySource, MedicationStatus, ObservationSource

_NOON_SHANGHAI = time(4, 0, tzinfo=UTC)
_APART = ("observations", "medications", "findings", "override")
_COPIED = tuple(each.name for each in fields(VisitInput) if each.name not in _APART)
_LAST = ("last_visit_on", "last_method", "last_systolic", "last_diastolic", "last_fasting_glucose", "height")


def noon_of(day: date) -> datetime:
    """The moment that stands for a visit's day where no time of day is known: noon in Shanghai."""
    return datetime.combine(day, _NOON_SHANGHAI)


class _Outcome(Protocol):
    """What `lead_on` fills in."""

    fulfilled: Appointment | None
    appointment: Appointment | None
    advice: Task | None
    withdrawn: Task | None
    assessments: list[Assessment] | None


@dataclass(slots=True)
class Rows:
    """Everything that visits of one call write. Nothing touches the database before `write`."""

    by: Agent | None
    source: EntrySource
    today: date | None = None  # the day of writing, where no visit of the call says it
    encounters: list[Encounter] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    stopped: dict[UUID, date] = field(default_factory=dict)
    begun: list[MedicationStatement] = field(default_factory=list)
    assessments: list[Assessment] = field(default_factory=list)
    overrides: list[AssessmentOverride] = field(default_factory=list)
    appointments: dict[UUID, Appointment] = field(default_factory=dict)
    tasks: dict[UUID, Task] = field(default_factory=dict)
    existing: set[UUID] = field(default_factory=set)
    withdrawn_days: set[tuple[UUID, date]] = field(default_factory=set)
    found: set[UUID] = field(default_factory=set)
    patients: dict[UUID, Patient] = field(default_factory=dict)
    events: list[AuditEvent] = field(default_factory=list)

    def author_name(self) -> str:
        """The author's name as text where no user stands behind the visit."""
        return str(self.by) if self.by is not None else self.source.value

    def encounter(self, reading: VisitInput, **about: Any) -> Encounter:
        """The unsaved visit with its readings rounded as they are kept."""
        patient: Patient = about["patient"]
        copied = {name: getattr(reading, name) for name in _COPIED}
        lists = {name: list(value) for name, value in copied.items() if isinstance(value, tuple)}
        lists["findings"] = kept(reading.findings)  # type: ignore[assignment]
        typed = {name: value for name, value in reading.stored().items() if name in TYPED_READINGS}
        place = {"organization_id": patient.organization_id, "care_team_id": patient.care_team_id}
        return Encounter(**{**copied, **lists}, **typed, **place, **about)

    def add(self, visit: Encounter, reading: VisitInput, standing: Standing, decision: Decision) -> None:
        """The visit itself, what else was measured, its assessments, changes of medicines, and its audit line."""
        self._change_medicines(visit, reading.medications, standing)
        self.encounters.append(visit)
        self.observations += self._further(visit, reading)
        self.assessments += assessment_rows(visit, decision)
        standing.visits.append(visit_of(visit, reading.further()))
        standing.visit_count += 1
        classes = {name: outcome.klass.value for name, outcome in decision.programmes.items()}
        detail: dict[str, Any] = {"on": visit.on.isoformat(), "source": visit.source, "classes": classes}
        if kept := self._overrides(visit, reading, decision):
            detail["overridden"] = [row.programme or "date" for row in kept]
        self.events.append(audit.event("visit.record", by=self.by, subject=visit, detail=detail))

    def _overrides(
        self, visit: Encounter, reading: VisitInput, decision: Decision
    ) -> list[AssessmentOverride]:
        """What the doctor decided otherwise than the protocol."""
        if reading.override is None:
            return []
        name = visit.practitioner_name or (
            str(visit.practitioner) if visit.practitioner else self.author_name()
        )
        kept = overrides.rows_of(
            visit, decision, reading.override, by=self.by, name=name, at=visit.recorded_at
        )
        self.overrides += kept
        return kept

    def lead_on(self, visit: Encounter, standing: Standing, decision: Decision, outcome: _Outcome) -> None:
        """The next step of the person's latest visit: follow-up, reminder, advice, and the facts that lists show."""
        outcome.fulfilled = self._fulfil(visit, standing)
        self._book(visit, standing, decision)
        self._advise(visit, standing, decision, outcome)
        patient = standing.patient
        patient.last_visit_on, patient.last_method = visit.on, visit.method
        patient.last_systolic, patient.last_diastolic = visit.systolic, visit.diastolic
        patient.last_fasting_glucose = visit.fasting_glucose
        patient.height = visit.height or patient.height
        self.patients[patient.pk] = patient

    def write(self) -> None:
        """Everything, one statement a table."""
        _insert(self.encounters)
        _insert(self.observations)
        self._write_medicines()
        self._write_appointments()
        _insert(self.assessments)
        _insert(self.overrides)
        self._write_tasks()
        reminders.withdraw(self.withdrawn_days)
        booked = [row for row in self.appointments.values() if row.status == AppointmentStatus.BOOKED]
        reminders.post(booked, besides=self._alarms())
        if self.patients:
            Patient.objects.bulk_update(self.patients.values(), _LAST)
        _insert(self.events)

    def _alarms(self) -> Iterable[Communication]:
        if not self.encounters or self.source == EntrySource.IMPORT:
            return ()
        today = max(timezone.localdate(visit.recorded_at) for visit in self.encounters)
        return reminders.alarms(self.assessments, on=today)

    def _further(self, visit: Encounter, reading: VisitInput) -> Iterable[Observation]:
        at = noon_of(visit.on)
        for name, value in reading.further().items():
            yield Observation(
                patient_id=visit.patient_id,
                organization_id=visit.organization_id,
                encounter=visit,
                code=name,
                value=value,
                at=at,
                source=ObservationSource.VISIT,
            )

    def _change_medicines(
        self, visit: Encounter, changes: Sequence[MedicationChange], standing: Standing
    ) -> None:
        taking = {UUID(row["id"]): row["name"] for row in standing.medications}
        for index, change in enumerate(changes):
            if change.stops is not None and taking.pop(change.stops, None) is None:
                text = _("This medicine is not being taken any more.")
                raise VisitRefused(Fault(f"medications[{index}].stops", "not_taken", text))
            if change.name and change.name in taking.values():
                text = _("%(name)s is being taken already: change its dose instead.")
                raise VisitRefused(Fault(f"medications[{index}].name", "taken", text, {"name": change.name}))
            if change.name:
                taking[UUID(int=index)] = change.name
        for change in changes:
            if change.stops is not None:
                self.stopped[change.stops] = visit.on
                standing.medications = [row for row in standing.medications if row["id"] != str(change.stops)]
            if change.name:
                begun = MedicationStatement(
                    patient_id=visit.patient_id, organization_id=visit.organization_id, name=change.name,
                    dosage=change.dosage, started_on=visit.on,
                )  # fmt: skip
                self.begun.append(begun)
                # A later visit of the same call meets what this one left.
                standing.medications.append({"id": str(begun.pk), "name": begun.name})

    def _fulfil(self, visit: Encounter, standing: Standing) -> Appointment | None:
        open_one = standing.appointment
        if open_one is None or not appointments.meets(visit.on, open_one):
            return None
        open_one.status, open_one.fulfilled_on = AppointmentStatus.FULFILLED, visit.on
        open_one.fulfilled_by, open_one.ended_at = visit, visit.recorded_at
        self._touch(open_one)
        self.withdrawn_days.add((visit.patient_id, open_one.due_on))
        standing.appointment = None
        return open_one

    def _book(self, visit: Encounter, standing: Standing, decision: Decision) -> None:
        due_on, reason = decision.next_due_on, AppointmentReason(decision.action.value)
        open_one = standing.appointment
        if open_one is None:
            if not standing.may_be_due or (standing.lost_on is not None and visit.on < standing.lost_on):
                return  # written down late: of a time before the death, the end of management, or the loss
            if standing.lost_on is not None:
                self.found.add(visit.patient_id)
                standing.lost_on = None
            open_one = appointments.unsaved(standing.patient, due_on=due_on, reason=reason, on=visit.on)
            standing.appointment = self.appointments[open_one.pk] = open_one
            return
        before = open_one.due_on
        if appointments.bring_forward(open_one, due_on=due_on, reason=reason, on=visit.on):
            self._touch(open_one)
            self.withdrawn_days.add((visit.patient_id, before))

    def _touch(self, appointment: Appointment) -> None:
        if appointment.pk not in self.appointments:
            self.existing.add(appointment.pk)
        self.appointments[appointment.pk] = appointment

    def _advise(self, visit: Encounter, standing: Standing, decision: Decision, outcome: _Outcome) -> None:
        if standing.patient.deceased_on is not None:
            return  # written down late: of a time before the death
        open_one = standing.advice
        if open_one is not None and open_one.pk not in self.tasks:
            self.existing.add(open_one.pk)
        if decision.referral.advised:
            task = advice.give(visit, decision, open_one, at=visit.recorded_at)
            outcome.advice = standing.advice = self.tasks[task.pk] = task
        elif open_one is not None and advice.outgrown(open_one, decision):
            self.tasks[open_one.pk] = outcome.withdrawn = advice.withdraw(open_one, at=visit.recorded_at)
            standing.advice = None

    def _write_medicines(self) -> None:
        for day in set(self.stopped.values()):
            ids = [key for key, stopped_on in self.stopped.items() if stopped_on == day]
            MedicationStatement.objects.filter(pk__in=ids).update(
                status=MedicationStatus.STOPPED, ended_on=day
            )
        _insert(self.begun)

    def _write_appointments(self) -> None:
        # Those that end come first: one open follow-up a person, at every moment.
        today = self.today or max(
            (timezone.localdate(visit.recorded_at) for visit in self.encounters), default=date.max
        )
        due = (row for row in self.appointments.values() if row.status == AppointmentStatus.BOOKED)
        day_planning.soon([row.patient_id for row in due if row.planned_on is None], on=today)
        if self.found:
            FollowUpLoss.objects.filter(patient__in=self.found).end(on=today, reason=LossEnd.FOUND)
        changed = [row for row in self.appointments.values() if row.pk in self.existing]
        ends = ["status", "fulfilled_by", "fulfilled_on", "ended_at", "due_on", "reason", "booked_on",
                "planned_on"]  # fmt: skip
        if changed:
            Appointment.objects.bulk_update(changed, ends)
        _insert([row for row in self.appointments.values() if row.pk not in self.existing])

    def _write_tasks(self) -> None:
        changed = [row for row in self.tasks.values() if row.pk in self.existing]
        if changed:
            Task.objects.bulk_update(changed, _TASK)
        _insert([row for row in self.tasks.values() if row.pk not in self.existing])


_TASK = (
    "status", "completed_at", "outcome", "urgency", "programme", "basis_kind", "basis_id", "reasons", "due_at",
)  # fmt: skip


def _insert(rows: list[Any]) -> None:
    if rows:
        type(rows[0]).objects.bulk_create(rows)
