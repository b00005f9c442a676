"""Kidney function from creatinine: the CKD-EPI formulas (facts 2.4). Pure."""

from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from patients.readings import Number, exact

UMOL_PER_MG_DL: Final = Decimal("88.4")
ADULT: Final = 18


class _Formula(NamedTuple):
    """The constants of one edition; `alpha` and `female` are those of the sexes."""

    scale: Decimal
    alpha: dict[str, Decimal]
    beyond: Decimal
    yearly: Decimal
    female: Decimal


KAPPA: Final = {"female": Decimal("0.7"), "male": Decimal("0.9")}
FORMULAS: Final = {
    "2009": _Formula(
        Decimal(141),
        {"female": Decimal("-0.329"), "male": Decimal("-0.411")},
        Decimal("-1.209"),
        Decimal("0.993"),
        Decimal("1.018"),
    ),
    "2021": _Formula(
        Decimal(142),
        {"female": Decimal("-0.241"), "male": Decimal("-0.302")},
        Decimal("-1.200"),
        Decimal("0.9938"),
        Decimal("1.012"),
    ),
}


STAGES: Final = ((90, "G1"), (60, "G2"), (45, "G3a"), (30, "G3b"), (15, "G4"))
# Far more digits than a tenth needs, and a tenth of the work that the usual 28 make of a power.
CONTEXT: Final = Context(prec=14)


@lru_cache(maxsize=4096)  # a history is looked at again at every later visit
def egfr(sex: str | None, age: int, creatinine: Number, formula: str) -> Decimal | None:
    """Estimated filtration in mL/min/1.73 m², one decimal, half up, from serum creatinine in µmol/L.

    `formula` is the edition of CKD-EPI, "2009" or "2021". None for a child, and where the sex is not male or female:
    the formula says nothing of them.
    """
    if sex not in KAPPA or age < ADULT:
        return None
    edition = FORMULAS[formula]
    power, times = CONTEXT.power, CONTEXT.multiply
    ratio = CONTEXT.divide(exact(creatinine), UMOL_PER_MG_DL * KAPPA[sex])
    rate = times(edition.scale, power(min(ratio, Decimal(1)), edition.alpha[sex]))
    rate = times(rate, power(max(ratio, Decimal(1)), edition.beyond))
    rate = times(rate, power(edition.yearly, age))
    rate = times(rate, edition.female if sex == "female" else Decimal(1))
    return rate.quantize(Decimal("0.1"), ROUND_HALF_UP)


def stage(rate: Decimal) -> str:
    """The stage by filtration: G1 from 90, G2 from 60, G3a from 45, G3b from 30, G4 from 15, else G5."""
    return next((name for least, name in STAGES if rate >= least), "G5")
