"""GOLD grade and group (facts F29-F32), and what stays open while an input is missing."""

from decimal import Decimal

import pytest

from followups import gold


@pytest.mark.parametrize(
    ("percent", "grade"), [(80, 1), (79, 2), (Decimal("79.9"), 2), (50, 2), (49, 3), (30, 3), (29, 4)]
)
def test_the_grade_follows_the_percent_of_predicted(percent: Decimal, grade: int) -> None:
    assert gold.grade(fev1_fvc=Decimal("0.65"), fev1_percent=percent) == grade


def test_from_a_ratio_of_seventy_on_there_is_no_obstruction_and_no_grade() -> None:
    assert gold.grade(fev1_fvc=Decimal("0.70"), fev1_percent=45) is None
    assert gold.grade(fev1_fvc=0.7, fev1_percent=45) is None
    assert gold.grade(fev1_fvc=Decimal("0.696"), fev1_percent=45) == 3


@pytest.mark.parametrize(("ratio", "percent"), [(None, 45), (0.6, None), (None, None)])
def test_without_both_spirometry_values_there_is_no_grade(ratio: float | None, percent: int | None) -> None:
    assert gold.grade(fev1_fvc=ratio, fev1_percent=percent) is None


@pytest.mark.parametrize(
    ("mmrc", "cat", "exacerbations", "hospital_stays", "group"),
    [
        (1, 12, 1, 0, "B"),  # F31
        (0, 5, 0, 1, "E"),  # F32
        (0, 5, 2, 0, "E"),
        (0, 5, 1, 0, "A"),
        (1, 9, 1, 0, "A"),
        (2, 9, 0, 0, "B"),
        (1, 10, 0, 0, "B"),
        (4, 40, 2, 1, "E"),
    ],
)
def test_exacerbations_lead_to_e_and_else_the_symptoms_decide(
    mmrc: int, cat: int, exacerbations: int, hospital_stays: int, group: str
) -> None:
    found = gold.group(exacerbations=exacerbations, hospital_stays=hospital_stays, mmrc=mmrc, cat=cat)
    assert found == group


@pytest.mark.parametrize(
    ("mmrc", "cat", "exacerbations", "hospital_stays", "group"),
    [
        (None, None, None, None, ""),
        (None, None, None, 1, "E"),
        (None, None, 2, None, "E"),
        (0, 5, 1, None, ""),  # one hospital stay would make it E
        (3, 30, None, 0, ""),
        (None, 12, 0, 0, "B"),
        (2, None, 0, 0, "B"),
        (1, None, 0, 0, ""),
        (None, 9, 0, 0, ""),
    ],
)
def test_a_missing_input_leaves_the_group_open_unless_the_others_settle_it(
    mmrc: int | None, cat: int | None, exacerbations: int | None, hospital_stays: int | None, group: str
) -> None:
    found = gold.group(exacerbations=exacerbations, hospital_stays=hospital_stays, mmrc=mmrc, cat=cat)
    assert found == group
