"""A visit entered on the wrong person goes to the right one: both end as if it had been entered there at once.

The visit keeps its key, its day and its author; the earlier version, on the wrong person, stays in the history with who
moved it and why. Both are judged again: the visit by the right person's history, and the later visits of either, because
the wrong one's were judged by somebody else's readings. A doctor's decision otherwise than the protocol was on the wrong person: it
falls with the move and stays in the history. Those of later visits stand as after a correction: while the protocol says what it said
when the doctor decided. Changes of medicines are events of their own and stay where they are.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import pghistory
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from alliances.scope import Actor
from followups import advice, overrides, reminders, visits
from followups.calendar import appointments, day_planning
from followups.calendar.appointments import FIRST_WITHIN
from followups.entry.visit import Fault, VisitRefused
from followups.models import (
    Appointment,
    AppointmentReason,
    AppointmentStatus,
    Assessment,
    FollowUpLoss,
    LossEnd,
)
from followups.protocols.assessment import Decision
from followups.standing import Standing, lock, standing_of
from followups.visits import Recorded
from followups.visits.amending import Outdated, count_on, judge_again, keep_overrides, leads, move_on
from followups.visits.replaying import counting, decision_of, replay_advice
from followups.visits.rows import Rows
from followups.visits.stored import reading_of
from journal import audit
from patients.models import Encounter, Observation, Patient, Task
from patients.models.task import TaskKind, TaskStatus

MOVED: Final = "visit_moved"


@dataclass(frozen=True, slots=True)
class _Left:
    """The wrong person without the visit: who it is, and the visit that is the latest now."""

    patient: Patient
    latest: Encounter | None


@transaction.atomic
def move(
    visit: Encounter, to: Patient, *, by: Actor | None, at: datetime, version: int, why: str
) -> Encounter:
    """Move a visit that stands at `version` to the right person. Returns it with its new version.

    Outdated when another version stands. VisitRefused for the same person, for one who was not managed on the day or for
    whom the visit cannot be, and when a referral was made on its advice: that must be withdrawn first.
    """
    lock([visit.patient_id, to.pk])
    row = Encounter.objects.prefetch_related("further_observations").get(pk=visit.pk)
    if row.version != version or row.patient_id != visit.patient_id:
        raise Outdated(row)
    _refuse(row, to)
    wrong, right = Patient.objects.get(pk=row.patient_id), Patient.objects.get(pk=to.pk)
    decision = visits.decide(
        right, reading_of(row), on=row.on, method=row.method, today=timezone.localdate(row.recorded_at)
    )
    led = leads(row, standing_of(wrong, since=row.on))
    standing = standing_of(right, since=row.on)
    with pghistory.context(action="visit.move", agent=by.agent_name() if by is not None else "", why=why):
        _hand_on(row, right, decision)
        _settle_wrong(row, wrong, led=led, at=at)
        _settle_right(row, standing, decision, at=at)
        detail = {"on": row.on.isoformat(), "why": why}
        about = {"subject": row, "organization_id": wrong.organization_id}
        audit.record("visit.move-away", by=by, patient_id=wrong.pk, detail=detail, **about)
        audit.record("visit.move-here", by=by, patient_id=right.pk, subject=row, detail=detail)
    row.refresh_from_db()
    return row


def _refuse(row: Encounter, to: Patient) -> None:
    if row.patient_id == to.pk:
        raise VisitRefused(Fault("patient", "same", _("The visit stands with this resident already.")))
    answered = Task.objects.filter(kind=TaskKind.REFERRAL_ADVISED, status=TaskStatus.COMPLETED)
    if answered.filter(basis_kind=advice.BASIS, basis_id=str(row.pk)).exists():
        text = _("A referral was made on this visit's advice: withdraw it first.")
        raise VisitRefused(Fault("visit", "referred", text))


def _hand_on(row: Encounter, right: Patient, decision: Decision) -> None:
    """The visit with everything that hangs on it changes hands; organization and team are the right person's."""
    place = {"organization_id": right.organization_id, "care_team_id": right.care_team_id}
    overrides.rewrite(overrides.stored([row.pk]).get(row.pk, []), [])
    row.patient, row.programmes = right, list(decision.programmes)
    row.organization, row.care_team = right.organization, right.care_team
    row.save(update_fields=["patient", "organization", "care_team", "programmes"])
    Observation.objects.filter(encounter=row).update(patient=right, organization_id=right.organization_id)
    Assessment.objects.filter(encounter=row).update(patient=right, **place)
    asked = Task.objects.exclude(kind=TaskKind.REFERRAL_ADVISED)
    asked.filter(basis_kind=advice.BASIS, basis_id=str(row.pk)).update(patient=right, **place)
    judge_again(row, decision)


# ---- the wrong person, as if the visit had never been


