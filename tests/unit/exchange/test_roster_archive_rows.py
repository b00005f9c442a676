from datetime import date
from decimal import Decimal

import pytest

from exchange.roster.archive import Standing
from tests.rosters import LI, resident

WANG = "440524188001010014"


def faults_of(judged):
    return [(fault.column, fault.code.value, fault.detail) for fault in judged.archive[0].faults]


def test_a_faultless_row_becomes_a_resident(judge):
    [verdict] = judge(
        [resident(ethnicity="汉族", weight="62.4", smoking="已戒烟", allergies="青霉素、磺胺")]
    ).archive

    assert verdict.faults == ()
    person = verdict.resident
    assert (person.number, person.name, person.sex) == (LI, "李佩兰", "female")
    assert (person.birth_date, person.archived_on) == (date(1949, 12, 31), date(2020, 1, 5))
    assert person.diagnoses == {"hypertension": date(2019, 3, 2)}
    assert person.groups == ("高血压", "老年人")
    assert (person.height, person.weight, person.waist) == (Decimal("158.5"), Decimal("62.4"), None)
    assert (person.smoking, person.allergies) == ("former", ("青霉素", "磺胺"))


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"number": "110105194912310028"}, ("身份证号", "id_checksum", "check_digit")),
        ({"number": "1101051949123100"}, ("身份证号", "id_checksum", "length")),
        ({"number": "310104195802290019", "birth_date": ""}, ("身份证号", "id_checksum", "birth_date")),
        ({"number": 110105194912310020}, ("身份证号", "id_checksum", "rounded")),
        ({"number": ""}, ("身份证号", "missing_id", "")),
        ({"name": " 　"}, ("姓名", "missing_name", "")),
        ({"birth_date": "1949-12-30"}, ("出生日期", "id_birth_mismatch", "")),
        ({"sex": "男"}, ("性别", "id_sex_mismatch", "female")),
        ({"sex": "m"}, ("性别", "unknown_value", "")),
        ({"height": 1.585}, ("身高(cm)", "height_out_of_range", "other_unit")),
        ({"height": 231}, ("身高(cm)", "height_out_of_range", "")),
        ({"height": "高"}, ("身高(cm)", "bad_number", "")),
        ({"weight": 624}, ("体重(kg)", "value_out_of_range", "")),
        ({"hypertension_on": "2099-01-01"}, ("高血压确诊日期", "future_diagnosis", "")),
        ({"hypertension_on": "2026-11-23"}, ("高血压确诊日期", "future_diagnosis", "")),
        ({"diabetes_on": "2026-11-23"}, ("糖尿病确诊日期", "future_diagnosis", "")),
        ({"hypertension_on": "1949-12-30"}, ("高血压确诊日期", "bad_date", "before_birth")),
        ({"team": "第一区团队"}, ("家庭医生团队", "unknown_team", "nearest")),
        ({"team": "第九片区团队"}, ("家庭医生团队", "unknown_team", "teams")),
        ({"team": "外科"}, ("家庭医生团队", "unknown_team", "teams")),
        ({"team": ""}, ("家庭医生团队", "unknown_team", "missing")),
        ({"archived_on": "2021-02-30"}, ("建档日期", "bad_date", "")),
        ({"archived_on": "2026-11-23"}, ("建档日期", "bad_date", "future")),
        ({"birth_date": "不详"}, ("出生日期", "bad_date", "")),
        ({"package": "白金包"}, ("签约类型", "unknown_value", "")),
    ],
)
def test_each_fault_keeps_the_row_out_and_names_column_and_cause(judge, changes, fault):
    judged = judge([resident(**changes)])

    assert faults_of(judged) == [fault]
    assert judged.archive[0].resident is None
    assert judged.archive[0].faults[0].message


@pytest.mark.parametrize(
    "changes", [{"hypertension_on": "2026-11-22"}, {"archived_on": "2026-11-22"}, {"height": 80}]
)
def test_the_day_itself_and_the_bounds_themselves_are_fine(judge, changes):
    assert judge([resident(**changes)]).archive[0].resident is not None


