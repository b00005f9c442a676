"""Lifestyle goals agreed with the patient, and what was done about them (三师共管: the health manager's part)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_noop as _

from accounts.models import User
from alliances.models import Organization, Role
from followups.models import GoalState, Intervention, InterventionMethod, LifestyleGoal, LifestyleKind
from followups.plans import care_tasks
from followups.standing import lock
from journal import audit
from patients.models import Patient
from patients.models.task import TaskKind, TaskStatus


class LifestyleRefused(ValueError):
    """A goal or an intervention that cannot be written: `field` says where, the message is a msgid."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


@dataclass(frozen=True, slots=True)
class Measure:
    """How a kind is measured: its unit (a msgid), the most that is possible, and whether more of it is better."""

    unit: str
    most: Decimal
    more_is_better: bool


# Units as the national follow-up form asks them (cigarettes a day, 两 a day, minutes a week) where it does, else ours.
MEASURES: Final[Mapping[str, Measure]] = MappingProxyType({
    LifestyleKind.DIET: Measure(_("days a week"), Decimal(7), more_is_better=True),
    LifestyleKind.EXERCISE: Measure(_("minutes a week"), Decimal(3000), more_is_better=True),
    LifestyleKind.SALT: Measure(_("g a day"), Decimal(50), more_is_better=False),
    LifestyleKind.SMOKING: Measure(_("cigarettes a day"), Decimal(100), more_is_better=False),
    LifestyleKind.ALCOHOL: Measure(_("liang a day"), Decimal(50), more_is_better=False),
    LifestyleKind.MOOD: Measure(_("points (PHQ-9)"), Decimal(27), more_is_better=False),
    LifestyleKind.SELF_MEASUREMENT: Measure(_("times a week"), Decimal(70), more_is_better=True),
})  # fmt: skip


def reached(kind: str, value: Decimal, target: Decimal) -> bool:
    """Whether the value is at the target or beyond it, on the better side."""
    return value >= target if MEASURES[kind].more_is_better else value <= target


@dataclass(frozen=True, slots=True)
class Agreement:
    """What was agreed with the patient."""

    kind: str
    baseline: Decimal
    target: Decimal
    by_on: date
    aim: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """What was done: `progress` is the goal's value now; `next_on` asks for the next session."""

    kind: str
    method: InterventionMethod | str
    what: str
    minutes: int
    progress: Decimal | None = None
    next_on: date | None = None


@transaction.atomic
def agree(patient: Patient, agreement: Agreement, *, by: User, on: date) -> LifestyleGoal:
    """Write down a goal; one of the same kind that was running is replaced and kept. Raises LifestyleRefused."""
    _alive(patient)
    measure = MEASURES[agreement.kind]
    for name in ("baseline", "target"):
        if not 0 <= getattr(agreement, name) <= measure.most:
            raise LifestyleRefused(_("This value is impossible."), name)
    if agreement.by_on < on:
        raise LifestyleRefused(_("The day must lie in the future."), "by_on")
    running = LifestyleGoal.objects.active().filter(patient=patient, kind=agreement.kind)
    running.update(state=GoalState.REPLACED, ended_on=on)
    goal = LifestyleGoal.objects.create(
        patient=patient, kind=agreement.kind, aim=agreement.aim.strip(), unit=measure.unit, baseline=agreement.baseline,
        target=agreement.target, agreed_on=on, by_on=agreement.by_on, set_by=by,
    )  # fmt: skip
    audit.record("lifestyle.agree", by=by, subject=goal, detail={"kind": agreement.kind})
    return goal


@transaction.atomic
def end(goal: LifestyleGoal, state: GoalState, why: str, *, by: User, on: date) -> LifestyleGoal:
    """A goal is reached or given up. Raises LifestyleRefused when it has ended already."""
    lock([goal.patient_id])
    row = LifestyleGoal.objects.select_for_update(of=("self",)).get(pk=goal.pk)
    if row.state != GoalState.ACTIVE:
        raise LifestyleRefused(_("This goal has ended already."))
    if state == GoalState.GIVEN_UP and not why.strip():
        raise LifestyleRefused(_("Say why the goal is given up."), "why")
    row.state, row.ended_on, row.ended_why = state, on, why.strip()
    row.save()
    audit.record("lifestyle.end", by=by, subject=row, detail={"state": str(state)})
    return row


@transaction.atomic
def log(
    patient: Patient, session: Session, *, by: User, organization: Organization, on: date, at: datetime
) -> Intervention:
    """Write down a session with its progress; the task that asked for it is done, the next one is asked for.

    Raises LifestyleRefused.
    """
    _alive(patient)
    goal = LifestyleGoal.objects.active().filter(patient=patient, kind=session.kind).first()
    if session.progress is not None:
        if goal is None:
            raise LifestyleRefused(_("Progress needs a goal of this kind."), "progress")
        if not 0 <= session.progress <= MEASURES[session.kind].most:
            raise LifestyleRefused(_("This value is impossible."), "progress")
    if session.next_on is not None and session.next_on <= on:
        raise LifestyleRefused(_("The day must lie in the future."), "next_on")
    row = Intervention.objects.create(
        patient=patient, organization=organization, goal=goal, kind=session.kind, method=session.method, on=on,
        what=session.what.strip(), minutes=session.minutes, progress=session.progress, next_on=session.next_on, by=by,
    )  # fmt: skip
    _ask_next(row, by=by, at=at)
    audit.record("intervention.log", by=by, subject=row, detail={"kind": session.kind})
    return row


def _ask_next(row: Intervention, *, by: User, at: datetime) -> None:
    """One open task a patient, for the earliest next session agreed at the last one of each kind."""
    care_tasks.settle(row.patient, [TaskKind.INTERVENTION], at=at, by=by, outcome="intervention-logged")
    last = Intervention.objects.standing().filter(patient_id=row.patient_id).order_by("kind", "-on", "-pk")
    waiting = [one for one in last.distinct("kind") if one.next_on is not None]
    if waiting:
        first = min(waiting, key=lambda one: one.next_on or date.max)
        assert first.next_on is not None  # noqa: S101 - filtered above
        care_tasks.ask(
            row.patient, TaskKind.INTERVENTION, Role.HEALTH_MANAGER, basis=first,
            due_at=care_tasks.end_of(first.next_on), why=_("Next session on %(kind)s"),
            params={"kind": str(LifestyleKind(first.kind).label)},
        )  # fmt: skip


@transaction.atomic
def withdraw(row: Intervention, why: str, *, by: User, at: datetime) -> Intervention:
    """Entered in error: it no longer counts, and stays readable. Raises LifestyleRefused."""
    if not why.strip():
        raise LifestyleRefused(_("Say what was wrong."), "why")
    lock([row.patient_id])
    found = Intervention.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if found.withdrawn_at is not None:
        raise LifestyleRefused(_("This session was withdrawn already."))
    found.withdrawn_at, found.withdrawn_by, found.withdrawn_why = at, by, why.strip()
    found.save()
    care_tasks.settle(
        found.patient, [TaskKind.INTERVENTION], at=at, by=by, basis=found, status=TaskStatus.CANCELLED
    )
    audit.record("intervention.withdraw", by=by, subject=found)
    return found


def _alive(patient: Patient) -> None:
    lock([patient.pk])
    patient.refresh_from_db(fields=["deceased_on", "organization", "care_team"])
    if patient.deceased_on is not None:
        raise LifestyleRefused(_("The resident has died."))
