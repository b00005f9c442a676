"""The days of an own period, as the page takes them."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from workbench.alliance_map.period import LONGEST


class OwnPeriodForm(forms.Form):
    """From and to, both included: in order, not in the future, three years at most."""

    since = forms.DateField(label=_("from"), widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("to"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on = on

    def clean(self) -> dict[str, Any]:
        """The rules that take both days."""
        given = super().clean() or {}
        since, until = given.get("since"), given.get("until")
        if until is not None and until > self.on:
            self.add_error("until", _("This day has not come yet."))
        if since is not None and until is not None:
            if since > until:
                self.add_error("until", _("The last day lies before the first."))
            elif (until - since).days >= LONGEST:
                self.add_error("since", _("A period is three years at most."))
        return given