def test_all_faults_of_a_row_are_named_at_once(judge):
    judged = judge([resident(name="", team="外科", archived_on="2021-02-30", sex="男")])

    assert {code for _, code, _ in faults_of(judged)} == {
        "missing_name",
        "unknown_team",
        "bad_date",
        "id_sex_mismatch",
    }


def test_a_wrong_check_digit_says_nothing_about_sex_and_birth_date(judge):
    judged = judge([resident(number="110105195001310028", sex="男")])

    assert [code for _, code, _ in faults_of(judged)] == ["id_checksum"]


def test_sex_and_birth_date_left_empty_are_read_from_the_number(judge):
    [verdict] = judge([resident(sex="", birth_date="")]).archive

    assert (verdict.resident.sex, verdict.resident.birth_date) == ("female", date(1949, 12, 31))


def test_a_fifteen_digit_number_is_the_same_person_as_its_eighteen(judge):
    judged = judge([resident(), resident(number="110105491231002")])

    assert judged.faults() == [(4, "duplicate_id")]


def test_a_bad_telephone_number_is_a_warning_and_left_empty(judge):
    [verdict] = judge([resident(phone="15095399")]).archive

    assert [fault.code for fault in verdict.faults] == ["phone_invalid"]
    assert verdict.resident.phone == ""


def test_a_disease_without_its_date_of_diagnosis_is_a_warning(judge):
    [verdict] = judge([resident(groups="糖尿病", hypertension_on="")]).archive

    assert [fault.code for fault in verdict.faults] == ["diagnosis_date_missing"]
    assert verdict.resident.diagnoses == {"diabetes": None}


def test_a_hospital_that_the_system_does_not_know_is_a_warning(judge):
    [verdict] = judge(
        [resident(contracted_on="2023-01-01", secondary="某某医院", tertiary="重庆市第一人民医院")]
    ).archive

    assert [(fault.column, fault.code) for fault in verdict.faults] == [("签约二级医院", "unknown_hospital")]
    assert verdict.resident is not None


def test_the_later_of_two_rows_with_one_number_is_the_duplicate_and_points_to_the_earlier(judge):
    judged = judge([resident(), resident(name="王二", number=LI.lower())])

    assert judged.faults() == [(4, "duplicate_id")]
    assert "3" in judged.archive[1].faults[0].message


def test_the_later_row_is_a_duplicate_even_when_the_earlier_is_refused(judge):
    judged = judge([resident(name=""), resident()])

    assert judged.faults() == [(3, "missing_name"), (4, "duplicate_id")]


def test_two_rows_with_the_same_broken_number_are_not_called_the_same_person(judge):
    broken = "110105194912310028"
    judged = judge([resident(number=broken), resident(number=broken)])

    assert judged.faults() == [(3, "id_checksum"), (4, "id_checksum")]


def test_a_resident_of_another_centre_needs_a_transfer(judge, registry):
    registry.known = {LI: Standing.ELSEWHERE}

    assert judge([resident()]).faults() == [(3, "registered_elsewhere")]


def test_a_resident_who_is_here_already_is_no_fault(judge, registry):
    registry.known = {LI: Standing.HERE}

    assert judge([resident()]).faults() == []


def test_a_male_number_asks_for_a_man(judge):
    judged = judge([resident(number=WANG, birth_date="1880/1/1", sex="女")])

    assert faults_of(judged) == [("性别", "id_sex_mismatch", "male")]


@pytest.mark.parametrize(
    "changes",
    [
        {"number": "１１０１０５１９４９１２３１００２ｘ"},
        {"name": "  李佩兰　"},
        {"birth_date": "1949/12/31"},
        {"birth_date": 18263},
        {"birth_date": date(1949, 12, 31).isoformat()},
        {"phone": 13800001234},
        {"phone": "023-62851234"},
        {"team": " 第一片区团队 "},
    ],
)
def test_the_ways_people_type_are_normal_input(judge, changes):
    assert judge([resident(**changes)]).faults() == []
