"""What the national texts leave open about the calendar of follow-ups: the dictionary `FOLLOWUP_CALENDAR` of the settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


def _windows() -> Mapping[str, tuple[int, int]]:
    """Days before and after the due day by the reason of the follow-up.

    A routine follow-up may be done a week early or late (design: the on-time days of the indicators). What the
    national text promises "within two weeks" (BPHS17) has no days after; it may be done earlier.
    """
    return {
        "first": (7, 0),
        "routine": (7, 7),
        "recheck": (7, 0),
        "adjust": (7, 0),
        "refer": (7, 0),
        "emergency": (7, 0),
        "returned": (3, 0),
        "found": (7, 0),
    }


@dataclass(frozen=True, slots=True)
class Settings:
    """Defaults, each with its reason. None of them is national: the texts say how often, not how to organise it."""

    windows: Mapping[str, tuple[int, int]] = field(default_factory=_windows)
    # Design: who is overdue for two weeks has missed the window of a routine follow-up and a second week.
    escalate_after_days: int = 14
    # Design: facts 6.1 speak of three tries by local rule (U).
    lost_attempts: int = 3
    # Design: the tries reach over at least two weeks, so that a journey of a few days makes nobody lost.
    lost_over_days: int = 14
    # Design: a follow-up whose window has passed is spread over so many days from tomorrow on.
    catch_up_days: int = 7


def configured(given: Mapping[str, Any] | None = None) -> Settings:
    """The defaults with what the installation sets. Raises ImproperlyConfigured for what cannot be planned by."""
    asked = dict(getattr(settings, "FOLLOWUP_CALENDAR", {}) if given is None else given)
    windows = {**_windows(), **asked.pop("windows", {})}
    chosen = Settings(windows=windows, **asked)
    days = [day for window in windows.values() for day in window]
    if set(windows) != set(_windows()) or min(days) < 0 or max(days) > 31:
        raise ImproperlyConfigured(
            "FOLLOWUP_CALENDAR['windows']: 0 to 31 days before and after, by known reasons."
        )
    if chosen.lost_attempts < 1 or chosen.lost_over_days < 0 or chosen.escalate_after_days < 1:
        raise ImproperlyConfigured("FOLLOWUP_CALENDAR: at least one attempt, and no negative days.")
    if chosen.catch_up_days < 1:
        raise ImproperlyConfigured("FOLLOWUP_CALENDAR['catch_up_days']: at least one day.")
    return chosen


DEFAULTS: Final = Settings()
