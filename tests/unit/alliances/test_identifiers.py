"""Numbers of institutions, by the worked examples of the facts (8.1, F65, F66)."""

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError

from alliances.identifiers import (
    is_organization_code,
    organization_check_digit,
    validate_area_code,
    validate_institution_code,
    validate_uscc,
)

CENTRE = "MB2F30610" + "500113" + "11" + "B100" + "1"  # F65's code, in Banan, a community centre


def code_of(validate: Callable[[str], None], text: str) -> str | None:
    """The code of the refusal, None where the text is accepted."""
    try:
        validate(text)
    except ValidationError as refused:
        return refused.code
    return None


@pytest.mark.parametrize("text", ["40000000-X", "MB2F3061-0", "MB2F30610", "mb2f3061-0"])
def test_organization_codes_of_the_examples_are_valid(text: str) -> None:
    assert is_organization_code(text)


@pytest.mark.parametrize("text", ["40000000-1", "MB2F3061-1", "MB2F3061", "MB2F30610X", "MB2F3061*", ""])
def test_a_wrong_check_character_length_or_character_is_no_organization_code(text: str) -> None:
    assert not is_organization_code(text)


def test_ten_is_written_x_and_eleven_nought() -> None:
    assert organization_check_digit("40000000") == "X"
    assert organization_check_digit("MB2F3061") == "0"
    with pytest.raises(ValueError, match="substring"):
        organization_check_digit("4000000?")


@pytest.mark.parametrize("text", ["12310104MB2F30610J", "52440605MJM100000F"])
def test_social_credit_codes_of_the_examples_are_valid(text: str) -> None:
    assert code_of(validate_uscc, text) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("12310104MB2F30610I", "checksum"),  # no code has the letter I
        ("12310104MB2F30610K", "checksum"),
        ("12310104MB2F30611J", "checksum"),
        ("12310104MB2F30610", "length"),
        ("12310104MB2F30610JJ", "length"),
        ("12310104mb2f30610j", "case"),
        ("", "length"),
    ],
)
def test_a_wrong_social_credit_code_is_refused_with_its_reason(text: str, code: str) -> None:
    assert code_of(validate_uscc, text) == code


def test_an_institution_code_is_made_of_its_five_parts() -> None:
    assert len(CENTRE) == 22
    assert code_of(validate_institution_code, CENTRE) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (CENTRE[:-1], "length"),
        ("MB2F30611" + CENTRE[9:], "checksum"),
        (CENTRE[:9] + "5001A3" + CENTRE[15:], "area"),
        (CENTRE[:9] + "５００１１３" + CENTRE[15:], "area"),
        (CENTRE[:15] + "1-B1001", "characters"),
        (CENTRE[:15] + "11社100"[:6] + "1", "characters"),
    ],
)
def test_a_wrong_institution_code_is_refused_with_its_reason(text: str, code: str) -> None:
    assert code_of(validate_institution_code, text) == code


@pytest.mark.parametrize("text", ["500113", "500113002", "500113002001"])
def test_an_area_code_has_six_nine_or_twelve_digits(text: str) -> None:
    assert code_of(validate_area_code, text) is None


@pytest.mark.parametrize("text", ["5001", "5001130", "50011A", "５００１１３", "50011300200100"])
def test_any_other_area_code_is_refused(text: str) -> None:
    assert code_of(validate_area_code, text) == "area"
