"""The one table of what can be measured, and the help for values typed in another unit."""

from decimal import Decimal

import pytest
from django.utils.translation import gettext

from patients.readings import READINGS, VISIT_READINGS, exact, looks_like, looks_swapped


@pytest.mark.parametrize("name", READINGS)
def test_bounds_stand_in_order_and_usual_values_are_possible(name: str) -> None:
    reading = READINGS[name]
    low, high = reading.hard
    assert low < high
    assert reading.possible(low)
    assert reading.possible(high)
    assert not reading.possible(high + Decimal("0.1"))
    assert not reading.possible(low - Decimal("0.1"))
    if reading.warn:
        assert low <= reading.warn[0] < reading.warn[1] <= high
        assert reading.usual(reading.warn[0])
        assert not reading.usual(reading.warn[1] + Decimal("0.1"))


@pytest.mark.parametrize("name", READINGS)
def test_loinc_codes_carry_their_check_digit(name: str) -> None:
    code = READINGS[name].loinc
    if not code:
        return
    digits, check = code.split("-")
    # Luhn, from the right: every second digit doubled.
    total = sum(sum(divmod(int(d) * (2 if i % 2 == 0 else 1), 10)) for i, d in enumerate(reversed(digits)))
    assert (10 - total % 10) % 10 == int(check)


def test_the_names_promised_to_integrators_are_all_there() -> None:
    ours = {"fev1", "fev1_fvc"}  # the COPD form asks them beyond the promise
    assert set(VISIT_READINGS) - ours == {
        "systolic",
        "diastolic",
        "heart_rate",
        "temperature",
        "weight",
        "height",
        "waist",
        "fasting_glucose",
        "postprandial_glucose",
        "random_glucose",
        "hba1c",
        "total_cholesterol",
        "ldl",
        "hdl",
        "triglycerides",
        "creatinine",
        "spo2",
        "fev1_percent",
        "cat",
        "mmrc",
        "exacerbations_since_last",
        "respiratory_rate",
        "acr",
        "potassium",
    }


def test_a_typed_decimal_is_compared_as_typed() -> None:
    assert exact(3.9) == Decimal("3.9")
    assert READINGS["fasting_glucose"].usual(3.9)
    assert READINGS["fasting_glucose"].usual(16.6)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 10**400, Decimal("NaN")])
def test_what_is_no_measure_is_impossible(value: float) -> None:
    assert not READINGS["systolic"].possible(value)
    assert not READINGS["systolic"].usual(value)
    assert looks_like("systolic", value) is None


@pytest.mark.parametrize(
    ("name", "value", "unit", "meant"),
    [
        ("fasting_glucose", 126, "mg/dL", "7.0"),
        ("random_glucose", 45, "mg/dL", None),
        ("random_glucose", 90, "mg/dL", "5.0"),
        ("systolic", 16, "kPa", "120"),
        ("diastolic", 11, "kPa", "83"),
        ("total_cholesterol", 200, "mg/dL", "5.17"),
        ("triglycerides", 150.6, "mg/dL", "1.70"),
        ("creatinine", 1.2, "mg/dL", "106.1"),
        ("hba1c", 53, "mmol/mol", "7.0"),
        ("temperature", 98.6, "°F", "37.0"),
        ("height", 1.65, "m", "165.0"),
        ("waist", 2.4, "chi (市尺)", "80.0"),
        ("fev1_fvc", 69.6, "%", "0.696"),
        ("fev1_fvc", 69.96, "%", "0.700"),
        ("fev1_fvc", 9, "%", None),
        ("fev1_fvc", 696, "%", None),
        ("fev1_fvc", 0.696, "%", None),
        ("fasting_glucose", 16, "mg/dL", None),
        ("fasting_glucose", 33.3, "mg/dL", None),
        ("systolic", 120, "kPa", None),
        ("weight", 500, "", None),
    ],
)
def test_a_value_in_another_unit_is_recognised(name: str, value: float, unit: str, meant: str | None) -> None:
    hint = looks_like(name, value)
    if meant is None:
        assert hint is None
    else:
        assert hint is not None
        assert (hint.params["unit"], str(hint.params["meant"])) == (unit, meant)


def test_the_hint_is_a_sentence() -> None:
    hint = looks_like("fasting_glucose", 126)
    assert hint is not None
    assert hint.text % hint.params == "looks like 126 mg/dL = 7.0 mmol/L"
    assert gettext(hint.text) % hint.params == "像是 126 mg/dL，即 7.0 mmol/L"


def test_the_hint_of_a_ratio_ends_with_the_number() -> None:
    hint = looks_like("fev1_fvc", Decimal("69.6"))
    assert hint is not None
    assert hint.text % hint.params == "looks like 69.6 % = 0.696"
    assert gettext(hint.text) % hint.params == "像是 69.6 %，即 0.696"


def test_pressures_in_each_others_field_are_recognised() -> None:
    hint = looks_swapped(80, 120)
    assert hint is not None
    assert hint.params == {"systolic": 120, "diastolic": 80}
    assert looks_swapped(120, 80) is None
    assert looks_swapped(100, 100) is None
    assert looks_swapped(10, 120) is None
