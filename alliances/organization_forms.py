"""Forms of organizations: their facts, departments, areas, and their move, merge and closing."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from alliances import programmes
from alliances.models import AreaKind, CareTeam, Department, Organization, ServiceArea, Tier
from alliances.organizations import names_in


def teams_of(organization: Organization) -> QuerySet[CareTeam]:
    """The teams that are open."""
    return organization.care_teams.filter(closed_on__isnull=True).order_by("code")


class Named(forms.ModelChoiceField):
    """A choice shown by name, with the short name behind it where there is one."""

    def label_from_instance(self, obj: Any) -> str:
        short = getattr(obj, "short_name", "")
        return f"{obj.name}（{short}）" if short else str(obj.name)


class SearchForm(forms.Form):
    """What the list of organizations is narrowed by; anything unknown narrows nothing."""

    q = forms.CharField(label=_("Name or code"), required=False, max_length=60)
    tier = forms.ChoiceField(label=_("Tier"), required=False, choices=[("", _("all tiers")), *Tier.choices])
    state = forms.ChoiceField(
        label=_("State"), required=False,
        choices=[("", _("in operation")), ("closed", _("closed down")), ("all", _("open and closed"))],
    )  # fmt: skip


class OrganizationForm(forms.ModelForm):
    """The facts of an organization. Its place in the tree is chosen once; later it moves."""

    class Meta:
        model = Organization
        fields = ("code", "name", "short_name", "tier", "parent", "uscc", "institution_code", "area_code", "address",
                  "phone")  # fmt: skip
        field_classes: ClassVar = {"parent": Named}
        labels: ClassVar = {"code": _("code in this system")}
        help_texts: ClassVar = {
            "code": _("Letters, digits and dashes; stays the same for good, other systems know it."),
            "uscc": _("18 characters."),
            "institution_code": _("22 characters: organization code, area, economy, class, management."),
            "area_code": _("6, 9 or 12 digits."),
        }
        error_messages: ClassVar = {"code": {"unique": _("Another organization has this code.")}}

    def __init__(
        self, *args: Any, parents: QuerySet[Organization] | None = None, top: bool = False, **kwargs: Any
    ):
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            del self.fields["parent"], self.fields["code"]
            return
        place = self.fields["parent"]
        assert isinstance(place, forms.ModelChoiceField)  # noqa: S101 - declared above
        place.queryset = parents if parents is not None else Organization.objects.none()
        place.required = not top
        place.empty_label = str(_("none: stands at the top")) if top else None

    def clean_uscc(self) -> str:
        return self._alone("uscc", str(_("Another organization has this unified social credit code.")))

    def clean_institution_code(self) -> str:
        return self._alone("institution_code", str(_("Another organization has this institution code.")))

    def _alone(self, field: str, message: str) -> str:
        number: str = self.cleaned_data[field].strip().upper()
        same = Organization.objects.filter(**{field: number}).exclude(pk=self.instance.pk)
        if number and same.exists():
            raise ValidationError(message)
        return number


class DepartmentForm(forms.ModelForm):
    """A department and the programmes whose referrals come to it by default."""

    programmes = forms.MultipleChoiceField(
        label=_("referrals it takes by default"), required=False, widget=forms.CheckboxSelectMultiple,
        choices=programmes.choices,
    )  # fmt: skip

    class Meta:
        model = Department
        fields = ("name", "code", "phone", "programmes")
        labels: ClassVar = {"code": _("code in this system")}
        help_texts: ClassVar = {"code": _("Letters, digits and dashes, once within the organization.")}


class DepartmentClosingForm(forms.Form):
    """What happens to the posts of a department that closes."""

    posts_to = Named(
        label=_("Its posts"),
        queryset=Department.objects.none(),
        required=False,
        empty_label=_("end on the day"),
    )

    def __init__(self, *args: Any, department: Department, **kwargs: Any):
        super().__init__(*args, **kwargs)
        field = self.fields["posts_to"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        others = Department.objects.filter(organization=department.organization_id, closed_on__isnull=True)
        field.queryset = others.exclude(pk=department.pk)


class AreasForm(forms.Form):
    """Many areas at once, as they are pasted."""

    names = forms.CharField(
        label=_("Names"), widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("One a line, or with commas between them; paste as many as you like."),
    )  # fmt: skip
    kind = forms.ChoiceField(label=_("kind"), choices=AreaKind.choices)
    care_team = Named(
        label=_("team"), queryset=CareTeam.objects.none(), required=False, empty_label=_("none yet")
    )

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any):
        super().__init__(*args, **kwargs)
        _offer_teams(self, organization)

    def clean_names(self) -> list[str]:
        names = names_in(self.cleaned_data["names"])
        longest = ServiceArea._meta.get_field("name").max_length or 0
        too_long = [name for name in names if len(name) > longest]
        if too_long:
            raise ValidationError(
                _("Longer than %(most)s characters: %(name)s") % {"most": longest, "name": too_long[0]}
            )
        if not names:
            raise ValidationError(_("Give at least one name."))
        return names


class AreaForm(forms.ModelForm):
    """One area with the team that covers it."""

    class Meta:
        model = ServiceArea
        fields = ("name", "kind", "care_team", "code")
        field_classes: ClassVar = {"care_team": Named}

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        _offer_teams(self, self.instance.organization)

    def validate_constraints(self) -> None:
        """The use-case says which name is taken."""


def _offer_teams(form: forms.BaseForm, organization: Organization) -> None:
    field = form.fields["care_team"]
    assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared by both forms
    field.queryset = teams_of(organization)
    field.empty_label = str(_("none yet"))


class MoveForm(forms.Form):
    """Another place in the tree."""

    parent = Named(label=_("belongs to"), queryset=Organization.objects.none())

    def __init__(self, *args: Any, parents: QuerySet[Organization], top: bool, **kwargs: Any):
        super().__init__(*args, **kwargs)
        field = self.fields["parent"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset, field.required = parents, not top
        field.empty_label = str(_("none: stands at the top")) if top else None


class SuccessorForm(forms.Form):
    """Which organization the one becomes a part of."""

    into = Named(label=_("becomes a part of"), queryset=Organization.objects.none())

    def __init__(self, *args: Any, successors: QuerySet[Organization], **kwargs: Any):
        super().__init__(*args, **kwargs)
        field = self.fields["into"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = successors


class ConfirmForm(forms.Form):
    """What cannot be undone is confirmed by writing the organization's name."""

    typed = forms.CharField(label=_("Confirm"), max_length=100)

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.name = organization.short_name or organization.name
        self.fields["typed"].widget.attrs["autocomplete"] = "off"
        self.fields["typed"].help_text = _("Write “%(name)s”.") % {"name": self.name}

    def clean_typed(self) -> str:
        typed: str = self.cleaned_data["typed"].strip()
        if typed != self.name:
            raise ValidationError(_("This is not “%(name)s”.") % {"name": self.name})
        return typed


class MergeForm(ConfirmForm):
    """For each team the one that takes its residents, and the confirmation."""

    def __init__(self, *args: Any, organization: Organization, into: Organization, **kwargs: Any):
        super().__init__(*args, organization=organization, **kwargs)
        self.teams = {f"team_{team.pk}": team for team in teams_of(organization)}
        for name, team in self.teams.items():
            self.fields[name] = Named(
                label=team.name, queryset=teams_of(into), required=False,
                empty_label=_("goes on as a team of its own"),
            )  # fmt: skip
        self.order_fields([*self.teams, "typed"])

    def chosen(self) -> Mapping[int, CareTeam]:
        """The teams that become a team which is there already, by id."""
        picked = {team.pk: self.cleaned_data[name] for name, team in self.teams.items()}
        return {key: team for key, team in picked.items() if team is not None}
