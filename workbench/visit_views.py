"""The follow-up page: one form for all programmes, the decision while it is filled in, and what a saved visit led to.

It stands up here because it shows parts of two apps: the visit is the follow-ups', the referral the referrals'.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alliances.guards import requires
from alliances.models import Department
from alliances.permissions import Permission
from followups import gold, overrides, visits
from followups.decision_view import Shown, shown, stored_cards
from followups.entry.visit import VisitInput, VisitRefused, without
from followups.lines import Lines, both_lines, choosing
from followups.models import AssessmentOverride, Goal
from followups.protocols.assessment import Decision
from followups.protocols.evidence import Person
from followups.protocols.terms import PROGRAMMES
from followups.standing import Standing, standings
from followups.visit_form.forms import HABIT_LABELS, VisitForm, fresh_key
from followups.visit_form.phone_script import script_of
from followups.visit_form.remarks import remarks_of
from followups.visit_form.row import EARLIER
from followups.visit_form.sheet import doubts_of, sheet_of
from followups.visits import after as after_visits
from followups.visits import drafts, history
from followups.visits.comparing import lines, versions_of
from followups.visits.stored import observations_of
from journal import audit
from patients.models import Encounter, Patient
from patients.models.encounter import EntrySource, Method
from patients.models.patient import Sex
from patients.programmes import Programme
from referrals.targets import targets_for
from workbench.after_visit_views import TaskForm

P = Permission
CHILDBEARING = range(15, 56)


@dataclass(slots=True)
class Opened:
    """A resident whose follow-up is being written."""

    patient: Patient
    standing: Standing
    today: date
    may_override: bool = False
    kept: list[AssessmentOverride] = field(default_factory=list)  # of a visit that is corrected

    def lines(self, form: VisitForm) -> dict[str, Lines]:
        """Assessment line and clinical target by reading, of all the person's programmes, as on the day of the visit; a
        ratio chooses, typed now or known from earlier days."""
        patient, typed = self.patient, getattr(form, "cleaned_data", {})
        day = typed.get("on") or form.initial.get("on") or self.today
        person = Person(patient.birth_date, tuple(patient.programmes), patient.sex)
        settings = self.standing.timetable.on(day).settings
        earlier = (
            (name, each.on, value)
            for each in self.standing.before(day)
            for name, value in each.observations.items()
        )
        known = choosing(earlier, on=day, settings=settings)
        ratio = typed.get("acr")
        known |= {} if ratio is None else {"acr": ratio, "known_acr": ratio}
        return both_lines(person, on=day, settings=settings, known=known)

    def form(self, data: Any = None, **start: Any) -> VisitForm:
        """The form for the person's programmes, empty (but for `start`) or with what was typed."""
        age = self.patient.age(on=self.today)
        start = {
            "visit": fresh_key(),
            "visit_count": self.standing.visit_count,
            "on": self.today,
            "method": Method.CLINIC,
            **start,
        }
        return VisitForm(
            data,
            programmes=[each for each in PROGRAMMES if each in self.patient.programmes],
            medications=self.standing.medications,
            may_expect=self.patient.sex == Sex.FEMALE and age in CHILDBEARING,
            may_override=self.may_override,
            kept=overrides.decided(self.kept),
            settings=self.standing.timetable.on(self.today).settings,
            initial=start,
        )


def opened_for(request: HttpRequest, patient_id: UUID) -> Opened:
    rows = Patient.objects.visible_to(request.user, doing=P.VISIT_RECORD).filter(pk=patient_id)
    today = timezone.localdate()
    found = standings(rows.select_related("organization", "care_team"), since=today)
    if patient_id not in found:
        raise Http404
    patient = found[patient_id].patient
    may_override = overrides.may_override(request.user, patient, today=today)  # type: ignore[arg-type]
    return Opened(patient, found[patient_id], today, may_override)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(P.VISIT_RECORD)
