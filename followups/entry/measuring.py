"""Repeated readings of the blood pressure: when a third is wanted, and which number decides. Pure.

Two readings 30–60 seconds apart, their mean; when they differ by more than 10 mmHg a third is taken (CHTN24, JCHTN25,
facts 1.3). How a third is averaged is not settled: a setting, by default the mean of the last two.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from followups.protocols.definition import DEFAULTS, Settings

Pressure = tuple[int, int]
APART: Final = 10
LARGE_CUFF_ABOVE, SMALL_CUFF_BELOW = Decimal(32), Decimal(24)  # cm of the upper arm (CHTN24)
FASTING_HOURS: Final = 8


def mean_of(readings: Sequence[Pressure], settings: Settings = DEFAULTS) -> Pressure:
    """The pressure that decides: the mean by rule, whole mmHg, half up. IndexError without a reading."""
    counted = list(readings)
    if len(counted) > 2 and settings.third_reading_last_two:
        counted = counted[-2:]
    upper, lower = (_mean([pair[side] for pair in counted]) for side in (0, 1))
    return upper, lower


def means_of(readings: Sequence[Pressure]) -> tuple[Pressure, ...]:
    """The pressures that can decide, by the one rule and by the other: which of them counts, a protocol's version says."""
    rules = (replace(DEFAULTS, third_reading_last_two=each) for each in (True, False))
    return tuple(mean_of(readings, rule) for rule in rules)


def apart(readings: Sequence[Pressure]) -> int:
    """By how much the first two readings differ, the upper or the lower one; 0 with one."""
    if len(readings) < 2:
        return 0
    first, second = readings[:2]
    return max(abs(first[0] - second[0]), abs(first[1] - second[1]))


def third_wanted(readings: Sequence[Pressure]) -> bool:
    """Whether two readings are so far apart that a third should be taken."""
    return len(readings) == 2 and apart(readings) > APART


def cuff_for(arm: Decimal) -> str:
    """The cuff for an upper arm of so many cm round."""
    if arm > LARGE_CUFF_ABOVE:
        return "large"
    return "small" if arm < SMALL_CUFF_BELOW else "standard"


def _mean(numbers: Sequence[int]) -> int:
    exact = Decimal(sum(numbers)) / len(numbers)
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))
