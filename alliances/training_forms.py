"""The forms of trainings: planning, inviting, and the attendance of a page of people."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.forms import ModelForm
from django.utils.translation import gettext_lazy as _

from alliances.models import Alliance, Attendance, Organization, Role, Training, TrainingAttendance
from alliances.paper_fields import MOMENT, MomentInput


class TrainingForm(ModelForm):
    """What is planned."""

    begins_at = forms.DateTimeField(label=_("Begins"), input_formats=[MOMENT], widget=MomentInput())
    minutes = forms.IntegerField(label=_("Minutes"), min_value=1, max_value=24 * 60 * 5)

    class Meta:
        model = Training
        fields = (
            "title",
            "topic",
            "organization",
            "alliance",
            "lecturer",
            "method",
            "place",
            "begins_at",
            "minutes",
        )
        widgets = {"method": forms.RadioSelect}

    def __init__(
        self, *args: Any, places: QuerySet[Organization], alliances: QuerySet[Alliance], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organization"].queryset = places  # type: ignore[attr-defined]
        self.fields["alliance"].queryset = alliances  # type: ignore[attr-defined]
        self.fields["alliance"].help_text = _("Empty: for the organization's own people.")


class InviteForm(forms.Form):
    """Whom to invite: everybody in these roles at these organizations."""

    organizations = forms.ModelMultipleChoiceField(
        label=_("Organizations"), queryset=Organization.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    roles = forms.MultipleChoiceField(label=_("Roles"), choices=Role, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, places: QuerySet[Organization], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organizations"].queryset = places  # type: ignore[attr-defined]


class AttendanceForm(forms.Form):
    """One choice a person, for everybody on a page."""

    def __init__(self, data: Any, rows: Iterable[TrainingAttendance]) -> None:
        super().__init__(data)
        self.rows = list(rows)
        for row in self.rows:
            self.fields[f"a{row.pk}"] = forms.ChoiceField(
                label=row.user.name, choices=Attendance, initial=row.status, widget=forms.RadioSelect
            )

    def lines(self) -> list[tuple[TrainingAttendance, Any]]:
        """Each person with the field."""
        return [(row, self[f"a{row.pk}"]) for row in self.rows]

    def marks(self) -> dict[int, Attendance]:
        """What was chosen, by the attendance's key."""
        return {row.pk: Attendance(self.cleaned_data[f"a{row.pk}"]) for row in self.rows}
