"""The months that cells describe, each with its as-of day."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

_PERIOD: Final = re.compile(r"(?P<year>[12]\d{3})(-(?P<month>0[1-9]|1[0-2]))?", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month and the last of its days that has come: its figures are year-to-date on that day."""

    first: date
    as_of: date

    @property
    def year_begins(self) -> date:
        return self.first.replace(month=1)


def next_month(first: date) -> date:
    """The first day of the following month."""
    return (first.replace(day=1) + timedelta(days=32)).replace(day=1)


def month_of(day: date, *, on: date) -> Month:
    """The month of a day as it stands on `on`: a past month ends with its last day, the running one with today."""
    first = day.replace(day=1)
    return Month(first, min(next_month(first) - timedelta(days=1), on))


def months_between(start: date, end: date, *, on: date) -> tuple[Month, ...]:
    """The months from the one of `start` to the one of `end`, none that begins after `on`."""
    found = []
    first = start.replace(day=1)
    while first <= min(end, on):
        found.append(month_of(first, on=on))
        first = next_month(first)
    return tuple(found)


def kept_months(years: int, *, on: date) -> tuple[Month, ...]:
    """The months kept fresh: the running year to date and the full years before it, `years` in all."""
    return months_between(date(on.year - years + 1, 1, 1), on, on=on)


def period(text: str, *, on: date) -> tuple[Month, ...]:
    """The months of "2025" or "2025-03" that have begun. Raises ValueError for anything else."""
    found = _PERIOD.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is neither YYYY nor YYYY-MM")
    start = date(int(found["year"]), int(found["month"] or 1), 1)
    end = start if found["month"] else start.replace(month=12)
    return months_between(start, end, on=on)


def earliest_year(months: Iterable[Month]) -> date:
    """New Year's Day of the earliest of the months."""
    return min(month.year_begins for month in months)
