"""Ending dated rows on a day, set-wise. The day itself is the first on which they no longer hold."""

from datetime import date, timedelta
from typing import Any, TypeVar

from django.contrib.postgres.fields import DateRangeField
from django.db.models import DateField, F, Func, Model, Q, QuerySet, Value
from psycopg2.extras import DateRange

M = TypeVar("M", bound=Model)


def not_over(*, on: date, prefix: str = "") -> Q:
    """Rows whose period reaches the day or lies ahead of it."""
    return Q(**{f"{prefix}period__endswith__isnull": True, f"{prefix}period__isempty": False}) | Q(
        **{f"{prefix}period__endswith__gt": on}
    )


def until(day: date) -> Func:
    """The row's period with another end."""
    return Func(lower("period"), Value(day), function="daterange", output_field=DateRangeField())


def since(day: date) -> Func:
    """What is left of the row's period from the day on."""
    upper = Func(F("period"), function="upper", output_field=DateField())
    return Func(Value(day), upper, function="daterange", output_field=DateRangeField())


def lower(field: str) -> Func:
    return Func(F(field), function="lower", output_field=DateField())


def end(rows: QuerySet[M], *, on: date, **also: Any) -> int:
    """End rows that are not over by the day; returns how many were touched.

    What has not begun is deleted: it never was. What began on that very day lasts that one day, since a period must
    last. `also`: further columns to write on those that end.
    """
    running = rows.filter(not_over(on=on))
    ahead, _each = running.filter(period__startswith__gt=on).delete()
    began = running.filter(period__startswith=on).update(period=until(on + timedelta(days=1)), **also)
    before = running.filter(Q(period__startswith__lt=on) | Q(period__startswith__isnull=True))
    return ahead + began + before.update(period=until(on), **also)


def range_from(day: date | None, ends: date | None) -> DateRange:
    """From a day to an end, in Python."""
    return DateRange(day, ends)