def _settle_wrong(row: Encounter, wrong: Patient, *, led: bool, at: datetime) -> None:
    left = _Left(wrong, Encounter.objects.filter(patient=wrong).order_by("-on", "-created_at").first())
    decisions = _judge_later(wrong, row, at=at)
    if not led and (left.latest is None or left.latest.on != row.on):
        _close_ranks(row, wrong, at=at)
        if left.latest is not None and left.latest.pk in decisions:
            _follow(left.latest, decisions[left.latest.pk], wrong, at=at)
        replay_advice(wrong, at=at, outcome=MOVED)
        return
    _show_latest(left, row)
    _restore_appointment(left, row, at=at)
    replay_advice(wrong, at=at, outcome=MOVED)


def _judge_later(patient: Patient, row: Encounter, *, at: datetime) -> dict[Any, Decision]:
    """Judge the person's later visits again by what came before them now; the decisions by visit."""
    later = Encounter.objects.filter(patient=patient, on__gt=row.on).order_by("on", "created_at")
    decided = {}
    for each in later.prefetch_related("further_observations"):
        known = overrides.stored([each.pk]).get(each.pk, [])
        decided[each.pk], override = counting(each, patient, known)
        judge_again(each, decided[each.pk])
        if keep_overrides(each, known, decided[each.pk], override, by=None, at=at, anew=False) is not None:
            count_on(each, each.version)
    return decided


def _follow(latest: Encounter, decision: Decision, patient: Patient, *, at: datetime) -> None:
    standing = standing_of(patient, since=latest.on)
    if leads(latest, standing):
        move_on(latest, decision, standing, at=at)


def _close_ranks(row: Encounter, wrong: Patient, *, at: datetime) -> None:
    """A later visit did what was due in the end: it fulfilled the earlier follow-up, the one in between never was."""
    mine = Appointment.objects.filter(patient=wrong)
    due = _undone_by(row, wrong)
    between = (
        mine.filter(status=AppointmentStatus.FULFILLED, booked_on=row.on).exclude(fulfilled_by=row).first()
    )
    if due is None or between is None:
        return
    due.fulfilled_by, due.fulfilled_on = between.fulfilled_by, between.fulfilled_on
    due.save(update_fields=["fulfilled_by", "fulfilled_on"])
    between.status, between.fulfilled_by, between.fulfilled_on = AppointmentStatus.CANCELLED, None, None
    between.ended_at = at
    between.save(update_fields=["status", "fulfilled_by", "fulfilled_on", "ended_at"])


def _show_latest(left: _Left, row: Encounter) -> None:
    """What lists show is the latest visit's that is left. A height that came with the visit went with it: the archive's
    is that of the last visit that measured one, else unknown."""
    latest, height = left.latest, left.patient.height
    if row.height is not None and height == row.height:
        other = Encounter.objects.filter(patient=left.patient, height__isnull=False).order_by(
            "-on", "-created_at"
        )
        height = other.values_list("height", flat=True).first()
    Patient.objects.filter(pk=left.patient.pk).update(
        last_visit_on=latest.on if latest else None, last_method=latest.method if latest else "",
        last_systolic=latest.systolic if latest else None, last_diastolic=latest.diastolic if latest else None,
        last_fasting_glucose=latest.fasting_glucose if latest else None, height=height,
    )  # fmt: skip


def _restore_appointment(left: _Left, row: Encounter, *, at: datetime) -> None:
    """The follow-up that the visit fulfilled is due again; the one that it booked is not."""
    mine = Appointment.objects.filter(patient=left.patient)
    open_one = mine.booked().first()
    fulfilled = _undone_by(row, left.patient)
    if open_one is not None and not _booked_by(open_one, row):
        if fulfilled is not None:
            _give_way(fulfilled, open_one, at=at)
        return
    if fulfilled is not None:
        if open_one is not None:
            open_one.status, open_one.ended_at = AppointmentStatus.CANCELLED, at
            open_one.save(update_fields=["status", "ended_at"])
        _revive(fulfilled, left, at=at)
        _remind([open_one] if open_one else [], fulfilled)
    elif open_one is not None and not _lost_again(left, open_one, row, at=at):
        before = Appointment(patient_id=open_one.patient_id, due_on=open_one.due_on)
        _due_after(left, open_one)
        if open_one.due_on != before.due_on:
            open_one.planned_on = None
            day_planning.soon([open_one.patient_id], on=timezone.localdate(at))
        open_one.save(update_fields=["due_on", "reason", "booked_on", "planned_on"])
        _remind([before], open_one)


def _undone_by(row: Encounter, wrong: Patient) -> Appointment | None:
    """The follow-up that the visit had fulfilled, unless the person had another visit that day: then that one did it."""
    due = Appointment.objects.filter(patient=wrong, fulfilled_by=row).first()
    other = Encounter.objects.filter(patient=wrong, on=row.on).order_by("created_at").first()
    if due is None or other is None:
        return due
    due.fulfilled_by = other
    due.save(update_fields=["fulfilled_by"])
    return None


