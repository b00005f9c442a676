"""The teams' days in the demo: capacities, planned follow-ups, attempts to reach the overdue, two lost and one found."""

from datetime import date, timedelta
from math import ceil
from typing import Final

from django.db.models import Count, Exists, F, OuterRef

from accounts.models import User
from followups.calendar import day_planning
from followups.calendar.settings import DEFAULTS
from followups.models import (
    Appointment,
    AppointmentReason,
    AppointmentStatus,
    ContactAttempt,
    ContactMethod,
    ContactResult,
    FollowUpLoss,
    LossEnd,
    TeamCapacity,
)
from journal import audit
from patients.models import Task
from workbench.demo.alliance import Stage
from workbench.demo.chance import Chance

_CENTRE: Final = "nanquan"
_TRIED: Final = 12  # overdue residents whom somebody tried to reach
_LOST: Final = 2
_NOTES: Final = ("家属接听，称外出务工", "邻居称近期在子女家", "约定周末后再联系", "")
M, R = ContactMethod, ContactResult
_FAILED: Final = ((M.PHONE, R.NO_ANSWER), (M.PHONE, R.WRONG_NUMBER), (M.HOME, R.NOT_AT_HOME))


def build(stage: Stage, chance: Chance, *, today: date) -> None:
    """Write it all; the lives of the residents must stand. What is due ahead is planned as the product plans it."""
    _capacities(stage, today)
    due = Appointment.objects.booked()
    due.filter(due_on__lte=today).update(planned_on=F("due_on"))
    told = timedelta(days=DEFAULTS.escalate_after_days + 1)
    due.filter(due_on__lte=today - told).update(escalated_on=F("due_on") + told)
    while day_planning.plan_missing(on=today):
        continue
    _attempts(stage, chance, today)
    audit.record("calendar.plan", by=None, detail={"count": due.count()})


def _capacities(stage: Stage, today: date) -> None:
    """What the busiest month asks for, and a little more; the last weekday is for paperwork."""
    month = Appointment.objects.booked().filter(due_on__range=(today, today + timedelta(days=30)))
    counts = dict(month.order_by().values_list("care_team").annotate(n=Count("pk")))
    for team in stage.teams.values():
        most = max(2, ceil(counts.get(team.pk, 0) / 20 * 1.3))
        TeamCapacity.objects.create(care_team=team, places=[most, most, most, most, max(1, most // 2), 0, 0])


def _attempts(stage: Stage, chance: Chance, today: date) -> None:
    """Those overdue after a routine visit may be lost; some of the others were tried."""
    late = Appointment.objects.booked().filter(
        organization=stage.places[_CENTRE], due_on__lt=today - timedelta(days=1), care_team__isnull=False
    )
    waiting = Task.objects.open().filter(patient=OuterRef("patient"))
    found = list(late.exclude(Exists(waiting)).select_related("patient").order_by("due_on", "pk"))
    routine = [one for one in found if one.reason == AppointmentReason.ROUTINE][: _LOST + 1]
    for place, one in enumerate(routine):
        _gone(stage, chance, one, today, back=place == _LOST)
    for one in [one for one in found if one not in routine][:_TRIED]:
        _tried(stage, chance, one, today)


def _tried(stage: Stage, chance: Chance, due: Appointment, today: date) -> None:
    """One or two attempts since the day it was due; then a day on which to call again."""
    over = (today - due.due_on).days
    for days in sorted({chance.between(1, over), chance.between(1, over)}, reverse=True):
        made = chance.choice((*_FAILED, (M.PHONE, R.REACHED)))
        _attempt(stage, chance, due, today - timedelta(days=days), made)
    due.call_again_on = today + timedelta(days=chance.between(-1, 2))
    due.save(update_fields=["call_again_on"])


def _gone(stage: Stage, chance: Chance, due: Appointment, today: date, *, back: bool) -> None:
    """Due long ago, three failed attempts, then lost; `back`: found some days ago, with the follow-up booked anew."""
    for days, made in zip((23, 14, 6), _FAILED, strict=True):
        _attempt(stage, chance, due, today - timedelta(days=days), made)
    lost_on, by = today - timedelta(days=5), _doctor(stage, due)
    at = chance.hour(lost_on)
    due.due_on = due.planned_on = min(due.due_on, today - timedelta(days=40))
    due.status, due.ended_at = AppointmentStatus.CANCELLED, at
    due.save(update_fields=["due_on", "planned_on", "status", "ended_at"])
    loss = FollowUpLoss(
        id=chance.key(at), patient=due.patient, organization_id=due.organization_id, care_team_id=due.care_team_id,
        lost_on=lost_on, due_on=due.due_on, attempts=len(_FAILED), confirmed_by=by, confirmed_at=at,
        note="电话、上门均未找到，邻居不知去向",
    )  # fmt: skip
    if back:
        on = today - timedelta(days=2)
        loss.ended_on, loss.end_reason = on, LossEnd.FOUND
        Appointment.objects.create(
            id=chance.key(chance.hour(on)), patient=due.patient, organization_id=due.organization_id,
            care_team_id=due.care_team_id, booked_on=on, due_on=today + timedelta(days=3),
            planned_on=today + timedelta(days=3), reason=AppointmentReason.FOUND, created_at=chance.hour(on),
        )  # fmt: skip
    loss.save(force_insert=True)


def _attempt(
    stage: Stage, chance: Chance, due: Appointment, on: date, made: tuple[ContactMethod, ContactResult]
) -> None:
    at, (method, result) = chance.hour(on), made
    ContactAttempt.objects.create(
        id=chance.key(at), patient=due.patient, organization_id=due.organization_id, care_team_id=due.care_team_id,
        appointment=due, on=on, method=method, result=result, note=chance.choice(_NOTES), by=_doctor(stage, due),
        recorded_at=at,
    )  # fmt: skip


def _doctor(stage: Stage, due: Appointment) -> User:
    team = next(each for each in stage.teams.values() if each.pk == due.care_team_id)
    return stage.doctor(team)[1]
