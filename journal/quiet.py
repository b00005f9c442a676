"""Hours in which nobody is disturbed."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
Hours = tuple[time, time]


def quiet_until(at: datetime, hours: Hours | None) -> datetime | None:
    """The end of the quiet hours in which the moment lies, None where it lies in none. They may reach over midnight."""
    if hours is None or hours[0] == hours[1]:
        return None
    begin, end = hours
    local = at.astimezone(SHANGHAI)
    now = local.time().replace(tzinfo=None)
    if begin < end:
        return _at(local, end) if begin <= now < end else None
    if now >= begin:
        return _at(local + timedelta(days=1), end)
    return _at(local, end) if now < end else None


def _at(day: datetime, moment: time) -> datetime:
    return datetime.combine(day.date(), moment, SHANGHAI)
