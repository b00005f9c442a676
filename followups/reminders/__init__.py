"""The message that a follow-up is due: one per person and day, whatever the reasons for the day are (the registry)."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone

from alliances.models import CareTeam, Organization
from followups.models import Appointment, Assessment
from followups.reminders.registry import ABNORMAL, DUE, NEWS_DAYS, days_before, kinds
from journal import outbox
from journal.delivery import first_channel
from journal.models import Channel, Communication, CommunicationStatus, Recipient
from patients.models import Patient

KIND: Final = "reminder"
HOUR: Final = time(8, 0)
SHANGHAI: Final = ZoneInfo("Asia/Shanghai")

_WITHDRAW: Final = """
UPDATE journal_communication SET status = %s
WHERE status = %s AND kind = %s AND patient_id = ANY(%s::uuid[])
    AND (patient_id, coalesce(content #>> '{about,due,due_on}', content #>> '{about,overdue,due_on}'))
        IN (SELECT * FROM unnest(%s::uuid[], %s::text[]))
"""


def message_kinds() -> list[str]:
    """The kinds of messages that reminders travel as: the shared one, and those that stand apart."""
    return [KIND, *(kind.code for kind in kinds() if kind.apart)]


def key(patient_id: UUID, day: date) -> str:
    """`reminder:<patient>:<day>`, the day on which it leaves: due, overdue, medicine and plan review are one message."""
    return f"{KIND}:{patient_id}:{day.isoformat()}"


def leaves_on(appointment: Appointment, method: str) -> date:
    """The day on which the reminder of a follow-up leaves; not before it was booked. Like the SQL of the registry."""
    ahead = appointment.due_on - timedelta(days=days_before(method))
    return max(ahead, min(appointment.booked_on, appointment.due_on))


def messages(appointment: Appointment, method: str) -> Iterator[Communication]:
    """The unsaved messages of a due follow-up: to the responsible team in the app, and to the resident outside it.

    `method` is the way of the last visit. Addresses and consent are asked for when they are sent; names are not
    copied into the message.
    """
    to: list[tuple[Channel, Recipient, object]] = [
        (first_channel(), Recipient.PATIENT, appointment.patient_id)
    ]
    if appointment.care_team_id is not None:
        to.append((Channel.IN_APP, Recipient.TEAM, appointment.care_team_id))
    day = leaves_on(appointment, method)
    facts = {"due_on": appointment.due_on.isoformat(), "reason": appointment.reason}
    for channel, recipient, recipient_id in to:
        yield Communication(
            key=key(appointment.patient_id, day),
            kind=KIND,
            channel=channel,
            recipient_kind=recipient,
            recipient_id=str(recipient_id),
            patient_id=appointment.patient_id,
            organization_id=appointment.organization_id,
            content={"about": {DUE.code: facts}},
            not_before=datetime.combine(day, HOUR, SHANGHAI),
        )


def post(appointments: Iterable[Appointment], *, besides: Iterable[Communication] = ()) -> None:
    """Write the reminders of booked follow-ups, and other messages with them; what is already there stays as it is."""
    booked = list(appointments)
    methods = _methods(booked)
    unsaved = [m for row in booked for m in messages(row, methods[row.patient_id])] + list(besides)
    if unsaved:
        outbox.post(unsaved)


def _methods(appointments: Sequence[Appointment]) -> dict[UUID, str]:
    """How each person was visited last; one query for those of whom it is not at hand."""
    at_hand = [a for a in appointments if Appointment.patient.is_cached(a)]
    found = {a.patient_id: a.patient.last_method for a in at_hand}
    missing = {a.patient_id for a in appointments} - found.keys()
    if missing:
        found.update(Patient.objects.filter(pk__in=missing).values_list("pk", "last_method"))
    return found


def alarms(assessments: Iterable[Assessment], *, on: date) -> Iterator[Communication]:
    """The unsaved messages to the teams about what visits found that cannot wait: never merged, never held back."""
    flags: dict[UUID, set[str]] = {}
    first: dict[UUID, Assessment] = {}
    for row in assessments:
        if row.red_flags and row.care_team_id is not None and row.on >= on - timedelta(days=NEWS_DAYS):
            flags.setdefault(row.encounter_id, set()).update(row.red_flags)
            first.setdefault(row.encounter_id, row)
    for encounter_id, row in first.items():
        facts = {"on": row.on.isoformat(), "flags": sorted(flags[encounter_id])}
        yield Communication(
            key=f"{ABNORMAL.code}:{row.patient_id}:{encounter_id}", kind=ABNORMAL.code, channel=Channel.IN_APP,
            recipient_kind=Recipient.TEAM, recipient_id=str(row.care_team_id), patient_id=row.patient_id,
            organization_id=row.organization_id, content={"about": {ABNORMAL.code: facts}},
            not_before=timezone.now(),
        )  # fmt: skip


def withdraw(days: Collection[tuple[UUID, date]]) -> None:
    """Stop the reminders of these days that have not left: the follow-up was done, moved or cancelled.

    Other reasons of the same message come back with the next planning.
    """
    if not days:
        return
    people, due = zip(*[(patient_id, day.isoformat()) for patient_id, day in days], strict=True)
    states = [CommunicationStatus.STOPPED, CommunicationStatus.PREPARATION]
    with connection.cursor() as cursor:
        cursor.execute(_WITHDRAW, [*states, KIND, list(map(str, people)), list(map(str, people)), list(due)])


def restore(appointment: Appointment) -> None:
    """Let the reminder of a follow-up that is due again leave after all, unless somebody tried to send it or opted out.

    Addresses and consent are asked for then.
    """
    for message in messages(appointment, _methods([appointment])[appointment.patient_id]):
        taken_back = Communication.objects.filter(
            key=message.key, recipient_kind=message.recipient_kind, status=CommunicationStatus.STOPPED,
            attempts=0, last_error="",
        )  # fmt: skip
        taken_back.update(
            status=CommunicationStatus.PREPARATION, recipient_id=message.recipient_id,
            organization_id=message.organization_id, content=message.content, not_before=message.not_before,
        )  # fmt: skip
    post([appointment])


def readdress(
    appointments: Sequence[Appointment], *, organization: Organization, care_team: CareTeam | None
) -> None:
    """Send the waiting messages about residents to the team that is responsible now, to none where there is none."""
    waiting = Communication.objects.waiting().filter(
        patient_id__in=[a.patient_id for a in appointments], kind=KIND
    )
    waiting.update(organization_id=organization.pk)
    to_team = waiting.filter(recipient_kind=Recipient.TEAM)
    if care_team is None:
        to_team.update(status=CommunicationStatus.STOPPED)
        return
    to_team.update(recipient_id=str(care_team.pk))
    post(appointments)
