"""Calendar months, clipped to the end of the month: three months after 30 November is 28 (or 29) February."""

import calendar
from datetime import date


def add_months(on: date, months: int) -> date:
    """The same day `months` later (earlier when negative), or the last day of that month where it has no such day."""
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    return date(year, month + 1, min(on.day, calendar.monthrange(year, month + 1)[1]))


def age_on(birth_date: date, on: date) -> int:
    """Full years on that day; the birthday itself counts, one born on 29 February turns a year older on 1 March."""
    return on.year - birth_date.year - ((on.month, on.day) < (birth_date.month, birth_date.day))
