from datetime import date
from decimal import Decimal

import pytest

from exchange.roster.archive import Standing
from exchange.roster.vocabulary import ADHERENCE, METHODS, PACKAGES, SEXES, SMOKING, SYMPTOMS
from patients.models.contract import PackageKind
from patients.models.encounter import Adherence, Method, Symptom
from patients.models.patient import Sex, Smoking
from tests.rosters import LI, resident, visit

STRANGER = "440524188001010014"


def faults_of(judged):
    return [(fault.column, fault.code.value, fault.detail) for fault in judged.visits[0].faults]


def test_a_faultless_row_becomes_a_visit(judge):
    found = judge([resident()], [visit(fasting_glucose=7.7, adverse_reaction="有")]).visits[0].visit

    assert (found.number, found.visited_on, found.method) == (LI, date(2023, 1, 21), "clinic")
    assert found.readings == {
        "systolic": Decimal(138),
        "diastolic": Decimal(84),
        "fasting_glucose": Decimal("7.7"),
    }
    assert (found.symptoms, found.adherence, found.adverse_reaction) == (
        ("headache_dizziness",),
        "regular",
        True,
    )
    assert found.medicines == ("氨氯地平片 5mg qd", "二甲双胍片 0.5g tid")
    assert found.doctor == "张医生"


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"diastolic": 138}, ("舒张压(mmHg)", "dbp_above_sbp", "")),
        ({"systolic": 92, "diastolic": 167}, ("舒张压(mmHg)", "dbp_above_sbp", "")),
        ({"systolic": 1400}, ("收缩压(mmHg)", "sbp_impossible", "")),
        ({"systolic": 49, "diastolic": 40}, ("收缩压(mmHg)", "sbp_impossible", "")),
        ({"systolic": 18.4, "diastolic": ""}, ("收缩压(mmHg)", "sbp_impossible", "other_unit")),
        ({"systolic": ""}, ("收缩压(mmHg)", "sbp_impossible", "missing")),
        ({"systolic": 1e40}, ("收缩压(mmHg)", "sbp_impossible", "")),
        ({"systolic": "高"}, ("收缩压(mmHg)", "bad_number", "")),
        ({"diastolic": 19}, ("舒张压(mmHg)", "value_out_of_range", "")),
        ({"fasting_glucose": 126}, ("空腹血糖(mmol/L)", "value_out_of_range", "other_unit")),
        ({"heart_rate": 251}, ("心率(次/分)", "value_out_of_range", "")),
        ({"visited_on": "2098-05-01"}, ("随访日期", "future_visit", "")),
        ({"visited_on": "2026-11-23"}, ("随访日期", "future_visit", "")),
        ({"visited_on": "2023-02-30"}, ("随访日期", "bad_date", "")),
        ({"visited_on": ""}, ("随访日期", "missing_visit_date", "")),
        ({"method": "微信"}, ("随访方式", "unknown_value", "")),
        ({"method": ""}, ("随访方式", "unknown_value", "")),
        ({"adherence": "偶尔"}, ("服药依从性", "unknown_value", "")),
        ({"number": ""}, ("身份证号", "missing_id", "")),
        ({"number": STRANGER}, ("身份证号", "unknown_patient", "")),
        ({"number": "不详"}, ("身份证号", "unknown_patient", "")),
    ],
)
def test_each_fault_keeps_the_row_out_and_names_column_and_cause(judge, changes, fault):
    judged = judge([resident()], [visit(**changes)])

    assert faults_of(judged) == [fault]
    assert judged.visits[0].visit is None
    assert judged.visits[0].faults[0].message


@pytest.mark.parametrize(
    "changes", [{"visited_on": "2026-11-22"}, {"systolic": 300}, {"systolic": 85, "diastolic": 84}]
)
def test_the_day_itself_and_the_bounds_themselves_are_fine(judge, changes):
    assert judge([resident()], [visit(**changes)]).faults("visits") == []