def _booked_by(open_one: Appointment, row: Encounter) -> bool:
    """Whether the day of the follow-up came with this visit, though another of the day may have asked for it, too."""
    elsewhere = (AppointmentReason.RETURNED, AppointmentReason.FOUND)
    return open_one.booked_on == row.on and open_one.reason not in elsewhere


def _give_way(fulfilled: Appointment, open_one: Appointment, *, at: datetime) -> None:
    """Nobody did this follow-up, and something else has asked for one since: the earlier of the two days stands."""
    _undone(fulfilled, AppointmentStatus.CANCELLED, at=at)
    before = Appointment(patient_id=open_one.patient_id, due_on=open_one.due_on)
    reason, on = fulfilled.reason, fulfilled.booked_on
    if appointments.bring_forward(open_one, due_on=fulfilled.due_on, reason=reason, on=on):
        day_planning.soon([open_one.patient_id], on=timezone.localdate(at))
        open_one.save(update_fields=["due_on", "reason", "booked_on", "planned_on"])
        _remind([before], open_one)


def _undone(fulfilled: Appointment, status: AppointmentStatus, *, at: datetime) -> None:
    fulfilled.status, fulfilled.ended_at = status, None if status == AppointmentStatus.BOOKED else at
    fulfilled.fulfilled_by = fulfilled.fulfilled_on = None
    fulfilled.planned_on = fulfilled.call_again_on = fulfilled.escalated_on = None
    fulfilled.save(
        update_fields=["status", "ended_at", "fulfilled_by", "fulfilled_on", "planned_on", "call_again_on",
                       "escalated_on", "organization", "care_team"]
    )  # fmt: skip


def _revive(fulfilled: Appointment, left: _Left, *, at: datetime) -> None:
    """Nobody did this follow-up after all: it is due again with those responsible now, or was given up since."""
    standing = standing_of(left.patient, since=timezone.localdate(at))
    if not standing.may_be_due or standing.lost_on is not None:
        _undone(fulfilled, AppointmentStatus.CANCELLED, at=at)
        return
    fulfilled.organization_id = standing.patient.organization_id
    fulfilled.care_team_id = standing.patient.care_team_id
    _undone(fulfilled, AppointmentStatus.BOOKED, at=at)
    day_planning.soon([fulfilled.patient_id], on=timezone.localdate(at))


def _lost_again(left: _Left, open_one: Appointment, row: Encounter, *, at: datetime) -> bool:
    """Whether only this visit had found a lost person: then the loss is open again, with nothing due."""
    written = timezone.localdate(row.recorded_at)
    ended = FollowUpLoss.objects.filter(patient=left.patient, end_reason=LossEnd.FOUND, ended_on=written)
    loss = ended.filter(lost_on__lte=row.on).order_by("-lost_on").first()
    if loss is None or (left.latest is not None and left.latest.on >= loss.lost_on):
        return False
    open_one.status, open_one.ended_at = AppointmentStatus.CANCELLED, at
    open_one.save(update_fields=["status", "ended_at"])
    reminders.withdraw([(open_one.patient_id, open_one.due_on)])
    loss.ended_on, loss.end_reason = None, ""
    loss.save(update_fields=["ended_on", "end_reason"])
    return True


def _due_after(left: _Left, open_one: Appointment) -> None:
    """The day on which the latest visit that is left had the next follow-up; the first one without a visit."""
    if left.latest is not None:
        decision = decision_of(left.latest, left.patient)
        open_one.due_on, open_one.booked_on = decision.next_due_on, left.latest.on
        open_one.reason = AppointmentReason(decision.action.value)
        return
    begun = [
        begins for _name, begins, _ends in standing_of(left.patient, since=timezone.localdate()).enrolments
    ]
    open_one.booked_on = min(begun, default=open_one.booked_on)
    open_one.due_on, open_one.reason = open_one.booked_on + FIRST_WITHIN, AppointmentReason.FIRST


def _remind(gone: Iterable[Appointment], stands: Appointment) -> None:
    reminders.withdraw([(one.patient_id, one.due_on) for one in gone])
    if stands.status == AppointmentStatus.BOOKED:
        reminders.restore(stands)


# ---- the right person, as if the visit had been entered at once


def _settle_right(row: Encounter, standing: Standing, decision: Decision, *, at: datetime) -> None:
    if standing.is_latest(row.on):
        rows = Rows(by=None, source=row.source, today=timezone.localdate(at))  # type: ignore[arg-type]
        rows.lead_on(row, standing, decision, Recorded("created", row, decision, True))
        rows.write()
        return
    decisions = _judge_later(standing.patient, row, at=at)
    latest = Encounter.objects.filter(patient=standing.patient).order_by("-on", "-created_at").first()
    if latest is not None and latest.pk in decisions:
        _follow(latest, decisions[latest.pk], standing.patient, at=at)
    replay_advice(standing.patient, at=at, outcome=MOVED)
