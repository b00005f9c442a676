"""What the forms about people, posts and standing in accept: shape and range; who may do it say grants and delegation."""

from datetime import date
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from alliances.delegation import DelegationRefused
from alliances.grants import SEATS, Part
from alliances.models import Alliance, CareTeam, Department, Organization, PractitionerRole, Role
from alliances.posts import PostRefused, Seated


class DayInput(forms.DateInput):
    """A native day field."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def _day(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=DayInput(), **options)


class Refusable(forms.Form):
    """A form whose use-case may refuse: the message goes to the field it names, if the form has it."""

    def refuse(self, refused: PostRefused | DelegationRefused) -> None:
        self.add_error(refused.field if refused.field in self.fields else None, str(refused))


class PostForm(Refusable):
    """A post at an organization: one of the roles that may be given there, and the part of it that the role names."""

    role = forms.ChoiceField(label=_("Role"), choices=())
    care_team = forms.ModelChoiceField(
        label=_("Team"), queryset=CareTeam.objects.none(), required=False, empty_label=_("no team")
    )
    department = forms.ModelChoiceField(
        label=_("Department"),
        queryset=Department.objects.none(),
        required=False,
        empty_label=_("no department"),
    )
    alliance = forms.ModelChoiceField(
        label=_("Alliance"), queryset=Alliance.objects.none(), required=False, empty_label=_("no alliance"),
        help_text=_("Only for alliance administrators."),
    )  # fmt: skip
    begins = _day(_("From"))
    last_day = _day(_("Last day"), required=False, help_text=_("Empty: until further notice."))

    def __init__(self, *args: Any, organization: Organization, roles: list[Role], **options: Any) -> None:
        super().__init__(*args, **options)
        self.organization = organization
        self.fields["role"].choices = [(role.value, role.label) for role in roles]  # type: ignore[attr-defined]
        parts = {SEATS[role].part for role in roles}
        open_ = {"closed_on__isnull": True}
        rows = {
            Part.TEAM: organization.care_teams.filter(**open_),
            Part.DEPARTMENT: organization.departments.filter(**open_),
            Part.ALLIANCE: Alliance.objects.all(),
        }
        for part, queryset in rows.items():
            if part in parts:
                self.fields[part].queryset = queryset  # type: ignore[attr-defined]
            else:
                del self.fields[part]

    def seated(self) -> Seated:
        """The post as chosen. A part that the role does not name is refused by `Seated.refuse_misplaced`."""
        data = self.cleaned_data
        return Seated(
            Role(data["role"]), self.organization, data.get("care_team"), data.get("department"), data.get("alliance")
        )  # fmt: skip


class PersonForm(PostForm):
    """A new colleague with a first post."""

    name = forms.CharField(label=_("Name"), max_length=60)
    username = forms.CharField(
        label=_("User name"), max_length=60, help_text=_("Small letters, digits, dot and dash."),
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9.-]*$", _("Small letters, digits, dot and dash only."))],
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    email = forms.EmailField(label=_("E-mail"), required=False)
    phone = forms.CharField(label=_("Work telephone"), max_length=30, required=False)

    field_order = ("name", "username", "email", "phone")

    def clean_username(self) -> str:
        """A user name is taken once and for ever, also by somebody out of sight."""
        username: str = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=username).exists():
            raise forms.ValidationError(_("This user name is taken."))
        return username


class EndForm(Refusable):
    """When a post ends."""

    last_day = _day(
        _("Last day"), required=False, help_text=_("Empty: at once. The next click no longer has its access.")
    )


class MoveForm(Refusable):
    """The new team or department of a post."""

    care_team = forms.ModelChoiceField(
        label=_("Team"), queryset=CareTeam.objects.none(), required=False, empty_label=_("no team")
    )
    department = forms.ModelChoiceField(label=_("Department"), queryset=Department.objects.none())
    begins = _day(_("From"))

    def __init__(self, *args: Any, post: PractitionerRole, **options: Any) -> None:
        super().__init__(*args, **options)
        self.post = post
        seat = SEATS[Role(post.role)]
        other = Part.DEPARTMENT if seat.part is Part.TEAM else Part.TEAM
        del self.fields[other]
        place = post.organization
        rows = place.care_teams if seat.part is Part.TEAM else place.departments
        chosen: Any = self.fields[seat.part]
        chosen.queryset, chosen.required = rows.filter(closed_on__isnull=True), seat.needed

    def seated(self) -> Seated:
        """The same post in another team or department."""
        data = self.cleaned_data
        return Seated(
            Role(self.post.role), self.post.organization, data.get("care_team"), data.get("department"),
            self.post.alliance,
        )  # fmt: skip


class ColleagueChoice(forms.ModelChoiceField):
    """People by name; two of one name are told apart by the user name."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name}（{obj.username}）"


class StandInForm(Refusable):
    """Who stands in for a post, from when to when, and why."""

    delegate = ColleagueChoice(
        label=_("Who stands in"), queryset=User.objects.none(), empty_label=_("Please choose")
    )
    first_day = _day(_("First day"))
    last_day = _day(_("Last day"))
    reason = forms.CharField(label=_("Why"), max_length=200, help_text=_("As annual leave, training."))

    def __init__(self, *args: Any, people: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["delegate"].queryset = people  # type: ignore[attr-defined]


def since(day: date) -> dict[str, date]:
    """What the forms of a post begin with."""
    return {"begins": day, "first_day": day}
