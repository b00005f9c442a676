"""Correcting a saved visit, and moving one that was entered on the wrong resident. Both say first what would change."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from alliances.guards import requires
from alliances.permissions import Permission
from followups import overrides
from followups.entry.visit import VisitRefused
from followups.standing import standing_of
from followups.visit_form.correcting import offer_stored, typed_over
from followups.visit_form.forms import VisitForm
from followups.visit_form.row import EARLIER
from followups.visit_form.sheet import sheet_of
from followups.visits import amending, history, moving
from followups.visits.comparing import lines
from followups.visits.foreseeing import foreseen
from followups.visits.stored import initial_of, reading_of
from patients.models import Encounter, Patient
from patients.search import find
from workbench.visit_views import Opened, opened_for

P = Permission
FOUND = 8


class WhyForm(forms.Form):
    """Why a saved visit is changed, and which version of it was on the page."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    why = forms.CharField(label=gettext_lazy("Why it is corrected"), max_length=200)


def _visit(opened: Opened, visit_id: UUID) -> Encounter:
    rows = history.visits_of(opened.patient).prefetch_related("further_observations")
    return get_object_or_404(rows, pk=visit_id)


def _form(opened: Opened, visit: Encounter, data: Any = None) -> VisitForm:
    opened.kept = history.overrides_of(visit)
    opened.standing = standing_of(opened.patient, since=visit.on)  # lines and settings of the visit's own day
    start = {**initial_of(visit), "visit": visit.pk, "visit_count": 0, "on": visit.on, "method": visit.method}
    expecting = visit.pregnant or visit.lactating
    settings = opened.standing.timetable.on(visit.on).settings
    form = VisitForm(
        data, programmes=visit.programmes, may_expect=expecting, settings=settings, initial=start,
        may_override=opened.may_override, kept=overrides.decided(opened.kept),
    )  # fmt: skip
    offer_stored(form, visit)
    return form


@require_http_methods(["GET", "HEAD", "POST"])
@requires(P.VISIT_RECORD)
def amend(request: HttpRequest, patient_id: UUID, visit_id: UUID) -> HttpResponse:
    """The visit as it stands, to be corrected; then what the correction changes; then the correction itself."""
    opened = opened_for(request, patient_id)
    visit = _visit(opened, visit_id)
    if request.method != "POST":
        return _amend_page(
            request, opened, visit, _form(opened, visit), WhyForm(initial={"version": visit.version})
        )
    data = request.POST.copy()
    data["on"], data["visit"], data["visit_count"] = visit.on.isoformat(), str(visit.pk), "0"
    form, why = _form(opened, visit, data), WhyForm(request.POST)
    if not (form.is_valid() & why.is_valid()) or form.doubts():
        return _amend_page(request, opened, visit, form, why, status=422)

    typed = typed_over(reading_of(visit), form)

    def act() -> Encounter:
        return amending.amend(
            visit, typed, on=visit.on, method=form.cleaned_data["method"], by=request.user,  # type: ignore[arg-type]
            recorded_at=timezone.now(), version=why.cleaned_data["version"], why=why.cleaned_data["why"],
            keep=form.keeps,
        )  # fmt: skip

    try:
        if "sure" not in request.POST:
            (changes,) = foreseen(act, opened.patient.pk)
            readings = [reading_of(visit), typed]
            said = lines(readings, [visit.method, form.cleaned_data["method"]])
            context = {"patient": opened.patient, "today": opened.today, "visit": visit, "lines": said, "changes": changes,
                       "sent": _sent(request), "why": why.cleaned_data["why"]}  # fmt: skip
            return render(request, "workbench/visit_amend_confirm.html", context)
        act()
    except VisitRefused as refused:
        form.refuse(refused.faults)
        return _amend_page(request, opened, visit, form, why, status=422)
    except amending.Outdated:
        messages.warning(request, _("Somebody corrected this visit meanwhile; this is how it stands now."))
        return redirect("workbench:visit-amend", patient_id, visit_id)
    messages.success(request, _("The visit is corrected; the earlier version stays readable."))
    return redirect("workbench:visit-saved", patient_id, visit_id)


