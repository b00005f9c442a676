"""Attempts to reach somebody whose follow-up is due: who, how, with what result, and when to call again."""

from datetime import date, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from followups.calendar.appointments import open_of
from followups.models import (
    Appointment,
    ContactAttempt,
    ContactMethod,
    ContactResult,
    FollowUpLoss,
)
from followups.standing import lock
from journal import audit
from patients.models import Patient

AGAIN_WITHIN = timedelta(days=92)
BACK = timedelta(days=31)


class Refused(ValueError):
    """The attempt cannot be recorded; the message says why."""


@transaction.atomic
def record(
    patient_id: UUID,
    *,
    method: ContactMethod,
    result: ContactResult,
    on: date,
    today: date,
    by: User,
    call_again_on: date | None = None,
    note: str = "",
) -> ContactAttempt:
    """Record one attempt; the day to call again stands in the list until the next attempt or the visit.

    Refused for somebody to whom nothing is due and who is not lost either, and for impossible days.
    """
    _check(on, today, call_again_on)
    lock([patient_id])
    patient = Patient.objects.get(pk=patient_id)
    due = open_of(patient_id)
    if due is None and not FollowUpLoss.objects.open().filter(patient=patient).exists():
        raise Refused(_("No follow-up is due to this resident."))
    attempt = ContactAttempt.objects.create(
        patient=patient, organization_id=patient.organization_id, care_team_id=patient.care_team_id,
        appointment=due, on=on, method=method, result=result, call_again_on=call_again_on, note=note, by=by,
    )  # fmt: skip
    if due is not None and due.call_again_on != call_again_on:
        due.call_again_on = call_again_on
        due.save(update_fields=["call_again_on"])
    detail = {"on": on.isoformat(), "method": str(method), "result": str(result)}
    audit.record("contact.attempt", by=by, subject=attempt, detail=detail)
    return attempt


def _check(on: date, today: date, call_again_on: date | None) -> None:
    if not today - BACK <= on <= today:
        raise Refused(_("An attempt is recorded on its day or within a month after it."))
    if call_again_on is not None and not today < call_again_on <= today + AGAIN_WITHIN:
        raise Refused(_("The day to call again lies between tomorrow and three months ahead."))


def attempts_for(due: Appointment) -> list[ContactAttempt]:
    """All attempts for one follow-up, newest first, with their authors: what the rule for lost residents counts."""
    rows = ContactAttempt.objects.filter(patient=due.patient_id, appointment=due).select_related("by")
    return list(rows.order_by("-on", "-recorded_at"))


def attempts_of(patient_id: UUID, *, limit: int = 50) -> list[ContactAttempt]:
    """The attempts to reach a person, newest first, with their authors."""
    rows = ContactAttempt.objects.filter(patient_id=patient_id).select_related("by")
    return list(rows.order_by("-on", "-recorded_at")[:limit])
