"""What the visits that are there now lead to, after one was corrected or moved: their decisions, the open advice to refer."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from followups import advice, overrides, visits
from followups.entry.override import Override
from followups.models import Assessment, AssessmentOverride
from followups.protocols.assessment import Decision
from followups.protocols.terms import STRICTNESS, Action, Klass
from followups.standing import standing_of
from followups.visits.stored import reading_of
from patients.models import Encounter, Patient, Task
from patients.models.encounter import EntrySource
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
    task = mine.open().first()
    basis = _basis_of_advice(patient, answered=_answered(mine), standing=task)
    if basis is None:
        if task is not None and task.basis_kind == advice.BASIS:
            advice.withdraw(task, at=at).outcome = outcome
            task.save()
        return
    decision = decision_of(basis, patient)
    if not decision.referral.advised:
        return  # judged anew it says less than the visit's own assessment, which stands until it is corrected itself
    task = task or mine.filter(status=TaskStatus.CANCELLED).order_by("-completed_at").first()
    if task is not None:
        task.status, task.completed_at, task.outcome = TaskStatus.REQUESTED, None, ""
    advice.give(basis, decision, task, at=basis.recorded_at).save()


def _answered(mine: QuerySet[Task]) -> datetime | None:
    last = mine.filter(status=TaskStatus.COMPLETED).order_by("-completed_at").first()
    return last.completed_at if last is not None else None


def _basis_of_advice(
    patient: Patient, *, answered: datetime | None, standing: Task | None
) -> Encounter | None:
    """The visit on which an open advice rests: the newest that advised, unless its disease was controlled later.

    Only visits that lead count: imported ones are history, and one written down after a later visit left the advice as it
    was. Visits written down before a referral `answered` are answered with it, but for the one that the `standing` advice
    rests on: its correction came after.
    """
    rows: dict[UUID, list[Assessment]] = {}
    for row in Assessment.objects.filter(patient=patient):
        rows.setdefault(row.encounter_id, []).append(row)
    basis, programme = None, ""
    for visit in _leading(patient):
        open_still = standing is not None and standing.basis_id == str(visit.pk)
        if answered is not None and visit.recorded_at <= answered and not open_still:
            continue
        acting = [row for row in rows.get(visit.pk, []) if row.action]
        strictest = max(acting, key=lambda row: STRICTNESS[Action(str(row.action))], default=None)
        if strictest is not None and strictest.action in ADVISING:
            basis, programme = visit, strictest.programme
        elif any(
            row.programme == programme and row.klass == Klass.CONTROLLED for row in rows.get(visit.pk, [])
        ):
            basis = None
    return basis


def _leading(patient: Patient) -> list[Encounter]:
    """The person's visits that led to a next step when they were written down, in the order of their days."""
    seen = Encounter.objects.filter(patient=patient).exclude(source=EntrySource.IMPORT)
    visits_then = list(seen.order_by("on", "created_at"))
    return [
        visit
        for visit in visits_then
        if not any(later.on > visit.on and later.recorded_at < visit.recorded_at for later in visits_then)
    ]
