"""The figures of a month as a workbook: every organization and team, numerator, denominator, rate, target."""

import io
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import xlsxwriter
from django.db.models import F
from django.utils.translation import gettext as _

from alliances.models import CareTeam
from journal.exports import Stamp
from performance.dashboard import Figure
from performance.indicators import Indicator
from performance.models import IndicatorValue, Target


def workbook(
    month: date, indicators: Mapping[str, Indicator], organization_ids: Sequence[int], *, stamp: Stamp
) -> bytes:
    """An .xlsx file: one row a cell, so that sums are the reader's own; who took it and when stands on a sheet of its own."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet(_("Figures"))
    bold, rate = book.add_format({"bold": True}), book.add_format({"num_format": "0.00"})
    heads = (_("Month"), _("Organization"), _("Team"), _("Indicator"), _("Base"), _("Numerator"), _("Denominator"),
             _("Rate"), _("Unit"), _("Target"))  # fmt: skip
    sheet.write_row(0, 0, heads, bold)
    sheet.set_column(0, 4, 22)
    sheet.freeze_panes(1, 0)
    for at, row in enumerate(_rows(month, indicators, organization_ids), start=1):
        for column, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(at, column, value)
            elif value is not None:
                sheet.write_number(at, column, value, rate if column in (7, 9) else None)
    stamp.mark(book)
    book.close()
    return buffer.getvalue()


def _rows(
    month: date, indicators: Mapping[str, Indicator], organization_ids: Sequence[int]
) -> list[tuple[str | int | float | None, ...]]:
    targets: dict[tuple[str, int | None], Decimal] = {
        (code, place): value
        for code, place, value in Target.objects.filter(year=month.year).values_list(
            "indicator", "organization_id", "percent"
        )
    }
    teams = dict(CareTeam.objects.filter(organization_id__in=organization_ids).values_list("pk", "name"))
    cells = (
        IndicatorValue.objects.filter(
            month=month, organization_id__in=organization_ids, indicator__in=indicators
        )
        .annotate(organization_name=F("organization__name"))
        .order_by("indicator", "organization__code", "team")
        .values_list("indicator", "organization_id", "organization_name", "team", "numerator", "denominator")
    )
    found: list[tuple[str | int | float | None, ...]] = []
    for code, organization, name, team, numerator, denominator in cells:
        indicator = indicators[code]
        target = targets.get((code, organization), targets.get((code, None)))
        figure = Figure(numerator, denominator, indicator.unit, target)
        found.append((
            f"{month:%Y-%m}", name, teams.get(team, _("no team")), str(indicator.name), str(indicator.base_name),
            numerator, denominator, _number(figure.rate),
            "%" if indicator.unit == "percent" else _("per person"), _number(target),
        ))  # fmt: skip
    return found


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))
