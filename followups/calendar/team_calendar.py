"""A team's week and month: what is planned, what fits, what is overdue."""

from calendar import Calendar
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Q, QuerySet

from alliances.models import CareTeam
from alliances.permissions import Permission
from alliances.scope import Actor
from alliances.workdays import holiday_name
from followups.calendar.capacities import Agenda, agendas
from followups.calendar.windows import Lateness, Window, lateness, window_of
from followups.models import Appointment
from patients.links import patient_path

DAY = timedelta(days=1)
A_DAY = 40  # people drawn of one day; the rest is counted
OVERDUE = 50


@dataclass(frozen=True, slots=True)
class Item:
    """One due follow-up as drawn."""

    appointment: Appointment
    path: str
    window: Window
    state: Lateness

    @property
    def outside(self) -> bool:
        """Whether it is planned for a day outside its window."""
        planned = self.appointment.planned_on
        return planned is not None and not self.window.first <= planned <= self.window.last


@dataclass(slots=True)
class Column:
    """One day of the week."""

    on: date
    places: int | None
    planned: int
    holiday: str
    items: list[Item] = field(default_factory=list)

    @property
    def more(self) -> int:
        return max(0, self.planned - len(self.items))

    @property
    def works(self) -> bool:
        return self.places != 0

    @property
    def over(self) -> int:
        """How many are planned beyond the places."""
        return max(0, self.planned - self.places) if self.places is not None else 0

    @property
    def share(self) -> int:
        """How full the day is, in percent, at most 100."""
        return min(100, round(100 * self.planned / self.places)) if self.places else 0

    @property
    def full(self) -> bool:
        return self.places is not None and self.places > 0 and self.planned == self.places


@dataclass(frozen=True, slots=True)
class Board:
    """A week of a team, and who is overdue without a day ahead."""

    first: date
    columns: list[Column]
    overdue: list[Item]
    overdue_total: int

    @property
    def last(self) -> date:
        return self.first + 6 * DAY

    @property
    def planned(self) -> int:
        return sum(column.planned for column in self.columns)


def monday_of(day: date) -> date:
    """The Monday of the day's week."""
    return day - DAY * day.weekday()


def board(actor: Actor, team: CareTeam, *, week: date, today: date, escalated: bool = False) -> Board:
    """The week that begins on this Monday. A fixed number of statements."""
    rows = _rows(actor, team)
    last = week + 6 * DAY
    agenda = _agenda(team, week, last)
    columns = {day: _column(day, agenda) for day in (week + DAY * n for n in range(7))}
    in_week = rows.filter(planned_on__range=(week, last)).order_by(
        "planned_on", "due_on", "patient__pinyin", "pk"
    )
    for row in in_week[: 7 * A_DAY * 2]:
        column = columns[row.planned_on] if row.planned_on else None
        if column is not None and len(column.items) < A_DAY:
            column.items.append(_item(row, today))
    late = overdue_without_day(rows, today=today)
    if escalated:
        late = late.filter(escalated_on__isnull=False)
    shown = [_item(row, today) for row in late.order_by("due_on", "pk")[:OVERDUE]]
    total = late.count() if len(shown) == OVERDUE else len(shown)
    return Board(week, list(columns.values()), shown, total)


def month(team: CareTeam, *, first: date) -> list[list[Column]]:
    """The weeks of the month with counts only; days of the neighbouring months fill them."""
    weeks = Calendar().monthdatescalendar(first.year, first.month)
    agenda = _agenda(team, weeks[0][0], weeks[-1][-1])
    return [[_column(day, agenda) for day in week] for week in weeks]


def overdue_without_day(rows: QuerySet[Appointment], *, today: date) -> QuerySet[Appointment]:
    """Overdue follow-ups that nobody means to do on a day ahead."""
    return rows.filter(Q(planned_on__lt=today) | Q(planned_on__isnull=True), due_on__lt=today)


def ids_on(
    actor: Actor, team: CareTeam, days: Iterable[date], *, overdue: bool, today: date
) -> QuerySet[Appointment]:
    """Everything planned on whole days, and with `overdue` everybody who is overdue without a day."""
    rows = _rows(actor, team)
    chosen = rows.filter(planned_on__in=list(days))
    return chosen | overdue_without_day(rows, today=today) if overdue else chosen


def _rows(actor: Actor, team: CareTeam) -> QuerySet[Appointment]:
    rows = Appointment.objects.visible_to(actor, doing=Permission.WORKLIST).booked()
    return rows.filter(care_team=team).select_related("patient")


def _agenda(team: CareTeam, first: date, last: date) -> Agenda:
    known = agendas({team.pk: team.organization_id}, first=first, last=last, count_all=True)
    return known[team.pk]


def _column(day: date, agenda: Agenda) -> Column:
    return Column(day, agenda.places(day), agenda.planned[day], holiday_name(day))


def _item(row: Appointment, today: date) -> Item:
    window = window_of(row.due_on, row.reason)
    state = lateness(row.due_on, row.reason, on=today)
    return Item(row, patient_path(row.patient_id), window, state)


def route(
    actor: Actor, team: CareTeam, *, first: date, last: date, overdue: bool, community: str = ""
) -> QuerySet[Appointment]:
    """Who is to be seen at home: planned between the days, and with `overdue` who is overdue without a day ahead.

    By community, then by name.
    """
    rows = _rows(actor, team)
    chosen = rows.filter(planned_on__range=(first, last))
    if overdue:
        chosen = chosen | overdue_without_day(rows, today=first)
    if community:
        chosen = chosen.filter(patient__community=community)
    return chosen.order_by("patient__community", "patient__pinyin", "pk")
