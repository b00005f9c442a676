"""Correcting a recorded visit: the earlier version stays readable, what followed from it follows the corrected one.

Later visits keep the assessments they were given: they say what was known on their day.
"""

from datetime import date, datetime
from typing import Any, Final

import pghistory
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from alliances.scope import Actor
from followups import advice, overrides, reminders, visits
from followups.calendar import appointments, day_planning
from followups.entry.override import Override
from followups.entry.visit import Fault, VisitInput, VisitRefused
from followups.judging import assessment_rows
from followups.models import Appointment, AppointmentReason, Assessment, AssessmentOverride
from followups.protocols.assessment import Decision
from followups.standing import Standing, lock, standing_of
from followups.visits.replaying import replay_advice
from followups.visits.rows import Rows, noon_of
from followups.visits.sameness import differs
from journal import audit
from journal.audit import Agent
from patients.models import Encounter, Observation, Patient, Task
from patients.models.encounter import ObservationSource
from patients.models.task import TaskKind, TaskStatus, Urgency

WITHDRAWN_BY_AMENDMENT: Final = "visit_amended"
_JUDGED = (
    "klass", "action", "rule", "protocol_version", "source", "section", "reasons", "missing", "red_flags",
)  # fmt: skip


class Outdated(ValueError):
    """Somebody amended the visit meanwhile; `encounter` is the version that stands."""

    def __init__(self, encounter: Encounter) -> None:
        super().__init__("another version of the visit stands")
        self.encounter = encounter


@transaction.atomic
def amend(
    visit: Encounter,
    reading: VisitInput,
    *,
    on: date,
    method: str,
    by: Actor | None,
    recorded_at: datetime,
    version: int,
    why: str = "",
    keep: bool = True,
) -> Encounter:
    """Replace the content of a visit that stands at `version`, judge it again, and move the next step with it.

    The day stays: VisitRefused for another one, for changes of medicines (events of their own), and for content that
    cannot be. Outdated when another version stands. `why` is kept with the earlier version. Returns the visit with its
    new version.

    A doctor's decision comes anew with the reading. Where none does, the kept one stands for what the protocols still
    say as they said it, or is taken back (`keep` False; who may decide may take back).
    """
    lock([visit.patient_id])
    row = Encounter.objects.prefetch_related("further_observations").get(pk=visit.pk)
    if row.version != version:
        raise Outdated(row)
    _refuse_what_stays(row, reading, on)
    patient = Patient.objects.get(pk=row.patient_id)
    today = timezone.localdate(recorded_at)
    decision = visits.decide(patient, reading, on=on, method=method, today=today, by=by)
    standing = standing_of(patient, since=on)
    known = overrides.stored([row.pk]).get(row.pk, [])
    override = reading.override
    if override is None and not keep and known and not overrides.may_override(by, patient, today=today):
        raise VisitRefused(overrides.NOT_ALLOWED)
    if (override is not None or not keep) and not overrides.may_take_back(known, decision, by):
        raise VisitRefused(overrides.NO_SYSTEM)
    if override is None and keep and (override := overrides.still_standing(known, decision)):
        decision = overrides.effective(decision, override, standing.timetable.on(on), on=on)
    detail: dict[str, Any] = {"from_version": version, "changed": differs(row, reading, on=on, method=method)}
    about = {"agent": by.agent_name() if by is not None else "", "why": why, "further": _further(row)}
    with pghistory.context(action="visit.amend", **about):
        _rewrite(row, reading, standing.patient, method=method, recorded_at=recorded_at, decision=decision)
        _rewrite_further(row, reading)
        judge_again(row, decision)
        anew = keep_overrides(
            row, known, decision, override, by=by, at=recorded_at, anew=reading.override is not None
        )
        if anew is not None:
            detail["changed"].append("override")
            detail["overridden"] = [each.programme or "date" for each in anew]
            count_on(row, version)
        if leads(row, standing):
            move_on(row, decision, standing, at=recorded_at)
        audit.record("visit.amend", by=by, subject=row, detail=detail)
    row.refresh_from_db(fields=["version"])
    return row


def _refuse_what_stays(row: Encounter, reading: VisitInput, on: date) -> None:
    faults = []
    if on != row.on:
        text = _("The day of a recorded visit stays (%(day)s).")
        faults.append(Fault("on", "fixed", text, {"day": row.on.isoformat()}))
    if reading.medications:
        text = _("Medicines change with a visit, not with its correction.")
        faults.append(Fault("medications", "fixed", text))
    if faults:
        raise VisitRefused(*faults)


def _rewrite(
    row: Encounter,
    reading: VisitInput,
    patient: Patient,
    *,
    method: str,
    recorded_at: datetime,
    decision: Decision,
) -> None:
    """Organization, team, author and the moment of writing stay those of the day; the history knows when it was corrected."""
    kept = {"id", "patient_id", "organization_id", "care_team_id", "practitioner_id", "practitioner_name", "on",
            "recorded_at", "source", "created_at", "version"}  # fmt: skip
    fresh = Rows(by=None, source=row.source).encounter(  # type: ignore[arg-type]
        reading, id=row.pk, patient=patient, on=row.on, method=method, recorded_at=recorded_at,
        programmes=list(decision.programmes),
    )  # fmt: skip
    names = [field.attname for field in Encounter._meta.concrete_fields if field.attname not in kept]
    for name in names:
        setattr(row, name, getattr(fresh, name))
    row.save(update_fields=names)


