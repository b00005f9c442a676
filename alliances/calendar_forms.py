"""Setting a day of the calendar."""

from datetime import date
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from alliances.models import Alliance

WORKS = (("off", _("day off")), ("works", _("working day")))


class DayForm(forms.Form):
    """A day, whether people work on it, why, and for whom."""

    on = forms.DateField(label=_("Day"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    works = forms.ChoiceField(label=_("On this day"), choices=WORKS, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=100,
        help_text=_("For example the announcement of the State Council by which it is a make-up day."),
    )
    alliance = forms.ModelChoiceField(label=_("For"), queryset=Alliance.objects.none(), required=False)

    def __init__(self, *args: Any, alliances: Any, everywhere: bool, years: range, **kwargs: Any) -> None:
        """`alliances` may be chosen; `everywhere`: the whole installation too. `years` are those that can be set."""
        super().__init__(*args, **kwargs)
        field = cast("forms.ModelChoiceField[Alliance]", self.fields["alliance"])
        field.queryset = alliances
        field.required = not everywhere
        field.empty_label = str(_("the whole installation")) if everywhere else None
        self.years = years

    def clean_on(self) -> date:
        """Days of the years that the page shows."""
        on: date = self.cleaned_data["on"]
        if on.year not in self.years:
            raise forms.ValidationError(
                _("Choose a day from %(first)s to %(last)s."),
                params={"first": self.years[0], "last": self.years[-1]},
            )
        return on

    def clean_reason(self) -> str:
        """Without what a database cannot keep."""
        return str(self.cleaned_data["reason"]).replace("\x00", "").strip()
