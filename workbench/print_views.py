"""Papers of a resident to print: which there are, and each as PDF. Printing one is recorded."""

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from alliances.guards import SignedInRequest, requires
from alliances.permissions import Permission
from followups.printing.pdf import pdf
from journal import exports
from patients.models import Patient
from patients.programmes import Programme
from workbench.papers import leaflet_data, record_data

P = Permission


class DaysForm(forms.Form):
    """The days whose visits the record form holds."""

    first = forms.DateField(
        label=gettext_lazy("First day"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    last = forms.DateField(
        label=gettext_lazy("Last day"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )

    def clean(self) -> dict[str, Any]:
        """The last day does not lie before the first."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", _("The last day lies before the first."))
        return cleaned


def _resident(request: SignedInRequest, patient_id: UUID) -> Patient:
    # A record opened in an emergency is read and not taken away.
    rows = Patient.objects.visible_to(request.user, doing=P.PATIENT_OPEN)
    rows = rows.select_related("organization", "care_team", "identity")
    return get_object_or_404(rows, pk=patient_id)


def _year(today: date) -> dict[str, date]:
    return {"first": today.replace(month=1, day=1), "last": today}


@require_GET
@requires(P.PATIENT_OPEN)
def papers(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """Which papers can be printed for the resident."""
    found = _resident(request, patient_id)
    labels = dict(Programme.choices)
    context = {
        "patient": found,
        "form": DaysForm(initial=_year(timezone.localdate())),
        "programmes": [(each, labels[each]) for each in found.programmes],
    }
    return render(request, "workbench/papers.html", context)


@require_GET
@requires(P.PATIENT_OPEN)
def record(request: SignedInRequest, patient_id: UUID, programme: str) -> HttpResponseBase:
    """The follow-up record form of a programme, with the visits of the asked days (default: this year)."""
    if programme not in Programme.values:
        raise Http404
    found, today = _resident(request, patient_id), timezone.localdate()
    days = _year(today)
    if request.GET:
        form = DaysForm(request.GET)
        if not form.is_valid():
            labels = dict(Programme.choices)
            context = {
                "patient": found,
                "form": form,
                "programmes": [(each, labels[each]) for each in found.programmes],
            }
            return render(request, "workbench/papers.html", context, status=422)
        days = form.cleaned_data
    stamp = _taken(request, found, paper="record", programme=programme)
    data = record_data(found, programme, first=days["first"], last=days["last"], stamp=str(stamp))
    return _answer(pdf("record", data), f"follow-ups-{programme}.pdf", stamp)


@require_GET
@requires(P.PATIENT_OPEN)
def leaflet(request: SignedInRequest, patient_id: UUID) -> HttpResponseBase:
    """The leaflet that the resident takes home."""
    found, today = _resident(request, patient_id), timezone.localdate()
    stamp = _taken(request, found, paper="leaflet")
    data = leaflet_data(found, on=today, stamp=str(stamp))
    return _answer(pdf("leaflet", data), "leaflet.pdf", stamp)


def _taken(request: SignedInRequest, patient: Patient, **detail: str) -> exports.Stamp:
    return exports.take("patient.print", by=request.user, at=timezone.now(), subject=patient, detail=detail)


def _answer(content: bytes, name: str, stamp: exports.Stamp) -> HttpResponseBase:
    return exports.answer(content, name, stamp=stamp, kind=exports.PDF, shown=True)
