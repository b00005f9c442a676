"""The condition language: what holds, why, and what is missing."""

from datetime import date
from typing import Any

import pytest

from followups.protocols.conditions import Finding, Scene, evaluate

ON = date(2026, 6, 15)
HIGH = {"obs": "systolic", "gte": 140}


def scene(signs: tuple[str, ...] = (), flags: tuple[str, ...] = (), **numbers: float) -> Scene:
    return Scene(ON, numbers, frozenset(signs), frozenset(flags))


@pytest.mark.parametrize(
    ("word", "holding", "failing", "code"),
    [
        ("gte", 7.0, 6.9, "fasting_glucose>=7.0"),
        ("gt", 7.1, 7.0, "fasting_glucose>7.0"),
        ("lte", 7.0, 7.1, "fasting_glucose<=7.0"),
        ("lt", 6.9, 7.0, "fasting_glucose<7.0"),
    ],
)
def test_each_comparison_is_exact_at_its_limit(word: str, holding: float, failing: float, code: str) -> None:
    condition = {"obs": "fasting_glucose", word: 7.0}
    assert evaluate(condition, scene(fasting_glucose=holding)) == Finding(True, (code,))
    assert evaluate(condition, scene(fasting_glucose=failing)) == Finding(False)


def test_a_reading_not_taken_is_missing_where_it_could_change_the_answer() -> None:
    low = {"obs": "diastolic", "lt": 90}
    assert evaluate({"all": [HIGH, low]}, scene(systolic=150)).missing == ("diastolic",)
    assert evaluate({"all": [HIGH, low]}, scene(systolic=130)).missing == ()
    assert evaluate({"any": [HIGH, low]}, scene(systolic=150)) == Finding(True, ("systolic>=140",))
    assert evaluate({"any": [HIGH, low]}, scene(systolic=130)).missing == ("diastolic",)
    assert evaluate({"any": [HIGH, low]}, scene()).missing == ("systolic", "diastolic")


def test_the_parts_that_made_it_hold_are_named_and_no_others() -> None:
    condition: dict[str, Any] = {
        "any": [
            HIGH,
            {"all": [{"flag": "pregnant"}, {"obs": "systolic", "gte": 200}]},
            {"sign": ["sweating", "x"]},
        ]
    }
    found = evaluate(condition, scene(("x",), ("pregnant",), systolic=150))
    assert found.held == ("systolic>=140", "x")


def test_all_of_nothing_holds() -> None:
    assert evaluate({"all": []}, scene()).holds


@pytest.mark.parametrize("wrong", [{}, {"or": []}, {"obs": "systolic", "eq": 3}, {"obs": "systolic"}])
def test_data_of_another_language_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(KeyError):
        evaluate(wrong, scene(systolic=1))


def test_again_looks_at_the_last_relevant_visit_only() -> None:
    high, low, blank = (
        Scene(date(2026, 1, 1), {"systolic": 150}),
        Scene(date(2026, 2, 1), {"systolic": 120}),
        Scene(date(2026, 3, 1), {}),
    )
    known = {"any": [HIGH, {"obs": "systolic", "lt": 140}]}
    again = {"again": HIGH, "among": known, "within_months": 12}
    assert evaluate(again, Scene(ON, {}, earlier=(blank, high))).before is high
    assert not evaluate(again, Scene(ON, {}, earlier=(blank, low, high))).holds
    assert not evaluate({**again, "within_months": 5}, Scene(ON, {}, earlier=(high,))).holds
    assert not evaluate({"again": HIGH, "within_months": 12}, Scene(ON, {}, earlier=(blank, high))).holds
