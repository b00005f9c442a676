"""Moving many due follow-ups of a team at once: shown first, done as shown, put back with one click.

Only the planned day moves; the due day is the protocol's (decision 0025). What was shown is done exactly, or not at
all: when something changed between the preview and the click, the lead is told and sees the new preview.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from alliances.models import CareTeam
from followups.calendar.capacities import Agenda, agendas
from followups.calendar.windows import window_of
from followups.models import Appointment, PlanMove, PlanMoveLine
from followups.standing import lock
from journal import audit
from journal.models import AuditEvent

MOST = 300
AHEAD = timedelta(days=120)
DAY = timedelta(days=1)


class CannotMove(ValueError):
    """The move is impossible; the message says why."""


class Changed(CannotMove):
    """What the preview showed is not so any more."""


@dataclass(frozen=True, slots=True)
class Line:
    """One follow-up with the day it goes to."""

    appointment: Appointment
    to_day: date

    @property
    def from_day(self) -> date | None:
        return self.appointment.planned_on

    @property
    def outside(self) -> bool:
        """Whether the new day lies outside the window of the follow-up."""
        window = window_of(self.appointment.due_on, self.appointment.reason)
        return not window.first <= self.to_day <= window.last

    @property
    def stays(self) -> bool:
        return self.from_day == self.to_day


@dataclass(frozen=True, slots=True)
class DayLoad:
    """A day to which follow-ups go: how many are planned then, and how many the team does."""

    on: date
    planned: int
    places: int | None

    @property
    def over(self) -> int:
        return max(0, self.planned - self.places) if self.places is not None else 0


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be done. `token` names exactly this."""

    lines: list[Line]
    days: list[DayLoad]
    token: str

    @property
    def moving(self) -> int:
        return sum(not line.stays for line in self.lines)

    @property
    def outside(self) -> int:
        return sum(line.outside for line in self.lines)

    @property
    def over(self) -> int:
        return sum(day.over for day in self.days)


def preview(team: CareTeam, ids: Collection[UUID], *, first: date, last: date, today: date) -> Preview:
    """What moving these follow-ups of the team to the day (first = last), or spreading them over the days, would do.

    CannotMove where nothing was chosen, the days are past or far away, or nobody works on them.
    """
    return _preview(team, ids, first=first, last=last, today=today, locked=False)


@transaction.atomic
def move(
    team: CareTeam,
    ids: Collection[UUID],
    *,
    first: date,
    last: date,
    token: str,
    by: User,
    today: date,
    at: datetime,
) -> PlanMove:
    """Do what the preview with this token showed. Changed when it would be something else now."""
    lock(_persons(ids))
    shown = _preview(team, ids, first=first, last=last, today=today, locked=True)
    if shown.token != token:
        raise Changed(_("Something has changed meanwhile: look at the preview again."))
    moving = [line for line in shown.lines if not line.stays]
    if not moving:
        raise CannotMove(_("All of them are planned for this day already."))
    done = PlanMove.objects.create(
        organization_id=team.organization_id, care_team=team, moved_by=by, moved_at=at
    )
    PlanMoveLine.objects.bulk_create(
        PlanMoveLine(move=done, appointment=line.appointment, from_day=line.from_day, to_day=line.to_day)
        for line in moving
    )
    _write([(line.appointment, line.to_day) for line in moving], by=by, move=done, undo=False)
    return done


@dataclass(frozen=True, slots=True)
class Undone:
    """How many were put back, and which were changed since by somebody else and stay as they are."""

    back: int
    stayed: list[Appointment]


@transaction.atomic
def undo(move_id: UUID, *, by: User, at: datetime) -> Undone:
    """Put the follow-ups of the team's newest move back. Nothing that was changed since is overwritten.

    Changed when the move was undone already, or a newer one has taken its place.
    """
    lines = list(PlanMoveLine.objects.filter(move=move_id).select_related("appointment"))
    lock([line.appointment.patient_id for line in lines])
    row = PlanMove.objects.select_for_update().select_related("care_team").get(pk=move_id)
    newest = undoable(row.care_team_id)
    if newest is None or newest.pk != row.pk:
        raise Changed(_("This move cannot be undone any more: another change came after it."))
    current = {
        one.pk: one
        for one in Appointment.objects.booked()
        .filter(pk__in=[line.appointment_id for line in lines], care_team=row.care_team)
        .select_related("patient")
    }
    back = [
        (current[line.appointment_id], line.from_day)
        for line in lines
        if line.appointment_id in current and current[line.appointment_id].planned_on == line.to_day
    ]
    row.undone_by, row.undone_at = by, at
    row.save(update_fields=["undone_by", "undone_at"])
    _write(back, by=by, move=row, undo=True)
    returned = {one.pk for one, _day in back}
    stayed = Appointment.objects.filter(
        pk__in=[x.appointment_id for x in lines if x.appointment_id not in returned]
    )
    return Undone(len(back), list(stayed.select_related("patient").order_by("patient__pinyin")))


