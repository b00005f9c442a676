"""The referral letter: filled in from the advice, sent with the resident's consent."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from alliances.guards import requires
from alliances.models import Department
from alliances.permissions import Permission
from alliances.scope import Actor
from journal import audit
from patients.links import patient_path
from patients.models import Patient
from referrals import handovers
from referrals.forms import LetterForm
from referrals.models import Direction, ServiceRequest
from referrals.prefill import advice_for, leading_programme, letter_for
from referrals.targets import Targets, targets_for
from referrals.terms import terms_of
from referrals.views import person


@require_http_methods(["GET", "POST"])
@requires(Permission.REFERRAL_SEND)
def new(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Write and send a referral for a resident."""
    rows = Patient.objects.visible_to(person(request), doing=Permission.REFERRAL_SEND)
    rows = rows.select_related("organization", "care_team")
    patient = get_object_or_404(rows, pk=patient_id)
    today, task = timezone.localdate(), advice_for(patient)
    programme = request.POST.get("programme") or leading_programme(patient, task)
    targets = targets_for(patient, programme=programme, on=today)
    form = LetterForm(
        request.POST or None, patient=patient, targets=targets,
        initial=letter_for(patient, task=task, targets=targets, on=today),
    )  # fmt: skip
    if request.method != "POST":
        audit.record("referral.write", by=person(request), subject=patient)
    elif form.is_valid():
        try:
            sent = handovers.send(patient, form.letter(), by=person(request), at=timezone.now())
        except handovers.Refused as refused:
            form.add_error(refused.code if refused.code in form.fields else None, str(refused))
        else:
            messages.success(request, _("Sent to %(to)s.") % {"to": sent.target_department})
            return redirect(sent)
    context = {
        "form": form, "patient": patient, "age": patient.age(on=today), "task": task, "targets": targets,
        "running": _running(patient, person(request)), "back": patient_path(patient.pk), "phones": _phones(targets),
        "terms": terms_of(targets, programme=programme, on=today),
    }  # fmt: skip
    return render(request, "referrals/new.html", context, status=422 if form.errors else 200)


def _phones(targets: Targets) -> list[tuple[str, str]]:
    """Whom to call in an emergency: the nearest departments that have a number."""
    named = ((f"{d.organization} {d}", _phone(d, targets)) for d in targets.departments)
    return [(name, phone) for name, phone in named if phone][:3]


def _phone(department: Department, targets: Targets) -> str:
    """The number that was agreed on for a department that the agreement names, else its own, else the hospital's."""
    if department.pk in targets.lines:
        return targets.agreements[department.organization_id].phone
    return department.phone or department.organization.phone


def _running(patient: Patient, by: Actor) -> list[ServiceRequest]:
    """Open requests of the resident, so that the doctor knows before writing."""
    running = ServiceRequest.objects.visible_to(by).filter(patient=patient, direction=Direction.UP).open()
    return list(running.select_related("target_department__organization"))
