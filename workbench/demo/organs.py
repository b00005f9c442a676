"""Lungs, vessels and kidneys over a year: what is measured in the further diseases, from levels that treatment moves.

Sizes are design: half of those with a disease stand near the line of their protocol, so that some are controlled and some
are not. Total cholesterol follows from the other lipids (Friedewald), CAT and saturation from the breath that is left.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final
from uuid import UUID

from followups.entry.visit import rounded
from patients.programmes import Programme
from workbench.demo.chance import Chance, clipped

VESSELS: Final = (Programme.STROKE, Programme.CHD)
#: The programmes that this body knows; pressure and sugar are `courses.Course`.
FURTHER: Final[tuple[Programme, ...]] = (
    Programme.COPD,
    Programme.DYSLIPIDAEMIA,
    *VESSELS,
    Programme.CKD,
    Programme.ELDERLY,
)
_LIPIDS: Final = ("total_cholesterol", "triglycerides", "hdl")
_SHORT_OF_BREATH: Final = (5, 10, 18, 27)  # CAT from which mMRC is 1, 2, 3, 4


@dataclass(slots=True)
class Organs:
    """One person's levels. LDL mmol/L, ratio mg/g, creatinine µmol/L, breath (FEV1) in percent of predicted."""

    person: UUID
    programmes: frozenset[Programme]
    age: int
    female: bool
    chance: Chance = field(init=False)
    ldl: float = 0.0
    triglycerides: float = 0.0
    hdl: float = 0.0
    creatinine: float = 0.0
    acr: float = 0.0
    breath: float = 0.0
    eased: float = 0.0  # points of CAT that treatment has taken away
    blown: bool = False  # the lungs were measured
    checked: bool = False  # the yearly health check was done

    def __post_init__(self) -> None:
        self.chance = chance = Chance("organs", self.person)
        treated = not self.programmes.isdisjoint(VESSELS)
        raised = Programme.DYSLIPIDAEMIA in self.programmes
        mean, spread = (1.72, 0.35) if treated else (2.5, 0.5) if raised else (2.8, 0.6)
        self.ldl = max(0.9, chance.gauss(mean, spread))
        self.triglycerides = (1.8 if raised else 1.4) * math.exp(chance.gauss(0, 0.35))
        self.hdl = clipped(chance.gauss(1.35 if self.female else 1.15, 0.2), 0.7, 2.2)
        kidneys = Programme.CKD in self.programmes
        usual = (100 if kidneys else 68) + (0 if self.female else 14)
        self.creatinine = max(45.0, chance.gauss(usual, 24 if kidneys else 10))
        self.acr = clipped(math.exp(chance.gauss(math.log(34), 0.95)), 4, 900) if kidneys else 8.0
        self.breath = clipped(chance.gauss(62, 15), 26, 92)

    def treat(self, programme: Programme) -> None:
        """Treatment of a disease changed: from now on its level is lower."""
        chance = self.chance
        if programme is Programme.COPD:
            self.eased += chance.uniform(1.5, 5.0)
        elif programme is Programme.CKD:
            self.acr *= chance.uniform(0.6, 0.9)
        elif programme in (Programme.DYSLIPIDAEMIA, *VESSELS):
            self.ldl = max(0.9, self.ldl * chance.uniform(0.70, 0.92))

    def measured(self, programmes: Iterable[Programme], *, near: bool, again: bool) -> dict[str, Decimal]:
        """What a visit finds beyond the ten readings of the form, rounded as it is kept.

        `near` face to face; `again` when the last visit lacked what decides, so that it is brought along this time.
        """
        mine = set(programmes)
        found: dict[str, float] = {}
        if Programme.COPD in mine:
            found |= self._lungs(near=near, again=again)
        if Programme.DYSLIPIDAEMIA in mine and self._happens(0.94 if near else 0.45, again):
            found |= self._lipids() if self.chance.happens(0.45) else {"ldl": self._ldl()}
        elif not mine.isdisjoint(VESSELS) and self._happens(0.5 if near else 0.12, again):
            found |= self._lipids() if near and self.chance.happens(0.4) else {"ldl": self._ldl()}
        if Programme.CKD in mine and self._happens(0.75 if near else 0.2, again):
            found |= self._kidneys()
        if Programme.ELDERLY in mine and near and not self.checked:
            self.checked = True
            found = {**self._lipids(), "creatinine": self._creatinine(), **found}
        return {name: rounded(name, value) for name, value in found.items()}

    def _happens(self, share: float, again: bool) -> bool:
        return self.chance.happens(max(share, 0.97) if again else share)

    def _lungs(self, *, near: bool, again: bool) -> dict[str, float]:
        chance = self.chance
        found: dict[str, float] = {}
        worse = chance.happens(0.05 + 0.14 * (self.breath < 50))
        if self._happens(0.97 if near else 0.88, again):
            points = 22.5 - 0.23 * self.breath - self.eased + 6 * worse + chance.gauss(0, 1.6)
            found["cat"] = cat = round(clipped(points, 0, 38))
            found["exacerbations_since_last"] = 1 + chance.happens(0.2) if worse else 0
            found["mmrc"] = sum(cat >= line for line in _SHORT_OF_BREATH)
        if near or chance.happens(0.25):
            found["spo2"] = round(
                clipped(97.2 - (75 - self.breath) / 9 - 2 * worse + chance.gauss(0, 0.7), 86, 99)
            )
        if near and (not self.blown or chance.happens(0.12)):
            self.blown = True
            percent = clipped(self.breath + chance.gauss(0, 2), 20, 95)
            predicted = (2.1 if self.female else 2.9) - 0.025 * (self.age - 65)
            found |= {"fev1_percent": percent, "fev1": predicted * percent / 100,
                      "fev1_fvc": clipped(0.36 + 0.0042 * percent + chance.gauss(0, 0.02), 0.3, 0.69)}  # fmt: skip
        return found

    def _lipids(self) -> dict[str, float]:
        ldl, chance = self._ldl(), self.chance
        fat = clipped(self.triglycerides * math.exp(chance.gauss(0, 0.15)), 0.4, 6.5)
        hdl = clipped(self.hdl + chance.gauss(0, 0.06), 0.6, 2.4)
        total = ldl + hdl + min(fat, 4.5) / 2.2
        return {"ldl": ldl, **dict(zip(_LIPIDS, (total, fat, hdl), strict=True))}

    def _ldl(self) -> float:
        return max(0.8, self.ldl + self.chance.gauss(0, 0.14))

    def _creatinine(self) -> float:
        return max(40.0, self.creatinine + self.chance.gauss(0, 5))

    def _kidneys(self) -> dict[str, float]:
        chance, found = self.chance, {"creatinine": self._creatinine()}
        if chance.happens(0.75):
            found["acr"] = clipped(self.acr * math.exp(chance.gauss(0, 0.18)), 3, 1200)
        if chance.happens(0.7):
            found["potassium"] = clipped(chance.gauss(4.45, 0.38), 3.3, 5.9)
        return found