def undoable(team_id: int) -> PlanMove | None:
    """The team's newest move, unless it was undone."""
    rows = PlanMove.objects.filter(care_team_id=team_id).select_related("moved_by")
    newest = rows.order_by("-moved_at", "-pk").first()
    return newest if newest is not None and newest.undone_at is None else None


def _persons(ids: Collection[UUID]) -> list[UUID]:
    return list(Appointment.objects.filter(pk__in=ids).values_list("patient_id", flat=True))


def _preview(
    team: CareTeam, ids: Collection[UUID], *, first: date, last: date, today: date, locked: bool
) -> Preview:
    rows = _chosen(team, ids)
    if not today <= first <= last <= today + AHEAD or last - first > timedelta(days=31):
        raise CannotMove(_("Choose a day from today on, within four months."))
    known = agendas(
        {team.pk: team.organization_id}, first=first, last=last, lock=locked, without=[row.pk for row in rows],
        count_all=True,
    )  # fmt: skip
    lines = _spread(rows, known[team.pk], first, last)
    used = sorted({line.to_day for line in lines})
    days = [DayLoad(day, known[team.pk].planned[day], known[team.pk].places(day)) for day in used]
    return Preview(lines, days, _token(lines, days))


def _chosen(team: CareTeam, ids: Collection[UUID]) -> list[Appointment]:
    if len(ids) > MOST:
        raise CannotMove(_("At most %(most)s at once.") % {"most": MOST})
    found = Appointment.objects.booked().filter(pk__in=ids, care_team=team).select_related("patient")
    rows = list(found.order_by("due_on", "patient__pinyin", "pk"))
    if not rows:
        raise CannotMove(_("Choose at least one follow-up that is still due."))
    return rows


def _spread(rows: Sequence[Appointment], agenda: Agenda, first: date, last: date) -> list[Line]:
    """Each to the day with the most room, the earlier one on a tie; a single day takes them all. Fills the agenda."""
    days = [first + DAY * n for n in range((last - first).days + 1)]
    days = [day for day in days if agenda.works(day)]
    if not days:
        raise CannotMove(_("Nobody of the team works on this day: choose another one."))
    lines = []
    for row in rows:
        day = min(days, key=lambda each: (_load(agenda, each), each))
        agenda.planned[day] += 1
        lines.append(Line(row, day))
    return lines


def _load(agenda: Agenda, on: date) -> float:
    """How full a day is; a day without a limit by its number, so that all of them fill alike."""
    places = agenda.places(on)
    return agenda.planned[on] / places if places else float(agenda.planned[on])


def _token(lines: Sequence[Line], days: Sequence[DayLoad]) -> str:
    said = [f"{line.appointment.pk} {line.from_day} {line.to_day}" for line in lines]
    said += [f"{day.on} {day.planned} {day.places}" for day in days]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def _write(
    changes: Sequence[tuple[Appointment, date | None]], *, by: User, move: PlanMove, undo: bool
) -> None:
    """The planned days in one statement, with a line each in the trail of the persons."""
    events = []
    for appointment, day in changes:
        detail = {
            "move": str(move.pk), "from": _iso(appointment.planned_on), "to": _iso(day),
        }  # fmt: skip
        action = "appointment.move-back" if undo else "appointment.move"
        events.append(audit.event(action, by=by, subject=appointment, detail=detail))
        appointment.planned_on = day
    Appointment.objects.bulk_update([appointment for appointment, _day in changes], ["planned_on"])
    AuditEvent.objects.bulk_create(events)
    about = {"team": move.care_team_id, "count": len(changes)}
    what = "calendar.undo" if undo else "calendar.move"
    audit.record(what, by=by, subject=move, detail=about)


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