def test_glucose_typed_in_the_other_unit_says_what_it_looks_like(judge):
    [verdict] = judge([resident()], [visit(fasting_glucose=126)]).visits

    assert "mg/dL" in verdict.faults[0].message


def test_a_visit_of_a_refused_row_is_refused_and_points_to_that_row(judge):
    judged = judge([resident(name="")], [visit()])

    assert judged.faults("visits") == [(2, "patient_row_rejected")]
    assert "3" in judged.visits[0].faults[0].message


def test_a_visit_of_a_number_that_stands_in_an_accepted_and_in_a_duplicate_row_is_fine(judge):
    judged = judge([resident(), resident(name="王二")], [visit()])

    assert judged.faults("visits") == []


def test_a_visit_of_a_broken_number_belongs_to_the_row_that_has_the_same_broken_number(judge):
    broken = "110105194912310028"
    judged = judge([resident(number=broken)], [visit(number=broken), visit()])

    assert judged.faults("visits") == [(2, "patient_row_rejected"), (3, "unknown_patient")]


def test_a_visit_of_a_resident_whose_archive_is_in_the_database_is_fine(judge, registry):
    registry.known = {LI: Standing.HERE}

    assert judge([], [visit()]).faults("visits") == []


def test_a_visit_of_a_resident_of_another_centre_needs_a_transfer(judge, registry):
    registry.known = {LI: Standing.ELSEWHERE}

    assert judge([], [visit()]).faults("visits") == [(2, "registered_elsewhere")]


def test_a_visit_under_another_name_is_a_warning_that_does_not_tell_the_name(judge):
    [verdict] = judge([resident()], [visit(name="王二")]).visits

    assert [fault.code for fault in verdict.faults] == ["name_differs"]
    assert verdict.visit is not None
    assert "李佩兰" not in verdict.faults[0].message


def test_full_width_numbers_in_either_sheet_meet(judge):
    wide = "１１０１０５１９４９１２３１００２ｘ"

    assert judge([resident(number=wide)], [visit()]).faults("visits") == []
    assert judge([resident()], [visit(number=wide)]).faults("visits") == []


def test_symptoms_that_the_form_does_not_print_are_kept_as_written_and_none_means_none(judge):
    verdicts = judge([resident()], [visit(symptoms="头痛头晕、乏力"), visit(symptoms="无")]).visits

    assert [verdict.visit.symptoms for verdict in verdicts] == [("headache_dizziness", "other"), ()]
    assert [verdict.visit.other_symptoms for verdict in verdicts] == [("乏力",), ()]


def test_a_cell_that_says_none_is_an_answer_and_an_empty_one_is_not(judge):
    rows = [visit(symptoms="无", adverse_reaction="无"), visit(symptoms="", adverse_reaction="")]
    verdicts = judge([resident()], rows).visits
    assert [verdict.visit.answered_none for verdict in verdicts] == [("symptoms", "adverse_reaction"), ()]


def test_dim_eyes_and_blurred_sight_are_told_apart(judge):
    verdicts = judge([resident()], [visit(symptoms="眼花耳鸣"), visit(symptoms="视力模糊")]).visits
    assert [verdict.visit.symptoms for verdict in verdicts] == [("blurred_vision",), ("blurred_sight",)]


def test_pressures_that_are_equal_once_rounded_are_not_below_one_another(judge):
    judged = judge([resident()], [visit(systolic=84.4, diastolic=84.2)])

    assert judged.faults("visits") == [(2, "dbp_above_sbp")]


def test_every_word_of_the_symptom_list_is_one_the_product_knows():
    assert set(SYMPTOMS.values()) <= set(Symptom.values)


@pytest.mark.parametrize(
    ("words", "known"),
    [(SEXES, Sex), (PACKAGES, PackageKind), (SMOKING, Smoking), (METHODS, Method), (ADHERENCE, Adherence)],
)
def test_every_word_of_a_closed_column_is_one_the_product_knows(words, known):
    assert set(words.values()) - {""} <= set(known.values)
