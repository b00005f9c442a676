"""How pressure and sugar go over a year: each person's own level, slow swings, winter, treatment, and the cuff.

A reading is the level under treatment + drift + season + swing (an AR(1) process in days) + lack of medicine + error
of measurement. Because the swing fades and the error is drawn anew, a high reading is followed by a lower one on
average even when nothing is done (regression to the mean), as in real life. Sizes are design, of the order that
cohorts report: a person's pressure varies by about 8 mmHg from visit to visit, winter is about 6 above summer.
"""

import math
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from patients.models.encounter import Adherence
from workbench.demo.chance import Chance, clipped

_FADES: Final = 45.0  # days in which a swing falls to 1/e
_WARMEST: Final = 205  # day of the year
_SWING: Final = 5.0  # mmHg
_ERROR: Final = 5.5  # mmHg
_SUGAR_SWING: Final = 0.45  # mmol/L
_SUGAR_ERROR: Final = 0.4
_NORMAL: Final = 124.0  # mmHg: where treatment has nothing left to take
_NORMAL_SUGAR: Final = 5.7  # mmol/L
_WITHOUT: Final = {Adherence.REGULAR: 0.0, Adherence.INTERMITTENT: 0.45, Adherence.NONE: 1.0}
_NEXT: Final = {
    Adherence.REGULAR: ((Adherence.REGULAR, 0.87), (Adherence.INTERMITTENT, 0.11), (Adherence.NONE, 0.02)),
    Adherence.INTERMITTENT: (
        (Adherence.REGULAR, 0.45),
        (Adherence.INTERMITTENT, 0.48),
        (Adherence.NONE, 0.07),
    ),
    Adherence.NONE: ((Adherence.REGULAR, 0.20), (Adherence.INTERMITTENT, 0.30), (Adherence.NONE, 0.50)),
}


