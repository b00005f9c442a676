"""Lifestyle goals agreed with the patient, and the sessions about them."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext as said
from django.views.decorators.http import require_http_methods, require_POST

from alliances.guards import SignedInRequest, requires
from alliances.permissions import Permission
from followups.models import GoalState, Intervention, LifestyleGoal, LifestyleKind
from followups.plans import lifestyle
from followups.plans.lifestyle import MEASURES, LifestyleRefused
from workbench.care.lifestyle_forms import EndForm, GoalForm, SessionForm, WhyForm
from workbench.care.residents import posted, resident, works_for

P = Permission


@require_http_methods(["GET", "POST"])
@requires(P.LIFESTYLE_WRITE)
def goal(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """Agree on a goal with the patient."""
    patient, today = resident(request, patient_id, P.LIFESTYLE_WRITE), timezone.localdate()
    form = GoalForm(posted(request), initial={"kind": request.GET.get("kind", LifestyleKind.SALT)})
    if request.method == "POST" and form.is_valid():
        try:
            lifestyle.agree(patient, form.agreement(), by=request.user, on=today)
        except LifestyleRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, said(refused.message))
        else:
            messages.success(request, _("Goal agreed."))
            return redirect("workbench:plan", patient.pk)
    units = [(kind.label, said(MEASURES[kind].unit)) for kind in LifestyleKind]
    context = {"form": form, "patient": patient, "today": today, "units": units, "session": False}
    return render(request, "workbench/care/lifestyle.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@requires(P.LIFESTYLE_WRITE)
def session(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """Log a session with its progress."""
    patient, now = resident(request, patient_id, P.LIFESTYLE_WRITE), timezone.now()
    today = timezone.localdate(now)
    goals = list(
        LifestyleGoal.objects.visible_to(request.user).active().filter(patient=patient).order_by("kind")
    )
    first = goals[0].kind if goals else LifestyleKind.SALT
    form = SessionForm(
        posted(request),
        today=today,
        initial={"kind": request.GET.get("kind", first), "on": today, "minutes": 15},
    )
    if request.method == "POST" and form.is_valid():
        place = works_for(request, patient, P.LIFESTYLE_WRITE)
        try:
            lifestyle.log(
                patient,
                form.session(),
                by=request.user,
                organization=place,
                on=form.cleaned_data["on"],
                at=now,
            )
        except LifestyleRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, said(refused.message))
        else:
            messages.success(request, _("Intervention logged."))
            return redirect("workbench:plan", patient.pk)
    context = {"form": form, "patient": patient, "today": today, "goals": goals, "session": True}
    return render(request, "workbench/care/lifestyle.html", context, status=422 if form.errors else 200)


@require_POST
@requires(P.LIFESTYLE_WRITE)
def end(request: SignedInRequest, patient_id: UUID, goal_id: UUID) -> HttpResponse:
    """A goal is reached or given up."""
    patient = resident(request, patient_id, P.LIFESTYLE_WRITE)
    rows = LifestyleGoal.objects.visible_to(request.user, doing=P.LIFESTYLE_WRITE).filter(patient=patient)
    row, form = get_object_or_404(rows, pk=goal_id), EndForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            lifestyle.end(
                row, GoalState(data["state"]), data["why"], by=request.user, on=timezone.localdate()
            )
        except LifestyleRefused as refused:
            messages.error(request, said(refused.message))
        else:
            messages.success(request, _("Goal ended."))
    return redirect("workbench:plan", patient.pk)


@require_POST
@requires(P.LIFESTYLE_WRITE)
def withdraw(request: SignedInRequest, patient_id: UUID, intervention_id: UUID) -> HttpResponse:
    """A session was entered in error."""
    patient = resident(request, patient_id, P.LIFESTYLE_WRITE)
    rows = Intervention.objects.visible_to(request.user, doing=P.LIFESTYLE_WRITE).filter(patient=patient)
    row, form = get_object_or_404(rows, pk=intervention_id), WhyForm(request.POST)
    if form.is_valid():
        try:
            lifestyle.withdraw(row, form.cleaned_data["why"], by=request.user, at=timezone.now())
        except LifestyleRefused as refused:
            messages.error(request, said(refused.message))
        else:
            messages.success(request, _("Session withdrawn."))
    else:
        messages.error(request, _("Say what was wrong."))
    return redirect("workbench:plan", patient.pk)
