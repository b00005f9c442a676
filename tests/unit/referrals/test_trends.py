"""The drawing of the trend: bounds from the plan before the assessment line, and coordinates inside the view box."""

from typing import Any

import pytest

from referrals.trends import BOTTOM, TOP, sparks_of, targets_of, trend_of

DAYS = ["2026-08-01", "2026-09-01", "2026-10-01", "2026-11-01"]


def content(values: list[float], *, age: int = 60, **more: Any) -> dict[str, Any]:
    return {
        "age": age,
        "programmes": ["hypertension", "diabetes"],
        "readings": {"systolic": [list(pair) for pair in zip(DAYS, values, strict=False)]},
        "plan": None,
        **more,
    }


@pytest.mark.parametrize(("age", "limit"), [(64, 140.0), (65, 150.0)])
def test_the_target_is_the_assessment_line_of_the_age(age: int, limit: float) -> None:
    assert targets_of(content([150], age=age))["systolic"] == (None, limit)


def test_the_plans_own_target_rules_over_the_assessment_line() -> None:
    plan = {"goals": [{"measure": "systolic", "low": None, "high": 130}]}
    assert targets_of(content([135], plan=plan))["systolic"] == (None, 130)
    trend = trend_of(content([128, 135], plan=plan), "hypertension")
    assert trend is not None
    assert (trend.target, trend.out) == ("<130", True)


@pytest.mark.parametrize(("last", "out"), [(139, False), (140, True)])
def test_a_value_at_the_limit_is_outside(last: float, out: bool) -> None:
    assert sparks_of(content([120, last]))[0].out is out


def test_one_value_is_no_trend() -> None:
    assert trend_of(content([150]), "hypertension") is None
    assert trend_of(content([150, 151]), "copd") is None


@pytest.mark.parametrize("values", [[120, 160], [150, 150, 150], [200, 90, 140, 139]])
def test_the_line_stays_inside_the_box(values: list[float]) -> None:
    trend = trend_of(content(values), "hypertension")
    assert trend is not None
    assert len(trend.dots) + 1 == len(values)
    for x, y in [*trend.dots, trend.end]:
        assert 0 <= x <= 320
        assert TOP <= y <= BOTTOM
    assert trend.band is not None
    assert trend.band[1] > 0
