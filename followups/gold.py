"""GOLD: how narrow the airways of a COPD are (1 to 4), and the group that treatment begins with (A, B, E).

Source: Global strategy for COPD, report of 2023 (facts 2.1). Both are computed where they are shown and never stored; what
the given numbers do not settle stays open: nothing is assumed of a question that nobody answered.
"""

from collections.abc import Mapping
from typing import Any, Final

from patients.readings import Number, exact

OBSTRUCTION: Final = exact(
    0.70
)  # FEV1/FVC after a bronchodilator; from here on there is no confirmed obstruction
_GRADES: Final = ((80, 1), (50, 2), (30, 3))  # FEV1 in percent of predicted, from so many on
_MANY_SYMPTOMS: Final = {"mmrc": 2, "cat": 10}


def grade(*, fev1_fvc: Number | None, fev1_percent: Number | None) -> int | None:
    """The grade of the obstruction, 1 to 4. None without an obstruction, and where one of the two is not known."""
    if fev1_fvc is None or fev1_percent is None or exact(fev1_fvc) >= OBSTRUCTION:
        return None
    return next((number for least, number in _GRADES if exact(fev1_percent) >= least), 4)


def group(
    *, exacerbations: Number | None, hospital_stays: Number | None, mmrc: Number | None, cat: Number | None
) -> str:
    """The group: A, B or E; empty while what is known leaves it open.

    `exacerbations`: at least moderate ones of the last year, `hospital_stays`: those for an exacerbation.
    """
    if (hospital_stays or 0) >= 1 or (exacerbations or 0) >= 2:
        return "E"
    if hospital_stays is None or exacerbations is None:
        return ""
    answers = {"mmrc": mmrc, "cat": cat}
    if any(value is not None and value >= _MANY_SYMPTOMS[name] for name, value in answers.items()):
        return "B"
    return "" if None in answers.values() else "A"


def grade_in(readings: Mapping[str, Any]) -> int | None:
    """The grade by the readings of one visit, by their names."""
    return grade(fev1_fvc=readings.get("fev1_fvc"), fev1_percent=readings.get("fev1_percent"))


def group_in(readings: Mapping[str, Any], findings: Mapping[str, Any]) -> str:
    """The group by the readings and findings of one visit; its count of exacerbations is that of the form."""
    return group(
        exacerbations=findings.get("exacerbations_year"),
        hospital_stays=findings.get("hospital_stays_year"),
        mmrc=readings.get("mmrc"),
        cat=readings.get("cat"),
    )