def visit(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """The form; saving it records the visit and shows what it led to."""
    opened = opened_for(request, patient_id)
    if request.method != "POST":
        audit.record("visit.open", by=request.user, subject=opened.patient)  # type: ignore[arg-type]
        return _begun(request, opened)
    form = opened.form(request.POST)
    if not form.is_valid() or form.doubts():
        return _page(request, opened, form, status=422)
    try:
        outcome = visits.record(
            opened.patient,
            form.reading(),
            on=form.cleaned_data["on"],
            method=form.cleaned_data["method"],
            by=request.user,  # type: ignore[arg-type]
            source=EntrySource.FORM,
            recorded_at=timezone.now(),
            id=form.cleaned_data["visit"],
            visit_count=form.cleaned_data["visit_count"],
        )
    except VisitRefused as refused:
        form.refuse(refused.faults)
        return _page(request, opened, form, status=422)
    if outcome.status == "conflict":
        return _conflict(request, opened, outcome.encounter)
    if outcome.withdrawn is not None:
        messages.info(request, _("The open advice to refer was withdrawn: the disease is controlled now."))
    drafts.discard(opened.patient, by=request.user)  # type: ignore[arg-type]
    assert outcome.encounter is not None  # noqa: S101 - only a conflict comes without a visit
    return redirect("workbench:visit-saved", patient_id, outcome.encounter.pk)


def _begun(request: HttpRequest, opened: Opened) -> HttpResponse:
    """The empty form, or what the same person had typed before without saving it."""
    draft = drafts.draft_of(opened.patient, by=request.user, at=timezone.now())  # type: ignore[arg-type]
    if draft is None:
        return _page(request, opened, opened.form(method=_method_asked(request)))
    typed = QueryDict(mutable=True)
    for name, values in draft.content.items():
        typed.setlist(name, values)
    form = opened.form(typed)
    form.is_valid()
    return _page(request, opened, form, draft=draft)


def _method_asked(request: HttpRequest) -> str:
    """The way of visiting that the link named, such as “telephone” from the list of calls."""
    asked = request.GET.get("method", "")
    return asked if asked in Method.values else Method.CLINIC


def _conflict(request: HttpRequest, opened: Opened, theirs: Encounter | None) -> HttpResponse:
    """Somebody was quicker, or this form was saved before with other content: show it, keep everything typed.

    The page then counts with what is there: saving again adds a further visit.
    """
    again = opened_for(request, opened.patient.pk)
    data = request.POST.copy()
    data["visit"], data["visit_count"] = fresh_key(), str(again.standing.visit_count)
    form = again.form(data)
    form.is_valid()
    cards = stored_cards(history.assessments_of(theirs), history.overrides_of(theirs)) if theirs else []
    other = {"theirs": theirs, "their_cards": cards, "conflict": True}
    return _page(request, again, form, status=409, **other)


@require_POST
@requires(P.VISIT_RECORD)
def decision(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """The decision on what has been typed so far; nothing is written."""
    opened = opened_for(request, patient_id)
    opened.kept = _kept(request, opened.patient)
    form = opened.form(request.POST)
    form.is_valid()
    return render(request, "workbench/visit_decision.html", _judged(opened, form) | {"part": True})


def _kept(request: HttpRequest, patient: Patient) -> list[AssessmentOverride]:
    """What a doctor decided at the visit that the page corrects; a page for a new one says no version."""
    try:
        visit_id = UUID(request.POST["visit"]) if "version" in request.POST else None
    except (KeyError, ValueError):
        return []
    found = history.visits_of(patient).filter(pk=visit_id).first() if visit_id else None
    return history.overrides_of(found) if found else []


@require_GET
@requires(P.VISIT_RECORD)
def saved(request: HttpRequest, patient_id: UUID, visit_id: UUID) -> HttpResponse:
    """What a visit led to: classes, the next follow-up, and the referral already filled in when it is advised."""
    rows = Patient.objects.visible_to(request.user, doing=P.VISIT_RECORD)
    rows = rows.select_related("organization", "care_team")
    patient = get_object_or_404(rows, pk=patient_id)
    encounter = get_object_or_404(
        history.visits_of(patient).prefetch_related("further_observations"), pk=visit_id
    )
    today = timezone.localdate()
    advice = history.open_advice(patient)
    versions = versions_of(encounter)
    context = {
        "versions": versions,
        "proposed": after_visits.proposed(encounter),
        "after": after_visits.open_tasks(patient),
        "task_form": TaskForm(),
        "differences": lines([v.reading for v in versions], [v.method for v in versions]),
        "patient": patient,
        "visit": encounter,
        "cards": stored_cards(history.assessments_of(encounter), history.overrides_of(encounter)),
        "gold": _gold(encounter),
        "appointment": history.open_appointment(patient),
        "latest": patient.last_visit_on is None or encounter.on >= patient.last_visit_on,
        "advice": advice,
        "target": targets_for(patient, programme=advice.programme, on=today).default if advice else None,
        "may_refer": request.scope.may(P.REFERRAL_SEND),  # type: ignore[attr-defined]
        "today": today,
    }
    return render(request, "workbench/visit_saved.html", context)


def _gold(encounter: Encounter) -> tuple[int | None, str] | None:
    """Grade and group of a COPD by what this visit found; None where neither is known."""
    if Programme.COPD not in encounter.programmes:
        return None
    readings = observations_of(encounter)
    found = gold.grade_in(readings), gold.group_in(readings, encounter.findings)
    return found if any(found) else None


def _page(
    request: HttpRequest, opened: Opened, form: VisitForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    patient = opened.patient
    goals = history.goals_of(patient)
    judged = _judged(opened, form, goals)
    sheet = sheet_of(form, history.last_visits(patient, EARLIER), goals, opened.lines(form))
    for row in (*sheet.main, *sheet.further, *sheet.single):
        row.remark = dict(judged["said"]).get(row.slot)
    context = {
        "patient": patient,
        "today": opened.today,
        "form": form,
        "sheet": sheet,
        "script": script_of(form.programmes),
        "face_to_face": history.face_to_face(patient, on=opened.today) + 1,
        "appointment": opened.standing.appointment,
        "on_value": str(form["on"].value() or ""),
        "habits_open": any(name in form.errors for name in HABIT_LABELS),
        "new_medicine": any(name.startswith("new_") and form[name].value() for name in form.fields),
        **judged,
        **more,
    }
    return render(request, "workbench/visit.html", context, status=status)


def _judged(opened: Opened, form: VisitForm, goals: list[Goal] | None = None) -> dict[str, Any]:
    """The decision with what keeps the visit from being saved: refused fields, fields to confirm."""
    if not form.is_bound:
        return {
            "decision": None,
            "refused": [],
            "doubts": [],
            "patient": opened.patient,
            "slots": [],
            "said": [],
        }
    on = form.cleaned_data.get("on") or opened.today
    reading, result = _decided(opened, form, on)
    refused = [(form[name].id_for_label, form[name].label) for name in form.errors if name in form.fields]
    if form.otherwise is not None:
        refused += form.otherwise.refused()
    doubts = [(form[name].id_for_label, form[name].label) for name in form.doubts()]
    about = {
        "refused": refused,
        "doubts": doubts,
        "slots": [(name, doubts_of(form, [name])) for name in form.names()],
        "said": list(remarks_of(form, opened.lines(form), opened.patient).items()),
        "patient": opened.patient,
        "form": form,
    }
    if result is None:
        return {**about, "decision": None}
    goals = history.goals_of(opened.patient) if goals is None else goals
    view = shown(result, reading, goals, on=on)
    return {**about, "decision": view, "target": _target(opened, view, result)}


def _decided(opened: Opened, form: VisitForm, on: date) -> tuple[VisitInput, Decision | None]:
    """The reading that could be judged, and the decision on it; impossible readings are left out and marked."""
    reading, method = form.reading(), form.cleaned_data.get("method") or Method.CLINIC
    for _attempt in range(2):
        told = reading.observations or reading.danger_signs or reading.adverse_reaction
        if not told and not reading.new_complication:
            break
        try:
            result = visits.decide(
                opened.patient, reading, on=on, method=method, today=opened.today, standing=opened.standing
            )
            return reading, _with_kept(opened, form, result, on)
        except VisitRefused as refused:
            form.refuse(refused.faults)
            reading = without(reading, refused.faults)
    return reading, None


def _with_kept(opened: Opened, form: VisitForm, result: Decision, on: date) -> Decision:
    """At a correction the kept decision counts as the use-case will let it: where it still stands."""
    word = overrides.still_standing(opened.kept, result) if form.keeps else None
    return overrides.effective(result, word, opened.standing.timetable.on(on), on=on) if word else result


def _target(opened: Opened, view: Shown, result: Decision) -> Department | None:
    """The department that a referral would go to: the contract's hospital first."""
    if not view.advised:
        return None
    return targets_for(opened.patient, programme=visits.leading(result), on=opened.today).default
