"""Working days of the Chinese calendar, holidays and make-up days included, and time that only passes on them.

A clock of "two working days" is 48 hours of *working time*: time that stands still on every day off. So it needs no
rule for what happens at the edge of a weekend, and a clock that was stopped goes on where it stood.
The State Council announces each year's make-up days in the autumn before; for a year not yet announced the
`holidays` library knows the statutory days only. What it does not know is set by hand (`alliances.calendar_days`), for
everybody or for the members of an alliance. Every clock and every due window asks here, and nowhere else.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from time import monotonic
from typing import Final
from zoneinfo import ZoneInfo

import holidays

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
#: Another process hears of a day that was set by hand within this many seconds.
FRESH: Final = 60.0

SetByHand = Mapping[int | None, Mapping[date, bool]]


class DayKind(StrEnum):
    """What the published calendar calls a day."""

    WORKDAY = "workday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MAKE_UP = "make_up"


@dataclass
class _Known:
    """The days set by hand as they were read last; few enough to be held whole."""

    read: Callable[[], SetByHand] | None = None
    days: SetByHand | None = None
    until: float = 0.0


_known = _Known()


def read_from(read: Callable[[], SetByHand]) -> None:
    """Say who knows the days set by hand (called once, when the app is ready)."""
    _known.read = read


def forget() -> None:
    """Read the days set by hand anew at the next question."""
    _known.days = None


def know(days: SetByHand, *, seconds: float = FRESH) -> None:
    """Take these as the days set by hand for a while."""
    _known.days, _known.until = days, monotonic() + seconds


def _set_by_hand() -> SetByHand:
    if _known.days is None or monotonic() > _known.until:
        know(_known.read() if _known.read is not None else {})
    return _known.days or {}


@lru_cache(maxsize=8)
def _calendar(year: int) -> holidays.HolidayBase:
    return holidays.country_holidays("CN", years=year)


def published(year: int) -> bool:
    """Whether the make-up days of the year are known: the State Council has announced them and the library has them."""
    return year in getattr(_calendar(year), "special_public_holidays", {})


def kind_of(on: date) -> DayKind:
    """What the published calendar says of the day, before anything set by hand."""
    calendar = _calendar(on.year)
    if calendar.is_working_day(on):
        return DayKind.MAKE_UP if on.weekday() > 4 else DayKind.WORKDAY
    return DayKind.HOLIDAY if on in calendar else DayKind.WEEKEND


def holiday_name(on: date) -> str:
    """The holiday of the day in Chinese, empty where there is none."""
    return str(_calendar(on.year).get(on) or "")


def is_working_day(on: date, *, of: int | None = None) -> bool:
    """Whether people work on the day: weekdays but holidays, the weekend days made up for, and what was set by hand.

    `of` is the organization that asks: its alliance may have said something of its own.
    """
    hand = _set_by_hand()
    for who in (of, None):
        if on in hand.get(who, {}):
            return hand[who][on]
    return bool(_calendar(on.year).is_working_day(on))


def said_by_hand(on: date, *, of: int | None = None) -> bool | None:
    """What was set by hand for the day, None where nothing was."""
    hand = _set_by_hand()
    return hand.get(of, {}).get(on, hand.get(None, {}).get(on))


def after_working_time(at: datetime, needed: timedelta) -> datetime:
    """The moment when `needed` of working time has passed since `at` (aware); `at` itself when nothing is needed."""
    moment, left = at.astimezone(SHANGHAI), needed
    while left > timedelta(0):
        midnight = _next_midnight(moment)
        if is_working_day(moment.date()):
            if midnight - moment >= left:
                return moment + left
            left -= midnight - moment
        moment = midnight
    return moment


def working_time(begin: datetime, end: datetime) -> timedelta:
    """The working time between two aware moments; negative when `end` lies before `begin`."""
    if end < begin:
        return -working_time(end, begin)
    moment, last, passed = begin.astimezone(SHANGHAI), end.astimezone(SHANGHAI), timedelta(0)
    while moment < last:
        stop = min(_next_midnight(moment), last)
        if is_working_day(moment.date()):
            passed += stop - moment
        moment = stop
    return passed


def _next_midnight(moment: datetime) -> datetime:
    return datetime.combine(moment.date() + DAY, time(), tzinfo=SHANGHAI)
