"""eGFR: the worked examples F49-F52, and of whom the formulas say nothing."""

from decimal import Decimal
from itertools import pairwise

import pytest

from patients.kidney import egfr, stage


@pytest.mark.parametrize(
    ("sex", "age", "creatinine", "of_2009", "of_2021"),
    [
        ("male", 60, 88.4, "81.4", "86.2"),
        ("female", 50, 61.88, "101.0", "105.3"),
        ("male", 63, 112, "59.9", "63.7"),  # the edition decides between stage G3a and G2
        ("female", 72, 124, "37.4", "39.9"),
    ],
)
def test_filtration_by_both_editions(
    sex: str, age: int, creatinine: float, of_2009: str, of_2021: str
) -> None:
    assert egfr(sex, age, creatinine, "2009") == Decimal(of_2009)
    assert egfr(sex, age, creatinine, "2021") == Decimal(of_2021)


@pytest.mark.parametrize(
    ("rate", "name"),
    [
        ("90", "G1"), ("89.9", "G2"), ("60", "G2"), ("59.9", "G3a"), ("45", "G3a"), ("44.9", "G3b"), ("30", "G3b"),
        ("29.9", "G4"), ("15", "G4"), ("14.9", "G5"),
    ],
)  # fmt: skip
def test_each_stage_begins_at_its_own_limit(rate: str, name: str) -> None:
    assert stage(Decimal(rate)) == name


@pytest.mark.parametrize(("sex", "age"), [(None, 60), ("other", 60), ("unknown", 60), ("male", 17)])
def test_of_a_child_or_an_unknown_sex_the_formula_says_nothing(sex: str | None, age: int) -> None:
    assert egfr(sex, age, 88.4, "2009") is None


def test_more_creatinine_is_never_more_filtration() -> None:
    for formula in ("2009", "2021"):
        for sex in ("female", "male"):
            rates = [egfr(sex, 70, level, formula) for level in range(30, 1000, 7)]
            assert all(earlier >= later for earlier, later in pairwise(rates))
