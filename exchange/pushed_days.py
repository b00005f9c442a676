"""A planned day as another system sends it: on the due follow-up that it knows, by the rules of the calendar page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_noop as _

from accounts.tokens import Holder
from alliances.permissions import Permission
from exchange.pushed import Malformed, day
from followups.calendar import day_by_hand
from followups.entry.visit import Fault, VisitRefused
from followups.models import Appointment

KIND: Final = "appointment"
#: What a client reads of a follow-up and may send back, without effect: only the planned day is anybody's to say.
READ_ONLY: Final = frozenset(
    {
        "id", "patient", "organization", "care_team", "due_on", "reason", "status", "fulfilled_by", "fulfilled_on",
        "ended_at", "created_at", "version",
    }
)  # fmt: skip
UNKNOWN: Final = Fault("id", "unknown", _("This follow-up is not known."))
OLD_VERSION: Final = Fault("base_version", "conflict", _("Another version stands under this id: see server."))


@dataclass(frozen=True, slots=True)
class PlannedDay:
    """The day for one follow-up, over the version that the sender read."""

    appointment_id: UUID
    version: int
    on: date


@dataclass(frozen=True, slots=True)
class Planned:
    """What became of it: one of the words of a push, the version that stands, and why not."""

    status: str
    version: int | None = None
    faults: tuple[Fault, ...] = ()
    clash: UUID | None = None


def parsed(data: Mapping[str, Any], *, key: UUID, version: int | None) -> PlannedDay:
    """The planned day in `data`. Raises VisitRefused with every fault of form; nobody books by sending."""
    faults = [
        Fault(f"data.{str(name)[:60]}", "unknown", _("No such key."))
        for name in data
        if name not in READ_ONLY | {"planned_on"}
    ]
    if version is None:
        faults.append(Fault("base_version", "required", _("This is needed.")))
    on: date | None = None
    if data.get("planned_on") is None:
        faults.append(Fault("data.planned_on", "required", _("This is needed.")))
    else:
        try:
            on = day(data["planned_on"])
        except Malformed as fault:
            faults.append(Fault("data.planned_on", "malformed", str(fault)))
    if faults or version is None or on is None:
        raise VisitRefused(*faults)
    return PlannedDay(key, version, on)


def known(wanted: Mapping[int, PlannedDay], by: Holder) -> dict[int, Appointment]:
    """The follow-ups whose days the caller may say, by place: one statement, none without any."""
    if not wanted:
        return {}
    mine = Appointment.objects.visible_to(by, doing=Permission.CALENDAR_MANAGE)
    found = mine.in_bulk([each.appointment_id for each in wanted.values()])
    return {
        place: found[each.appointment_id] for place, each in wanted.items() if each.appointment_id in found
    }


def write(appointment: Appointment | None, asked: PlannedDay, *, by: Holder, at: datetime) -> Planned:
    """Plan the follow-up for the day; one that the caller may not see is as unknown as one that does not exist."""
    if appointment is None:
        return Planned("rejected", faults=(UNKNOWN,))
    try:
        row = day_by_hand.plan_on(
            appointment, asked.on, version=asked.version, by=by, today=timezone.localdate(at)
        )
    except day_by_hand.Outdated as outdated:
        return Planned("conflict", outdated.appointment.version, (OLD_VERSION,), appointment.pk)
    except day_by_hand.DayRefused as refused:
        fault = refused.fault
        return Planned(
            "rejected", faults=(Fault(f"data.{fault.field}", fault.code, fault.text, fault.params),)
        )
    return Planned("identical" if row.version == appointment.version else "updated", row.version)
