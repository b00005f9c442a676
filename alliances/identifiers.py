"""Numbers of institutions: unified social credit code, organization code, health institution code, area code."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError as NumberError

_ORGANIZATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORGANIZATION_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def organization_check_digit(first_eight: str) -> str:
    """The check character of an organization code from its first eight. Source: GB 11714 (facts 8.1).

    ValueError for a character that no code has.
    """
    total = sum(
        weight * _ORGANIZATION_CHARACTERS.index(character)
        for weight, character in zip(_ORGANIZATION_WEIGHTS, first_eight, strict=True)
    )
    return {10: "X", 11: "0"}.get(11 - total % 11, str(11 - total % 11))


def is_organization_code(text: str) -> bool:
    """Whether the nine characters (a dash before the last is left out) are an organization code."""
    code = text.replace("-", "").upper()
    if len(code) != 9 or any(c not in _ORGANIZATION_CHARACTERS for c in code):
        return False
    return organization_check_digit(code[:8]) == code[8]


def validate_uscc(text: str) -> None:
    """ValidationError unless the text is a unified social credit code of 18 characters. Source: GB 32100."""
    if len(text) != 18:
        raise ValidationError(_("A unified social credit code has 18 characters."), code="length")
    try:
        uscc.validate(text)
    except NumberError:
        raise ValidationError(
            _("This is no unified social credit code: a character or the check character is wrong."),
            code="checksum",
        ) from None
    # GB 32100 prints upper case; the library takes both.
    if text != text.upper():
        raise ValidationError(_("Write letters of the code in capitals."), code="case")


def validate_institution_code(text: str) -> None:
    """ValidationError unless the text is a health institution code of 22 characters. Source: WS 218-2002.

    Organization code (9), area (6), economic type (2), institution class (4), management class (1).
    """
    if len(text) != 22:
        raise ValidationError(_("A health institution code has 22 characters."), code="length")
    if not is_organization_code(text[:9]):
        raise ValidationError(
            _("The first nine characters are no organization code: the check character is wrong."),
            code="checksum",
        )
    if not (text[9:15].isascii() and text[9:15].isdigit()):
        raise ValidationError(_("Characters 10 to 15 are the area code: digits only."), code="area")
    if not (text[15:].isascii() and text[15:].isalnum()):
        raise ValidationError(_("The code has letters and digits only."), code="characters")


def validate_area_code(text: str) -> None:
    """ValidationError unless the text is an administrative area code: 6, 9 or 12 digits (GB/T 2260, NBS)."""
    if len(text) not in (6, 9, 12) or not (text.isascii() and text.isdigit()):
        raise ValidationError(_("An area code has 6, 9 or 12 digits."), code="area")
