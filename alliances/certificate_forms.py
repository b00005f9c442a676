"""The form of a certificate."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from alliances.models import Certificate, CertificateKind
from alliances.paper_fields import day_field


class CertificateForm(forms.Form):
    """One's own licence or certificate."""

    kind = forms.ChoiceField(label=_("Kind"), choices=CertificateKind)
    name = forms.CharField(label=_("Name on the paper"), max_length=60, required=False)
    number = forms.CharField(label=_("Certificate number"), max_length=40)
    issued_by = forms.CharField(label=_("Issued by"), max_length=100, required=False)
    issued_on = day_field(_("Issued on"))
    expires_on = day_field(_("Valid until"), required=False, help_text=_("Empty: without end."))

    def clean(self) -> dict[str, Any]:
        """Issued already, ends after it begins; another kind has a name."""
        data = super().clean() or {}
        issued, ends = data.get("issued_on"), data.get("expires_on")
        if issued and issued > timezone.localdate():
            self.add_error("issued_on", _("This lies in the future."))
        if issued and ends and ends < issued:
            self.add_error("expires_on", _("It cannot end before it was issued."))
        if data.get("kind") == CertificateKind.OTHER and not data.get("name"):
            self.add_error("name", _("Which certificate is it?"))
        return data

    @staticmethod
    def values_of(row: Certificate) -> dict[str, Any]:
        """Initial values from a certificate."""
        return {name: getattr(row, name) for name in CertificateForm.base_fields}
