from datetime import date

import pytest

from patients.identifiers import (
    NumberFault,
    ResidentNumberError,
    VillageKind,
    lengthen,
    masked_number,
    masked_phone,
    parse_archive_number,
    parse_phone,
    parse_resident_number,
)

ON = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("case", "number", "sex", "born"),
    [
        ("F60", "11010519491231002X", "female", date(1949, 12, 31)),
        ("F61", "440524188001010014", "male", date(1880, 1, 1)),
        ("F63", "110105200002290013", "male", date(2000, 2, 29)),
    ],
)
def test_a_valid_number_tells_sex_and_birth_date(case, number, sex, born):
    resident = parse_resident_number(number, on=ON)

    assert (resident.number, resident.sex, resident.birth_date) == (number, sex, born)


@pytest.mark.parametrize(
    ("case", "number", "fault"),
    [
        ("F62: 29 February 1958", "310104195802290019", NumberFault.BIRTH_DATE),
        ("F64: serial 002 needs X", "110105194912310028", NumberFault.CHECK_DIGIT),
        ("two digits swapped", "11010519491321002X", NumberFault.CHECK_DIGIT),
        ("too short", "1101051949123100", NumberFault.LENGTH),
        ("a letter inside", "1101051949A231002X", NumberFault.CHARACTERS),
        ("superscript digits are no digits", "11010519491231002Y", NumberFault.CHARACTERS),
        ("nothing but blanks", " 　", NumberFault.EMPTY),
        ("15 characters, one a letter", "11010549123100A", NumberFault.CHARACTERS),
    ],
)
def test_an_invalid_number_says_why_and_never_repeats_the_number(case, number, fault):
    with pytest.raises(ResidentNumberError) as refused:
        parse_resident_number(number, on=ON)

    assert refused.value.fault == fault
    assert number.strip() == "" or number not in str(refused.value)


def test_a_birth_date_after_the_day_asked_about_is_refused():
    with pytest.raises(ResidentNumberError) as refused:
        parse_resident_number("110105200002290013", on=date(2000, 2, 28))

    assert refused.value.fault == NumberFault.BIRTH_DATE
    assert parse_resident_number("110105200002290013", on=date(2000, 2, 29)).sex == "male"


@pytest.mark.parametrize(
    "typed", ["１１０１０５１９４９１２３１００２ｘ", "  11010519491231002x ", "110105 19491231 002X"]
)
def test_full_width_digits_lower_case_x_and_blanks_are_normal_input(typed):
    assert parse_resident_number(typed, on=ON).number == "11010519491231002X"


def test_an_area_that_no_list_knows_is_still_valid():
    seventeen = "62020119800101001"
    number = next(seventeen + last for last in "0123456789X" if _accepted(seventeen + last))

    assert parse_resident_number(number, on=ON).birth_date == date(1980, 1, 1)


def test_exactly_one_check_digit_fits():
    assert sum(_accepted("44052418800101001" + last) for last in "0123456789X") == 1


def test_a_fifteen_digit_number_becomes_eighteen():
    assert lengthen("110105491231002") == "11010519491231002X"
    assert parse_resident_number("110105491231002", on=ON).birth_date == date(1949, 12, 31)


def test_a_shown_number_keeps_only_its_first_and_last_character():
    assert masked_number("11010519491231002X") == "1****************X"
    assert (masked_number(""), masked_number("1"), masked_number("12")) == ("", "*", "**")
    assert masked_phone("13800001234") == "138******34"
    assert masked_phone("15095399") == "150***99"
    assert masked_phone("1380") == "****"


@pytest.mark.parametrize(
    ("typed", "phone"),
    [
        ("19912345678", "19912345678"),
        ("１９９１２３４５６７８", "19912345678"),
        ("199 1234 5678", "19912345678"),
        ("199-1234-5678", "19912345678"),
        ("+86 19912345678", "19912345678"),
        ("023-62851234", "023-62851234"),
        ("(023)62851234", "023-62851234"),
        ("（023）62851234", "023-62851234"),
        ("02362851234", "023-62851234"),
        ("023－62851234－801", "023-62851234-801"),
        ("0571-8765432", "0571-8765432"),
    ],
)
def test_mobile_and_landline_numbers_are_read_in_the_ways_people_write_them(typed, phone):
    assert parse_phone(typed) == phone


@pytest.mark.parametrize(
    "typed", ["12812345678", "1991234567", "199123456789", "62851234", "15095399", "电话", ""]
)
def test_what_is_no_telephone_number_is_none(typed):
    assert parse_phone(typed) is None


def test_an_archive_number_falls_into_its_four_parts():
    archive = parse_archive_number("50011300200100036")

    assert (archive.county, archive.street, archive.village, archive.serial) == (
        "500113",
        "002",
        "001",
        "00036",
    )
    assert archive.village_kind == VillageKind.NEIGHBOURHOOD
    assert archive.short == "001-00036"
    assert str(archive) == "50011300200100036"


@pytest.mark.parametrize(
    ("number", "kind"), [("50011300210100036", VillageKind.VILLAGE), ("50011300290100036", VillageKind.OTHER)]
)
def test_the_village_code_tells_the_kind_of_place(number, kind):
    assert parse_archive_number(number).village_kind == kind


@pytest.mark.parametrize(
    "number", ["5001130020010003", "50011300200000036", "5001130025000003X", "50011300250000036"]
)
def test_an_archive_number_with_a_wrong_part_is_refused(number):
    with pytest.raises(ValueError, match=r"archive number|village code"):
        parse_archive_number(number)


def _accepted(number):
    try:
        parse_resident_number(number, on=ON)
    except ResidentNumberError:
        return False
    return True
