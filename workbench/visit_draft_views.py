"""The draft of a follow-up: kept while it is typed, thrown away when its author says so."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from alliances.guards import requires
from alliances.permissions import Permission
from followups.visits import drafts
from patients.models import Patient
from workbench.visit_views import opened_for

P = Permission


@require_POST
@requires(P.VISIT_RECORD)
def keep(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Keep what is typed so far; the answer is the line that says so."""
    opened = opened_for(request, patient_id)
    form = opened.form()
    asked = [*form.fields, *(form.otherwise.fields if form.otherwise else ()), "confirmed"]
    content = {name: request.POST.getlist(name) for name in asked if name in request.POST}
    draft = drafts.keep(opened.patient, content, by=request.user, at=timezone.now())  # type: ignore[arg-type]
    return render(request, "workbench/visit_draft_note.html", {"draft": draft})


@require_POST
@requires(P.VISIT_RECORD)
def discard(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Throw the draft away and begin anew."""
    rows = Patient.objects.visible_to(request.user, doing=P.VISIT_RECORD)
    patient = get_object_or_404(rows, pk=patient_id)
    drafts.discard(patient, by=request.user)  # type: ignore[arg-type]
    return redirect("workbench:visit", patient_id)
