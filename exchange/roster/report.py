"""The outcome of an import: the JSON that scripts read and the workbook that people correct their file by."""

import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import xlsxwriter
from django.utils.translation import gettext as _

from exchange.roster.faults import Fault, reason

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


def as_workbook(sheets: Iterable[SheetReport]) -> bytes:
    """The report as xlsx: per sheet one line for each fault, with the row to go to. Holds no cell of the roster."""
    buffer = io.BytesIO()
    # Strings stay strings: a heading such as "=1+1" must not become a formula in the reader's spreadsheet.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as workbook:
        heading = workbook.add_format({"bold": True, "bottom": 1})
        for sheet in sheets:
            page = workbook.add_worksheet(sheet.name)
            for at, width in enumerate(_WIDTHS):
                page.set_column(at, at, width)
            page.write_row(0, 0, [_("Row"), _("Column"), _("Result"), _("Reason"), _("Remedy")], heading)
            page.freeze_panes(1, 0)
            for line, fault in enumerate(sheet.faults, start=1):
                page.write_row(line, 0, _fault_line(fault))
            page.autofilter(0, 0, max(1, len(sheet.faults)), len(_WIDTHS) - 1)
    return buffer.getvalue()


def _fault_json(fault: Fault) -> dict[str, Any]:
    return {"row": fault.row, "column": fault.column, "fault": fault.code.value, "message": fault.message}


def _fault_line(fault: Fault) -> list[Any]:
    result = _("warning") if fault.is_warning else _("refused")
    return [fault.row, fault.column, result, reason(fault.code), fault.message]
