"""The forms of a lifestyle goal and of a session about it."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from followups.models import GoalState, InterventionMethod, LifestyleKind
from followups.plans.lifestyle import Agreement, Session
from referrals.forms import DayInput


def _number(label: Any, *, required: bool = True) -> forms.DecimalField:
    return forms.DecimalField(label=label, min_value=0, max_value=9999, decimal_places=1, required=required)


class GoalForm(forms.Form):
    """From where to where, by when; agreed with the patient."""

    kind = forms.ChoiceField(label=_("What about"), choices=LifestyleKind)
    baseline = _number(_("Now"))
    target = _number(_("Target"))
    by_on = forms.DateField(label=_("By when"), widget=DayInput())
    aim = forms.CharField(label=_("In the patient's own words"), max_length=200, required=False)
    agreed = forms.BooleanField(label=_("Agreed with the patient"))

    def agreement(self) -> Agreement:
        data = self.cleaned_data
        return Agreement(data["kind"], data["baseline"], data["target"], data["by_on"], data["aim"])


class SessionForm(forms.Form):
    """What was done, how long, how far the patient has come, when the next one is."""

    kind = forms.ChoiceField(label=_("What about"), choices=LifestyleKind)
    method = forms.ChoiceField(
        label=_("How"), choices=InterventionMethod, widget=forms.RadioSelect, initial=InterventionMethod.FACE
    )
    on = forms.DateField(label=_("On"), widget=DayInput())
    minutes = forms.IntegerField(label=_("Minutes"), min_value=1, max_value=480)
    what = forms.CharField(
        label=_("What was done here"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    progress = _number(_("Value now"), required=False)
    next_on = forms.DateField(label=_("Next session"), widget=DayInput(), required=False)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_on(self) -> date:
        on: date = self.cleaned_data["on"]
        if on > self.today:
            raise forms.ValidationError(_("This day lies in the future."))
        return on

    def session(self) -> Session:
        data = self.cleaned_data
        return Session(
            data["kind"], data["method"], data["what"], data["minutes"], data["progress"], data["next_on"]
        )


class EndForm(forms.Form):
    """What became of a goal."""

    state = forms.ChoiceField(
        label=_("What became of it"),
        choices=[(s.value, s.label) for s in (GoalState.REACHED, GoalState.GIVEN_UP)],
        widget=forms.RadioSelect, initial=GoalState.REACHED,
    )  # fmt: skip
    why = forms.CharField(label=_("Why"), max_length=200, required=False)


class WhyForm(forms.Form):
    """A reason."""

    why = forms.CharField(label=_("Reason"), max_length=200)
