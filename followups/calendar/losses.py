"""Lost to follow-up, by the rule's attempts and a person's word; and found again.

A lost resident stays managed and counted (facts 6.1: lost is not on target), with nothing due and no reminder.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from followups.calendar import appointments, contacts
from followups.calendar.settings import Settings, configured
from followups.models import (
    SPOKEN_TO,
    Appointment,
    AppointmentReason,
    ContactAttempt,
    FollowUpLoss,
    LossEnd,
)
from followups.standing import lock
from journal import audit
from patients.models import Patient

DUE_WITHIN = timedelta(days=31)


class NotLost(ValueError):
    """The resident cannot be marked lost, or is not lost; the message says why."""


@dataclass(frozen=True, slots=True)
class Tries:
    """The attempts that count for the rule: without success, since somebody was last spoken to, for the open follow-up."""

    counted: tuple[ContactAttempt, ...]
    needed: int
    over_days: int

    @property
    def days(self) -> int:
        """On how many different days somebody tried."""
        return len({attempt.on for attempt in self.counted})

    @property
    def reach(self) -> int:
        """The days from the first to the last try."""
        if not self.counted:
            return 0
        tried = [attempt.on for attempt in self.counted]
        return (max(tried) - min(tried)).days

    @property
    def enough(self) -> bool:
        """Whether the rule allows a person to confirm the loss."""
        return self.days >= self.needed and self.reach >= self.over_days


def tries_of(
    attempts: Iterable[ContactAttempt], due: Appointment, *, settings: Settings | None = None
) -> Tries:
    """What counts of a person's attempts, in whatever order they come."""
    rules = settings or configured()
    mine = sorted(
        (a for a in attempts if a.appointment_id == due.pk), key=lambda a: (a.on, a.recorded_at), reverse=True
    )
    counted: list[ContactAttempt] = []
    for attempt in mine:
        if attempt.result in SPOKEN_TO:
            break
        counted.append(attempt)
    return Tries(tuple(counted), rules.lost_attempts, rules.lost_over_days)


@transaction.atomic
def confirm(patient_id: UUID, *, seen: int, by: User, on: date, at: datetime, note: str = "") -> FollowUpLoss:
    """Mark a resident as lost: the follow-up ends with its reminder, the management goes on.

    `seen`: how many counting attempts the person who confirms was shown. NotLost while the rule's attempts do not
    stand, nothing is overdue, or another attempt was recorded meanwhile.
    """
    lock([patient_id])
    patient = Patient.objects.get(pk=patient_id)
    due = appointments.open_of(patient_id)
    if due is None or due.due_on >= on:
        raise NotLost(_("Only a resident whose follow-up is overdue can be lost."))
    tries = tries_of(contacts.attempts_for(due), due)
    if not tries.enough:
        raise NotLost(
            _("The rule asks for attempts on %(needed)s days over at least %(over)s days: %(days)s over %(reach)s so far.")
            % {"needed": tries.needed, "over": tries.over_days, "days": tries.days, "reach": tries.reach}
        )  # fmt: skip
    if len(tries.counted) != seen:
        raise NotLost(_("Another attempt has been recorded meanwhile: look at the attempts again."))
    appointments.cancel(patient, by=by, at=at, why="lost")
    loss = FollowUpLoss.objects.create(
        patient=patient, organization_id=patient.organization_id, care_team_id=patient.care_team_id,
        lost_on=on, due_on=due.due_on, attempts=seen, note=note, confirmed_by=by, confirmed_at=at,
    )  # fmt: skip
    audit.record(
        "followup.lost", by=by, subject=loss, detail={"attempts": seen, "due_on": due.due_on.isoformat()}
    )
    return loss


@transaction.atomic
def found(patient_id: UUID, *, due_on: date, by: User, on: date) -> Appointment:
    """A lost resident is there again: the follow-up is taken up with an appointment on the agreed day.

    NotLost for somebody who is not lost, and for a day that is past or far away.
    """
    lock([patient_id])
    patient = Patient.objects.get(pk=patient_id)
    loss = FollowUpLoss.objects.open().filter(patient=patient).first()
    if loss is None:
        raise NotLost(_("This resident is not lost to follow-up."))
    if not on <= due_on <= on + DUE_WITHIN:
        raise NotLost(_("The follow-up after somebody was found is due within a month."))
    audit.record("followup.found", by=by, subject=loss, detail={"due_on": due_on.isoformat()})
    return appointments.book(patient, due_on=due_on, reason=AppointmentReason.FOUND, by=by, on=on)


def open_loss(patient_id: UUID) -> FollowUpLoss | None:
    """The loss of a person who is lost now."""
    rows = FollowUpLoss.objects.open().filter(patient_id=patient_id)
    return rows.select_related("confirmed_by").first()


def end(patient: Patient, *, on: date, reason: LossEnd) -> int:
    """End the open loss of a person, if there is one; the caller holds the lock and writes the audit line."""
    return FollowUpLoss.objects.filter(patient=patient).end(on=on, reason=reason)
