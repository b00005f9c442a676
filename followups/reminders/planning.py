"""Planning reminders: the save writes what it knows, the planner adds what is missing and takes back what is not true.

One set-based statement for a chunk of organizations, whatever the number of residents and of kinds: the reasons of one
person and day become one message to the resident and one to the team; a message whose reasons have gone is stopped,
one whose reasons have changed says the new ones, and one that was taken back before anybody tried to send it comes
back when its day is right again. Running it twice writes nothing new.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction

from alliances.models import Organization
from followups.reminders import HOUR, KIND
from followups.reminders.registry import COLUMNS, kinds, lead_values
from journal.delivery import first_channel
from journal.models import Channel, CommunicationStatus, Recipient

#: So many organizations a statement: a chunk is one transaction, and nobody waits long for its rows.
CHUNK = 10
#: A reason whose day has passed untold, over a weekend without a planner or a mail server, is told until so many days later.
LOOK_BACK = timedelta(days=3)

_STATEMENT = """
WITH reason (kind, patient_id, organization_id, care_team_id, leaves_on, subject, facts, apart, to_patient, to_team) AS (
    {reasons}
), wanted AS (
    SELECT CASE WHEN r.apart THEN r.kind ELSE %(kind)s END AS kind, r.patient_id, w.recipient_kind,
        CASE WHEN r.apart THEN r.kind || ':' || r.patient_id || ':' || r.subject
             ELSE %(kind)s || ':' || r.patient_id || ':' || r.leaves_on END AS key,
        min(w.channel) AS channel, min(w.recipient_id) AS recipient_id, min(r.organization_id) AS organization_id,
        jsonb_build_object('about', jsonb_object_agg(r.kind, r.facts)) AS content,
        min(CASE WHEN r.apart THEN now() ELSE (r.leaves_on + %(hour)s::time) AT TIME ZONE 'Asia/Shanghai' END)
            AS not_before
    FROM reason r CROSS JOIN LATERAL (VALUES
        (%(patient)s, r.patient_id::text, %(outside)s, r.to_patient),
        (%(team)s, r.care_team_id::text, %(in_app)s, r.to_team)
    ) AS w (recipient_kind, recipient_id, channel, is_wanted)
    WHERE w.is_wanted AND w.recipient_id IS NOT NULL
    GROUP BY 1, 2, 3, 4
), stopped AS (
    UPDATE journal_communication c SET status = %(stopped)s
    WHERE c.kind = %(kind)s AND c.status = %(waiting)s AND c.organization_id = ANY(%(organizations)s)
        AND c.not_before < (%(last)s + 1)::timestamp AT TIME ZONE 'Asia/Shanghai' AND NOT EXISTS (SELECT 1 FROM wanted w WHERE w.key = c.key AND w.recipient_kind = c.recipient_kind)
    RETURNING 1
), written AS (
    INSERT INTO journal_communication AS c (id, key, kind, channel, recipient_kind, recipient_id, patient_id,
        organization_id, content, not_before, status, attempts, last_error, reference, version)
    SELECT gen_random_uuid(), key, kind, channel, recipient_kind, recipient_id, patient_id, organization_id, content,
        not_before, %(waiting)s, 0, '', '', 1 FROM wanted w
    WHERE NOT EXISTS (SELECT 1 FROM journal_communication c
        WHERE c.key = w.key AND c.recipient_kind = w.recipient_kind AND NOT {stale})
    ON CONFLICT (key, recipient_kind) DO UPDATE SET status = EXCLUDED.status, recipient_id = EXCLUDED.recipient_id,
        organization_id = EXCLUDED.organization_id, content = EXCLUDED.content, not_before = EXCLUDED.not_before
    WHERE {stale_row}
    RETURNING 1
)
SELECT (SELECT count(*) FROM written), (SELECT count(*) FROM stopped)
"""
# A row that may and must be written again: nobody has tried to send it, and it was taken back or says something else.
_STALE = """(c.attempts = 0 AND c.last_error = '' AND (c.status = %(stopped)s OR c.status = %(waiting)s
    AND (c.content <> {new}.content OR c.recipient_id <> {new}.recipient_id)))"""
_REASONS = "SELECT '{code}', {columns}, {apart}, {to_patient}, {to_team} FROM ({sql}) AS of_{code}"


class Planned(NamedTuple):
    """How many messages were written or changed, and how many taken back."""

    written: int
    stopped: int


def plan_reminders(
    *, on: date, ahead: timedelta = timedelta(days=1), told: Callable[[int, int], None] | None = None
) -> Planned:
    """Plan the messages that leave from `on` until a day ahead, in one statement and transaction a chunk.

    `told` is told after each chunk of how many organizations it has looked at, of all.
    """
    organizations = list(Organization.objects.order_by("pk").values_list("pk", flat=True))
    written = stopped = 0
    for done, chunk in _chunks(organizations):
        planned = plan_chunk(chunk, on=on, ahead=ahead)
        written, stopped = written + planned.written, stopped + planned.stopped
        if told is not None:
            told(done, len(organizations))
    return Planned(written, stopped)


def _chunks(organizations: Sequence[int]) -> Iterator[tuple[int, Sequence[int]]]:
    for begin in range(0, len(organizations), CHUNK):
        chunk = organizations[begin : begin + CHUNK]
        yield begin + len(chunk), chunk


@transaction.atomic
def plan_chunk(organization_ids: Sequence[int], *, on: date, ahead: timedelta) -> Planned:
    """Plan for some organizations: one statement."""
    values: dict[str, Any] = {
        "kind": KIND,
        "hour": HOUR.isoformat(),
        "waiting": CommunicationStatus.PREPARATION,
        "stopped": CommunicationStatus.STOPPED,
        "outside": first_channel(),
        "in_app": Channel.IN_APP,
        "patient": Recipient.PATIENT,
        "team": Recipient.TEAM,
        "on": on,
        "first": on - LOOK_BACK,
        "last": on + ahead,
        "organizations": list(organization_ids),
        **lead_values(),
    }
    for kind in kinds():
        values.update(kind.values)
    with connection.cursor() as cursor:
        cursor.execute(statement(), values)
        written, stopped = cursor.fetchone()
        return Planned(written, stopped)


def statement() -> str:
    """The whole statement, of all registered kinds."""
    reasons = [
        _REASONS.format(
            code=kind.code, columns=COLUMNS, apart=kind.apart, to_patient=kind.to_patient, to_team=kind.to_team,
            sql=kind.sql,
        )
        for kind in kinds()
    ]  # fmt: skip
    stale = {"stale": _STALE.format(new="w"), "stale_row": _STALE.format(new="EXCLUDED")}
    return _STATEMENT.format(reasons=" UNION ALL ".join(reasons), **stale)
