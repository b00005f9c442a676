"""What the visits that are there now lead to, after one was corrected or moved: their decisions, the open advice to refer."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils import timezone

from followups import advice, overrides, visits
from followups.entry.override import Override
from followups.models import Assessment, AssessmentOverride
from followups.protocols.assessment import Decision
from followups.protocols.terms import STRICTNESS, Action, Klass
from followups.standing import standing_of
from followups.visits.stored import reading_of
from patients.models import Encounter, Patient, Task
from patients.models.task import TaskKind, TaskStatus

ADVISING: Final = (Action.REFER, Action.EMERGENCY)


def decision_of(visit: Encounter, patient: Patient) -> Decision:
    """What counts of a visit as its person's history is now."""
    return counting(visit, patient, overrides.stored([visit.pk]).get(visit.pk, []))[0]


def counting(
    visit: Encounter, patient: Patient, known: list[AssessmentOverride]
) -> tuple[Decision, Override | None]:
    """What counts of a visit as its person's history is now: the protocols' word, or the doctor's where it still stands."""
    day = timezone.localdate(visit.recorded_at)
    decision = visits.decide(
        patient, reading_of(visit), on=visit.on, method=visit.method, today=max(day, visit.on)
    )
    override = overrides.still_standing(known, decision)
    if override is None:
        return decision, None
    version = standing_of(patient, since=visit.on).timetable.on(visit.on)
    return overrides.effective(decision, override, version, on=visit.on), override


def replay_advice(patient: Patient, *, at: datetime, outcome: str) -> None:
    """Let the open advice be what the person's visits lead to; one answered by a referral stays answered.

    `outcome` says why an advice ends that no visit gives any more. Nobody is advised after death.
    """
    if patient.deceased_on is not None:
        return
    mine = Task.objects.filter(patient=patient, kind=TaskKind.REFERRAL_ADVISED)
    answered = mine.filter(status=TaskStatus.COMPLETED).order_by("-completed_at").first()
    basis = _basis_of_advice(patient, since=answered.completed_at if answered else None)
    task = mine.open().first()
    if basis is None:
        if task is not None and task.basis_kind == advice.BASIS:
            advice.withdraw(task, at=at).outcome = outcome
            task.save()
        return
    task = task or mine.filter(status=TaskStatus.CANCELLED).order_by("-completed_at").first()
    if task is not None:
        task.status, task.completed_at, task.outcome = TaskStatus.REQUESTED, None, ""
    advice.give(basis, decision_of(basis, patient), task, at=basis.recorded_at).save()


def _basis_of_advice(patient: Patient, *, since: datetime | None) -> Encounter | None:
    """The visit on which an open advice rests: the newest that advised, unless its disease was controlled later.

    Visits written down before `since`, when a referral answered the advice, are answered with it.
    """
    rows: dict[UUID, list[Assessment]] = {}
    for row in Assessment.objects.filter(patient=patient):
        rows.setdefault(row.encounter_id, []).append(row)
    basis, programme = None, ""
    seen = Encounter.objects.filter(patient=patient).order_by("on", "created_at")
    for visit in seen.filter(recorded_at__gt=since) if since else seen:
        acting = [row for row in rows.get(visit.pk, []) if row.action]
        strictest = max(acting, key=lambda row: STRICTNESS[Action(str(row.action))], default=None)
        if strictest is not None and strictest.action in ADVISING:
            basis, programme = visit, strictest.programme
        elif any(
            row.programme == programme and row.klass == Klass.CONTROLLED for row in rows.get(visit.pk, [])
        ):
            basis = None
    return basis
