"""The message that a follow-up is due: one per person and day, whatever the reasons for the day are."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from alliances.models import CareTeam, Organization
from followups.models import Appointment
from journal import outbox
from journal.models import Channel, Communication, CommunicationStatus, Recipient

KIND: Final = "reminder"
DAYS_BEFORE: Final = 3  # design: the team hears of it three days ahead, in the morning
HOUR: Final = time(8, 0)
SHANGHAI: Final = ZoneInfo("Asia/Shanghai")


def key(patient_id: UUID, day: date) -> str:
    """`reminder:<patient>:<day>`: due, overdue, medicine and plan review of one day are one message."""
    return f"{KIND}:{patient_id}:{day.isoformat()}"


def leaves_at(due_on: date) -> datetime:
    """When the reminder of a day may leave."""
    return datetime.combine(due_on - timedelta(days=DAYS_BEFORE), HOUR, SHANGHAI)


def messages(appointment: Appointment) -> Iterator[Communication]:
    """The unsaved messages of a due follow-up: to the responsible team in the app, and to the resident by e-mail.

    Addresses and consent are asked for when they are sent; names are not copied into the message.
    """
    to: list[tuple[Channel, Recipient, object]] = [(Channel.EMAIL, Recipient.PATIENT, appointment.patient_id)]
    if appointment.care_team_id is not None:
        to.append((Channel.IN_APP, Recipient.TEAM, appointment.care_team_id))
    for channel, recipient, recipient_id in to:
        yield Communication(
            key=key(appointment.patient_id, appointment.due_on),
            kind=KIND,
            channel=channel,
            recipient_kind=recipient,
            recipient_id=str(recipient_id),
            patient_id=appointment.patient_id,
            organization_id=appointment.organization_id,
            content={"due_on": appointment.due_on.isoformat(), "reason": appointment.reason},
            not_before=leaves_at(appointment.due_on),
        )


def post(appointments: Iterable[Appointment]) -> None:
    """Write the reminders of booked follow-ups; one that is already there stays as it is."""
    unsaved = [message for appointment in appointments for message in messages(appointment)]
    if unsaved:
        outbox.post(unsaved)


def withdraw(days: Collection[tuple[UUID, date]]) -> None:
    """Stop the reminders of these days that have not left: the follow-up was done, moved or cancelled."""
    keys = [key(patient_id, day) for patient_id, day in days]
    if keys:
        waiting = Communication.objects.waiting().filter(key__in=keys)
        waiting.update(status=CommunicationStatus.STOPPED)


def restore(appointment: Appointment) -> None:
    """Let the reminder of a follow-up that is due again leave after all; addresses and consent are asked for then."""
    stopped = Communication.objects.filter(
        key=key(appointment.patient_id, appointment.due_on), status=CommunicationStatus.STOPPED
    )
    stopped.update(status=CommunicationStatus.PREPARATION)
    post([appointment])


def readdress(
    appointments: Sequence[Appointment], *, organization: Organization, care_team: CareTeam | None
) -> None:
    """Send the waiting messages of follow-ups to the team that is responsible now, to none where there is none."""
    keys = [key(appointment.patient_id, appointment.due_on) for appointment in appointments]
    waiting = Communication.objects.waiting().filter(key__in=keys)
    waiting.update(organization_id=organization.pk)
    to_team = waiting.filter(recipient_kind=Recipient.TEAM)
    if care_team is None:
        to_team.update(status=CommunicationStatus.STOPPED)
        return
    to_team.update(recipient_id=str(care_team.pk))
    post(appointments)