def count_on(row: Encounter, version: int) -> None:
    """A decision is a part of its visit: another one is another version, also where nothing else was corrected."""
    Encounter.objects.filter(pk=row.pk, version=version).update(version=version + 1)


def _further(row: Encounter) -> dict[str, str]:
    """The earlier further readings, as text: their rows are overwritten, so the history keeps them."""
    return {one.code: f"{one.value.normalize():f}" for one in row.further_observations.all()}


def _rewrite_further(row: Encounter, reading: VisitInput) -> None:
    """Observations of the visit beyond the ten of the form: those that went, came or changed."""
    stored = {one.code: one for one in row.further_observations.all()}
    wanted = reading.further()
    gone = [one.pk for code, one in stored.items() if code not in wanted]
    Observation.objects.filter(pk__in=gone).delete()
    for code, value in wanted.items():
        one = stored.get(code) or Observation(
            patient_id=row.patient_id, organization_id=row.organization_id, encounter=row, code=code,
            at=noon_of(row.on), source=ObservationSource.VISIT,
        )  # fmt: skip
        if one.value != value:
            one.value = value
            one.save()


def judge_again(row: Encounter, decision: Decision) -> None:
    """Write what the protocols say of the visit now in place of what they said before."""
    stored = {one.programme: one for one in Assessment.objects.filter(encounter=row)}
    fresh = assessment_rows(row, decision)
    for one in fresh:
        if one.programme in stored:
            one.pk, one.version = stored[one.programme].pk, stored[one.programme].version
    Assessment.objects.bulk_update([one for one in fresh if one.pk], _JUDGED)
    Assessment.objects.bulk_create([one for one in fresh if not one.pk])
    gone = [one.pk for programme, one in stored.items() if programme not in decision.programmes]
    Assessment.objects.filter(pk__in=gone).delete()


def keep_overrides(
    row: Encounter,
    known: list[AssessmentOverride],
    decision: Decision,
    override: Override | None,
    *,
    by: Actor | None,
    at: datetime,
    anew: bool,
) -> list[AssessmentOverride] | None:
    """The doctor's decision as it stands after the correction; one that merely stays keeps its author and moment.

    Returns the rows that stand where they are other ones now, None where nothing changed.
    """
    wanted = []
    if override is not None:
        author: Agent | None = by if anew else known[0].by
        name = (by.agent_name() if by is not None else "") if anew else known[0].by_name
        wanted = overrides.rows_of(
            row, decision, override, by=author, name=name, at=at if anew else known[0].at
        )
    return wanted if overrides.rewrite(known, wanted) else None


def leads(row: Encounter, standing: Standing) -> bool:
    """Whether no visit of a later day, or written down later on the same, has taken over the next step."""
    after = Encounter.objects.filter(patient_id=row.patient_id, on=row.on, created_at__gt=row.created_at)
    return standing.is_latest(row.on) and not after.exclude(pk=row.pk).exists()


def move_on(row: Encounter, decision: Decision, standing: Standing, *, at: datetime) -> None:
    """Let the next step follow the leading visit: the facts that lists show, the due follow-up, the advice."""
    Patient.objects.filter(pk=row.patient_id).update(
        last_method=row.method, last_systolic=row.systolic, last_diastolic=row.diastolic,
        last_fasting_glucose=row.fasting_glucose, height=row.height or standing.patient.height,
    )  # fmt: skip
    if standing.appointment is not None:
        _rebook(standing.appointment, row, decision, on=timezone.localdate(at))
    if standing.patient.deceased_on is None and decision.referral.advised and _unanswered(row, decision):
        advice.give(row, decision, standing.advice, at=at).save()
    else:
        replay_advice(standing.patient, at=at, outcome=WITHDRAWN_BY_AMENDMENT)


def _unanswered(row: Encounter, decision: Decision) -> bool:
    """Whether no referral has answered what this visit advises; a routine one does not answer an emergency."""
    answers = Task.objects.filter(
        patient=row.patient_id, kind=TaskKind.REFERRAL_ADVISED, status=TaskStatus.COMPLETED,
        basis_kind=advice.BASIS, basis_id=str(row.pk),
    )  # fmt: skip
    if decision.referral.urgency == Urgency.EMERGENCY:
        answers = answers.filter(urgency=Urgency.EMERGENCY)
    return not answers.exists()


def _rebook(open_one: Appointment, row: Encounter, decision: Decision, *, on: date) -> None:
    """The follow-up that this visit booked moves with it, in both directions; another one is brought forward at most."""
    before, due_on, reason = open_one.due_on, decision.next_due_on, AppointmentReason(decision.action.value)
    if booked_by(open_one, row):
        open_one.due_on, open_one.reason = due_on, reason
        if due_on != before:
            open_one.planned_on = None
    elif not appointments.bring_forward(open_one, due_on=due_on, reason=reason, on=row.on):
        return
    if open_one.planned_on is None:
        day_planning.soon([open_one.patient_id], on=on)
    open_one.save(update_fields=["due_on", "reason", "booked_on", "planned_on"])
    if open_one.due_on != before:
        reminders.withdraw([(open_one.patient_id, before)])
        reminders.post([open_one])


def booked_by(open_one: Appointment, row: Encounter) -> bool:
    """Whether the day of the follow-up is this visit's alone: no hospital, no finding again and no other visit of the day asked for it."""
    elsewhere = (AppointmentReason.RETURNED, AppointmentReason.FOUND)
    if open_one.booked_on != row.on or open_one.reason in elsewhere:
        return False
    return not Encounter.objects.filter(patient_id=row.patient_id, on=row.on).exclude(pk=row.pk).exists()
