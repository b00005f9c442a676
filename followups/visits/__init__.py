"""Recording visits: one action, one transaction; many at once take the same statements as one.

A visit is judged against earlier days only. The latest visit of a person leads to the next step (follow-up, advice,
reminder, the facts that lists show); one entered late is kept and judged, and moves nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from accounts.models import User
from followups import overrides
from followups.advice import leading
from followups.entry.visit import Fault, VisitInput, VisitRefused, day_faults, faults_of
from followups.judging import judge
from followups.models import Appointment, Assessment, AssessmentOverride
from followups.protocols.assessment import Case, Decision, Person, Visit
from followups.protocols.evidence import CaseError
from followups.standing import Standing, lock, standing_of, standings
from followups.visits.rows import Rows
from followups.visits.sameness import differs
from journal.audit import Agent
from journal.keys import new_key
from patients.findings import kept
from patients.models import Encounter, Patient, Task
from patients.models.encounter import EntrySource

__all__ = [
    "Entry",
    "Recorded",
    "VisitInput",
    "VisitRefused",
    "decide",
    "judge",
    "leading",
    "record",
    "record_all",
]

Status = Literal["created", "identical", "conflict"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One visit to be recorded. `id` is the client's own key; `visit_count` how many visits its author knew of."""

    patient_id: UUID
    reading: VisitInput
    on: date
    method: str
    recorded_at: datetime
    id: UUID | None = None
    practitioner_name: str = ""
    visit_count: int | None = None

    @property
    def today(self) -> date:
        """The day in Shanghai on which it was written down."""
        return timezone.localdate(self.recorded_at)


@dataclass(slots=True)
class Recorded:
    """What became of a visit.

    `created`; `identical` (the same visit again, nothing written); `conflict` (the id belongs to another visit, or
    somebody recorded one meanwhile): then `encounter` is the one that stands, None when it is another person's.
    `latest` False: entered late, nothing moved. `withdrawn` is an advice whose reason this visit removed.
    """

    status: Status
    encounter: Encounter | None
    decision: Decision | None = None
    latest: bool = False
    fulfilled: Appointment | None = None
    appointment: Appointment | None = None
    advice: Task | None = None
    withdrawn: Task | None = None
    assessments: list[Assessment] | None = None


def record(
    patient: Patient | UUID,
    reading: VisitInput,
    *,
    on: date,
    method: str,
    by: Agent | None,
    source: EntrySource,
    recorded_at: datetime,
    id: UUID | None = None,  # noqa: A002 - the word of the interface
    practitioner_name: str = "",
    visit_count: int | None = None,
) -> Recorded:
    """Record one visit (see `record_all`). Raises VisitRefused with every field that cannot be."""
    patient_id = patient.pk if isinstance(patient, Patient) else patient
    entry = Entry(patient_id, reading, on, method, recorded_at, id, practitioner_name, visit_count)
    (outcome,) = record_all([entry], by=by, source=source)
    if isinstance(outcome, VisitRefused):
        raise outcome
    return outcome


def record_all(
    entries: Sequence[Entry], *, by: Agent | None, source: EntrySource
) -> list[Recorded | VisitRefused]:
    """Record visits together, in one transaction and the same number of statements for one as for a thousand.

    Answers in the order given, one outcome a visit: a refused one keeps nobody else out. Visits of one person are
    taken by their days. The caller has seen to it that the actor may see these people.
    """
    try:
        return _record_all(entries, by=by, source=source)
    except IntegrityError:
        taken = _taken(entries)
        if not taken:
            raise
    rest = [entry for entry in entries if entry.id not in taken]
    outcomes = iter(_record_all(rest, by=by, source=source))
    return [Recorded("conflict", None) if entry.id in taken else next(outcomes) for entry in entries]


def _taken(entries: Sequence[Entry]) -> set[UUID]:
    """Keys that already stand for a visit of somebody else."""
    whose = {entry.id: entry.patient_id for entry in entries if entry.id is not None}
    rows = Encounter.objects.filter(pk__in=whose).values_list("pk", "patient_id")
    return {key for key, patient_id in rows if whose[key] != patient_id}


@transaction.atomic
def _record_all(
    entries: Sequence[Entry], *, by: Agent | None, source: EntrySource
) -> list[Recorded | VisitRefused]:
    patient_ids = {entry.patient_id for entry in entries}
    if not patient_ids:
        return []
    lock(patient_ids)
    keys = {entry.id for entry in entries if entry.id is not None}
    known = standings(
        Patient.objects.filter(pk__in=patient_ids), since=min(entry.on for entry in entries), visit_ids=keys
    )
    seen = {key for standing in known.values() for key in standing.visit_ids} & keys
    stored = {row.pk: row for row in _stored(seen)} if seen else {}
    decided = overrides.stored(seen) if seen else {}
    rows = Rows(by=by, source=source)
    outcomes: dict[int, Recorded | VisitRefused] = {}
    for index in sorted(range(len(entries)), key=lambda at: entries[at].on):
        try:
            entry = entries[index]
            again = _again(entry, stored, decided)
            outcomes[index] = again or _one(entry, known.get(entry.patient_id), stored, rows)
        except VisitRefused as refused:
            outcomes[index] = refused
    rows.write()
    return [outcomes[index] for index in range(len(entries))]


