"""Messages to one resident: what was sent, whether they are wanted, by which channels and at which hours."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from alliances.guards import SignedInRequest, requires
from alliances.permissions import Permission
from journal.models import OUTSIDE, Channel, Communication, Language, Recipient
from patients import contact
from patients.models import ContactPreference, Patient
from workbench.notices import sentence

PAGE = 20
_NONE = ("", "—")
_CHANNELS = [_NONE, *((channel.value, channel.label) for channel in OUTSIDE)]
TONES = {"completed": "green", "uncertain": "amber", "failed": "red", "stopped": "void"}


class ContactForm(forms.Form):
    """The answer about messages, the order of channels, the hours of rest."""

    given = forms.ChoiceField(
        label=gettext_lazy("Wants reminders"), choices=[("yes", gettext_lazy("wants them")), ("no", gettext_lazy("does not want them"))],
        widget=forms.RadioSelect,
    )  # fmt: skip
    first = forms.ChoiceField(label=gettext_lazy("First by"), choices=_CHANNELS, required=False)
    second = forms.ChoiceField(label=gettext_lazy("Then by"), choices=_CHANNELS, required=False)
    third = forms.ChoiceField(label=gettext_lazy("At last by"), choices=_CHANNELS, required=False)
    quiet_from = forms.TimeField(
        label=gettext_lazy("Not to be disturbed from"), required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )  # fmt: skip
    quiet_until = forms.TimeField(
        label=gettext_lazy("Until"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=Language.choices)

    def clean(self) -> dict[str, Any]:
        """Each channel once; both ends of the hours of rest or none."""
        found = super().clean() or {}
        chosen = [found.get(name) for name in ("first", "second", "third") if found.get(name)]
        if len(set(chosen)) < len(chosen):
            self.add_error("second", _("Each channel once."))
        if (found.get("quiet_from") is None) != (found.get("quiet_until") is None):
            self.add_error("quiet_until", _("From and until, or neither."))
        return {**found, "channels": chosen}

    @staticmethod
    def values_of(preference: ContactPreference, given: bool | None) -> dict[str, Any]:
        """What the form begins with."""
        channels = dict(zip(("first", "second", "third"), preference.channels, strict=False))
        answer = {None: "", True: "yes", False: "no"}[given]
        return {"given": answer, **channels, "quiet_from": preference.quiet_from,
                "quiet_until": preference.quiet_until, "language": preference.language}  # fmt: skip


@require_http_methods(["GET", "POST"])
@requires(Permission.VISIT_RECORD)
def messages_to(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """One resident's messages and wishes."""
    reached = Patient.objects.visible_to(request.user, doing=Permission.VISIT_RECORD)
    patient = get_object_or_404(reached, pk=patient_id)
    preference, given = contact.preference_of(patient), contact.agrees(patient)
    form = ContactForm(
        request.POST if request.method == "POST" else None, initial=ContactForm.values_of(preference, given)
    )
    if request.method == "POST" and form.is_valid():
        _keep(preference, given, form.cleaned_data, request)
        messages.success(request, _("Saved."))
        return redirect("workbench:patient-messages", patient.pk)
    sent = Communication.objects.filter(patient_id=patient.pk, recipient_kind=Recipient.PATIENT)
    page = Paginator(sent.order_by("-not_before", "-pk"), PAGE).get_page(request.GET.get("page"))
    lines = [(row, sentence(row), TONES.get(row.status, "line")) for row in page.object_list]
    context = {"patient": patient, "form": form, "page": page, "lines": lines}
    return render(request, "workbench/patient_messages.html", context, status=422 if form.errors else 200)


def _keep(
    preference: ContactPreference, given: bool | None, said: dict[str, Any], request: SignedInRequest
) -> None:
    """What was said, and only what is new of it."""
    preference.channels = [Channel(name).value for name in said["channels"]]
    preference.quiet_from, preference.quiet_until = said["quiet_from"], said["quiet_until"]
    preference.language = said["language"]
    contact.prefer(preference, by=request.user)
    if (answer := said["given"] == "yes") is not given:
        contact.answer(preference.patient, given=answer, by=request.user, at=timezone.now())
