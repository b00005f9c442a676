"""Opening a roster workbook: sheets, header rows and the cells below them, or a refusal that says why.

Reads xlsx, xls, xlsb and ods with calamine, row by row.
"""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from exchange.roster.cells import Cell, plain
from exchange.roster.layout import LAYOUTS, SheetLayout

HEADER_SEARCH_ROWS: Final = 20  # a title, a note and a blank row may stand above the header
MAX_BYTES: Final = 64 * 1024 * 1024
MAX_UNPACKED_BYTES: Final = (
    1024 * 1024 * 1024
)  # a roster of a million rows unpacks to less; a zip bomb does not


class RosterError(Exception):
    """The workbook as a whole cannot be used. `code` is for scripts, the message for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Row(NamedTuple):
    """One row that is not blank: its number in the sheet, from 1, and its cells by field."""

    number: int
    cells: dict[str, Cell]


@dataclass(frozen=True, slots=True)
class RosterSheet:
    """One sheet whose header row was found."""

    layout: SheetLayout
    header_row: int
    _sheet: CalamineSheet
    _positions: dict[str, int]

    def rows(self) -> Iterator[Row]:
        """The rows below the header, blank ones left out. May be walked again."""
        for row_number, cells in _numbered(self._sheet):
            if row_number <= self.header_row or _blank(cells):
                continue
            yield Row(row_number, {field: cells[at] for field, at in self._positions.items()})

    @property
    def height(self) -> int:
        """How many rows the sheet has below its header, blank ones counted: what progress is measured against."""
        return self._sheet.end[0] + 1 - self.header_row if self._sheet.end else 0


@dataclass(frozen=True, slots=True)
class Roster:
    """A workbook whose two sheets and every column were found."""

    archive: RosterSheet
    visits: RosterSheet


def open_roster(content: bytes) -> Roster:
    """Open a workbook. Raises `RosterError` (unreadable, empty, missing_sheet, missing_header, missing_column,
    duplicate_column)."""
    workbook = _open(content)
    by_name = {plain(name): name for name in workbook.sheet_names}
    missing = [layout.name for layout in LAYOUTS if layout.name not in by_name]
    if missing and not any(
        _first_written_row(workbook.get_sheet_by_name(name)) for name in workbook.sheet_names
    ):
        raise RosterError("empty", _("The workbook is empty."))
    if missing:
        raise RosterError(
            "missing_sheet",
            _("The workbook has no sheet %(missing)s; it has %(found)s. Use the template's sheet names.")
            % {"missing": _listed(missing), "found": _listed(workbook.sheet_names)},
        )
    archive, visits = (
        _find_header(layout, workbook.get_sheet_by_name(by_name[layout.name])) for layout in LAYOUTS
    )
    if next(archive.rows(), None) is None and next(visits.rows(), None) is None:
        raise RosterError("empty", _("The sheets hold a header and no rows."))
    return Roster(archive, visits)


def _open(content: bytes) -> CalamineWorkbook:
    if not content:
        raise RosterError("empty", _("The file is empty."))
    if len(content) > MAX_BYTES or _unpacked_size(content) > MAX_UNPACKED_BYTES:
        raise RosterError("too_large", _("The file is too large. Split it by team or by year."))
    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(content))
    except PasswordError as error:
        raise RosterError("unreadable", _("The workbook has a password. Save it without one.")) from error
    except (CalamineError, OSError, ValueError) as error:
        message = _("The file is no readable workbook. Save it as .xlsx and try again.")
        raise RosterError("unreadable", message) from error


def _unpacked_size(content: bytes) -> int:
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return len(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile:
        return len(content)


def _find_header(layout: SheetLayout, sheet: CalamineSheet) -> RosterSheet:
    """The row near the top that has the most headings of the layout."""
    wanted = {_folded(heading): field for field, heading in layout.headings.items()}
    best_row, best = 0, list[str]()
    best_hits = 0
    for row_number, cells in _numbered(sheet):
        if row_number > HEADER_SEARCH_ROWS:
            break
        folded = [_folded(plain(cell)) for cell in cells]
        hits = len(wanted.keys() & set(folded))
        if hits > best_hits:
            best_row, best, best_hits = row_number, folded, hits
    if not best_hits:
        raise RosterError(*_no_header(layout, sheet))
    _refuse_wrong_columns(layout, best_row, best)
    positions = {wanted[name]: at for at, name in enumerate(best) if name in wanted}
    return RosterSheet(layout, best_row, sheet, positions)


def _no_header(layout: SheetLayout, sheet: CalamineSheet) -> tuple[str, str]:
    if not _first_written_row(sheet):
        return "empty", _("Sheet %(sheet)s is empty.") % {"sheet": layout.name}
    return "missing_header", _(
        "Sheet %(sheet)s has no header row within its first %(rows)s rows. It needs the columns %(columns)s."
    ) % {"sheet": layout.name, "rows": HEADER_SEARCH_ROWS, "columns": _listed(list(layout.headings.values()))}


def _refuse_wrong_columns(layout: SheetLayout, header_row: int, found: list[str]) -> None:
    headings = list(layout.headings.values())
    missing = [heading for heading in headings if _folded(heading) not in found]
    if missing:
        message = _(
            "Sheet %(sheet)s (header in row %(row)s) lacks the column %(columns)s. Use the template's headings."
        )
        raise RosterError(
            "missing_column", message % {"sheet": layout.name, "row": header_row, "columns": _listed(missing)}
        )
    twice = [heading for heading in headings if found.count(_folded(heading)) > 1]
    if twice:
        message = _(
            "Sheet %(sheet)s (header in row %(row)s) has the column %(columns)s more than once. Keep one."
        )
        raise RosterError(
            "duplicate_column", message % {"sheet": layout.name, "row": header_row, "columns": _listed(twice)}
        )


def _numbered(sheet: CalamineSheet) -> Iterator[tuple[int, list[Cell]]]:
    """Rows with the sheet's own numbers; calamine yields the unwritten ones at the top as blank rows."""
    return enumerate(sheet.iter_rows(), start=1)


def _first_written_row(sheet: CalamineSheet) -> int:
    return next((row for row, cells in _numbered(sheet) if not _blank(cells)), 0)


def _blank(cells: list[Cell]) -> bool:
    return all(isinstance(cell, str) and not cell.strip() for cell in cells)


def _folded(heading: str) -> str:
    return plain(heading).replace(" ", "").casefold()


def _listed(names: list[str]) -> str:
    return "、".join(names)
