"""Setting days of the calendar by hand, and reading them for `alliances.workdays`."""

from collections.abc import Mapping
from datetime import date

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from alliances import workdays
from alliances.models import Alliance, CalendarDay
from journal import audit

_DAYS = """
SELECT d.on, d.works, m.organization_id
FROM alliances_calendarday d
LEFT JOIN alliances_alliancemembership m ON m.alliance_id = d.alliance_id AND m.period @> d.on
WHERE d.alliance_id IS NULL OR m.organization_id IS NOT NULL
ORDER BY d.works DESC
"""


def days_by_organization() -> dict[int | None, dict[date, bool]]:
    """Every day set by hand, under None for everybody, else under the members of the alliance that set it.

    Where an organization is in two alliances that say opposite things, it is a day off: nobody is made to come in by
    the one against the other.
    """
    found: dict[int | None, dict[date, bool]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_DAYS)
        for on, works, organization_id in cursor.fetchall():
            found.setdefault(organization_id, {})[on] = works
    return found


@transaction.atomic
def set_day(on: date, *, works: bool, reason: str, alliance: Alliance | None, by: User | None) -> CalendarDay:
    """Say that a day is worked or not; a day that was set before is set anew. Counts from the commit on."""
    row, _new = CalendarDay.objects.update_or_create(
        on=on, alliance=alliance,
        defaults={"works": works, "reason": reason, "set_by": by, "set_at": timezone.now()},
    )  # fmt: skip
    audit.record("calendar.set-day", by=by, subject=row, detail=_detail(row))
    transaction.on_commit(workdays.forget)
    return row


@transaction.atomic
def clear_day(row: CalendarDay, *, by: User | None) -> None:
    """Let the published calendar count again on the day."""
    audit.record("calendar.clear-day", by=by, subject=row, detail=_detail(row))
    row.delete()
    transaction.on_commit(workdays.forget)


def _detail(row: CalendarDay) -> Mapping[str, object]:
    return {
        "on": row.on.isoformat(), "works": row.works, "reason": row.reason,
        "alliance": row.alliance.code if row.alliance is not None else "",
    }  # fmt: skip
