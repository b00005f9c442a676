"""National identifiers of a resident: identity number, telephone number, archive number. Pure: no database, no clock.

Sources: GB 11643-1999 (18 digits) and GB 11643-1989 (15 digits), GB/T 2260, GB/T 10114, the archive coding of the
national basic public health service standard (third edition).
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from stdnum.cn import ric

EARLIEST_BIRTH = date(1880, 1, 1)

_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"(0(?:10|2\d|[3-9]\d{2}))-?(\d{7,8})(?:-(\d{1,6}))?")
_PHONE_PREFIX = re.compile(r"^(?:\+|00)86-?")
_TELLING = re.compile(r"[0-9]{7}")
_BLANKS = re.compile(r"\s+")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-"))


class NumberFault(StrEnum):
    """Why a text is no resident identity number."""

    EMPTY = "empty"
    LENGTH = "length"
    CHARACTERS = "characters"
    BIRTH_DATE = "birth_date"
    CHECK_DIGIT = "check_digit"


class ResidentNumberError(ValueError):
    """The text is no resident identity number; `fault` says why. The number itself is never part of the message."""

    def __init__(self, fault: NumberFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class ResidentNumber:
    """A valid 18-character identity number and what it tells: the day of birth and the sex on the birth entry."""

    number: str
    birth_date: date
    sex: str  # "male" or "female"


def compact(text: str) -> str:
    """The text without blanks, full-width characters made half-width, upper case: `５０…ｘ ` becomes `50…X`."""
    return _BLANKS.sub("", unicodedata.normalize("NFKC", text)).upper()


def parse_resident_number(text: str, *, on: date) -> ResidentNumber:
    """Read an identity number of 18 or 15 characters as it stands on day `on`; 15 digits become 18.

    The area code is not compared with a list: codes of dissolved counties stay valid for life. Raises
    `ResidentNumberError` for a wrong length, character, check digit, or a birth date that is no day between 1880
    and `on`. Source: GB 11643.
    """
    number = compact(text)
    if not number:
        raise ResidentNumberError(NumberFault.EMPTY)
    if len(number) == 15:
        number = lengthen(number)
    if len(number) != 18:
        raise ResidentNumberError(NumberFault.LENGTH)
    if not _digits(number[:17]) or not (_digits(number[17]) or number[17] == "X"):
        raise ResidentNumberError(NumberFault.CHARACTERS)
    if ric.calc_check_digit(number) != number[17]:
        raise ResidentNumberError(NumberFault.CHECK_DIGIT)
    return ResidentNumber(number, _birth_date(number, on), "male" if int(number[16]) % 2 else "female")


def is_full_number(text: str, *, on: date) -> bool:
    """Whether the text is a whole identity number, check digit and all."""
    try:
        parse_resident_number(text, on=on)
    except ResidentNumberError:
        return False
    return True


def lengthen(number: str) -> str:
    """A 15-digit number of the old kind as 18 characters: the century 19 put in, the check digit computed.

    Source: GB 11643-1989 and -1999. Raises `ResidentNumberError` when it is not all digits.
    """
    if not _digits(number):
        raise ResidentNumberError(NumberFault.CHARACTERS)
    longer = f"{number[:6]}19{number[6:]}"
    return longer + ric.calc_check_digit(longer + "0")


def masked_number(number: str) -> str:
    """First and last character only. More would give the whole number away beside the birth date."""
    return _masked(number, 1, 1)


def masked_name(name: str) -> str:
    """The first character: how a resident is called outside the scope and in exports (facts 9)."""
    return _masked(name, 1, 0)


def is_telling(text: str) -> bool:
    """Whether a text holds so many digits in a row that they may be a document number or a telephone, or most of one.

    Such a text is never part of an address (URL): those stay in logs and in the browser's history.
    """
    return _TELLING.search(compact(text).translate(_DASHES).replace("-", "")) is not None


def parse_phone(text: str) -> str | None:
    """A mobile number as 11 digits, a landline as `area-number[-extension]`, or None when it is neither.

    The prefix +86, blanks and brackets are taken off; a landline without its area code is not accepted.
    """
    phone = compact(text).translate(_DASHES).replace("(", "").replace(")", "-")
    phone = _PHONE_PREFIX.sub("", phone)
    if _MOBILE.fullmatch(phone.replace("-", "")):
        return phone.replace("-", "")
    landline = _LANDLINE.fullmatch(phone.replace("--", "-"))
    if landline is None:
        return None
    return "-".join(part for part in landline.groups() if part)


def masked_phone(phone: str) -> str:
    """First three and last two characters; the length stays, so that a missing digit can be seen."""
    return _masked(phone, 3, 2) if len(phone) > 6 else "*" * len(phone)


def _masked(text: str, head: int, tail: int) -> str:
    """The two ends with stars between, as many as characters; of a text too short for that only stars."""
    hidden = len(text) - head - tail
    return text[:head] + "*" * hidden + text[len(text) - tail :] if hidden > 0 else "*" * len(text)


class VillageKind(StrEnum):
    """What the third part of an archive number says about the place."""

    NEIGHBOURHOOD = "neighbourhood"  # 居委会 001-099
    VILLAGE = "village"  # 村委会 101-199
    OTHER = "other"  # 901-999


@dataclass(frozen=True, slots=True)
class ArchiveNumber:
    """The 17 digits of a health archive: county (6), street or township (3), village (3), resident (5)."""

    county: str
    street: str
    village: str
    serial: str

    @property
    def village_kind(self) -> VillageKind:
        """Neighbourhood, village or other, by the range of the village code."""
        return _village_kind(int(self.village))  # checked when parsed

    @property
    def short(self) -> str:
        """The last eight digits as paper forms print them: `001-00036`."""
        return f"{self.village}-{self.serial}"

    def __str__(self) -> str:
        return f"{self.county}{self.street}{self.village}{self.serial}"


def parse_archive_number(text: str) -> ArchiveNumber:
    """Read the 17 digits of a health archive; raises ValueError naming the wrong part.

    Source: national basic public health service standard (third edition), coding of the resident health archive.
    """
    number = compact(text).replace("-", "")
    if len(number) != 17 or not _digits(number):
        raise ValueError("an archive number has 17 digits")
    archive = ArchiveNumber(number[:6], number[6:9], number[9:12], number[12:])
    _village_kind(int(archive.village))
    return archive


def _village_kind(code: int) -> VillageKind:
    if 1 <= code <= 99:
        return VillageKind.NEIGHBOURHOOD
    if 101 <= code <= 199:
        return VillageKind.VILLAGE
    if 901 <= code <= 999:
        return VillageKind.OTHER
    raise ValueError("the village code must be 001-099, 101-199 or 901-999")


def _birth_date(number: str, on: date) -> date:
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError as error:
        raise ResidentNumberError(NumberFault.BIRTH_DATE) from error
    if not EARLIEST_BIRTH <= born <= on:
        raise ResidentNumberError(NumberFault.BIRTH_DATE)
    return born


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
