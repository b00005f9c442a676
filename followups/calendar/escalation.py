"""Telling the team lead of follow-ups that are overdue for too long: one notice a team and day, each follow-up once."""

from collections import Counter
from datetime import date, datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_noop as _

from alliances.models import PractitionerRole, Role
from followups.calendar.settings import configured
from followups.models import Appointment
from followups.standing import lock
from journal import audit, outbox
from journal.models import AuditEvent, Channel, Communication, Recipient

KIND = "escalation"
CHUNK = 5000
_SENTENCE = _("Follow-ups overdue for more than %(days)s days without a visit: %(n)s newly")


@transaction.atomic
def escalate(*, on: date, at: datetime, limit: int = CHUNK) -> int:
    """Mark follow-ups that are overdue for longer than the setting, and tell the leads of their teams.

    Idempotent: marked ones are not told again, and what was told of a team on a day is one message. A team without a
    lead is told itself. Returns how many were marked, at most `limit`.
    """
    days = configured().escalate_after_days
    late = Appointment.objects.booked().filter(
        due_on__lt=on - timedelta(days=days), escalated_on__isnull=True, care_team__isnull=False
    )
    persons = list(late.order_by("due_on", "pk").values_list("patient_id", flat=True)[:limit])
    if not persons:
        return 0
    lock(persons)
    rows = list(late.filter(patient_id__in=persons))
    Appointment.objects.filter(pk__in=[row.pk for row in rows]).update(escalated_on=on)
    AuditEvent.objects.bulk_create(audit.event("appointment.escalate", by=None, subject=row) for row in rows)
    outbox.post(_messages(rows, days=days, on=on, at=at))
    return len(rows)


def _messages(rows: list[Appointment], *, days: int, on: date, at: datetime) -> list[Communication]:
    counts = Counter((row.care_team_id, row.organization_id) for row in rows)
    leads: dict[int | None, list[int]] = {}
    posts = PractitionerRole.objects.live(on=on).filter(
        role=Role.TEAM_LEAD, care_team__in=[team for team, _organization in counts]
    )
    for led, user in posts.order_by("user_id").values_list("care_team_id", "user_id").distinct():
        leads.setdefault(led, []).append(user)
    messages = []
    for (team, organization), count in counts.items():
        to = [(Recipient.USER, user) for user in leads.get(team, [])] or [(Recipient.TEAM, team or 0)]
        for recipient, key in to:
            content = {
                "text": _SENTENCE, "params": {"days": days, "n": count},
                "path": f"{reverse('followups:calendar', args=[team])}?escalated=1",
            }  # fmt: skip
            messages.append(
                Communication(
                    key=f"{KIND}:{team}:{on.isoformat()}:{key}", kind=KIND, channel=Channel.IN_APP,
                    recipient_kind=recipient, recipient_id=str(key), organization_id=organization, content=content,
                    not_before=at,
                )
            )  # fmt: skip
    return messages
