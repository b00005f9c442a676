"""The questions of emergency access: which resident, why, and what the review found."""

from typing import Any
from uuid import UUID

from django import forms
from django.core import signing
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from patients.identifiers import ResidentNumberError, is_telling, parse_resident_number
from patients.models import EmergencyFinding, EmergencyReason, Patient
from patients.models.emergency import SHORTEST_TEXT

_SALT = "patients.emergency"
#: How long after the answer the record may be opened.
_FRESH_SECONDS = 15 * 60


def ticket(patient: Patient, by: User) -> str:
    """Says that this person asked for this resident by the full number just now; goes along with the form."""
    return signing.dumps([str(patient.pk), by.pk], salt=_SALT)


def asked_for(ticket: str, by: User) -> UUID | None:
    """The resident of a ticket, if it is this person's and fresh."""
    try:
        patient_id, user_id = signing.loads(ticket, salt=_SALT, max_age=_FRESH_SECONDS)
    except signing.BadSignature:
        return None
    return UUID(patient_id) if user_id == by.pk else None


class LookUpForm(forms.Form):
    """The full document number."""

    number = forms.CharField(
        label=_("Full document number"), max_length=30,
        help_text=_("All 18 characters of the resident ID card. Parts, names and telephones are not searched for."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "text"}),
    )  # fmt: skip

    def clean_number(self) -> str:
        """The number as it was typed, if it is a whole one."""
        text: str = self.cleaned_data["number"]
        try:
            parse_resident_number(text, on=timezone.localdate())
        except ResidentNumberError:
            raise forms.ValidationError(
                _("This is no full resident ID number: 18 characters with a right check digit.")
            ) from None
        return text


def _without_numbers(text: str) -> str:
    if is_telling(text):
        raise forms.ValidationError(
            _("Leave document numbers and telephones out: what stands here is kept in plain.")
        )
    return text


class OpenForm(forms.Form):
    """Why the record must be opened."""

    ticket = forms.CharField(widget=forms.HiddenInput)
    reason = forms.ChoiceField(
        label=_("Reason of the access"), choices=EmergencyReason.choices, widget=forms.RadioSelect
    )
    text = forms.CharField(
        label=_("What happened, in a sentence"), min_length=SHORTEST_TEXT, max_length=300,
        help_text=_("At least 10 characters, read by the resident's team and by the privacy officer."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip

    def clean_text(self) -> str:
        """The sentence, without numbers."""
        return _without_numbers(self.cleaned_data["text"])


class ReviewForm(forms.Form):
    """What the privacy officer found."""

    finding = forms.ChoiceField(
        label=_("Finding of the review"), choices=EmergencyFinding.choices, widget=forms.RadioSelect
    )
    text = forms.CharField(
        label=_("Grounds of the finding"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Required, in at least 10 characters, when the access was not justified. The opener reads it."),
    )  # fmt: skip

    def clean_text(self) -> str:
        """The grounds, without numbers."""
        return _without_numbers(self.cleaned_data["text"])

    def clean(self) -> dict[str, Any]:
        """An unjustified access is explained."""
        said: dict[str, Any] = super().clean() or {}
        unjustified = said.get("finding") == EmergencyFinding.UNJUSTIFIED
        if unjustified and len(said.get("text", "").strip()) < SHORTEST_TEXT:
            self.add_error("text", _("Say in at least 10 characters why it was not justified."))
        return said
