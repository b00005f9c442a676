"""What is asked of somebody who offers residents, or answers an offer."""

from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from alliances.models import CareTeam, Organization
from patients.handovers import MOST
from patients.models import HandoverReason

_NOBODY: Final = _("Tick the residents first.")
_TOO_MANY: Final = _(
    "At most %(most)s residents at once. Narrow the list, and hand over the rest afterwards."
)


class Chosen(forms.Form):
    """The ticked rows of a list, or all of it. Only what the list itself may hold is taken."""

    everybody = forms.BooleanField(required=False)

    def __init__(self, *args: Any, rows: Any, field: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows, self.field = rows, field
        self.keys: list[UUID] = []

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        found = self.rows if cleaned.get("everybody") else self.rows.filter(pk__in=self._ticked())
        self.keys = list(found.values_list("pk", flat=True)[: MOST + 1])
        if not self.keys:
            raise forms.ValidationError(_NOBODY)
        if len(self.keys) > MOST:
            raise forms.ValidationError(_TOO_MANY, params={"most": MOST})
        return cleaned

    def _ticked(self) -> list[UUID]:
        texts = self.data.getlist(self.field) if isinstance(self.data, QueryDict) else []
        try:
            return [UUID(text) for text in texts]
        except ValueError:
            return []

    @property
    def ticked(self) -> set[UUID]:
        """What was ticked, for the page that is shown again."""
        return set(self._ticked()) if self.is_bound else set()


class OfferForm(Chosen):
    """Residents, the team that is to take them, and why."""

    to_team = forms.ModelChoiceField(label=_("To team"), queryset=CareTeam.objects.none())
    reason = forms.ChoiceField(label=_("Reason for the hand-over"), choices=HandoverReason.choices)
    text = forms.CharField(
        label=_("Note"), required=False, max_length=300, widget=forms.Textarea({"rows": 3}),
        help_text=_("What the other team has to know: no telephone or document numbers."),
    )  # fmt: skip

    def __init__(
        self, *args: Any, organization: Organization, leaving: Collection[int], **kwargs: Any
    ) -> None:
        super().__init__(*args, field="patient", **kwargs)
        teams = CareTeam.objects.filter(organization=organization, closed_on__isnull=True)
        field = self.fields["to_team"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  (declared above)
        field.queryset = teams.exclude(pk__in=leaving)


class AnswerForm(Chosen):
    """The ticked offers."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, field="handover", **kwargs)


class DeclineForm(AnswerForm):
    """The ticked offers, and why they are declined."""

    why = forms.CharField(
        label=_("Why the residents are not taken"), max_length=300,
        error_messages={"required": _("Say why: the other team has to do something else now.")},
    )  # fmt: skip
