"""On which day a team means to do a due follow-up: the working day of the window that has room, nearest to the due day.

The due day itself is the protocol's promise and is never touched (decision 0025). Planning is an action of its own that
follows the booking at once, when that is committed: a save keeps its few statements and holds no team, and what a
crash leaves unplanned the hourly run plans. Whoever plans holds the team's pattern until the end, after the persons'
locks: two savers cannot both take the last place of a day.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from functools import partial
from uuid import UUID

from django.db import transaction

from followups.calendar.capacities import Agenda, agendas
from followups.calendar.settings import Settings, configured
from followups.calendar.windows import window_of
from followups.models import Appointment
from followups.standing import lock
from journal import audit

DAY = timedelta(days=1)
NEAR = 31  # how far beyond the window a working day is looked for
CHUNK = 500


def soon(patient_ids: Collection[UUID], *, on: date) -> None:
    """Plan the follow-ups of these persons that have no day, as soon as the running transaction is committed.

    A failure there is logged and undoes nothing: the booking stands, and the hourly run comes by.
    """
    if patient_ids:
        transaction.on_commit(partial(plan, tuple(patient_ids), on=on), robust=True)


@transaction.atomic
def plan(patient_ids: Collection[UUID], *, on: date) -> int:
    """Give a planned day to the open follow-ups of these persons that have none; returns how many. Idempotent."""
    lock(patient_ids)
    rows = list(Appointment.objects.booked().filter(patient__in=patient_ids, planned_on__isnull=True))
    if not rows:
        return 0
    place(rows, on=on)
    Appointment.objects.bulk_update(rows, ["planned_on"])
    audit.record("calendar.plan", by=None, detail={"count": len(rows)})
    return len(rows)


def place(appointments: Iterable[Appointment], *, on: date, settings: Settings | None = None) -> None:
    """Set the planned day of booked follow-ups (not written yet), from the day after `on`. The persons are locked.

    The same follow-ups give the same days, in whatever order they come.
    """
    rows = sorted(appointments, key=lambda row: (row.due_on, str(row.patient_id)))
    if not rows:
        return
    chosen = settings or configured()
    first, last = _range(rows, on, chosen)
    teams = {row.care_team_id: row.organization_id for row in rows if row.care_team_id is not None}
    known = agendas(teams, first=first, last=last, lock=True, without=[row.pk for row in rows])
    for row in rows:
        agenda = known[row.care_team_id] if row.care_team_id is not None else Agenda(row.organization_id)
        row.planned_on = day_for(row, agenda, after=on, settings=chosen)
        agenda.planned[row.planned_on] += 1


def day_for(row: Appointment, agenda: Agenda, *, after: date, settings: Settings) -> date:
    """The day for one follow-up: with room and nearest to the due day; on a tie the earlier one.

    Where every day of the window is full, the least overfilled one: the promise of the window comes before the
    comfort of the team. Where nobody works in the window, the working day before it, else the first one after it.
    """
    days = _days(row, after, settings)
    working = [day for day in days if agenda.works(day)]
    free = [day for day in working if agenda.room(day)]
    if free:
        return min(free, key=lambda day: (abs(day - row.due_on), day))
    if working:
        return min(working, key=lambda day: (agenda.excess(day), abs(day - row.due_on), day))
    before = (days[0] - DAY * n for n in range(1, NEAR) if days[0] - DAY * n > after)
    later = (days[-1] + DAY * n for n in range(1, NEAR))
    return next((day for day in (*before, *later) if agenda.works(day)), row.due_on)


def _days(row: Appointment, after: date, settings: Settings) -> list[date]:
    """The days of the window that lie ahead; where it has passed, the first days from tomorrow on."""
    window = window_of(row.due_on, row.reason, settings=settings)
    first, last = max(window.first, after + DAY), window.last
    if first > last:
        last = first + DAY * (settings.catch_up_days - 1)
    return [first + DAY * n for n in range((last - first).days + 1)]


def _range(rows: Sequence[Appointment], on: date, settings: Settings) -> tuple[date, date]:
    dues = [row.due_on for row in rows]
    far = timedelta(days=NEAR + settings.catch_up_days)
    return min(on, *dues) - far, max(on, *dues) + far


def plan_missing(*, on: date, limit: int = CHUNK) -> int:
    """Plan follow-ups that still have no day (bulk imports book without one); returns how many, at most `limit`.

    Each call is a transaction of its own; a second run finds the next ones.
    """
    missing = Appointment.objects.booked().filter(planned_on__isnull=True).order_by("due_on", "pk")
    return plan(list(missing.values_list("patient_id", flat=True)[:limit]), on=on)
