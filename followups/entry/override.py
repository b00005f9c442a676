"""What a doctor decides otherwise than the protocol, as the form, the interface for other systems and a use-case hand it in."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Wish:
    """Class and action of one programme by their codes; empty: as the protocol says."""

    klass: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class Override:
    """A doctor's decision on one visit: by programme, and the next date; with the reason for all of it."""

    reason: str
    programmes: Mapping[str, Wish] = dataclasses.field(default_factory=dict)
    next_due_on: date | None = None
