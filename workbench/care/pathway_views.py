"""A patient's way along a pathway: begin, settle a step, end."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext as said
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alliances.guards import SignedInRequest, requires
from alliances.models import Role
from alliances.permissions import TABLE, Permission
from followups.models import Pathway, PathwayStatus, PathwayStep, StepStatus
from followups.plans.pathways import catalogue, running
from followups.plans.pathways.running import PathwayRefused
from journal import audit
from referrals.targets import targets_for
from workbench.care.pathway_forms import EndForm, StartForm, StepForm
from workbench.care.residents import may, posted, resident

P = Permission


@require_http_methods(["GET", "POST"])
@requires(P.PLAN_PROPOSE)
def start(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """Begin a pathway for a resident."""
    patient, now = resident(request, patient_id, P.PLAN_PROPOSE), timezone.now()
    today = timezone.localdate(now)
    templates = catalogue.for_patient(patient, on=today)
    programme = next((one.programme for one in templates if one.programme), "")
    targets = targets_for(patient, programme=programme, on=today)
    chosen = {"department": targets.default.pk if targets.default else None}
    form = StartForm(posted(request), templates=templates, departments=targets.departments, initial=chosen)
    if request.method == "POST" and form.is_valid():
        data, template = form.cleaned_data, form.chosen()
        department = data["department"] if template.asks_department else None
        try:
            made = running.start(
                patient, template, department=department, consent=data["consent"], by=request.user, at=now
            )
        except PathwayRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, said(refused.message))
        else:
            messages.success(request, _("Pathway begun."))
            return redirect("workbench:pathway", made.pk)
    context = {"form": form, "patient": patient, "today": today, "templates": templates}
    return render(request, "workbench/care/pathway_new.html", context, status=422 if form.errors else 200)


@require_GET
@requires(P.PATIENT_OPEN)
def pathway(request: SignedInRequest, pathway_id: UUID) -> HttpResponse:
    """A pathway with its steps as a line. Opening it is recorded."""
    row, today = _found(request, pathway_id), timezone.localdate()
    audit.record("pathway.open", by=request.user, subject=row)
    steps = list(row.steps.select_related("settled_by").order_by("position"))
    doctor = may(request, row.patient, P.PLAN_PROPOSE)
    lines = [
        {"step": step, "overdue": step.is_overdue(on=today), "mine": row.status == PathwayStatus.RUNNING and
         step.status == StepStatus.OPEN and _owns(request, row, step),
         "may_skip": row.status == PathwayStatus.RUNNING and step.status == StepStatus.OPEN and
         (doctor or _owns(request, row, step))}
        for step in steps
    ]  # fmt: skip
    context = {
        "row": row, "patient": row.patient, "today": today, "lines": lines, "flow": [_flow(step) for step in steps],
        "may_end": doctor and row.status == PathwayStatus.RUNNING, "end_form": EndForm(),
    }  # fmt: skip
    return render(request, "workbench/care/pathway.html", context)


@require_POST
@requires(P.CARE_TASKS)
def step(request: SignedInRequest, pathway_id: UUID, position: int) -> HttpResponse:
    """Settle a step: done by its owner, or left out (`skip`) by its owner or the doctor."""
    row = _found(request, pathway_id, P.CARE_TASKS)
    one = get_object_or_404(row.steps.all(), position=position)
    skipping = "skip" in request.POST
    if not _owns(request, row, one) and not (skipping and may(request, row.patient, P.PLAN_PROPOSE)):
        raise Http404
    form = StepForm(request.POST)
    note = form.cleaned_data["note"] if form.is_valid() else ""
    act = running.skip if skipping else running.finish
    try:
        act(row, position, note, by=request.user, at=timezone.now())
    except PathwayRefused as refused:
        messages.error(request, said(refused.message))
    else:
        messages.success(request, _("Step left out.") if skipping else _("Step done."))
    return redirect("workbench:pathway", row.pk)


@require_POST
@requires(P.PLAN_PROPOSE)
def end(request: SignedInRequest, pathway_id: UUID) -> HttpResponse:
    """End a pathway early, with a reason."""
    row, form = _found(request, pathway_id, P.PLAN_PROPOSE), EndForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say why the pathway ends."))
        return redirect("workbench:pathway", row.pk)
    try:
        running.end(row, form.cleaned_data["why"], by=request.user, at=timezone.now())
    except PathwayRefused as refused:
        messages.error(request, said(refused.message))
    else:
        messages.success(request, _("Pathway ended."))
    return redirect("workbench:pathway", row.pk)


def _found(request: SignedInRequest, pathway_id: UUID, doing: Permission | None = None) -> Pathway:
    rows = Pathway.objects.visible_to(request.user, doing=doing)
    related = (
        "patient__organization",
        "patient__care_team",
        "department__organization",
        "started_by",
        "ended_by",
    )
    return get_object_or_404(rows.select_related(*related), pk=pathway_id)


def _owns(request: SignedInRequest, row: Pathway, step: PathwayStep) -> bool:
    """Whether a post of the reader owns the step: the department's specialist, or the role at the resident's centre."""
    for post in request.scope.posts:
        role = Role(post.role)
        if Permission.CARE_TASKS not in TABLE[role].may:
            continue
        if step.role == Role.SPECIALIST:
            if role == Role.SPECIALIST and post.department_id == row.department_id:
                return True
        elif post.organization_id == row.patient.organization_id and (
            role == step.role or (role == Role.TEAM_LEAD and step.role == Role.GENERAL_PRACTITIONER)
        ):
            return True
    return False


def _flow(step: PathwayStep) -> dict[str, Any]:
    """The step in the line above: its name, its day, how it stands."""
    on = {StepStatus.DONE: "done", StepStatus.SKIPPED: "done", StepStatus.OPEN: "now"}.get(
        StepStatus(step.status), ""
    )
    if step.status == StepStatus.OPEN and step.due_on is not None:
        note = _("by %(day)s") % {"day": step.due_on.strftime("%m-%d")}
    elif step.settled_at is not None:
        note = f"{step.get_status_display()} {timezone.localdate(step.settled_at):%m-%d}"
    else:
        note = str(step.get_role_display())
    return {"label": step.name, "note": note, "on": on}
