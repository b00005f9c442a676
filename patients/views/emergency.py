"""Emergency access from the doctor's side: ask by the full number, open with a reason, end early."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from alliances.guards import SignedInRequest, requires
from alliances.officers import watched, watched_by_anybody
from alliances.permissions import Permission
from patients import emergency
from patients.emergency import Standing
from patients.emergency_forms import LookUpForm, OpenForm, asked_for, ticket
from patients.links import patient_path
from patients.models import EmergencyAccess, EmergencyReason, Patient

P = Permission
PAGE = 20


@requires(P.BREAK_GLASS)
@require_http_methods(["GET", "POST"])
def look_up(request: SignedInRequest) -> HttpResponse:
    """Ask by the full document number, which never stands in an address; and one's own openings."""
    form = LookUpForm(request.POST or None)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        try:
            answer = emergency.look_up(form.cleaned_data["number"], by=request.user, at=timezone.now())
        except emergency.TooManyLookUps:
            form.add_error(
                None,
                _(
                    "You have asked as often as is allowed. Try again later, or ask the organization by telephone."
                ),
            )
        else:
            return _answered(request, answer)
    return _page(request, context, status=422 if form.errors else 200)


def _answered(request: SignedInRequest, answer: emergency.Answer) -> HttpResponse:
    if answer.standing == Standing.YOURS and answer.patient is not None:
        return redirect(patient_path(answer.patient.pk))
    context: dict[str, Any] = {"form": LookUpForm(), "standing": answer.standing.value}
    if answer.patient is not None:
        context["open_form"] = OpenForm(initial={"ticket": ticket(answer.patient, request.user)})
    return _page(request, context)


@requires(P.BREAK_GLASS)
@require_POST
def open_(request: SignedInRequest) -> HttpResponse:
    """Open the record of the resident that was asked for."""
    form = OpenForm(request.POST)
    patient_id = asked_for(request.POST.get("ticket", ""), request.user)
    if patient_id is None:
        messages.error(request, _("Too much time has passed. Ask by the full number again."))
        return redirect("patients:emergency-look-up")
    if not form.is_valid():
        context = {"form": LookUpForm(), "standing": Standing.ELSEWHERE.value, "open_form": form}
        return _page(request, context, status=422)
    now = timezone.now()
    posts = request.scope.doing(P.BREAK_GLASS, on=timezone.localdate(now)).posts
    try:
        emergency.open_record(
            Patient(pk=patient_id), by=request.user, organization=posts[0].organization,
            reason=EmergencyReason(form.cleaned_data["reason"]), text=form.cleaned_data["text"], at=now,
        )  # fmt: skip
    except emergency.AlreadyOpen:
        messages.info(request, _("The record is open to you without an emergency."))
    else:
        messages.success(request, _("Opened for reading. The team and the privacy officer see it."))
    return redirect(patient_path(patient_id))


@requires(P.BREAK_GLASS, P.AUDIT_VIEW)
@require_POST
def end(request: SignedInRequest, access_id: UUID) -> HttpResponse:
    """End an access before its time: one's own, or as the officer who reviews it."""
    now = timezone.now()
    mine = Q(pk__in=EmergencyAccess.objects.filter(opened_by=request.user).values("pk"))
    if request.scope.may(P.AUDIT_VIEW):
        on = timezone.localdate(now)
        for_review = EmergencyAccess.objects.for_review(
            watched=watched(request.scope.posts, on=on), watched_by_others=watched_by_anybody(on=on)
        )
        mine |= Q(pk__in=for_review.values("pk"))
    access = get_object_or_404(EmergencyAccess.objects.filter(mine), pk=access_id)
    emergency.end(access, by=request.user, at=now)
    messages.success(request, _("The emergency access has ended."))
    own = access.opened_by_id == request.user.pk
    return redirect("patients:emergency-look-up") if own else redirect("patients:emergency-review", access.pk)


def _page(request: SignedInRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    now = timezone.now()
    rows = (
        EmergencyAccess.objects.filter(opened_by=request.user)
        .select_related("patient")
        .order_by("-opened_at", "pk")
    )
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context |= {
        "page": page,
        "rows": [(row, row.is_live(at=now), patient_path(row.patient_id)) for row in page.object_list],
        "hours": settings.BREAK_GLASS_HOURS,
        "a_day": settings.BREAK_GLASS_LOOKUPS_A_DAY,
    }
    return render(request, "patients/emergency.html", context, status=status)
