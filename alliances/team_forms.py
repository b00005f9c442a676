"""What is asked of somebody who makes or changes a team."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from alliances.models import CareTeam, Composition, Organization, PractitionerRole, TeamKind
from alliances.teams import Details, areas_of

_BETWEEN = re.compile(r"[,，、;；\s]+")


class TeamForm(forms.Form):
    """Name, kind, rules and areas of a team."""

    name = forms.CharField(label=_("Team name"), max_length=60)
    kind = forms.ChoiceField(
        label=_("Kind"), choices=TeamKind.choices, widget=forms.RadioSelect, initial=TeamKind.AREA
    )
    composition = forms.MultipleChoiceField(
        label=_("Has to be made up as"), choices=Composition.choices, required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("A team that breaks its rule works on; its page shows who is missing."),
    )  # fmt: skip
    areas = forms.MultipleChoiceField(
        label=_("Communities and villages"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("An area that another team covers goes to this one."),
    )  # fmt: skip
    further = forms.CharField(
        label=_("Further communities and villages"), required=False, max_length=300,
        help_text=_("Not in the list yet; several with a comma between them."),
    )  # fmt: skip

    def __init__(
        self, *args: Any, organization: Organization, team: CareTeam | None = None, **kwargs: Any
    ) -> None:
        if team is not None:
            kwargs.setdefault("initial", {}).update(
                name=team.name, kind=team.kind, composition=team.composition, areas=team.areas
            )
        super().__init__(*args, **kwargs)
        known = areas_of(organization.pk)
        field = self.fields["areas"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101  (declared above)
        field.choices = [
            (name, f"{name}（{holder}）" if holder and holder != (team.name if team else "") else name)
            for name, holder in known.items()
        ]
        if not known:
            del self.fields["areas"]

    def details(self) -> Details:
        """What was decided, once the form is valid."""
        asked = self.cleaned_data
        further = [name for name in _BETWEEN.split(asked["further"]) if name]
        return Details(
            name=asked["name"],
            kind=TeamKind(asked["kind"]),
            composition=[Composition(one) for one in asked["composition"]],
            areas=[*asked.get("areas", ()), *further],
        )


class JoinForm(forms.Form):
    """Who joins, from which day, and until when."""

    post = forms.ModelChoiceField(
        label=_("Person"), queryset=PractitionerRole.objects.none(),
        error_messages={"required": _("Choose a person."), "invalid_choice": _("Choose a person.")},
    )  # fmt: skip
    begins = forms.DateField(
        label=_("Member from"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    ends = forms.DateField(
        label=_("Last day"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Empty: until further notice."),
    )  # fmt: skip

    def __init__(self, *args: Any, posts: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["post"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  (declared above)
        field.queryset = posts

    def clean(self) -> dict[str, Any]:
        asked = super().clean() or {}
        if asked.get("begins") and asked.get("ends") and asked["ends"] < asked["begins"]:
            self.add_error("ends", _("The last day lies before the first."))
        return asked
