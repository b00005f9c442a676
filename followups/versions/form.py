"""The form of a version: one field for each setting, the day it takes effect, and why."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext, gettext_lazy

from alliances.paper_fields import ReasonForm, day_field
from followups.models.protocol_version import REASON_FROM
from followups.protocols import knobs
from followups.protocols.knobs import Knob, SettingsError
from followups.protocols.versions import Version
from followups.versions.protocol_page import YES_NO, Setting, settings_lines

_ = gettext_lazy


class VersionForm(forms.Form):
    """`today` bounds the day: a version begins today or later."""

    valid_from = day_field(_("Takes effect on"))
    reason = forms.CharField(
        label=_("Reason"),
        min_length=REASON_FROM,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One sentence: who decided it, on what ground."),
    )

    def __init__(self, data: Any = None, *, today: date, **options: Any) -> None:
        super().__init__(data, **options)
        self.today = today
        self.fields["valid_from"].widget.attrs["min"] = today.isoformat()
        for knob in knobs.knobs():
            self.fields[knob.name] = _field(knob)

    def clean_valid_from(self) -> date:
        """Today or later."""
        day: date = self.cleaned_data["valid_from"]
        if day < self.today:
            raise forms.ValidationError(gettext("Choose today or a later day: visits are not judged anew."))
        return day

    def values(self) -> dict[str, Any]:
        """The settings of a valid form."""
        return {knob.name: self.cleaned_data[knob.name] for knob in knobs.knobs()}

    def refuse(self, error: SettingsError) -> None:
        """Put what the use-case refused beside its setting."""
        self.add_error(
            error.field if error.field in self.fields else None, gettext(error.text) % error.params
        )

    def lines(self, now: Version) -> list[tuple[Setting, BoundField]]:
        """Each setting with what it says now, and its field."""
        return [(setting, self[setting.name]) for setting in settings_lines(now)]


class WithdrawForm(ReasonForm):
    """Why a published version is taken back."""

    reason = forms.CharField(label=_("Reason"), min_length=REASON_FROM, max_length=200)


def _field(knob: Knob) -> forms.Field:
    label, about = gettext_lazy(knob.label), {"autocomplete": "off"}
    if knob.yes_or_no:
        return forms.TypedChoiceField(
            label=label, choices=[(str(each), words) for each, words in YES_NO.items()], coerce=lambda text: text == "True",
            widget=forms.RadioSelect,
        )  # fmt: skip
    kind: Any = forms.IntegerField if isinstance(knob.default, int) else forms.FloatField
    field: forms.Field = kind(
        label=label,
        widget=forms.TextInput(attrs={**about, "inputmode": "numeric" if knob.decimals == 0 else "decimal"}),
        help_text=f"{knob.low}–{knob.high}",
    )
    field.validators.append(_between(knob))
    return field


def _between(knob: Knob) -> Callable[[float], None]:
    def check(value: float) -> None:
        if not knob.low <= value <= knob.high:
            bounds = {"low": knob.low, "high": knob.high}
            raise forms.ValidationError(gettext("Must be between %(low)s and %(high)s.") % bounds)

    return check