def _sent(request: HttpRequest) -> list[tuple[str, str]]:
    """Everything that was sent, to be sent again with the confirmation."""
    apart = ("csrfmiddlewaretoken", "sure")
    return [
        (name, value) for name in request.POST if name not in apart for value in request.POST.getlist(name)
    ]


def _amend_page(
    request: HttpRequest,
    opened: Opened,
    visit: Encounter,
    form: VisitForm,
    why: WhyForm,
    *,
    status: int = 200,
) -> HttpResponse:
    earlier = [each for each in history.last_visits(opened.patient, EARLIER + 1) if each.pk != visit.pk]
    sheet = sheet_of(form, earlier[:EARLIER], history.goals_of(opened.patient), opened.lines(form))
    context = {"patient": opened.patient, "today": opened.today, "visit": visit, "form": form, "sheet": sheet, "why": why,
               "habits_open": any(name in form.errors for name in form.habits)}  # fmt: skip
    return render(request, "workbench/visit_amend.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(P.VISIT_RECORD)
def move(request: HttpRequest, patient_id: UUID, visit_id: UUID) -> HttpResponse:
    """Find the right resident, see what changes for both, and move the visit."""
    opened = opened_for(request, patient_id)
    visit = _visit(opened, visit_id)
    chosen = "to" in request.POST
    why = WhyForm(request.POST if chosen else None, initial={"version": visit.version})
    context: dict[str, Any] = {"patient": opened.patient, "today": opened.today, "visit": visit, "why": why}
    if not chosen:
        # Searched by POST: what is typed may be a number, and addresses stand in logs.
        words = request.POST.get("q", "").strip()
        about = {"q": words, "found": _found(request, words, opened)}
        return render(request, "workbench/visit_move.html", context | about)
    to = _right(request)
    if not why.is_valid():
        return render(request, "workbench/visit_move.html", context | {"to": to}, status=422)

    def act() -> Encounter:
        about = why.cleaned_data
        return moving.move(visit, to, by=request.user, at=timezone.now(), **about)  # type: ignore[arg-type]

    try:
        if "sure" not in request.POST:
            changes = foreseen(act, opened.patient.pk, to.pk)
            told = {"to": to, "changes": list(zip((opened.patient, to), changes, strict=True)),
                    "medicines": history.medicines_of_day(visit), "overridden": history.overrides_of(visit), "sent": _sent(request)}  # fmt: skip
            return render(request, "workbench/visit_move_confirm.html", context | told)
        act()
    except VisitRefused as refused:
        for fault in refused.faults:
            why.add_error(None, fault.sentence(_))
        return render(request, "workbench/visit_move.html", context | {"to": to}, status=422)
    except amending.Outdated:
        messages.warning(request, _("Somebody corrected this visit meanwhile; this is how it stands now."))
        return redirect("workbench:visit-saved", patient_id, visit_id)
    messages.success(
        request, _("The visit stands with %(name)s now; both records say so.") % {"name": to.name}
    )
    return redirect("workbench:visit-saved", to.pk, visit_id)


def _right(request: HttpRequest) -> Patient:
    """The resident to whom the visit belongs: somebody whose visits the same person may record."""
    rows = Patient.objects.visible_to(request.user, doing=P.VISIT_RECORD)
    try:
        return get_object_or_404(rows, pk=UUID(request.POST.get("to", "")))
    except ValueError:
        return get_object_or_404(rows.none())


def _found(request: HttpRequest, words: str, opened: Opened) -> list[Patient]:
    if not words:
        return []
    rows = find(request.user, words).exclude(pk=opened.patient.pk)
    mine = Patient.objects.visible_to(request.user, doing=P.VISIT_RECORD)
    return list(rows.filter(pk__in=mine.values("pk"))[:FOUND])
