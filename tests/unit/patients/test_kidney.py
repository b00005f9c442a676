"""eGFR: the worked examples F49-F52, and of whom the formulas say nothing."""

from decimal import Decimal
from itertools import pairwise

import pytest

from patients.kidney import egfr


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


@pytest.mark.parametrize(("sex", "age"), [(None, 60), ("other", 60), ("unknown", 60), ("male", 17)])
def test_of_a_child_or_an_unknown_sex_the_formula_says_nothing(sex: str | None, age: int) -> None:
    assert egfr(sex, age, 88.4, "2009") is None


def test_more_creatinine_is_never_more_filtration() -> None:
    for formula in ("2009", "2021"):
        for sex in ("female", "male"):
            rates = [egfr(sex, 70, level, formula) for level in range(30, 1000, 7)]
            assert all(earlier >= later for earlier, later in pairwise(rates))
