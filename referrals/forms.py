"""What the forms of a referral accept: shape and range only; what may be done says the table of states."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from alliances.models import Department
from patients.models import Patient
from patients.models.task import Urgency
from patients.programmes import Programme
from referrals.handovers import CloseReason, DeclineReason, Letter
from referrals.states import SlotKind
from referrals.targets import Targets, asks_reason

MOMENT = "%Y-%m-%dT%H:%M"


class MomentInput(forms.DateTimeInput):
    """A native day-and-time field."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format=MOMENT)


class DayInput(forms.DateInput):
    """A native day field."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def _moment(label: Any, **options: Any) -> forms.DateTimeField:
    return forms.DateTimeField(label=label, input_formats=[MOMENT], widget=MomentInput(), **options)


def _slot_kind() -> forms.TypedChoiceField:
    """What the appointment takes from the day's places; a sender that does not say means a clinic visit."""
    return forms.TypedChoiceField(
        label=_("Kind of place"), choices=SlotKind, coerce=SlotKind, empty_value=SlotKind.CLINIC, initial=SlotKind.CLINIC,
        widget=forms.RadioSelect, required=False,
    )  # fmt: skip


def _words(label: Any, rows: int = 3, **options: Any) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, widget=area, max_length=2000, **options)


class DepartmentChoice(forms.ModelChoiceField):
    """Departments grouped by nothing, named with their hospital and its tier."""

    def label_from_instance(self, obj: Any) -> str:
        hospital = obj.organization
        return f"{hospital.name} · {obj.name}（{hospital.get_tier_display()}）"


class LetterForm(forms.Form):
    """The referral letter. `targets` are the departments in reach, best first."""

    programme = forms.ChoiceField(label=_("For which disease"), choices=())
    urgency = forms.ChoiceField(label=_("Urgency"), choices=Urgency, widget=forms.RadioSelect)
    target = DepartmentChoice(label=_("Hospital and department"), queryset=Department.objects.none())
    skip_reason = forms.CharField(
        label=_("Why a tertiary hospital at once"), max_length=200, required=False,
        help_text=_("Asked for when a tertiary hospital is chosen and it is no emergency."),
    )  # fmt: skip
    impression = _words(_("Provisional diagnosis"), 2)
    reason = _words(_("Reason and present illness"), 4)
    tried = _words(_("What was tried here"), 3, required=False)
    telephoned = forms.BooleanField(label=_("The hospital was telephoned"), required=False)
    consent = forms.BooleanField(
        label=_("The resident agrees to the referral and to the case being shared"), required=False
    )
    not_asked_because = forms.CharField(
        label=_("Consent could not be asked for, because"), max_length=200, required=False
    )

    def __init__(self, *args: Any, patient: Patient, targets: Targets, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        diseases = [p for p in Programme if p in patient.programmes] or list(Programme)
        choices = [(p.value, p.label) for p in diseases]
        self.fields["programme"].choices = choices  # type: ignore[attr-defined]
        field = self.fields["target"]
        field.queryset = Department.objects.filter(  # type: ignore[attr-defined]
            pk__in=[d.pk for d in targets.departments]
        ).select_related("organization")
        field.choices = _by_rank(targets)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Consent, and the reason for going past the nearer hospital."""
        data = super().clean() or {}
        if not data.get("consent") and not data.get("not_asked_because"):
            self.add_error(
                "consent", _("Please record the resident's consent, or why it could not be asked for.")
            )
        target = data.get("target")
        if target and asks_reason(target, data.get("urgency", "")) and not data.get("skip_reason"):
            self.add_error(
                "skip_reason", _("A tertiary hospital asks for a reason, unless it is an emergency.")
            )
        return data

    def letter(self) -> Letter:
        """The letter of a valid form."""
        data = self.cleaned_data
        return Letter(
            programme=Programme(data["programme"]), urgency=Urgency(data["urgency"]), target=data["target"],
            reason=data["reason"], impression=data["impression"], tried=data["tried"],
            skip_reason=data["skip_reason"], consent=True if data["consent"] else None,
            not_asked_because="" if data["consent"] else data["not_asked_because"],
            telephoned=data["telephoned"],
        )  # fmt: skip


def _by_rank(targets: Targets) -> Iterator[tuple[Any, str]]:
    """The departments in their rank, each with hospital and tier."""
    for department in targets.departments:
        hospital = department.organization
        yield department.pk, f"{hospital.name} · {department.name}（{hospital.get_tier_display()}）"


class StepForm(forms.Form):
    """A step with nothing but a press."""


class TextForm(StepForm):
    text = _words(_("Reason"))


class QuestionForm(StepForm):
    text = _words(_("Your question to the sender"))


class AnswerForm(StepForm):
    text = _words(_("Your answer"))


class DeclineForm(StepForm):
    code = forms.ChoiceField(label=_("Reason"), choices=DeclineReason)
    text = _words(_("Advice to the referring doctor"))


class CloseForm(StepForm):
    code = forms.ChoiceField(label=_("Reason"), choices=CloseReason)
    text = _words(_("What the sender should know"))


class RedirectForm(StepForm):
    target = DepartmentChoice(label=_("To which department"), queryset=Department.objects.none())
    text = _words(_("Reason"))

    def __init__(self, *args: Any, targets: Targets, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["target"]
        field.queryset = Department.objects.filter(  # type: ignore[attr-defined]
            pk__in=[d.pk for d in targets.departments]
        ).select_related("organization")
        field.choices = _by_rank(targets)  # type: ignore[attr-defined]


class AcceptForm(StepForm):
    """Accepting; with a moment the appointment is made at once."""

    slot = _moment(_("Appointment"), required=False)
    kind = _slot_kind()
    place = forms.CharField(label=_("Clinic or ward"), max_length=80, required=False)


class ScheduleForm(StepForm):
    slot = _moment(_("Appointment"))
    kind = _slot_kind()
    place = forms.CharField(label=_("Clinic or ward"), max_length=80, required=False)


class ArriveForm(StepForm):
    """Arrival may be written down late, never ahead."""

    at = _moment(_("Arrived at"))
    number = forms.CharField(label=_("Encounter number"), max_length=40, required=False)

    def clean_at(self) -> datetime:
        at: datetime = self.cleaned_data["at"]
        now = timezone.now()
        if at > now + timedelta(minutes=1):
            raise forms.ValidationError(_("This lies in the future."))
        # The field has no seconds: "now" typed as its minute must not lie before the step it follows.
        return now if at.replace(second=0, microsecond=0) == now.replace(second=0, microsecond=0) else at
