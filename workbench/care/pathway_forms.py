"""The forms of a pathway: beginning, a step, ending; and of a template's new version."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django import forms
from django.forms.formsets import BaseFormSet
from django.utils.translation import gettext_lazy as _

from alliances.models import Alliance, Department
from followups.plans.pathways.definition import LONGEST, MOST_STEPS, OWNERS, Template
from patients.programmes import Programme
from referrals.forms import DepartmentChoice


def _lines(label: Any, rows: int, *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=4000, required=required, widget=forms.Textarea(attrs={"rows": rows})
    )


class StartForm(forms.Form):
    """Which pathway, which department supports it, and whether the resident agrees."""

    template = forms.ChoiceField(label=_("Pathway"))
    department = DepartmentChoice(
        label=_("Supported by"), queryset=Department.objects.none(), required=False, empty_label=_("Choose a department")
    )  # fmt: skip
    consent = forms.BooleanField(
        label=_("The resident agrees that the department reads the record"), required=False
    )

    def __init__(
        self, *args: Any, templates: Sequence[Template], departments: Iterable[Department], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._templates = {f"{one.alliance_id or 0}:{one.code}": one for one in templates}
        choice, department = self.fields["template"], self.fields["department"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101 - declared above
        assert isinstance(department, forms.ModelChoiceField)  # noqa: S101 - declared above
        choice.choices = [(key, f"{one.name} v{one.number}") for key, one in self._templates.items()]
        known = [d.pk for d in departments]
        department.queryset = Department.objects.filter(pk__in=known).select_related("organization")

    def chosen(self) -> Template:
        """The template of a valid form."""
        return self._templates[self.cleaned_data["template"]]


class StepForm(forms.Form):
    """What was done, or why the step is left out (`skip` pressed)."""

    note = _lines(_("What was done here"), 3, required=False)


class EndForm(forms.Form):
    """Why the pathway ends early."""

    why = forms.CharField(label=_("Reason"), max_length=200)


class TemplateForm(forms.Form):
    """A template's head."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    alliance = forms.ModelChoiceField(
        label=_("For the alliance"), queryset=Alliance.objects.none(), empty_label=None
    )
    name = forms.CharField(label=_("Name of the template"), max_length=80)
    programme = forms.ChoiceField(
        label=_("Programme"), choices=[("", "–"), *Programme.choices], required=False
    )
    source = _lines(_("Source"), 2, required=False)

    def __init__(self, *args: Any, alliances: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["alliance"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = alliances


_ROLES: Final = [(role.value, role.label) for role in OWNERS]
_UNITS: Final = [("working", _("working days")), ("calendar", _("calendar days"))]
_AFTER: Final = [("previous", _("after the step before")), ("start", _("after the start"))]


class StepLine(forms.Form):
    """One step of a template; without a name it is left out."""

    name = forms.CharField(label=_("Step"), max_length=80, required=False)
    role = forms.ChoiceField(label=_("Owner"), choices=_ROLES)
    days = forms.IntegerField(label=_("Number of days"), min_value=0, max_value=LONGEST, initial=3)
    unit = forms.ChoiceField(label=_("Counted in"), choices=_UNITS)
    after = forms.ChoiceField(label=_("Clock runs"), choices=_AFTER)
    record = forms.CharField(label=_("To be written down"), max_length=400, required=False)
    source = forms.CharField(max_length=400, required=False, widget=forms.HiddenInput)

    def data_of(self) -> dict[str, Any]:
        """The step as in a data file."""
        data = self.cleaned_data
        clock = {"days": data["days"], "working": data["unit"] == "working", "after": data["after"]}
        return {"name": data["name"], "role": data["role"], "clock": clock, "record": data["record"],
                "source": data["source"]}  # fmt: skip


StepLines: type[BaseFormSet] = forms.formset_factory(StepLine, extra=2, max_num=MOST_STEPS, validate_max=True)


def initial_of(template: Template) -> list[dict[str, Any]]:
    """The lines of a template as the form set shows them."""
    return [
        {"name": step.name, "role": str(step.role), "days": step.clock.days, "record": step.record, "source": step.source,
         "unit": "working" if step.clock.working else "calendar", "after": str(step.clock.after)}
        for step in template.steps
    ]  # fmt: skip
