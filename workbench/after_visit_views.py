"""What is still to be done after a visit: asked for on the saved visit, ended on the resident's page."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from alliances.guards import requires
from alliances.permissions import Permission
from followups.visits import after as after_visits
from followups.visits import history
from patients.models import Patient, Task
from patients.models.task import TaskKind

P = Permission


class TaskForm(forms.Form):
    """A task after a visit."""

    kind = forms.ChoiceField(
        label=gettext_lazy("To do"), choices=[(each.value, each.label) for each in after_visits.KINDS]
    )
    due_on = forms.DateField(
        label=gettext_lazy("To be done by"), widget=forms.DateInput(attrs={"type": "date"})
    )
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=200)
    mine = forms.BooleanField(label=gettext_lazy("I do it myself"), required=False)


@require_POST
@requires(P.VISIT_RECORD)
def ask(request: HttpRequest, patient_id: UUID, visit_id: UUID) -> HttpResponse:
    """Leave a task; back to the visit either way, with a word for what was wrong."""
    rows = Patient.objects.visible_to(request.user, doing=P.VISIT_RECORD)
    patient = get_object_or_404(rows, pk=patient_id)
    visit = get_object_or_404(history.visits_of(patient), pk=visit_id)
    form = TaskForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("A task needs its kind and a day."))
        return redirect("workbench:visit-saved", patient_id, visit_id)
    try:
        task = after_visits.ask(visit, by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
    except after_visits.TaskRefused as refused:
        messages.error(request, _(str(refused)))
    else:
        words = _("%(what)s stands in the list until %(day)s.")
        day = timezone.localdate(task.due_at).isoformat()
        messages.success(request, words % {"what": TaskKind(task.kind).label, "day": day})
    return redirect("workbench:visit-saved", patient_id, visit_id)


@require_POST
@requires(P.VISIT_RECORD)
def finish(request: HttpRequest, patient_id: UUID, task_id: UUID) -> HttpResponse:
    """End a task with what came of it."""
    rows = Task.objects.visible_to(request.user, doing=P.VISIT_RECORD)
    task = get_object_or_404(rows, pk=task_id, patient_id=patient_id, kind__in=after_visits.KINDS)
    outcome = request.POST.get("outcome", "")
    try:
        after_visits.finish(task, outcome=outcome, by=request.user, at=timezone.now())  # type: ignore[arg-type]
    except after_visits.TaskRefused as refused:
        messages.error(request, _(str(refused)))
    else:
        messages.success(request, _("Done: it has left the list."))
    return redirect("workbench:patient", patient_id)
