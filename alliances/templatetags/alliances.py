"""Words about periods: stored with the day after, shown with the last day."""

from datetime import date, timedelta

from django import template
from psycopg2.extras import DateRange

register = template.Library()


@register.filter
def last_day(period: DateRange) -> date | None:
    """The last day of a period; None where it is open."""
    return period.upper - timedelta(days=1) if period.upper else None
