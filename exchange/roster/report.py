"""The outcome of an import: the JSON that scripts read and the workbook that people correct their file by."""

import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import xlsxwriter
from django.utils.translation import gettext as _

from exchange.roster.faults import Fault, reason
from exchange.roster.layout import LAYOUTS
from journal.exports import Stamp

_WIDTHS: Final = (8, 18, 12, 26, 90)


@dataclass(slots=True)
class SheetReport:
    """What became of one sheet. `accepted` rows were (or would be) written, `unchanged` ones are there already."""

    name: str
    header_row: int
    accepted: int = 0
    unchanged: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def rejected(self) -> list[Fault]:
        """Every fault that kept its row out, in the sheet's order; a row with two faults stands here twice."""
        return [fault for fault in self.faults if not fault.is_warning]

    @property
    def warned(self) -> list[Fault]:
        """Every warning, in the sheet's order."""
        return [fault for fault in self.faults if fault.is_warning]

    @property
    def rejected_rows(self) -> int:
        """How many rows are kept out."""
        return len({fault.row for fault in self.rejected})

    @property
    def by_code(self) -> Counter[str]:
        """How many faults and warnings there are of each code."""
        return Counter(fault.code.value for fault in self.faults)

    def as_json(self) -> dict[str, Any]:
        """The sheet's part of the promised report; messages in the language of the moment."""
        return {
            "header_row": self.header_row,
            "accepted": self.accepted,
            "unchanged": self.unchanged,
            "rejected": [_fault_json(fault) for fault in self.rejected],
            "warned": [_fault_json(fault) for fault in self.warned],
        }


def as_json(sheets: Iterable[SheetReport]) -> dict[str, Any]:
    """The promised report of a whole workbook."""
    return {"sheets": {sheet.name: sheet.as_json() for sheet in sheets}}


class Line(NamedTuple):
    """One fault as the workbook report prints it."""

    row: int
    column: str
    is_warning: bool
    code: str
    message: str


def lines_of(report: SheetReport) -> list[Line]:
    """The faults of a sheet in the language of the moment."""
    return [Line(f.row, f.column, f.is_warning, f.code.value, f.message) for f in report.faults]


def as_workbook(sheets: Mapping[str, Sequence[Line]], *, stamp: Stamp | None = None) -> bytes:
    """The report as xlsx: per sheet one line for each fault, with the row to go to. Holds no cell of the roster.

    `stamp`: who takes it from a page; a command writes it for whoever runs it.
    """
    buffer = io.BytesIO()
    # Strings stay strings: a heading such as "=1+1" must not become a formula in the reader's spreadsheet.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as workbook:
        heading = workbook.add_format({"bold": True, "bottom": 1})
        for name, lines in sheets.items():
            page = workbook.add_worksheet(name)
            for at, width in enumerate(_WIDTHS):
                page.set_column(at, at, width)
            page.write_row(0, 0, [_("Row"), _("Column"), _("Result"), _("Cause"), _("Remedy")], heading)
            page.freeze_panes(1, 0)
            for at, line in enumerate(lines, start=1):
                result = _("only a note") if line.is_warning else _("refused")
                page.write_row(at, 0, [line.row, line.column, result, reason(line.code), line.message])
            page.autofilter(0, 0, max(1, len(lines)), len(_WIDTHS) - 1)
        if stamp is not None:
            stamp.mark(workbook)
    return buffer.getvalue()


def template() -> bytes:
    """An empty roster to fill in: both sheets with their headings; number and telephone columns are text."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as workbook:
        heading = workbook.add_format({"bold": True, "bottom": 1})
        text = workbook.add_format({"num_format": "@"})
        day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        for layout in LAYOUTS:
            page = workbook.add_worksheet(layout.name)
            for at, (field_name, title) in enumerate(layout.headings.items()):
                kind = (
                    text
                    if field_name in ("number", "phone")
                    else day
                    if field_name.endswith(("_on", "_date"))
                    else None
                )
                page.set_column(at, at, 22 if field_name == "number" else 14, kind)
                page.write_string(0, at, title, heading)
            page.freeze_panes(1, 0)
    return buffer.getvalue()


def _fault_json(fault: Fault) -> dict[str, Any]:
    return {"row": fault.row, "column": fault.column, "fault": fault.code.value, "message": fault.message}
