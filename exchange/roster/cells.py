"""Cells as people type them, made into text, days and numbers.

A workbook keeps what was typed: full-width digits, blanks around a name, 1958/3/2, a date that lost its format and
became a serial number, a telephone number that became a float. All of that is normal input. What cannot be read
raises `UnreadableCellError`; nothing is guessed.
"""

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation

Cell = str | float | int | bool | date | datetime | time | timedelta

# Spreadsheets count days from 1899-12-30 (their day 60, 29 February 1900, never was); 2958465 is 9999-12-31.
_SERIAL_ZERO = date(1899, 12, 30)
_FIRST_SERIAL, _LAST_SERIAL = 61, 2958465
# A number has 15 certain digits in a spreadsheet; an identity number typed as one has lost its tail.
CERTAIN_DIGITS = 10**15

_BLANKS = re.compile(r"[\s\x00-\x1f\x7f]+")  # control characters too: no text of ours holds one
_DAY = re.compile(r"(\d{4})(?:年|[-/.])(\d{1,2})(?:月|[-/.])(\d{1,2})日?")
_COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MIDNIGHT = re.compile(r"[ T]?0{1,2}:00(:00(\.0+)?)?$")


class UnreadableCellError(ValueError):
    """The cell is not empty and is not what the column holds."""


def text(cell: Cell) -> str:
    """The cell as text: outer blanks off, inner blanks single, whole numbers without `.0`."""
    if isinstance(cell, str):
        return _BLANKS.sub(" ", cell).strip()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def plain(cell: Cell) -> str:
    """The text with full-width characters made half-width, for codes and words of a list; never for names."""
    return unicodedata.normalize("NFKC", text(cell)).strip()


def lost_digits(cell: Cell) -> bool:
    """Whether the cell holds a number so long that the spreadsheet has rounded it."""
    return isinstance(cell, (int, float)) and not isinstance(cell, bool) and abs(cell) >= CERTAIN_DIGITS


def day(cell: Cell) -> date | None:
    """The day in a date cell, a serial number or a text such as 1958/3/2, 1958年3月2日 or 19580302; None when empty.

    Raises `UnreadableCellError` for anything else, 30 February included.
    """
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, bool):
        raise UnreadableCellError
    if isinstance(cell, (int, float)):
        return _day_of_number(cell)
    written = _MIDNIGHT.sub("", plain(cell))
    if not written:
        return None
    return _day_of_text(written.replace(" ", ""))


def number(cell: Cell) -> Decimal | None:
    """The number in the cell, exactly as written; None when empty. Raises `UnreadableCellError` for words and dates."""
    if isinstance(cell, bool) or not isinstance(cell, (int, float, str)):
        raise UnreadableCellError
    written = plain(cell) if isinstance(cell, str) else repr(cell)
    if not written:
        return None
    try:
        value = Decimal(written)
    except InvalidOperation as error:
        raise UnreadableCellError from error
    if not value.is_finite():
        raise UnreadableCellError
    return value


def _day_of_number(cell: float) -> date:
    if not float(cell).is_integer():
        cell = int(cell)  # a time of day after the point
    if _FIRST_SERIAL <= cell <= _LAST_SERIAL:
        return _SERIAL_ZERO + timedelta(days=int(cell))
    return _day_of_text(str(int(cell)))


def _day_of_text(written: str) -> date:
    parts = _DAY.fullmatch(written) or _COMPACT_DAY.fullmatch(written)
    if parts is None:
        raise UnreadableCellError
    try:
        return date(*map(int, parts.groups()))
    except ValueError as error:
        raise UnreadableCellError from error
