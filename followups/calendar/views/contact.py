"""Attempts to reach a resident, lost to follow-up, and found again."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from alliances.guards import SignedInRequest, requires
from alliances.permissions import Permission
from alliances.scope import scope_of
from followups.calendar import contacts, losses
from followups.calendar.appointments import open_of
from followups.calendar.forms import AttemptForm, FoundForm, LostForm
from followups.calendar.losses import DUE_WITHIN
from followups.calendar.windows import lateness, window_of
from followups.models import ContactMethod, ContactResult
from patients.identity import masks
from patients.links import patient_path
from patients.models import Patient

P = Permission


@requires(P.VISIT_RECORD)
@require_http_methods(["GET", "POST"])
def contact(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """The attempts of a resident, and recording the next one."""
    patient = _patient(request, patient_id, P.VISIT_RECORD)
    if request.method == "GET":
        return _page(request, patient)
    form = AttemptForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            contacts.record(
                patient.pk, method=ContactMethod(said["method"]), result=ContactResult(said["result"]),
                on=said["on"], today=timezone.localdate(), by=request.user, call_again_on=said["call_again_on"],
                note=said["note"],
            )  # fmt: skip
        except contacts.Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("The attempt is recorded."))
            return redirect("followups:contact", patient.pk)
    return _page(request, patient, attempt=form)


@requires(P.PATIENT_WRITE)
@require_POST
def lost(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """A person confirms the loss, with the attempts before their eyes."""
    patient = _patient(request, patient_id, P.PATIENT_WRITE)
    form = LostForm(request.POST)
    if form.is_valid():
        try:
            losses.confirm(
                patient.pk, seen=form.cleaned_data["seen"], by=request.user, on=timezone.localdate(),
                at=timezone.now(), note=form.cleaned_data["note"].replace("\x00", "").strip(),
            )  # fmt: skip
        except losses.NotLost as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("%(name)s is marked as lost to follow-up.") % {"name": patient.name})
            return redirect("followups:contact", patient.pk)
    return _page(request, patient, lost=form)


@requires(P.VISIT_RECORD)
@require_POST
def found(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """The resident is there again: the follow-up goes on."""
    patient = _patient(request, patient_id, P.VISIT_RECORD)
    form = FoundForm(request.POST)
    if form.is_valid():
        try:
            due = losses.found(
                patient.pk, due_on=form.cleaned_data["due_on"], by=request.user, on=timezone.localdate()
            )
        except losses.NotLost as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(
                request, _("The follow-up goes on: due %(day)s.") % {"day": due.due_on.isoformat()}
            )
            return redirect("followups:contact", patient.pk)
    return _page(request, patient, found=form)


def _patient(request: SignedInRequest, patient_id: UUID, doing: Permission) -> Patient:
    rows = Patient.objects.visible_to(request.user, doing=doing).select_related("care_team")
    return get_object_or_404(rows, pk=patient_id)


def _page(
    request: SignedInRequest,
    patient: Patient,
    *,
    attempt: AttemptForm | None = None,
    lost: LostForm | None = None,
    found: FoundForm | None = None,
) -> HttpResponse:
    today = timezone.localdate()
    due, loss, attempts = open_of(patient.pk), losses.open_loss(patient.pk), contacts.attempts_of(patient.pk)
    # The list is the newest; what a person confirms counts whole.
    tries = losses.tries_of(contacts.attempts_for(due), due) if due else None
    mask = masks([patient]).get(patient.pk)
    context: dict[str, Any] = {
        "patient": patient,
        "path": patient_path(patient.pk),
        "today": today,
        "phone": mask.phone if mask else "",
        "due": due,
        "window": window_of(due.due_on, due.reason) if due else None,
        "state": lateness(due.due_on, due.reason, on=today) if due else None,
        "loss": loss,
        "attempts": attempts,
        "tries": tries,
        "counted": {one.pk for one in tries.counted} if tries else set(),
        "form": attempt or AttemptForm(initial={"on": today, "method": ContactMethod.PHONE}),
        "lost_form": lost or LostForm(initial={"seen": len(tries.counted) if tries else 0}),
        "found_form": found or FoundForm(initial={"due_on": today}),
        "latest": today + DUE_WITHIN,
        "may_confirm": _may_confirm(request, patient),
        "may_be_lost": bool(due and tries and due.due_on < today),
        "refused": lost or found,
    }
    return render(request, "followups/contact.html", context, status=422 if attempt or lost or found else 200)


def _may_confirm(request: SignedInRequest, patient: Patient) -> bool:
    """Whether the post that may write the record is one for this resident."""
    scope = scope_of(request.user).doing(P.PATIENT_WRITE, on=timezone.localdate())
    own = patient.organization_id in scope.organization_ids or patient.care_team_id in scope.team_ids
    return own and scope.may(P.PATIENT_WRITE)
