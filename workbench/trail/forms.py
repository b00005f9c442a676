"""What the search of the audit trail and its export take."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from alliances.models import Organization
from workbench.trail.words import WORDS, Kind, choices


class TrailForm(forms.Form):
    """Conditions of the search; all optional, each narrows."""

    resident = forms.CharField(
        label=_("Resident"), required=False, max_length=60,
        widget=forms.TextInput(attrs={"placeholder": _("Name, archive number or whole ID number")}),
    )  # fmt: skip
    patient = forms.UUIDField(required=False, widget=forms.HiddenInput)
    agent = forms.CharField(
        label=_("Person or system"), required=False, max_length=60,
        widget=forms.TextInput(attrs={"placeholder": _("Name or user name")}),
    )  # fmt: skip
    action = forms.ChoiceField(label=_("Action"), required=False)
    since = forms.DateField(
        label=_("From day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label=_("To day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    organization = forms.ModelChoiceField(
        Organization.objects.none(), label=_("Organization"), required=False, empty_label=_("All of mine")
    )
    address = forms.GenericIPAddressField(label=_("Network address"), required=False)

    def __init__(self, *args: Any, organization_ids: tuple[int, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["action"].choices = [("", _("All actions")), *choices()]  # type: ignore[attr-defined]
        mine = Organization.objects.filter(pk__in=organization_ids).order_by("tier", "name")
        self.fields["organization"].queryset = mine  # type: ignore[attr-defined]
        for field in self.fields.values():
            field.widget.attrs["class"] = (
                "form-select" if isinstance(field, forms.ChoiceField) else "form-control"
            )

    def clean_action(self) -> list[str]:
        """The codes that were chosen: a kind names all of its own."""
        chosen: str = self.cleaned_data["action"]
        if chosen in Kind.values:
            return [action for action, word in WORDS.items() if word.kind == chosen]
        return [chosen] if chosen else []

    def clean(self) -> dict[str, Any]:
        """The days stand in order."""
        given = super().clean() or {}
        since, until = given.get("since"), given.get("until")
        if since and until and until < since:
            self.add_error("until", _("The last day lies before the first."))
        return given

    @property
    def has_more(self) -> bool:
        """Whether a condition that stands folded away is in use."""
        return any(self[name].value() for name in ("organization", "address")) or bool(self.errors)


class MonthForm(forms.Form):
    """A month of the trail to take away."""

    month = forms.TypedChoiceField(label=_("Month"), coerce=lambda text: date.fromisoformat(f"{text}-01"))

    def __init__(self, *args: Any, months: list[date], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["month"].choices = [(f"{month:%Y-%m}", f"{month:%Y-%m}") for month in months]  # type: ignore[attr-defined]
        self.fields["month"].widget.attrs["class"] = "form-select yl-w-date"
