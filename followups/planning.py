"""Planning reminders: the save writes one, the planner adds what is missing and takes back what was moved.

Two set-based statements, however many residents: what bulk imports booked gets its reminder here, and a reminder
whose day is no longer booked is stopped; one that was taken back before anybody tried to send it comes back when its
day is booked again. Running it twice writes nothing new.
"""

from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction

from followups.reminders import DAYS_BEFORE, HOUR, KIND
from journal.models import Channel, CommunicationStatus, Recipient

_PLAN = """
INSERT INTO journal_communication (id, key, kind, channel, recipient_kind, recipient_id, patient_id, organization_id,
    content, not_before, status, attempts, last_error, version)
SELECT gen_random_uuid(), %(kind)s || ':' || a.patient_id || ':' || a.due_on, %(kind)s, to_whom.channel,
    to_whom.recipient_kind, to_whom.recipient_id, a.patient_id, a.organization_id,
    jsonb_build_object('due_on', a.due_on, 'reason', a.reason),
    ((a.due_on - %(days)s) + %(hour)s::time) AT TIME ZONE 'Asia/Shanghai', %(waiting)s, 0, '', 1
FROM followups_appointment a
CROSS JOIN LATERAL (VALUES
    (%(email)s, %(patient)s, a.patient_id::text),
    (%(in_app)s, %(team)s, a.care_team_id::text)
) AS to_whom (channel, recipient_kind, recipient_id)
WHERE a.status = 'booked' AND a.due_on BETWEEN %(first)s AND %(last)s AND to_whom.recipient_id IS NOT NULL
ON CONFLICT (key, channel) DO UPDATE SET status = EXCLUDED.status, recipient_id = EXCLUDED.recipient_id,
    organization_id = EXCLUDED.organization_id, content = EXCLUDED.content, not_before = EXCLUDED.not_before
    WHERE journal_communication.status = %(stopped)s AND journal_communication.attempts = 0
      AND journal_communication.last_error = ''
"""

_WITHDRAW = """
UPDATE journal_communication c SET status = %(stopped)s
WHERE c.kind = %(kind)s AND c.status = %(waiting)s AND NOT EXISTS (
    SELECT 1 FROM followups_appointment a
    WHERE a.patient_id = c.patient_id AND a.status = 'booked'
      AND c.key = %(kind)s || ':' || a.patient_id || ':' || a.due_on
)
"""


class Planned(NamedTuple):
    """How many messages were written, and how many taken back."""

    written: int
    stopped: int


@transaction.atomic
def plan_reminders(*, on: date, ahead: timedelta = timedelta(days=DAYS_BEFORE + 1)) -> Planned:
    """Plan the reminders of follow-ups due from `on` until their reminder day lies ahead."""
    values: dict[str, Any] = {
        "kind": KIND,
        "days": DAYS_BEFORE,
        "hour": HOUR.isoformat(),
        "waiting": CommunicationStatus.PREPARATION,
        "stopped": CommunicationStatus.STOPPED,
        "email": Channel.EMAIL,
        "in_app": Channel.IN_APP,
        "patient": Recipient.PATIENT,
        "team": Recipient.TEAM,
        "first": on,
        "last": on + ahead,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WITHDRAW, values)
        stopped = cursor.rowcount
        cursor.execute(_PLAN, values)
        return Planned(cursor.rowcount, stopped)