@dataclass(slots=True)
class Course:
    """One person's body over time. `systolic` mmHg and `sugar` mmol/L are levels on the treatment of the first day."""

    chance: Chance
    age: int
    started: date
    hypertensive: bool
    diabetic: bool
    bmi: float
    height: float
    systolic: float = 0.0
    diastolic: float = 0.0
    sugar: float = 0.0
    pulse: float = 0.0
    drift: float = 0.0
    answers: float = 1.0
    adherence: Adherence = Adherence.REGULAR
    treated: list[tuple[date, float, float]] = field(default_factory=list)
    _swing: float = 0.0
    _sugar_swing: float = 0.0
    _seen: date | None = None

    def __post_init__(self) -> None:
        chance = self.chance
        older = self.age - 60
        base = 141.5 + 0.12 * older if self.hypertensive else 124.0 + 0.2 * older
        self.systolic = chance.gauss(base, 11.0)
        self.diastolic = 80.0 - 0.28 * older + 0.32 * (self.systolic - base) + chance.gauss(0, 4.5)
        self.sugar = 6.95 * math.exp(chance.gauss(0, 0.16)) if self.diabetic else chance.gauss(5.3, 0.4)
        self.pulse = chance.gauss(75, 7)
        # How well treatment works in this person: in one of four hardly at all.
        self.answers = chance.uniform(0.0, 0.15) if chance.happens(0.27) else chance.uniform(0.25, 0.95)
        self.drift = chance.gauss(2.0, 2.0)  # mmHg a year, before anything is done about it
        self.adherence = chance.weighted(
            ((Adherence.REGULAR, 0.70), (Adherence.INTERMITTENT, 0.22), (Adherence.NONE, 0.08))
        )
        self._swing, self._sugar_swing = chance.gauss(0, _SWING), chance.gauss(0, _SUGAR_SWING)

    def pass_time(self, to: date) -> None:
        """Let the swings fade and renew up to the day, and habits change."""
        days = (to - (self._seen or self.started)).days
        kept = math.exp(-max(0, days) / _FADES)
        renewed = math.sqrt(1 - kept * kept)
        self._swing = kept * self._swing + renewed * self.chance.gauss(0, _SWING)
        self._sugar_swing = kept * self._sugar_swing + renewed * self.chance.gauss(0, _SUGAR_SWING)
        self.adherence = self.chance.weighted(_NEXT[self.adherence])
        self._seen = to

    def treat(self, on: date, *, pressure: float = 0.0, sugar: float = 0.0) -> None:
        """Treatment changed on the day: it takes away these shares of what lies above normal, fully after three weeks."""
        self.treated.append((on, pressure, sugar))

    def pressure(self, on: date) -> tuple[int, int]:
        """Systolic and diastolic as measured on the day."""
        level = _NORMAL + (self.systolic - _NORMAL) * self._left(on, 0)
        usual = level + self.drift * (on - self.started).days / 365 + 3.0 * _cold(on)
        if self.hypertensive:
            usual += 11.0 * _WITHOUT[self.adherence]
        error = self.chance.gauss(0, _ERROR) + (
            self.chance.uniform(18, 40) if self.chance.happens(0.006) else 0
        )
        systolic = usual + self._swing + error
        diastolic = self.diastolic + 0.45 * (systolic - self.systolic) + self.chance.gauss(0, 3.0)
        high = round(clipped(systolic, 94, 214))
        return high, round(clipped(diastolic, 48, min(118, high - 18)))

    def fasting_glucose(self, on: date) -> float:
        """mmol/L; higher after the holidays of the cold season."""
        usual = self._morning(on) + 0.25 * _cold(on)
        if self.diabetic:
            usual += 1.3 * _WITHOUT[self.adherence]
        scale = max(0.6, self.sugar / 7.0)
        return clipped(usual + scale * (self._sugar_swing + self.chance.gauss(0, _SUGAR_ERROR)), 3.6, 22.0)

    def hba1c(self, on: date) -> float:
        """Percent, from the average of the sugar rather than the morning's (facts 8.3, eAG solved for HbA1c)."""
        average = (self._morning(on) + 1.3 * _WITHOUT[self.adherence] * self.diabetic) * 1.18
        return clipped((average + 2.59) / 1.59 + self.chance.gauss(0, 0.25), 4.6, 14.0)

    def heart_rate(self) -> int:
        return round(clipped(self.chance.gauss(self.pulse, 5), 50, 112))

    def weight(self) -> float:
        """Kilograms: a slow walk with scales that differ a little."""
        self.bmi = clipped(self.bmi + self.chance.gauss(-0.02, 0.18), 16.5, 38.0)
        return round(self.bmi * (self.height / 100) ** 2 + self.chance.gauss(0, 0.3), 1)

    def waist(self) -> float:
        return round(clipped(3.1 * self.bmi + 8 + self.chance.gauss(0, 2.0), 58, 126), 1)

    def _morning(self, on: date) -> float:
        """The level of sugar under treatment, mmol/L."""
        return _NORMAL_SUGAR + (self.sugar - _NORMAL_SUGAR) * self._left(on, 1)

    def _left(self, on: date, which: int) -> float:
        """The share of what lies above normal that treatment has left; each further step has less to take."""
        left = 1.0
        for begun, *shares in self.treated:
            if begun <= on:
                left *= 1 - shares[which] * self.answers * (1 - math.exp(-(on - begun).days / 8))
        return left


def as_read(value: int, chance: Chance, *, by_ear: bool) -> int:
    """The number written down: a cuff heard by ear gives even numbers, and zeros more often than chance."""
    if not by_ear:
        return value
    return round(value / 10) * 10 if chance.happens(0.22) else round(value / 2) * 2


def _cold(on: date) -> float:
    """1 in the depth of winter, -1 in the height of summer."""
    return -math.cos(2 * math.pi * (on.timetuple().tm_yday - _WARMEST) / 365)
