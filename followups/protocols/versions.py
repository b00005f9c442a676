"""Versions of the settings, each in force from a day: which one judges a visit. Pure: no database, no clock."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any, Final

from followups.protocols.assessment import Decision, assess
from followups.protocols.definition import DEFAULTS, Settings
from followups.protocols.evidence import Case
from followups.protocols.knobs import known_values


@dataclass(frozen=True, slots=True)
class Version:
    """Settings that hold from a day on. `number` 0: the defaults of this release, when nobody has published any."""

    number: int
    settings: Settings
    valid_from: date = date.min

    def assess(self, case: Case) -> Decision:
        """As `assess` under these settings; each outcome names the rule table and the settings: "1/0", "1/3"."""
        decision = assess(case, self.settings)
        stamped = {
            name: replace(outcome, version=f"{outcome.version}/{self.number}")
            for name, outcome in decision.programmes.items()
        }
        return replace(decision, programmes=stamped)


FIRST: Final = Version(0, DEFAULTS)


@dataclass(frozen=True, slots=True)
class Timetable:
    """Published versions in the order of their days; each holds until the next one begins."""

    versions: tuple[Version, ...] = ()

    def on(self, day: date) -> Version:
        """The version in force on the day."""
        begun = [version for version in self.versions if version.valid_from <= day]
        return begun[-1] if begun else FIRST


DEFAULT_TIMETABLE: Final = Timetable()


@lru_cache(maxsize=64)
def read_timetable(text: str | None) -> Timetable:
    """The timetable from the JSON that a statement brings along: a list of number, valid_from and settings.

    Kept by its whole text: another text is another timetable, so no process can be behind.
    """
    rows = json.loads(text) if text else []
    versions = [
        Version(row["number"], settings_of(row["settings"]), date.fromisoformat(row["valid_from"]))
        for row in rows
    ]
    return Timetable(tuple(sorted(versions, key=lambda version: version.valid_from)))


def settings_of(values: Mapping[str, Any]) -> Settings:
    """Stored values as settings.

    What was stored before a setting existed stands at its default; a name that this release does not know is read by
    no rule. Whoever stores values checks them first (`knobs.check`).
    """
    return Settings(**known_values(values))
