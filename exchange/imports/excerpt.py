"""The faulty rows of an uploaded workbook as the preview shows them, read from the sealed file, numbers masked."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from exchange.models import ImportBatch
from exchange.roster import cells
from exchange.roster.cells import Cell
from exchange.roster.layout import LAYOUTS
from exchange.roster.workbook import open_roster
from patients.identifiers import masked_number, masked_phone
from patients.sealing import unseal

MOST_ROWS: Final = 20_000  # reading a larger workbook for every page of the preview would take seconds


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What a row says of its person, and the text of every cell by its heading. Numbers and telephones are masked."""

    name: str
    number: str
    cells: dict[str, str]


def excerpt(batch: ImportBatch, sheet_name: str, rows: Collection[int]) -> dict[int, Excerpt]:
    """The asked rows by number; nothing once the workbook is deleted, or when it is very large."""
    if batch.file_sealed is None or batch.rows_total > MOST_ROWS or not rows:
        return {}
    roster = open_roster(unseal(batch.file_sealed))
    sheet = roster.archive if sheet_name == LAYOUTS[0].name else roster.visits
    wanted, last = set(rows), max(rows)
    found: dict[int, Excerpt] = {}
    for row in sheet.rows():
        if row.number > last:
            break
        if row.number in wanted:
            shown = {field: _shown(field, cell) for field, cell in row.cells.items()}
            by_heading = {sheet.layout.heading(field): text for field, text in shown.items()}
            found[row.number] = Excerpt(shown["name"], shown["number"], by_heading)
    return found


def _shown(field: str, cell: Cell) -> str:
    text = _text(cell)
    if field == "number" and text:
        return masked_number(text)
    if field == "phone" and text:
        return masked_phone(text)
    return text


def _text(cell: Cell) -> str:
    if isinstance(cell, datetime | date):
        return f"{cell:%Y-%m-%d}"
    return cells.text(cell)
