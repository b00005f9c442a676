"""The forms of an agreement: the two sides, the terms, and a row for every department of the receiving hospital."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from alliances import programmes
from alliances.agreements import Line, Terms
from alliances.models import Agreement, AgreementLine, Department, Organization
from alliances.paper_fields import PeriodFields, day_field, last_day, words_field

MOST_A_DAY = 999


class SidesForm(forms.Form):
    """Who refers, and who receives."""

    source = forms.ModelChoiceField(label=_("Referring organization"), queryset=Organization.objects.none())
    target = forms.ModelChoiceField(label=_("Receiving organization"), queryset=Organization.objects.none())

    def __init__(self, *args: Any, partners: QuerySet[Organization], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("source", "target"):
            self.fields[name].queryset = partners  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Two organizations."""
        data = super().clean() or {}
        if data.get("source") and data.get("source") == data.get("target"):
            self.add_error("target", _("An agreement is between two organizations."))
        return data


class TermsForm(PeriodFields):
    """Period, green channel, response times, telephone."""

    phone = forms.CharField(label=_("Contact telephone"), max_length=30)
    green_channel = forms.BooleanField(label=_("Green channel"), required=False)
    green_channel_terms = words_field(_("Terms of the green channel"), length=1000, required=False)
    answer_emergency_minutes = forms.IntegerField(
        label=_("Answer to an emergency within"), min_value=1, max_value=1440, required=False
    )
    answer_urgent_hours = forms.IntegerField(
        label=_("Answer to an urgent request within"), min_value=1, max_value=720, required=False
    )
    answer_routine_days = forms.IntegerField(
        label=_("Answer to a routine request within"), min_value=1, max_value=60, required=False
    )
    note = words_field(_("Note"), length=500, rows=2, required=False)
    field_order = ("first_day", "last_day")

    def clean(self) -> dict[str, Any]:
        """Terms belong to a green channel."""
        data = super().clean()
        if data.get("green_channel_terms") and not data.get("green_channel"):
            self.add_error("green_channel", _("Terms are given, but no green channel is agreed on."))
        return data

    def terms(self) -> Terms:
        """The terms of a valid form."""
        data = self.cleaned_data
        return Terms(**{name: data[name] for name in Terms.__dataclass_fields__})

    @staticmethod
    def values_of(agreement: Agreement) -> dict[str, Any]:
        """Initial values from an agreement."""
        days = {"first_day": agreement.period.lower, "last_day": last_day(agreement.period)}
        return {**vars(Terms.of(agreement)), **days}


class LineForm(forms.Form):
    """One department: whether it takes part, for what, how many a day."""

    taken = forms.BooleanField(required=False)
    programmes = forms.MultipleChoiceField(
        label=_("Takes"), required=False, widget=forms.CheckboxSelectMultiple, choices=()
    )
    clinic_slots = forms.IntegerField(
        label=_("Clinic slots a day"), min_value=0, max_value=MOST_A_DAY, required=False
    )
    beds = forms.IntegerField(label=_("Beds a day"), min_value=0, max_value=MOST_A_DAY, required=False)

    def __init__(self, data: Any, *, department: Department, initial: dict[str, Any]) -> None:
        super().__init__(data, prefix=f"d{department.pk}", initial=initial)
        self.department = department
        self.fields["taken"].label = department.name
        self.fields["programmes"].choices = programmes.choices()  # type: ignore[attr-defined]

    def line(self) -> Line:
        """The line of a valid form."""
        data = self.cleaned_data
        return Line(self.department.pk, data["programmes"], data["clinic_slots"], data["beds"])


class LineForms:
    """A row for every open department of the receiving organization, and for those that stand in the agreement."""

    def __init__(self, target: Organization, data: Any = None, lines: Iterable[AgreementLine] = ()) -> None:
        standing = {line.department_id: line for line in lines}
        departments = Department.objects.filter(organization=target).order_by("code")
        self.forms = [
            LineForm(data, department=department, initial=_initial(standing.get(department.pk), department))
            for department in departments
            if department.closed_on is None or department.pk in standing
        ]

    def is_valid(self) -> bool:
        """Whether every row holds what it may."""
        valid = [form.is_valid() for form in self.forms]  # every row is looked at: each shows its own faults
        return all(valid)

    def lines(self) -> list[Line]:
        """The rows that take part."""
        return [form.line() for form in self.forms if form.cleaned_data["taken"]]


def _initial(line: AgreementLine | None, department: Department) -> dict[str, Any]:
    if line is None:
        return {"taken": False, "programmes": department.programmes}
    return {
        "taken": True, "programmes": line.programmes or department.programmes,
        "clinic_slots": line.clinic_slots, "beds": line.beds,
    }  # fmt: skip


class RenewForm(forms.Form):
    """Until when the renewed agreement holds."""

    until = day_field(_("Last day"), required=False, help_text=_("Empty: until further notice."))


def a_year_longer(agreement: Agreement) -> date | None:
    """The day on which a renewed agreement would end after a year."""
    ends = last_day(agreement.period)
    if ends is None:
        return None
    try:
        return ends.replace(year=ends.year + 1)
    except ValueError:  # 29 February
        return ends.replace(year=ends.year + 1, day=28)
