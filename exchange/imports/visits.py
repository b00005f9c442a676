"""Visit rows against the visits that are there: which are new, what the protocol says of them, and writing them.

Imported visits are history. Only a person's latest visit leaves one open appointment; no task, advice or message comes
of any of them.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID, uuid5

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from exchange.imports.copying import copy_in
from exchange.imports.known import KnownPerson
from exchange.roster.faults import Fault, FaultCode
from exchange.roster.layout import VISITS
from exchange.roster.visits import MEASURES, Visit
from followups import reminders, standing, versions
from followups.calendar import appointments
from followups.calendar.appointments import FIRST_WITHIN
from followups.judging import judge, visit_of
from followups.models import Appointment, AppointmentReason, Assessment, FollowUpLoss, LossEnd
from followups.models import AppointmentStatus as Status
from followups.protocols.assessment import Decision, next_due_on
from followups.protocols.evidence import Person
from followups.protocols.terms import Action
from followups.protocols.versions import Timetable
from patients.models import Encounter, MedicationStatement, Patient
from patients.models.encounter import EntrySource, Symptom

# Of encounter ids: the same visit of the same person has the same id in every import.
NAMESPACE: Final = UUID("5f0f6f0e-54cb-5b64-9c0e-1f6f8f6a7d11")


@dataclass(slots=True)
class VisitPlan:
    """What a person's rows would add. `there` counts rows whose visit is in the archive already."""

    new: list[Visit] = field(default_factory=list)
    there: int = 0
    faults: list[Fault] = field(default_factory=list)


def plan(visits: Sequence[Visit], known: KnownPerson | None) -> VisitPlan:
    """Hold one person's rows against the visits that are there.

    A row with the content of a visit of that day and method is that visit. One with other content is not written as a
    second visit but warned about: the visit was corrected on screen, or recorded there and on paper.
    """
    made = VisitPlan()
    rows = [(visit, content(visit)) for visit in visits if not _after_death(visit, known, made)]
    there = Counter(_content_of(encounter) for encounter in known.encounters) if known else Counter[Content]()
    others = Counter(key[:2] for key in there.elements())
    seen: set[Content] = set()
    for visit, key in rows:
        if key in there:
            there[key] -= 1
            others[key[:2]] -= 1
            there += Counter()  # drop what is used up
            seen.add(key)
            made.there += 1
        elif key in seen:
            made.there += 1  # the same row twice
        else:
            seen.add(key)
            made.new.append(visit)
    kept = []
    for visit in made.new:
        day = (visit.visited_on, visit.method)
        if others[day] > 0:
            others[day] -= 1
            made.there += 1
            made.faults.append(Fault(visit.row, VISITS.heading("visited_on"), FaultCode.VISIT_DIFFERS))
        else:
            kept.append(visit)
    made.new = sorted(kept, key=lambda visit: (visit.visited_on, visit.row))
    return made


def _after_death(visit: Visit, known: KnownPerson | None, made: VisitPlan) -> bool:
    died_on = known.patient.deceased_on if known else None
    if died_on is None or visit.visited_on <= died_on:
        return False
    made.faults.append(Fault(visit.row, VISITS.heading("visited_on"), FaultCode.VISIT_AFTER_DEATH))
    return True


Content = tuple[Any, ...]


def content(visit: Visit) -> Content:
    """What makes two rows the same visit, day and method first."""
    readings = tuple(visit.readings.get(name) for name in MEASURES)
    words = (_alike(visit.symptoms), visit.adherence, visit.adverse_reaction, note(visit))
    return (visit.visited_on, visit.method, *readings, *words)


def _content_of(encounter: Encounter) -> Content:
    readings = tuple(getattr(encounter, name) for name in MEASURES)
    words = (_alike(encounter.symptoms), encounter.medication_adherence)
    reacted = bool(encounter.adverse_reaction or encounter.adverse_reaction_text)
    return (encounter.on, encounter.method, *readings, *words, reacted, encounter.note)


def _alike(symptoms: Iterable[str]) -> tuple[str, ...]:
    """Earlier imports kept 视力模糊 under the code of 眼花耳鸣: the same row is the same visit all the same."""
    earlier = {Symptom.BLURRED_SIGHT: Symptom.BLURRED_VISION}
    return tuple(sorted({str(earlier.get(Symptom(word), word)) for word in symptoms}))


