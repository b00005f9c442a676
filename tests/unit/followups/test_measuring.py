"""Repeated readings of the pressure, and what a finding may say."""

from decimal import Decimal

import pytest

from followups.entry.measuring import cuff_for, mean_of, third_wanted
from followups.entry.visit import VisitInput, faults_of, without
from followups.protocols.definition import Settings
from patients.findings import FINDINGS, kept, wrong


@pytest.mark.parametrize(
    ("readings", "mean"),
    [
        ([(146, 84)], (146, 84)),
        ([(146, 84), (141, 87)], (144, 86)),
        ([(160, 90), (148, 86), (145, 84)], (147, 85)),
        ([(139, 89), (140, 90)], (140, 90)),
    ],
)
def test_the_mean_is_whole_and_half_up_and_of_three_the_last_two_count(
    readings: list[tuple[int, int]], mean: tuple[int, int]
) -> None:
    assert mean_of(readings) == mean


def test_by_the_other_setting_all_three_count() -> None:
    readings = [(160, 90), (148, 86), (145, 84)]
    assert mean_of(readings, Settings(third_reading_last_two=False)) == (151, 87)


@pytest.mark.parametrize(
    ("readings", "wanted"),
    [
        ([(150, 90)], False),
        ([(150, 90), (140, 80)], False),
        ([(150, 90), (139, 85)], True),
        ([(150, 90), (148, 79)], True),
        ([(150, 90), (139, 85), (140, 85)], False),
    ],
)
def test_a_third_is_wanted_when_two_differ_by_more_than_ten(
    readings: list[tuple[int, int]], wanted: bool
) -> None:
    assert third_wanted(readings) is wanted


@pytest.mark.parametrize(
    ("arm", "cuff"), [("23.9", "small"), ("24", "standard"), ("32", "standard"), ("32.1", "large")]
)
def test_the_cuff_follows_the_arm(arm: str, cuff: str) -> None:
    assert cuff_for(Decimal(arm)) == cuff


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mrs", "6"), ("mrs", 3), ("copd_signs", "rales"), ("copd_signs", ["rales", "horns"]), ("rest_minutes", 61),
        ("rest_minutes", True), ("rest_minutes", "5"), ("stroke_site", "x" * 81), ("hba1c_on", "2026-02-30"),
        ("hba1c_on", 7), ("pressures", [[146, 84]]), ("pressures", [[146, 84], [84, 146]]),
        ("pressures", [[146, 84]] * 4), ("pressures", [[146, 84], [301, 84]]), ("pressures", "146/84"), ("horns", "yes"),
    ],
)  # fmt: skip
def test_what_a_finding_cannot_be_is_named(name: str, value: object) -> None:
    assert [each.name for each in wrong({name: value})] == [name]


def test_right_findings_are_kept_without_blanks_rounded_and_in_the_order_of_the_form() -> None:
    values = {
        "mrs": "2", "stroke_site": "", "copd_signs": ["rales", "cyanosis"], "arm_circumference": Decimal("31.25"),
        "rest_minutes": 5, "hba1c_on": "2026-01-31", "vaccines": [],
    }  # fmt: skip
    assert not list(wrong(values))
    assert kept(values) == {
        "mrs": "2", "copd_signs": ["cyanosis", "rales"], "arm_circumference": 31.3, "rest_minutes": 5,
        "hba1c_on": "2026-01-31",
    }  # fmt: skip


def test_pressure_and_repeated_readings_must_agree() -> None:
    pairs = [[150, 90], [146, 86]]
    right = VisitInput({"systolic": 148, "diastolic": 88}, findings={"pressures": pairs})
    other = VisitInput({"systolic": 150, "diastolic": 90}, findings={"pressures": pairs})
    assert faults_of(right) == []
    (fault,) = faults_of(other)
    assert fault.field == "findings.pressures"
    assert fault.sentence() == "Of repeated readings the mean decides: 148/88."
    assert "pressures" not in without(other, [fault]).findings


def test_every_word_of_a_finding_has_a_label() -> None:
    assert all(word and label for each in FINDINGS.values() for word, label in each.words.items())
