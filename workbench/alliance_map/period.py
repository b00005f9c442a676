"""The period a map is looked at for, and the one of the same length that it is compared with."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from followups.protocols.months import add_months
from referrals.flows import Span

_DAY: Final = timedelta(days=1)
_KEY: Final = re.compile(r"(?P<year>20\d\d)(?:-(?P<month>0[1-9]|1[0-2])|Q(?P<quarter>[1-4]))?")
OWN: Final = "own"
#: An own period is at most so many days long.
LONGEST: Final = 3 * 366


class NoSuchPeriod(ValueError):
    """The key names no period, or one that has not begun."""


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` to `last`, both included and none after today; `before` is what they are compared with."""

    key: str
    name: str
    first: date
    last: date
    before: Span

    @property
    def span(self) -> Span:
        return self.first, self.last


def period_of(key: str, *, on: date) -> Period:
    """A month ("2026-11"), quarter ("2026Q4") or year ("2026"); running ones end on the day `on`.

    A running period is compared with as many days of the one before it. Raises NoSuchPeriod.
    """
    found = _KEY.fullmatch(key)
    if found is None:
        raise NoSuchPeriod(key)
    year, months = int(found["year"]), 12
    first = date(year, 1, 1)
    if found["month"]:
        first, months = date(year, int(found["month"]), 1), 1
    elif found["quarter"]:
        first, months = date(year, 3 * int(found["quarter"]) - 2, 1), 3
    if first > on:
        raise NoSuchPeriod(key)
    end, before = add_months(first, months) - _DAY, add_months(first, -months)
    last = min(end, on)
    before_last = first - _DAY if last == end else min(first - _DAY, before + (last - first))
    return Period(key, name_of(key), first, last, (before, before_last))


def own_period(first: date, last: date) -> Period:
    """Any days; compared with as many days just before them."""
    words = {"first": date_format(first, "Y-m-d"), "last": date_format(last, "Y-m-d")}
    before = first - (last - first) - _DAY
    return Period(OWN, _("%(first)s to %(last)s") % words, first, last, (before, first - _DAY))


def name_of(key: str) -> str:
    """The name of a month, quarter or year."""
    found = _KEY.fullmatch(key)
    if found is None:
        raise NoSuchPeriod(key)
    if found["month"]:
        return _("%(year)s-%(month)s") % {"year": found["year"], "month": int(found["month"])}
    if found["quarter"]:
        return _("%(year)s quarter %(quarter)s") % {"year": found["year"], "quarter": found["quarter"]}
    return _("year %(year)s") % {"year": found["year"]}


def month_key(on: date) -> str:
    """The key of a day's month."""
    return f"{on:%Y-%m}"


def choices(*, on: date) -> list[tuple[str, list[tuple[str, str]]]]:
    """What the page offers, latest first: thirteen months, five quarters, three years, in groups."""
    months = [month_key(add_months(on.replace(day=1), -back)) for back in range(13)]
    begin = date(on.year, on.month - (on.month - 1) % 3, 1)
    starts = [add_months(begin, -3 * back) for back in range(5)]
    quarters = [f"{start:%Y}Q{(start.month + 2) // 3}" for start in starts]
    years = [str(on.year - back) for back in range(3)]
    groups = ((_("Months"), months), (_("Quarters"), quarters), (_("Years"), years))
    return [(name, [(key, name_of(key)) for key in keys]) for name, keys in groups]
