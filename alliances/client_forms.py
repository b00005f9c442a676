"""Forms of other systems' credentials."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiClient, ClientScope
from alliances.clients import OVERLAPS
from alliances.models import Organization
from alliances.workdays import SHANGHAI


class ClientForm(forms.Form):
    """What a client may do and until when."""

    name = forms.CharField(label=_("Name of the system"), max_length=100)
    scopes = forms.TypedMultipleChoiceField(
        label=_("What it may do"), choices=ClientScope.choices, widget=forms.CheckboxSelectMultiple
    )
    expires_on = forms.DateField(
        label=_("Valid through"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Empty: until it is switched off."),
    )  # fmt: skip
    requests_per_minute = forms.IntegerField(
        label=_("Requests a minute"), required=False, min_value=1, max_value=30000,
        help_text=_("Empty: as many as the installation allows."),
    )  # fmt: skip

    def __init__(self, *args: Any, client: ApiClient | None = None, **kwargs: Any) -> None:
        """Filled in from a client."""
        if client is not None:
            kwargs.setdefault("initial", {
                "name": client.name, "scopes": client.scopes, "requests_per_minute": client.requests_per_minute,
                "expires_on": last_day(client.expires_at),
            })  # fmt: skip
        super().__init__(*args, **kwargs)

    def clean_expires_on(self) -> date | None:
        """A day that is still to come, or today."""
        day: date | None = self.cleaned_data["expires_on"]
        if day is not None and day < timezone.localdate():
            raise forms.ValidationError(_("The day lies in the past. To end the client, switch it off."))
        return day

    def terms(self) -> dict[str, Any]:
        """What the use-cases take: scopes, end as a moment, rate, name."""
        day: date | None = self.cleaned_data["expires_on"]
        return {
            "name": self.cleaned_data["name"],
            "scopes": [ClientScope(scope) for scope in self.cleaned_data["scopes"]],
            "expires_at": datetime.combine(day + timedelta(days=1), time(), SHANGHAI) if day else None,
            "requests_per_minute": self.cleaned_data["requests_per_minute"],
        }


class NewClientForm(ClientForm):
    """A client of one of the organizations that the person runs."""

    organization = forms.ModelChoiceField(label=_("Organization"), queryset=Organization.objects.none())
    field_order = ("organization", "name", "scopes", "expires_on", "requests_per_minute")

    def __init__(self, *args: Any, organizations: QuerySet[Organization], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["organization"]
        choice.queryset = organizations.filter(closed_on__isnull=True)  # type: ignore[attr-defined]
        only = list(choice.queryset[:2])  # type: ignore[attr-defined]
        if len(only) == 1:
            choice.initial = only[0]


class RotationForm(forms.Form):
    """How long the secret before goes on."""

    keep_hours = forms.TypedChoiceField(
        label=_("The present secret"), coerce=int, initial=24, widget=forms.RadioSelect,
        choices=[(hours, words) for hours, words in zip(
            OVERLAPS,
            (_("ends now, with all tokens"), _("goes on for 24 hours"), _("goes on for 3 days"), _("goes on for 7 days")),
            strict=True,
        )],
    )  # fmt: skip


def last_day(expires_at: datetime | None) -> date | None:
    """The last day on which a client that ends at the moment is still valid."""
    return (
        None if expires_at is None else (expires_at - timedelta(microseconds=1)).astimezone(SHANGHAI).date()
    )
