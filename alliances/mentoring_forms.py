"""The forms of pairs, targets and sessions: shape and range."""

from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from alliances.mentoring import MENTEES, MENTORS, Held, people_at
from alliances.models import MentoringPair, Organization, PairKind, SessionMethod
from alliances.paper_fields import FIRST_YEAR, LAST_YEAR, PeriodFields, day_field, words_field

MOST_SESSIONS = 366
MOST_MINUTES = 24 * 60


class PlacesForm(forms.Form):
    """Which kind of pair, from which hospital, for which centre."""

    kind = forms.ChoiceField(label=_("Kind"), choices=PairKind, widget=forms.RadioSelect)
    hospital = forms.ModelChoiceField(label=_("Hospital"), queryset=Organization.objects.none())
    centre = forms.ModelChoiceField(label=_("Centre"), queryset=Organization.objects.none())

    def __init__(
        self, *args: Any, hospitals: QuerySet[Organization], centres: QuerySet[Organization], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["hospital"].queryset = hospitals  # type: ignore[attr-defined]
        self.fields["centre"].queryset = centres  # type: ignore[attr-defined]


class PairForm(PeriodFields):
    """Who is paired with whom, for how long, with how many sessions this year."""

    mentor = forms.ModelChoiceField(label=_("Mentor"), queryset=User.objects.none())
    mentee = forms.ModelChoiceField(label=_("Mentee"), queryset=User.objects.none())
    topic = forms.CharField(label=_("Topic of the pair"), max_length=100, required=False)
    target = forms.IntegerField(
        label=_("Sessions this year"), min_value=1, max_value=MOST_SESSIONS, required=False,
        help_text=_("Empty: no target; the rate then has no denominator."),
    )  # fmt: skip
    field_order = ("mentor", "mentee", "topic", "first_day", "last_day", "target")

    def __init__(
        self, *args: Any, kind: str, hospital: Organization, centre: Organization, on: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.hospital, self.centre = kind, hospital, centre
        self.fields["mentor"].queryset = people_at(hospital, MENTORS, on=on)  # type: ignore[attr-defined]
        if kind == PairKind.DIRECTOR:
            self.fields["mentor"].label = _("Director")
            del self.fields["mentee"]
        else:
            self.fields["mentee"].queryset = people_at(centre, MENTEES, on=on)  # type: ignore[attr-defined]

    def pair(self) -> MentoringPair:
        """The (unsaved) pair of a valid form."""
        data = self.cleaned_data
        return MentoringPair(
            kind=self.kind, mentor=data["mentor"], mentor_organization=self.hospital, organization=self.centre,
            mentee=data.get("mentee"), topic=data["topic"].strip(), period=self.period(),
        )  # fmt: skip


class TargetForm(forms.Form):
    """How many sessions in a year."""

    year = forms.IntegerField(label=_("Year"), min_value=FIRST_YEAR, max_value=LAST_YEAR)
    sessions = forms.IntegerField(label=_("Sessions a year"), min_value=1, max_value=MOST_SESSIONS)


class SessionForm(forms.Form):
    """A session that took place."""

    on = day_field(_("Date"))
    method = forms.ChoiceField(label=_("Method"), choices=SessionMethod)
    topic = forms.CharField(label=_("Topic of the session"), max_length=100)
    minutes = forms.IntegerField(label=_("Minutes"), min_value=1, max_value=MOST_MINUTES)
    note = words_field(_("Note"), length=500, rows=2, required=False)

    def held(self) -> Held:
        """The session of a valid form."""
        data = self.cleaned_data
        return Held(data["on"], SessionMethod(data["method"]), data["topic"], data["minutes"], data["note"])
