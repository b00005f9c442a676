"""The due follow-up: one open per person for all programmes. Booking again brings it forward, never back."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from alliances.models import CareTeam, Organization
from followups import reminders
from followups.calendar import day_planning
from followups.models import Appointment, AppointmentReason, AppointmentStatus, FollowUpLoss, LossEnd
from followups.standing import lock
from journal import audit
from journal.audit import Agent
from journal.models import AuditEvent
from patients.models import Patient

FIRST_WITHIN: Final = timedelta(days=14)  # design: the state of a newly enrolled person is not known yet


def unsaved(patient: Patient, *, due_on: date, reason: str, on: date) -> Appointment:
    """A follow-up as the person's organization and team of today would do it, not yet written."""
    return Appointment(
        patient=patient,
        organization_id=patient.organization_id,
        care_team_id=patient.care_team_id,
        booked_on=on,
        due_on=due_on,
        reason=reason,
    )


def bring_forward(appointment: Appointment, *, due_on: date, reason: str, on: date) -> bool:
    """Move an open follow-up to an earlier day (not written yet); False when the day is not earlier.

    It has to be planned anew (`day_planning.soon`): its planned day is taken away.
    """
    if due_on >= appointment.due_on:
        return False
    appointment.due_on, appointment.reason, appointment.booked_on = due_on, reason, on
    appointment.planned_on = None
    return True


def meets(on: date, appointment: Appointment) -> bool:
    """Whether a visit of the day is the follow-up that was due; one booked on that same day is the next one."""
    if appointment.booked_on == on:
        return appointment.reason == AppointmentReason.FIRST or appointment.due_on <= on
    return appointment.booked_on < on


def open_of(patient_id: UUID) -> Appointment | None:
    """The open follow-up of a person, if there is one."""
    return Appointment.objects.booked().filter(patient_id=patient_id).first()


@transaction.atomic
def book(
    patient: Patient, *, due_on: date, reason: AppointmentReason, by: Agent | None, on: date | None = None
) -> Appointment:
    """Book the next follow-up, or bring the open one forward: the earlier of the two days stands. Who was lost is found.

    `on` is the day of the event that asks for it (default today). Returns the open follow-up, whichever day it has now.
    """
    day = on or timezone.localdate()
    lock([patient.pk])
    row = Patient.objects.get(pk=patient.pk)
    existing = open_of(row.pk)
    if existing is None:
        FollowUpLoss.objects.filter(patient=row).end(on=day, reason=LossEnd.FOUND)
        existing = unsaved(row, due_on=due_on, reason=reason, on=day)
        existing.save(force_insert=True)
        action = "appointment.book"
    else:
        before = existing.due_on
        if not bring_forward(existing, due_on=due_on, reason=reason, on=day):
            return existing
        existing.save(update_fields=["due_on", "reason", "booked_on", "planned_on"])
        reminders.withdraw([(row.pk, before)])
        action = "appointment.bring-forward"
    reminders.post([existing])
    day_planning.soon([row.pk], on=day)
    audit.record(
        action, by=by, subject=existing, detail={"due_on": due_on.isoformat(), "reason": str(reason)}
    )
    return existing


@transaction.atomic
def cancel(patient: Patient, *, by: Agent | None, at: datetime, why: str) -> Appointment | None:
    """Cancel the open follow-up with its reminder; None when there is none. `why` is a word for the audit trail."""
    lock([patient.pk])
    appointment = open_of(patient.pk)
    if appointment is None:
        return None
    appointment.status, appointment.ended_at = AppointmentStatus.CANCELLED, at
    appointment.save(update_fields=["status", "ended_at"])
    reminders.withdraw([(appointment.patient_id, appointment.due_on)])
    audit.record("appointment.cancel", by=by, subject=appointment, detail={"why": why})
    return appointment


@transaction.atomic
def hand_over(
    patients: Sequence[Patient],
    *,
    organization: Organization,
    care_team: CareTeam | None,
    by: Agent | None,
    on: date,
) -> list[Appointment]:
    """Let the open follow-ups follow the persons to another organization or team; reminders go to the new team.

    The new team plans them into its own days, and its lead is told anew of what is overdue.

    A fixed number of statements, whatever the number of persons.
    """
    lock([patient.pk for patient in patients])
    found = list(Appointment.objects.booked().filter(patient__in=patients).order_by("patient_id"))
    if not found:
        return []
    for appointment in found:
        appointment.organization, appointment.care_team = organization, care_team
        appointment.planned_on = appointment.escalated_on = None
    day_planning.soon([appointment.patient_id for appointment in found], on=on)
    Appointment.objects.bulk_update(found, ["organization", "care_team", "planned_on", "escalated_on"])
    reminders.readdress(found, organization=organization, care_team=care_team)
    AuditEvent.objects.bulk_create(
        audit.event("appointment.hand-over", by=by, subject=appointment) for appointment in found
    )
    return found
