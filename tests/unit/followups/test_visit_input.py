"""The content of a visit: what is kept, and what is refused with the path of its field."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils.translation import gettext

from followups.entry.visit import MedicationChange, VisitInput, day_faults, faults_of, without


def codes(**given: object) -> list[tuple[str, str]]:
    return [(fault.field, fault.code) for fault in faults_of(VisitInput(**given))]  # type: ignore[arg-type]


def test_readings_are_kept_rounded_half_up_to_their_decimals() -> None:
    kept = VisitInput({"systolic": 138.5, "fasting_glucose": 6.95, "ldl": Decimal("2.345")}).stored()
    assert kept == {"systolic": Decimal(139), "fasting_glucose": Decimal("7.0"), "ldl": Decimal("2.35")}


def test_no_reading_is_rounded_over_a_clinical_cut() -> None:
    kept = VisitInput({"fev1_fvc": 0.696, "potassium": 5.54}).stored()
    assert kept == {"fev1_fvc": Decimal("0.696"), "potassium": Decimal("5.54")}
    assert kept["fev1_fvc"] < Decimal("0.70")
    assert kept["potassium"] > Decimal("5.5")


def test_a_ratio_typed_in_percent_is_refused_with_what_it_means_and_never_turned_in_silence() -> None:
    (fault,) = faults_of(VisitInput({"fev1_fvc": Decimal("69.6")}))
    assert fault.code == "other_unit"
    assert fault.sentence(gettext) == "像是 69.6 %，即 0.696"


def test_none_excludes_every_other_answer_to_the_same_question() -> None:
    none = {"answered_none": ["symptoms", "adverse_reaction"]}
    assert codes(findings=none) == []
    told = codes(findings=none, symptoms=("thirst",), adverse_reaction=("diabetes",))
    assert told == [("findings.answered_none", "contradicts")] * 2
    assert codes(findings={"answered_none": ["symptoms"]}, adverse_reaction=("diabetes",)) == []


@pytest.mark.parametrize("value", [5, True, "symptoms", {"symptoms": 1}])
def test_what_is_no_list_of_questions_is_one_fault_like_any_other(value: object) -> None:
    assert codes(findings={"answered_none": value}) == [("findings.answered_none", "unknown")]


def test_every_fault_is_told_at_once() -> None:
    assert codes(
        observations={"systolic": 310, "bmi": 22, "waist": 39}, symptoms=("gout",), mood="blue", staple_food=-1
    ) == [
        ("observations.systolic", "out_of_range"), ("observations.bmi", "unknown"),
        ("observations.waist", "out_of_range"), ("symptoms", "unknown"), ("mood", "unknown"),
        ("staple_food", "out_of_range"),
    ]  # fmt: skip


def test_both_ends_of_a_hard_range_are_possible() -> None:
    assert codes(observations={"systolic": 300, "diastolic": 20, "fasting_glucose": 50, "waist": 40}) == []


def test_a_glucose_in_the_other_unit_is_told_in_both_units() -> None:
    (fault,) = faults_of(VisitInput({"fasting_glucose": 126}))
    assert "mg/dL" in fault.sentence(gettext)
    assert "7.0" in fault.sentence(gettext)


def test_pressures_in_each_others_field_are_told_the_right_way_round() -> None:
    (fault,) = faults_of(VisitInput({"systolic": 84, "diastolic": 138}))
    assert "138/84" in fault.sentence(gettext)


def test_without_its_impossible_readings_the_rest_of_a_visit_stays() -> None:
    reading = VisitInput({"systolic": 84, "diastolic": 138, "fasting_glucose": 6.0, "waist": 8}, note="kept")
    rest = without(reading, faults_of(reading))
    assert (rest.observations, rest.note) == ({"fasting_glucose": 6.0}, "kept")


def test_a_day_in_the_future_before_birth_or_after_death_is_refused() -> None:
    def told(on: str) -> list[str]:
        life = {"born": date(1958, 3, 2), "deceased_on": date(2026, 3, 1)}
        faults = day_faults(on=date.fromisoformat(on), today=date(2026, 3, 10), method="home", **life)
        return [fault.code for fault in faults]

    assert told("2026-02-28") == []
    assert told("2026-03-01") == []
    assert told("2026-03-02") == ["after_death"]
    assert told("2026-03-11") == ["future", "after_death"]
    assert told("1958-03-01") == ["before_birth"]


def test_a_medicine_needs_a_name_unless_it_is_stopped() -> None:
    assert codes(medications=(MedicationChange(dosage="5 mg"),)) == [("medications[0].name", "missing")]