def note(visit: Visit) -> str:
    """What the form has no field for, as it was written: medicines of that day and symptoms outside the list."""
    parts = (("用药", visit.medicines), ("症状", visit.other_symptoms))
    return "\n".join(f"{name}：{'；'.join(words)}" for name, words in parts if words)


@dataclass(slots=True)
class _Written:
    """Rows of one batch, gathered for one statement each; `timetable` judges each visit by the version of its day."""

    timetable: Timetable
    encounters: list[Encounter] = field(default_factory=list)
    assessments: list[Assessment] = field(default_factory=list)
    patients: list[Patient] = field(default_factory=list)
    fulfilled: dict[UUID, Encounter] = field(default_factory=dict)
    booked: list[Appointment] = field(default_factory=list)
    medicines: list[MedicationStatement] = field(default_factory=list)


def write(plans: Iterable[tuple[KnownPerson, VisitPlan]], *, at: datetime) -> int:
    """Write new visits with their assessments, bring the patient's last-visit facts and the appointment up to date.

    Returns how many visits were written. The caller holds the transaction, the locks on the patients and the audit
    line. A fixed number of statements.
    """
    rows = _Written(versions.timetable())
    for person, made in plans:
        if made.new:
            _write_person(rows, person, made.new, at)
    copy_in(rows.encounters)
    copy_in(rows.assessments)
    Patient.objects.bulk_update(rows.patients, _LAST)
    _settle_appointments(rows, at)
    copy_in(rows.medicines)
    return len(rows.encounters)


def _write_person(rows: _Written, person: KnownPerson, visits: Sequence[Visit], at: datetime) -> None:
    encounters = [_encounter(person, visit, at) for visit in visits]
    latest = max([*person.encounters, *encounters], key=lambda encounter: encounter.on)
    # A visit of a time without management is judged by no protocol, but later visits look back at it.
    unmanaged = [encounter for encounter in encounters if not encounter.programmes]
    history = [
        visit_of(encounter, person.further.get(encounter.pk, {}))
        for encounter in (*person.encounters, *unmanaged)
    ]
    who = Person(birth_date=person.patient.birth_date, sex=person.patient.sex)
    managed = (encounter for encounter in encounters if encounter.programmes)
    judged = {each.encounter.pk: each for each in judge(who, managed, history, by=rows.timetable)}
    rows.assessments += [row for each in judged.values() for row in each.rows()]
    if latest in encounters:
        decision = judged[latest.pk].decision if latest.pk in judged else None
        _remember_latest(rows, person, latest, decision)
        rows.medicines += _medicines(person, visits, latest)
    rows.encounters += encounters


def _encounter(person: KnownPerson, visit: Visit, at: datetime) -> Encounter:
    patient, programmes = person.patient, person.programmes(visit.visited_on)
    digest = hashlib.sha256(repr(content(visit)).encode()).hexdigest()
    return Encounter(
        pk=uuid5(NAMESPACE, f"{patient.pk}:{digest}"),
        patient=patient,
        organization_id=patient.organization_id,
        care_team_id=patient.care_team_id,
        practitioner_name=visit.doctor or _("import"),
        on=visit.visited_on,
        method=visit.method,
        source=EntrySource.IMPORT,
        recorded_at=at,
        programmes=programmes,
        symptoms=list(visit.symptoms),
        adverse_reaction=programmes if visit.adverse_reaction else [],
        adverse_reaction_text="有" if visit.adverse_reaction else "",
        medication_adherence=visit.adherence,
        findings={"answered_none": list(visit.answered_none)} if visit.answered_none else {},
        note=note(visit),
        **visit.readings,
    )


def _remember_latest(
    rows: _Written, person: KnownPerson, encounter: Encounter, decision: Decision | None
) -> None:
    """The last-visit facts of the patient, and the one open appointment of whoever is managed and alive."""
    patient = person.patient
    patient.last_visit_on, patient.last_method = encounter.on, encounter.method
    patient.last_systolic, patient.last_diastolic = encounter.systolic, encounter.diastolic
    patient.last_fasting_glucose = encounter.fasting_glucose
    rows.patients.append(patient)
    if patient.deceased_on is not None or not patient.programmes:
        return
    rows.fulfilled[patient.pk] = encounter
    settings = rows.timetable.on(encounter.on).settings
    due_on = decision.next_due_on if decision else next_due_on(encounter.on, Action.ROUTINE, settings)
    reason = decision.action if decision else Action.ROUTINE
    rows.booked.append(appointments.unsaved(patient, due_on=due_on, reason=reason, on=encounter.on))


