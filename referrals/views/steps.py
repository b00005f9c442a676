"""One address for every step of a case, and the page of the return."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from alliances.guards import requires
from alliances.permissions import Permission
from followups.plans.care_plans import PlanRefused
from referrals import handovers
from referrals.models import ServiceRequest
from referrals.return_form import GOALS, MedicineLines, ReturnForm
from referrals.states import Event
from referrals.step_forms import STEPS, form_of
from referrals.views import person
from referrals.views.cases import open_case, readable_or_404, render_case, whole_case


@require_http_methods(["GET", "POST"])
@requires(Permission.REFERRAL_ANSWER, Permission.REFERRAL_SEND)
def step(request: HttpRequest, pk: UUID, event: str) -> HttpResponse:
    """Ask for a step (its own page, also without a script) and do it."""
    chosen = next((s for e, s in STEPS.items() if e == event and e is not Event.RETURN), None)
    if chosen is None:
        raise Http404
    row = readable_or_404(request, pk, acting=True)
    form = form_of(chosen, row, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            chosen.do(row, form.cleaned_data, person(request), timezone.now())
        except handovers.Overtaken as overtaken:
            return render_case(request, pk, status=409, conflict=str(overtaken))
        except handovers.Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, str(chosen.done))
            return redirect(row)
    context = {"row": row, "step": chosen, "form": form}
    return render(request, "referrals/step.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@requires(Permission.REFERRAL_RETURN)
def return_(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The return: signing it writes the plan and gives the patient back."""
    row = readable_or_404(request, pk, acting=True)
    posted = request.POST if request.method == "POST" else None
    shown = open_case(request, row)
    if posted is None and Event.RETURN not in shown.events:
        return redirect(row)
    form = ReturnForm(posted, initial=_known(row))
    medicines = MedicineLines(posted, initial=_taken(row), prefix="medicines")
    if posted is not None and form.is_valid() and medicines.is_valid():
        try:
            handovers.return_(pk, form.reply(medicines), by=person(request), at=timezone.now())
        except handovers.Overtaken as overtaken:
            return render_case(request, pk, status=409, conflict=str(overtaken))
        except (handovers.Refused, PlanRefused) as refused:
            form.add_error(None, _(str(refused)))
        else:
            messages.success(request, _("Signed and returned. The sending team has been told."))
            return redirect(row)
    context = {**whole_case(request, row, shown), "form": form, "medicines": medicines}
    wrong = posted is not None
    return render(request, "referrals/return.html", context, status=422 if wrong else 200)


def _known(row: ServiceRequest) -> dict[str, Any]:
    """What the record already says: the provisional diagnosis and the targets of the running plan."""
    plan = (row.snapshot.content.get("plan") or {}) if hasattr(row, "snapshot") else {}
    goals = {g["measure"]: g for g in plan.get("goals", ())}
    bounds = {
        f"{measure}_{bound}": goals.get(measure, {}).get(bound) for measure, names in GOALS for bound in names
    }
    return {"diagnosis": row.impression, **bounds}


def _taken(row: ServiceRequest) -> list[dict[str, Any]]:
    content = row.snapshot.content if hasattr(row, "snapshot") else {}
    return [
        {"name": m["name"], "dosage": m["dosage"], "change": "unchanged"}
        for m in content.get("medicines", ())
    ]