def _stored(keys: set[UUID]) -> QuerySet[Encounter]:
    return Encounter.objects.filter(pk__in=keys).prefetch_related("further_observations")


def _again(
    entry: Entry, stored: dict[UUID, Encounter], decided: dict[UUID, list[AssessmentOverride]]
) -> Recorded | None:
    """What becomes of a visit whose key is known already; None for a new one."""
    again = stored.get(entry.id) if entry.id is not None else None
    if again is None:
        return None
    if again.patient_id != entry.patient_id:
        return Recorded("conflict", None)  # the key of another person's visit, sent along in the same call
    same = not differs(again, entry.reading, on=entry.on, method=entry.method)
    same = same and overrides.same(entry.reading.override, decided.get(again.pk, []))
    return Recorded("identical" if same else "conflict", again)


def _one(entry: Entry, standing: Standing | None, stored: dict[UUID, Encounter], rows: Rows) -> Recorded:
    if standing is None:
        raise VisitRefused(Fault("patient", "unknown", _("This resident is not known.")))
    if entry.visit_count is not None and entry.visit_count != standing.visit_count:
        newest = Encounter.objects.filter(patient_id=entry.patient_id).order_by("-created_at").first()
        return Recorded("conflict", newest)
    decision = _judged(entry, standing, by=rows.by)
    encounter = _encounter(entry, standing, decision, rows)
    latest = standing.is_latest(entry.on)
    outcome = Recorded("created", encounter, decision, latest)
    rows.add(encounter, entry.reading, standing, decision)
    if latest:
        rows.lead_on(encounter, standing, decision, outcome)
    outcome.appointment = standing.appointment
    stored[encounter.pk] = encounter
    return outcome


def decide(
    patient: Patient,
    reading: VisitInput,
    *,
    on: date,
    method: str,
    today: date,
    standing: Standing | None = None,
    by: Agent | None = None,
) -> Decision:
    """The judgement that `record` would give now, without writing anything: one query, none with the standing at hand.

    A standing taken for today does not reach back far enough for an older day: then it is read anew. Raises
    VisitRefused for what cannot be judged.
    """
    if standing is None or on < today:
        standing = standing_of(patient, since=on)
    moment = datetime.combine(today, datetime.max.time(), timezone.get_default_timezone())
    return _judged(Entry(patient.pk, reading, on, method, moment), standing, by=by)


def _judged(entry: Entry, standing: Standing, *, by: Agent | None) -> Decision:
    """Check and assess by the version of the visit's day, then let the doctor's word count; VisitRefused names the fields."""
    patient, reading = standing.patient, entry.reading
    faults = [
        *day_faults(
            on=entry.on, today=entry.today, born=patient.birth_date, deceased_on=patient.deceased_on,
            method=entry.method,
        ),
        *faults_of(reading),
    ]  # fmt: skip
    programmes = standing.programmes(on=entry.on)
    if not programmes and not faults:
        faults.append(_not_managed(standing))
    if faults:
        raise VisitRefused(*faults)
    person = Person(
        birth_date=patient.birth_date,
        conditions=programmes,
        sex=patient.sex,
        pregnant=reading.pregnant,
        lactating=reading.lactating,
    )
    visit = Visit(
        on=entry.on,
        observations=reading.stored(),
        danger_signs=frozenset(reading.danger_signs),
        adverse_reaction=frozenset(reading.adverse_reaction),
        new_complication=frozenset(reading.new_complication),
        method=entry.method,
        findings=kept(reading.findings),
    )
    try:
        decision = standing.timetable.on(entry.on).assess(Case(person, visit, standing.before(entry.on)))
    except CaseError as error:
        field = error.field.removeprefix("visit.").replace("patient.", "patient:")
        raise VisitRefused(Fault(field, "unjudgeable", "%(why)s", {"why": error.message})) from error
    return _overridden(entry, standing, decision, by)


def _overridden(entry: Entry, standing: Standing, decision: Decision, by: Agent | None) -> Decision:
    override = entry.reading.override
    if override is None:
        return decision
    patient, day = standing.patient, entry.on
    faults = [*overrides.faults_of(override, decision, by=by, patient=patient, on=day, today=entry.today)]
    if faults:
        raise VisitRefused(*faults)
    return overrides.effective(decision, override, standing.timetable.on(day), on=day)


def _not_managed(standing: Standing) -> Fault:
    first = min((begins for _name, begins, _ends in standing.enrolments), default=None)
    if first is None:
        text = _("The resident is not managed in any programme: enrol first.")
        return Fault("patient", "not_managed", text)
    text = _("The resident was not managed on that day (managed from %(day)s).")
    return Fault("on", "not_managed", text, {"day": first.isoformat()})


def _encounter(entry: Entry, standing: Standing, decision: Decision, rows: Rows) -> Encounter:
    author = rows.by if isinstance(rows.by, User) else None
    name = entry.practitioner_name or ("" if author else rows.author_name())
    return rows.encounter(
        entry.reading,
        id=entry.id or new_key(),
        patient=standing.patient,
        practitioner=author,
        practitioner_name=name,
        on=entry.on,
        method=entry.method,
        source=rows.source,
        recorded_at=entry.recorded_at,
        programmes=list(decision.programmes),
    )
