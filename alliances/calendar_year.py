"""A year of the calendar at a glance: every day with what the published list says and what was set by hand."""

from calendar import Calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR

from alliances.models import CalendarDay
from alliances.workdays import DayKind, holiday_name, kind_of

_WEEKS = Calendar()


@dataclass(frozen=True, slots=True)
class Day:
    """One day as drawn; `hand` is what was set by hand for the chosen alliance, else for everybody."""

    on: date
    kind: DayKind
    holiday: str
    hand: CalendarDay | None

    @property
    def works(self) -> bool:
        return self.hand.works if self.hand else self.kind in (DayKind.WORKDAY, DayKind.MAKE_UP)

    @property
    def look(self) -> str:
        """The word by which the style sheet draws it: work, off, holiday, make-up."""
        if self.hand:
            return "make-up" if self.hand.works else "holiday"
        looks = {DayKind.WORKDAY: "work", DayKind.WEEKEND: "off", DayKind.HOLIDAY: "holiday"}
        return looks.get(self.kind, "make-up")


@dataclass(frozen=True, slots=True)
class Month:
    """A month in weeks from Monday to Sunday; None fills the days of the neighbours."""

    first: date
    weeks: list[list[Day | None]]


def weekday_heads() -> list[tuple[str, str]]:
    """The heads of the columns from Monday: a letter or two, and the whole word."""
    short = [str(WEEKDAYS_ABBR[day]) for day in range(7)]
    return [(text[:2] if text.isascii() else text[-1], str(WEEKDAYS[day])) for day, text in enumerate(short)]


def months_of(year: int, days: Iterable[CalendarDay]) -> list[Month]:
    """The twelve months. `days`: those set by hand, an alliance's own after everybody's."""
    hand = {row.on: row for row in days}
    return [Month(date(year, month, 1), _weeks(year, month, hand)) for month in range(1, 13)]


def _weeks(year: int, month: int, hand: dict[date, CalendarDay]) -> list[list[Day | None]]:
    return [
        [_day(on, hand) if on.month == month else None for on in week]
        for week in _WEEKS.monthdatescalendar(year, month)
    ]


def _day(on: date, hand: dict[date, CalendarDay]) -> Day:
    return Day(on, kind_of(on), holiday_name(on), hand.get(on))
