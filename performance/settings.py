"""What the national texts leave open and an installation may set: the dictionary `PERFORMANCE` of the settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True, slots=True)
class Settings:
    """Defaults, each with its reason."""

    # National: at least four face-to-face follow-ups a year (BPHS17).
    face_to_face_visits: int = 4
    # National, but the archive holds no health checks yet: asking for one would make every rate 0.
    requires_yearly_check: bool = False
    # Design: a follow-up within a week of its day is on time.
    on_time_days: int = 7
    # Design: the running year and the two before are kept fresh; older cells stay as they were.
    years_kept: int = 3


def configured(given: Mapping[str, Any] | None = None) -> Settings:
    """The defaults with what the installation sets. Raises ImproperlyConfigured for what cannot be counted."""
    chosen = Settings(**(getattr(settings, "PERFORMANCE", {}) if given is None else given))
    if chosen.requires_yearly_check:
        raise ImproperlyConfigured(
            "PERFORMANCE['requires_yearly_check']: health checks are not recorded yet."
        )
    if chosen.years_kept < 1 or chosen.face_to_face_visits < 1 or chosen.on_time_days < 0:
        raise ImproperlyConfigured("PERFORMANCE: at least one year, one visit and no negative days.")
    return chosen


DEFAULTS: Final = Settings()
