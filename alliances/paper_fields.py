"""Parts of the forms of agreements, pairs, trainings and certificates: days, moments, periods, names of people."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.paginator import Page, Paginator
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from psycopg2.extras import DateRange

DAY = timedelta(days=1)
MOMENT = "%Y-%m-%dT%H:%M"
FIRST_YEAR, LAST_YEAR = 2000, 2100


class DayInput(forms.DateInput):
    """A native day field."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class MomentInput(forms.DateTimeInput):
    """A native day-and-time field."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format=MOMENT)


def day_field(label: Any, **options: Any) -> forms.DateField:
    """A day as browsers send it."""
    return forms.DateField(label=label, widget=DayInput(), input_formats=["%Y-%m-%d"], **options)


def words_field(label: Any, *, length: int, rows: int = 3, **options: Any) -> forms.CharField:
    """Several lines of text."""
    area = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, widget=area, max_length=length, **options)


class ReasonForm(forms.Form):
    """Why something is ended, cancelled or voided."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


class EndForm(ReasonForm):
    """Ending something early: its last day, and why."""

    last_day = day_field(_("Last day"))
    field_order = ("last_day", "reason")


class PeriodFields(forms.Form):
    """A first and a last day, both included; without a last day it goes on."""

    first_day = day_field(_("First day"))
    last_day = day_field(_("Last day"), required=False, help_text=_("Empty: until further notice."))

    def clean(self) -> dict[str, Any]:
        """The last day is not before the first."""
        data = super().clean() or {}
        first, last = data.get("first_day"), data.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", _("The last day lies before the first."))
        return data

    def period(self) -> DateRange:
        """The period of a valid form."""
        return period_of(self.cleaned_data["first_day"], self.cleaned_data["last_day"])


def period_of(first: date, last: date | None) -> DateRange:
    """From the first to the last day, both included; without a last day it goes on."""
    return DateRange(first, last + DAY if last else None)


def last_day(period: Any) -> date | None:
    """The last day of a period, None when it goes on."""
    return period.upper - DAY if period.upper else None


def year_asked(request: HttpRequest, *, on: date) -> int:
    """The year of the address, this year when it names none that can be."""
    text = request.GET.get("year", "")
    year = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else on.year
    return year if FIRST_YEAR <= year <= LAST_YEAR else on.year


def years_shown(*, on: date) -> list[int]:
    """The years to choose from, latest first: next year can be planned already."""
    return list(range(on.year + 1, on.year - 5, -1))


def number_asked(request: HttpRequest, name: str) -> int | None:
    """A key of the address, None when there is none or it is no number that a key could be."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def page_of(request: HttpRequest, rows: Any, size: int) -> Page[Any]:
    """The page that the address names."""
    return Paginator(rows, size).get_page(request.GET.get("page"))
