"""The form of the return (回转单): what was found and done, the medicines, and the plan with its targets."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import TextChoices
from django.forms.formsets import BaseFormSet
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from followups.plans.care_plans import Target
from patients.readings import READINGS
from referrals.forms import DayInput
from referrals.handovers import Reply

#: The targets a form offers: measure and which bounds. Others may stand in a plan, but are not asked here.
GOALS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("systolic", ("high",)),
    ("diastolic", ("high",)),
    ("fasting_glucose", ("low", "high")),
    ("hba1c", ("high",)),
    ("ldl", ("high",)),
)


class MedicineChange(TextChoices):
    """What became of a medicine in hospital."""

    NEW = "new", _("new")
    UNCHANGED = "unchanged", _("unchanged")
    INCREASED = "increased", _("increased")
    REDUCED = "reduced", _("reduced")
    STOPPED = "stopped", _("stopped")


def _line() -> forms.TextInput:
    return forms.TextInput({"class": "form-control"})


class MedicineForm(forms.Form):
    """One line of the medicines."""

    name = forms.CharField(label=_("Medicine"), max_length=80, required=False, widget=_line())
    dosage = forms.CharField(label=_("Dose and frequency"), max_length=80, required=False, widget=_line())
    change = forms.ChoiceField(
        label=_("Change"),
        choices=MedicineChange,
        required=False,
        widget=forms.Select({"class": "form-select"}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("dosage") and not data.get("name"):
            self.add_error("name", _("Which medicine?"))
        return data


MedicineLines: type[BaseFormSet] = forms.formset_factory(MedicineForm, extra=2, max_num=20, validate_max=True)


def _text(label: Any, rows: int) -> forms.CharField:
    return forms.CharField(label=label, max_length=4000, widget=forms.Textarea(attrs={"rows": rows}))


class ReturnForm(forms.Form):
    """The reply, without its medicines (`MedicineLines`)."""

    diagnosis = _text(_("Diagnosis result"), 2)
    number = forms.CharField(label=_("Inpatient record number"), max_length=40, required=False)
    findings = _text(_("Main findings"), 4)
    treatment = _text(_("Treatment given"), 3)
    plan = _text(_("Next steps and advice on rehabilitation"), 5)
    next_check_on = forms.DateField(label=_("Next check at the hospital"), widget=DayInput(), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["findings"].required = False
        for measure, bounds in GOALS:
            reading = READINGS[measure]
            for bound in bounds:
                label = _("%(measure)s at least") if bound == "low" else _("%(measure)s below")
                self.fields[f"{measure}_{bound}"] = forms.DecimalField(
                    label=label % {"measure": gettext(reading.label)},
                    min_value=reading.hard[0],
                    max_value=reading.hard[1],
                    decimal_places=reading.decimals,
                    required=False,
                )

    def goal_fields(self) -> list[tuple[forms.BoundField, str]]:
        """The target fields with their units."""
        return [
            (self[f"{measure}_{bound}"], READINGS[measure].unit)
            for measure, bounds in GOALS
            for bound in bounds
        ]

    def clean_next_check_on(self) -> Any:
        on = self.cleaned_data["next_check_on"]
        if on is not None and on <= timezone.localdate():
            raise forms.ValidationError(_("The next check must lie in the future."))
        return on

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for measure, bounds in GOALS:
            low, high = (data.get(f"{measure}_{bound}") for bound in ("low", "high"))
            if len(bounds) == 2 and low is not None and high is not None and low >= high:
                self.add_error(f"{measure}_low", _("The lower bound is above the upper one."))
        return data

    @cached_property
    def goals(self) -> tuple[Target, ...]:
        """The targets that were filled in."""
        found = []
        for measure, bounds in GOALS:
            given: Mapping[str, Decimal | None] = {b: self.cleaned_data.get(f"{measure}_{b}") for b in bounds}
            if any(value is not None for value in given.values()):
                found.append(Target(measure, low=given.get("low"), high=given.get("high")))
        return tuple(found)

    def reply(self, medicines: BaseFormSet) -> Reply:
        """The reply of a valid form and its valid medicines."""
        data = self.cleaned_data
        lines = [line for line in medicines.cleaned_data if line.get("name")]
        return Reply(
            diagnosis=data["diagnosis"], treatment=data["treatment"], plan=data["plan"], findings=data["findings"],
            medicines=lines, goals=self.goals, next_check_on=data["next_check_on"], number=data["number"],
        )  # fmt: skip
