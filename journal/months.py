"""Months of the trail: how far back it is kept, when one begins, which there are."""

from datetime import date, datetime, time

from django.conf import settings
from django.utils import timezone


def before(day: date, months: int) -> date:
    """The first day of the month that lies so many months before the day's; negative: after."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, 1)


def earliest(today: date) -> date:
    """The first day of the oldest month that is kept whole."""
    return before(today, settings.AUDIT_MONTHS)


def begin_of(day: date) -> datetime:
    """The first moment of a day in Shanghai."""
    return timezone.make_aware(datetime.combine(day, time.min))
