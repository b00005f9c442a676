"""The days around the due day on which a follow-up counts, and how late it is. Pure: no database, no clock."""

from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from followups.calendar.settings import Settings, configured

LONG_OVERDUE = timedelta(days=60)  # design: two windows and a month; the list shows it in red


class Window(NamedTuple):
    """The first and the last day on which the follow-up counts, both included."""

    first: date
    last: date


def window_of(due_on: date, reason: str, *, settings: Settings | None = None) -> Window:
    """The window of a follow-up by the rule of its reason."""
    before, after = (settings or configured()).windows[reason]
    return Window(due_on - timedelta(days=before), due_on + timedelta(days=after))


class Lateness(StrEnum):
    """How a follow-up stands on a day, mildest first."""

    AHEAD = "ahead"  # the window has not begun
    OPEN = "open"  # may be done
    LATE = "late"  # due, but still within the window
    OVERDUE = "overdue"  # the window has passed
    ESCALATED = "escalated"  # the team lead has been told
    LONG = "long"  # overdue for two months


def lateness(due_on: date, reason: str, *, on: date, settings: Settings | None = None) -> Lateness:
    """The state of a due follow-up by its age."""
    settings = settings or configured()
    window, late = window_of(due_on, reason, settings=settings), on - due_on
    if on < window.first:
        return Lateness.AHEAD
    if on <= due_on:
        return Lateness.OPEN
    if late >= LONG_OVERDUE:
        return Lateness.LONG
    if late.days > settings.escalate_after_days:
        return Lateness.ESCALATED
    return Lateness.LATE if on <= window.last else Lateness.OVERDUE
