"""Lungs, vessels and kidneys of the demo: what is measured is possible, hangs together, and answers to treatment."""

from collections import Counter
from decimal import Decimal
from uuid import UUID

import pytest

from patients.programmes import Programme
from patients.readings import VISIT_READINGS
from workbench.demo.organs import FURTHER, Organs


def organs(number: int, *programmes: Programme) -> Organs:
    return Organs(UUID(int=number), frozenset(programmes), age=70, female=number % 2 == 0)


@pytest.mark.parametrize("programme", FURTHER)
def test_every_value_is_possible_and_kept_with_its_decimals(programme: Programme) -> None:
    for number in range(200):
        for name, value in organs(number, programme).measured([programme], near=True, again=False).items():
            reading = VISIT_READINGS[name]
            assert reading.possible(value), (name, value)
            assert -value.as_tuple().exponent == reading.decimals


def test_the_same_person_has_the_same_values_and_another_others() -> None:
    def of(number: int) -> dict[str, Decimal]:
        return organs(number, Programme.CKD).measured([Programme.CKD], near=True, again=True)

    assert of(3) == of(3)
    assert of(3) != of(4)


def test_more_symptoms_go_with_less_breath() -> None:
    found = [organs(n, Programme.COPD).measured([Programme.COPD], near=True, again=True) for n in range(300)]
    worse = [one["cat"] for one in found if one.get("fev1_percent", 100) < 50 and "cat" in one]
    better = [one["cat"] for one in found if one.get("fev1_percent", 0) > 70 and "cat" in one]
    assert sum(worse) / len(worse) - sum(better) / len(better) > 5


def test_the_lipids_add_up() -> None:
    """Of those who had all four taken."""
    mine = Programme.DYSLIPIDAEMIA
    found = [organs(n, mine).measured([mine], near=True, again=True) for n in range(100)]
    whole = [one for one in found if "hdl" in one]
    assert len(whole) > 20
    for one in whole:
        parts = one["ldl"] + one["hdl"] + min(one["triglycerides"], Decimal("4.5")) / Decimal("2.2")
        assert abs(one["total_cholesterol"] - parts) < Decimal("0.02")


@pytest.mark.parametrize(
    ("programme", "name"), [(Programme.CHD, "ldl"), (Programme.CKD, "acr"), (Programme.COPD, "cat")]
)
def test_treatment_lowers_what_it_treats(programme: Programme, name: str) -> None:
    changes = Counter[bool]()
    for number in range(200):
        body = organs(number, programme)
        before = body.measured([programme], near=True, again=True)
        for _time in range(3):
            body.treat(programme)
        after = body.measured([programme], near=True, again=True)
        if name in before and name in after:
            changes[after[name] <= before[name]] += 1
    assert changes[True] > 5 * changes[False]


def test_nothing_is_measured_that_nobody_asked_for() -> None:
    body = organs(1, Programme.COPD)
    assert body.measured([], near=True, again=False) == {}
    assert not {"ldl", "acr"} & body.measured([Programme.COPD], near=True, again=True).keys()


def test_the_yearly_check_of_the_elderly_is_done_once() -> None:
    body = organs(1, Programme.ELDERLY)
    found = [body.measured([Programme.ELDERLY], near=near, again=False) for near in (False, True, True)]
    assert [bool(one) for one in found] == [False, True, False]
