"""Forms of alliances and memberships."""

from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from alliances.models import Alliance, MembershipRole, Organization
from alliances.organization_forms import Named


def day_field(label: Any) -> forms.DateField:
    """A day, today unless another is chosen."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, initial=timezone.localdate)


class AllianceForm(forms.ModelForm):
    class Meta:
        model = Alliance
        fields = ("name", "kind", "code")
        widgets: ClassVar = {"kind": forms.RadioSelect}
        labels: ClassVar = {"code": _("code in this system")}
        help_texts: ClassVar = {"code": _("Letters, digits and dashes; stays the same for good.")}
        error_messages: ClassVar = {"code": {"unique": _("Another alliance has this code.")}}

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            del self.fields["code"]


class JoinForm(forms.Form):
    """Who joins, as what, from which day."""

    organization = Named(label=_("organization"), queryset=Organization.objects.none())
    role = forms.ChoiceField(
        label=_("as"), choices=MembershipRole.choices, initial=MembershipRole.MEMBER, widget=forms.RadioSelect
    )
    on = day_field(_("First day"))

    def __init__(self, *args: Any, organizations: QuerySet[Organization], **kwargs: Any):
        super().__init__(*args, **kwargs)
        field = self.fields["organization"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = organizations


class LeaveForm(forms.Form):
    """From which day an organization is no longer a member, and why."""

    on = day_field(_("no longer a member from"))
    reason = forms.CharField(label=_("reason for leaving"), max_length=200)


class LeadForm(forms.Form):
    """Which member leads from which day."""

    organization = Named(label=_("leads the alliance"), queryset=Organization.objects.none())
    on = day_field(_("First day"))

    def __init__(self, *args: Any, members: QuerySet[Organization], **kwargs: Any):
        super().__init__(*args, **kwargs)
        field = self.fields["organization"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = members
