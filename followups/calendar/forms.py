"""Forms of the follow-up calendar: moving, capacities, attempts, lost and found."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from followups.calendar.team_calendar import monday_of
from followups.models import ContactMethod, ContactResult
from followups.models.capacity import MOST

HOW = (("day", _("all on this day")), ("week", _("spread over its week")))


def _day(label: Any, **more: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **more
    )


def _text(label: Any, length: int, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=length, **more)


class MoveForm(forms.Form):
    """Where the chosen follow-ups go: one day, or the days of a week."""

    to = _day(_("To the day"))
    how = forms.ChoiceField(label=_("How"), choices=HOW, widget=forms.RadioSelect, initial="day")

    def days(self, *, today: date) -> tuple[date, date]:
        """The first and the last day; a week begins today at the earliest."""
        to: date = self.cleaned_data["to"]
        if self.cleaned_data["how"] == "day":
            return to, to
        monday = monday_of(to)
        return max(monday, today), monday + timedelta(days=6)


def chosen_of(posted: QueryDict) -> tuple[list[UUID], list[date], bool]:
    """What was ticked: single follow-ups, whole days, and everybody who is overdue. Nonsense is left out."""
    ids, days = [], []
    for text in posted.getlist("appointment"):
        try:
            ids.append(UUID(text))
        except ValueError:
            continue
    for text in posted.getlist("day"):
        try:
            days.append(date.fromisoformat(text))
        except ValueError:
            continue
    return ids[:1000], days[:31], posted.get("overdue") == "1"


class PatternForm(forms.Form):
    """How many follow-ups the team does on each weekday."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in range(7):
            self.fields[f"d{number}"] = forms.IntegerField(
                label=WEEKDAYS[number], min_value=0, max_value=MOST,
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )  # fmt: skip

    def places(self) -> list[int]:
        """Monday to Sunday."""
        return [self.cleaned_data[f"d{number}"] for number in range(7)]

    def clean(self) -> dict[str, Any]:
        """A team that never works can plan nothing."""
        cleaned = super().clean() or {}
        if not self.errors and not any(cleaned[f"d{number}"] for number in range(5)):
            raise forms.ValidationError(_("Say at least one weekday on which the team does follow-ups."))
        return cleaned


class TeamDayForm(forms.Form):
    """A day that differs from the pattern."""

    on = _day(_("Day"))
    places = forms.IntegerField(label=_("Follow-ups on this day"), min_value=0, max_value=MOST)
    reason = _text(_("Reason"), 100)


class AttemptForm(forms.Form):
    """One attempt to reach a resident."""

    on = _day(_("Day of the attempt"))
    method = forms.ChoiceField(label=_("How"), choices=ContactMethod, widget=forms.RadioSelect)
    result = forms.ChoiceField(label=_("Result"), choices=ContactResult)
    call_again_on = _day(_("Call again on"), required=False)
    note = _text(_("Note"), 200, required=False)

    def clean_note(self) -> str:
        """Without what a database cannot keep."""
        return str(self.cleaned_data["note"]).replace("\x00", "").strip()


class LostForm(forms.Form):
    """The confirmation that somebody is lost; `seen` is how many attempts the page showed."""

    seen = forms.IntegerField(min_value=0, max_value=9999, widget=forms.HiddenInput)
    note = _text(_("Note"), 200, required=False)


class FoundForm(forms.Form):
    """When the follow-up of somebody who was found again is due."""

    due_on = _day(_("Next follow-up on"))
