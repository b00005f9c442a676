"""One due follow-up gets the planned day that another system says; the due day stays the protocol's (decision 0025).

The calendar page moves many and shows first what it would do; here one is moved, over the version that the sender knew.
"""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext_noop as _

from alliances.scope import Actor
from followups.calendar.capacities import Agenda, agendas
from followups.calendar.moves import AHEAD
from followups.entry.visit import Fault
from followups.models import Appointment, AppointmentStatus
from followups.standing import lock
from journal import audit


class DayRefused(ValueError):
    """The follow-up cannot be planned for the day; `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.sentence())
        self.fault = fault


class Outdated(ValueError):
    """The follow-up was changed meanwhile; `appointment` is how it stands."""

    def __init__(self, appointment: Appointment) -> None:
        super().__init__("another version of the follow-up stands")
        self.appointment = appointment


@transaction.atomic
def plan_on(appointment: Appointment, day: date, *, version: int, by: Actor, today: date) -> Appointment:
    """Plan a due follow-up for the day; the same day again writes nothing. Returns it with its new version.

    DayRefused for one that is not due any more, a day past or far away, and one on which nobody of the team works.
    """
    lock([appointment.patient_id])
    row = Appointment.objects.get(pk=appointment.pk)
    if row.planned_on == day:
        return row
    if row.version != version:
        raise Outdated(row)
    _check(row, day, today)
    before = row.planned_on.isoformat() if row.planned_on else ""
    row.planned_on = day
    row.save(update_fields=["planned_on"])
    detail = {"from": before, "to": day.isoformat()}
    audit.record("appointment.move", by=by, subject=row, detail=detail)
    row.refresh_from_db(fields=["version"])
    return row


def _check(row: Appointment, day: date, today: date) -> None:
    if row.status != AppointmentStatus.BOOKED:
        raise DayRefused(Fault("planned_on", "not_due", _("This follow-up is not due any more.")))
    if not today <= day <= today + AHEAD:
        text = _("Choose a day from today on, within four months.")
        raise DayRefused(Fault("planned_on", "out_of_range", text))
    if not _agenda(row, day).works(day):
        text = _("Nobody of the team works on this day: choose another one.")
        raise DayRefused(Fault("planned_on", "day_off", text))


def _agenda(row: Appointment, day: date) -> Agenda:
    if row.care_team_id is None:
        return Agenda(row.organization_id)
    return agendas({row.care_team_id: row.organization_id}, first=day, last=day)[row.care_team_id]
