"""Chance that repeats: one stream a person and purpose, from the seed; and keys that look like UUIDv7 out of it.

A stream of its own for everybody means that a change in one life does not shuffle all others.
"""

import random
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import TypeVar
from uuid import UUID

from django.utils import timezone

T = TypeVar("T")


class Chance(random.Random):
    """A stream of chance with the draws the demo needs."""

    def __init__(self, *of: object) -> None:
        super().__init__(":".join(str(part) for part in of))

    def happens(self, probability: float) -> bool:
        return self.random() < probability

    def weighted(self, choices: Sequence[tuple[T, float]]) -> T:
        """One of (value, weight) pairs."""
        return self.choices([value for value, _weight in choices], [weight for _value, weight in choices])[0]

    def between(self, low: int, high: int) -> int:
        return self.randint(low, high)

    def day(self, first: date, last: date) -> date:
        """A day from `first` to `last`, both included; `first` when the span is empty."""
        return first + timedelta(days=self.randint(0, max(0, (last - first).days)))

    def hour(self, on: date, *, first: int = 8, last: int = 17) -> datetime:
        """A moment of a working day in Shanghai, hours `first` to `last`."""
        clock = time(self.randint(first, last - 1), self.randint(0, 59))
        return datetime.combine(on, clock, timezone.get_default_timezone())

    def key(self, at: datetime) -> UUID:
        """A UUIDv7 of the moment: the same draw gives the same key."""
        stamp = int(at.timestamp() * 1000) & 0xFFFF_FFFF_FFFF
        low = 0b10 << 62 | self.getrandbits(62)
        return UUID(int=stamp << 80 | 0x7 << 76 | self.getrandbits(12) << 64 | low)


def clipped(value: float, low: float, high: float) -> float:
    """The value within its bounds."""
    return min(high, max(low, value))
