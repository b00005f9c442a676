"""The flows of an alliance as a workbook: figures with their definitions, pairs, and who took them away when."""

import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import xlsxwriter
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from workbench.alliance_map.picture import Picture
from workbench.alliance_map.table import Row


def workbook(picture: Picture, rows: Iterable[Row], *, by: str, at: datetime) -> bytes:
    """An .xlsx file with two sheets. Every sheet says for whom and when it was made."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    made = _("Exported by %(who)s on %(when)s") % {
        "who": by, "when": date_format(timezone.localtime(at), "Y-m-d H:i"),
    }  # fmt: skip
    title = f"{picture.alliance} {picture.period.name}"
    for name, heads, lines in (
        (_("Flows"), _flow_heads(), [_flow(row) for row in rows]),
        (_("Figures"), _figure_heads(), _figures(picture)),
    ):
        _sheet(book, name, (title, made), heads, lines)
    book.close()
    return buffer.getvalue()


def _sheet(
    book: Any, name: str, above: Sequence[str], heads: Sequence[str], lines: Sequence[Sequence[Any]]
) -> None:
    sheet = book.add_worksheet(name)
    bold, rate = book.add_format({"bold": True}), book.add_format({"num_format": "0.00"})
    for at, text in enumerate(above):
        sheet.write_string(at, 0, text)
    head = len(above) + 1
    sheet.write_row(head, 0, heads, bold)
    sheet.set_column(0, 1, 32)
    sheet.set_column(2, len(heads), 16)
    sheet.freeze_panes(head + 1, 0)
    for at, line in enumerate(lines, start=head + 1):
        for column, value in enumerate(line):
            if isinstance(value, str):
                sheet.write_string(at, column, value)
            elif value is not None:
                sheet.write_number(at, column, value, None if isinstance(value, int) else rate)


def _flow_heads() -> list[str]:
    return [
        _("Sent or passed on by"), _("Received by"), _("Up"), _("Down"), _("Return ratio (%)"),
        _("Median answer (hours)"), _("Answered in time"), _("Answers due"), _("Answered in time (%)"),
    ]  # fmt: skip


def _flow(row: Row) -> list[Any]:
    return [
        str(row.low.organization), str(row.high.organization), row.up, row.down, _number(row.back.rate),
        None if row.seconds is None else row.seconds / 3600, row.answered.numerator, row.answered.denominator,
        _number(row.answered.rate),
    ]  # fmt: skip


def _figure_heads() -> list[str]:
    return [
        _("Figure"), _("Source"), _("Numerator"), _("Denominator"), _("Rate"), _("Unit"), _("Target (%)"),
        _("Numerator before"), _("What is counted"), _("Against what"),
    ]  # fmt: skip


def _figures(picture: Picture) -> list[list[Any]]:
    return [
        [
            str(one.measure.name), one.measure.source, one.now.numerator, one.now.denominator, _number(one.now.rate),
            "%" if one.measure.unit == "percent" else "‰", one.measure.target, one.before.numerator,
            str(one.measure.numerator), str(one.measure.denominator),
        ]
        for one in picture.figures
    ]  # fmt: skip


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))