def _settle_appointments(rows: _Written, at: datetime) -> None:
    """An appointment that was open is fulfilled by the newer visit; then the next one is booked.

    One that was booked after the day of the visit (back from hospital) stays, brought forward at most. A first
    follow-up asks for nothing but a visit: any fulfils it.
    """
    lost = dict(
        FollowUpLoss.objects.open().filter(patient__in=rows.fulfilled).values_list("patient_id", "lost_on")
    )
    there = {one.patient_id: one for one in Appointment.objects.booked().filter(patient__in=rows.fulfilled)}
    changed: list[tuple[Appointment, date]] = []
    booked = []
    for following in rows.booked:
        encounter, open_one = rows.fulfilled[following.patient_id], there.get(following.patient_id)
        if following.patient_id in lost and encounter.on < lost[following.patient_id]:
            continue  # a visit of the time before somebody was lost finds nobody again
        if open_one is None:
            booked.append(following)
            continue
        before = open_one.due_on
        if open_one.reason == AppointmentReason.FIRST or appointments.meets(encounter.on, open_one):
            open_one.status, open_one.ended_at = Status.FULFILLED, at
            open_one.fulfilled_by, open_one.fulfilled_on = encounter, encounter.on
            booked.append(following)
        elif not appointments.bring_forward(
            open_one, due_on=following.due_on, reason=following.reason, on=encounter.on
        ):
            continue
        changed.append((open_one, before))
    reminders.withdraw([(open_one.patient_id, before) for open_one, before in changed])
    Appointment.objects.bulk_update([open_one for open_one, _before in changed], _SETTLED)
    back = [one.patient_id for one in booked if one.patient_id in lost]
    FollowUpLoss.objects.filter(patient__in=back).end(on=timezone.localdate(at), reason=LossEnd.FOUND)
    copy_in(booked)


def book_first(patient_ids: Collection[UUID], *, on: date) -> int:
    """A due follow-up for the managed among these persons who have none: nobody who is managed may fall out of sight.

    That is who is enrolled and was never visited. Returns how many were booked. The caller holds the transaction.
    """
    ids = list(_managed_without_due(patient_ids).values_list("pk", flat=True))
    if not ids:
        return 0
    standing.lock(ids)  # then look again: another connection may have booked meanwhile
    booked = [
        appointments.unsaved(patient, due_on=on + FIRST_WITHIN, reason=AppointmentReason.FIRST, on=on)
        for patient in _managed_without_due(ids)
    ]
    copy_in(booked)
    return len(booked)


def _managed_without_due(patient_ids: Collection[UUID]) -> QuerySet[Patient]:
    due = Exists(Appointment.objects.booked().filter(patient=OuterRef("pk")))
    lost = Exists(FollowUpLoss.objects.open().filter(patient=OuterRef("pk")))
    rows = Patient.objects.filter(pk__in=list(patient_ids), deceased_on__isnull=True).managed()
    return rows.exclude(due).exclude(lost)


def _medicines(person: KnownPerson, visits: Sequence[Visit], latest: Encounter) -> list[MedicationStatement]:
    """What the latest visit says is taken and the archive does not know yet, since the row that named it first."""
    said = next(visit for visit in visits if _same(visit, latest))
    since: dict[str, Any] = {}
    for visit in visits:
        for medicine in visit.medicines:
            since.setdefault(_split(medicine)[0], visit.visited_on)
    named: Mapping[str, str] = dict(_split(medicine) for medicine in reversed(said.medicines))
    return [
        MedicationStatement(
            patient_id=latest.patient_id,
            organization_id=latest.organization_id,
            name=name,
            dosage=dosage,
            started_on=since[name],
        )
        for name, dosage in named.items()
        if name not in person.medicines
    ]


def _same(visit: Visit, encounter: Encounter) -> bool:
    return content(visit) == _content_of(encounter)


def _split(medicine: str) -> tuple[str, str]:
    """Name and dose of `氨氯地平片 5mg qd`."""
    name, _blank, dosage = medicine.partition(" ")
    return name, dosage


_SETTLED: Final = [
    "status", "ended_at", "fulfilled_by", "fulfilled_on", "due_on", "reason", "booked_on", "planned_on",
]  # fmt: skip
_LAST: Final = ["last_visit_on", "last_method", "last_systolic", "last_diastolic", "last_fasting_glucose"]
