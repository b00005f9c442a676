"""The forms of the plan: what a GP proposes and a specialist signs, and the reason of an answer."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from alliances.models import Department
from followups.plans.content import Content, Target
from patients.readings import READINGS
from referrals.forms import DayInput, DepartmentChoice

#: The targets that are asked: measure and which bounds. What else stands in the plan is asked too, and never lost.
ASKED: Final[Mapping[str, tuple[str, ...]]] = {
    "systolic": ("low", "high"),
    "diastolic": ("low", "high"),
    "fasting_glucose": ("low", "high"),
    "hba1c": ("high",),
    "ldl": ("high",),
    "weight": ("high",),
}


def _text(label: Any, rows: int, *, required: bool = False) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=4000, required=required, widget=forms.Textarea(attrs={"rows": rows})
    )


class PlanForm(forms.Form):
    """Diagnosis, targets, treatment, advice, day of review, and why the plan is written."""

    diagnosis = _text(_("Diagnosis"), 2, required=True)
    treatment = _text(_("Treatment"), 4)
    advice = _text(_("Advice"), 3)
    review_on = forms.DateField(label=_("Review on"), widget=DayInput(), required=False)
    why = _text(_("Why this plan"), 2)

    def __init__(self, *args: Any, content: Content, today: date, **kwargs: Any) -> None:
        """`content` fills the form in, and says which further measures it asks."""
        self.today = today
        initial = {name: getattr(content, name) for name in ("diagnosis", "treatment", "advice", "review_on")}
        self.asked = dict(ASKED)
        for goal in content.goals:
            given = [b for b in ("low", "high") if getattr(goal, b) is not None]
            known = self.asked.get(goal.measure, ())
            self.asked[goal.measure] = tuple(b for b in ("low", "high") if b in known or b in given)
            initial |= {f"{goal.measure}_{bound}": _plain(getattr(goal, bound)) for bound in given}
        kwargs["initial"] = {**initial, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        for measure, bounds in self.asked.items():
            reading = READINGS[measure]
            for bound in bounds:
                label = _("%(measure)s at least") if bound == "low" else _("%(measure)s below")
                self.fields[f"{measure}_{bound}"] = forms.DecimalField(
                    label=label % {"measure": gettext(reading.label)}, min_value=reading.hard[0],
                    max_value=reading.hard[1], decimal_places=reading.decimals, required=False,
                )  # fmt: skip

    def goal_rows(self) -> list[dict[str, Any]]:
        """One line a measure for the page: name, unit, its fields."""
        return [
            {"measure": measure, "name": gettext(READINGS[measure].label), "unit": READINGS[measure].unit,
             "fields": [self[f"{measure}_{bound}"] for bound in bounds]}
            for measure, bounds in self.asked.items()
        ]  # fmt: skip

    def clean_review_on(self) -> date | None:
        on: date | None = self.cleaned_data["review_on"]
        if on is not None and on <= self.today:
            raise forms.ValidationError(_("The review must lie in the future."))
        return on

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for measure in self.asked:
            low, high = (data.get(f"{measure}_{bound}") for bound in ("low", "high"))
            if low is not None and high is not None and low >= high:
                self.add_error(f"{measure}_low", _("The lower bound is above the upper one."))
        return data

    def content(self) -> Content:
        """What a valid form says."""
        data = self.cleaned_data
        goals = (
            Target(measure, *(data.get(f"{measure}_{bound}") for bound in ("low", "high"))) for measure in self.asked
        )  # fmt: skip
        kept = tuple(goal for goal in goals if goal.low is not None or goal.high is not None)
        return Content(data["diagnosis"], data["treatment"], data["advice"], kept, data["review_on"])


class ProposalForm(PlanForm):
    """What the GP writes: kept as a draft, or sent to a department with the resident's consent."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    department = DepartmentChoice(
        label=_("To be signed by"), queryset=Department.objects.none(), required=False, empty_label=_("Choose a department")
    )  # fmt: skip
    consent = forms.BooleanField(
        label=_("The resident agrees that the department reads the record"), required=False
    )

    def __init__(self, *args: Any, departments: Iterable[Department], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = list(departments)
        field = self.fields["department"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = Department.objects.filter(pk__in=[d.pk for d in known]).select_related(
            "organization"
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if "send" in self.data and data.get("department") is None and "department" not in self.errors:
            self.add_error("department", _("Which department is to sign?"))
        return data


class SignForm(PlanForm):
    """What the specialist signs, over what the page showed."""

    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    proposal = forms.UUIDField(widget=forms.HiddenInput, required=False)
    proposal_version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class AnswerForm(forms.Form):
    """A reason, over the version that the page showed."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("What should be changed"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )


class SeenForm(forms.Form):
    """Nothing but the version that the page showed."""

    seen = forms.IntegerField(widget=forms.HiddenInput)


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize():f}"
