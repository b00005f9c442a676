"""Working days of the Chinese calendar, holidays and make-up days included, and time that only passes on them.

A clock of "two working days" is 48 hours of *working time*: time that stands still on every day off. So it needs no
rule for what happens at the edge of a weekend, and a clock that was stopped goes on where it stood.
The State Council announces each year's make-up days in the autumn before; for a year not yet announced the
`holidays` library knows the statutory days only.
"""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)


@lru_cache(maxsize=8)
def _calendar(year: int) -> holidays.HolidayBase:
    return holidays.country_holidays("CN", years=year)


def is_working_day(on: date) -> bool:
    """Whether people work on the day: weekdays but holidays, and the weekend days made up for."""
    return bool(_calendar(on.year).is_working_day(on))


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
