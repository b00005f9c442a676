"""The plan of a resident: read, proposed, signed, sent back, taken over; and its revisions."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext as said
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alliances.guards import SignedInRequest, requires
from alliances.permissions import Permission
from followups.models import CarePlan, PlanProposal, ProposalStatus
from followups.plans import care_plans, proposals
from followups.plans.care_plans import Seen
from followups.plans.content import Content, PlanChanged, PlanRefused, content_of
from followups.plans.revisions import content_of_plan, differences, revisions_of
from journal import audit
from patients.models import Patient
from referrals.targets import targets_for
from workbench.care.plan_forms import AnswerForm, ProposalForm, SeenForm, SignForm
from workbench.care.plan_page import asked_rows, lines_of, plan_page
from workbench.care.residents import may, posted, resident, signs_for

P = Permission


@require_GET
@requires(P.PATIENT_OPEN)
def plan(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """The plan with its proposal, lifestyle goals, pathways and revisions. Opening it is recorded."""
    patient, today = resident(request, patient_id), timezone.localdate()
    audit.record("plan.open", by=request.user, subject=patient)
    page = plan_page(patient, on=today)
    living = patient.deceased_on is None
    department = signs_for(request, patient) if living else None
    context = {
        "page": page, "patient": patient, "today": today, "department": department,
        "to_sign": department is not None and page.proposal is not None and _asks(request, page.proposal),
        "may_propose": living and may(request, patient, P.PLAN_PROPOSE),
        "may_lifestyle": living and may(request, patient, P.LIFESTYLE_WRITE),
        "proposal_changes": differences(page.content, page.proposed) if page.proposed else [],
    }  # fmt: skip
    return render(request, "workbench/care/plan.html", context)


@require_http_methods(["GET", "POST"])
@requires(P.PLAN_PROPOSE)
def propose(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """Write a proposal: kept as a draft, or sent to a department for signature."""
    patient, now = resident(request, patient_id, P.PLAN_PROPOSE), timezone.now()
    today, proposal = timezone.localdate(now), proposals.open_of(patient)
    if request.method == "GET" and proposal and proposal.status == ProposalStatus.SENT:
        messages.info(request, _("The proposal awaits a signature. Take it back first."))
        return redirect("workbench:plan", patient.pk)
    current = content_of_plan(CarePlan.objects.visible_to(request.user).filter(patient=patient).first())
    programme = patient.programmes[0] if patient.programmes else ""
    targets = targets_for(patient, programme=programme, on=today)
    chosen = (proposal.department if proposal else None) or targets.default
    form = ProposalForm(
        posted(request), content=content_of(proposal) if proposal else current, today=today,
        departments=targets.departments,
        initial={"seen": proposal.version if proposal else None, "why": proposal.why if proposal else "",
                 "department": chosen.pk if chosen else None},
    )  # fmt: skip
    conflict: list[Any] | None = None
    if request.method == "POST" and form.is_valid():
        try:
            return _proposed(request, patient, form)
        except PlanChanged:
            now_there = proposals.open_of(patient)
            before = content_of(now_there) if now_there else Content()
            conflict = differences(before, form.content())
            form = _with(form, seen=now_there.version if now_there else "")
        except PlanRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, said(refused.message))
    context = {"form": form, "patient": patient, "today": today, "proposal": proposal, "rows": asked_rows(form.goal_rows(), lines_of(patient, on=today)),
               "conflict": conflict, "signing": False}  # fmt: skip
    return render(request, "workbench/care/write.html", context, status=_status(form, conflict))


def _proposed(request: SignedInRequest, patient: Patient, form: ProposalForm) -> HttpResponse:
    data, content, now = form.cleaned_data, form.content(), timezone.now()
    if "send" in request.POST:
        proposals.send(
            patient, content, data["why"], department=data["department"], consent=data["consent"], seen=data["seen"],
            by=request.user, at=now,
        )  # fmt: skip
        messages.success(request, _("Sent to %(to)s for signature.") % {"to": data["department"]})
    else:
        proposals.save_draft(patient, content, data["why"], seen=data["seen"], by=request.user, at=now)
        messages.success(request, _("Draft kept."))
    return redirect("workbench:plan", patient.pk)


@require_http_methods(["GET", "POST"])
@requires(P.PLAN_SIGN)
def sign(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """Sign the plan, as proposed or changed: over what the page showed, or with what has changed since on the screen."""
    patient, today = resident(request, patient_id, P.PLAN_SIGN), timezone.localdate()
    department = signs_for(request, patient)
    if department is None:
        raise Http404
    standing = _standing(request, patient)
    form = SignForm(
        posted(request),
        content=standing.offered,
        today=today,
        initial={**standing.seen, "why": standing.why},
    )
    conflict: list[Any] | None = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        over = Seen(data["revision"], data["proposal"], data["proposal_version"] or 0)
        asked = standing.proposal.department if standing.proposal else None
        try:
            revision = care_plans.sign_here(
                patient, form.content(), why=data["why"], seen=over, department=asked or department,
                by=request.user, at=timezone.now(),
            )  # fmt: skip
        except PlanChanged:
            standing = _standing(request, patient)
            conflict = differences(standing.current, form.content())
            form = _with(form, **{k: "" if v is None else str(v) for k, v in standing.seen.items()})
        except PlanRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, said(refused.message))
        else:
            messages.success(request, _("Signed as revision %(n)s.") % {"n": revision.number})
            return redirect("workbench:plan", patient.pk)
    proposal = standing.proposal
    context = {
        "form": form, "patient": patient, "today": today, "proposal": proposal, "rows": asked_rows(form.goal_rows(), lines_of(patient, on=today)),
        "conflict": conflict, "signing": True, "plan": standing.signed, "department": department,
        "changes": differences(standing.current, standing.offered) if proposal else [],
        "answer": AnswerForm(initial={"seen": proposal.version}, auto_id="back-%s") if proposal else None,
    }  # fmt: skip
    return render(request, "workbench/care/write.html", context, status=_status(form, conflict))


@dataclass(frozen=True)
class _Standing:
    """What stands when the page is drawn: the signed plan, the proposal that asks the reader, and what is filled in."""

    signed: CarePlan | None
    current: Content
    proposal: PlanProposal | None

    @property
    def offered(self) -> Content:
        return content_of(self.proposal) if self.proposal else self.current

    @property
    def why(self) -> str:
        return self.proposal.why if self.proposal else ""

    @property
    def seen(self) -> dict[str, Any]:
        """The hidden fields that say what the page was filled in over."""
        proposal = self.proposal
        return {"revision": self.signed.revision if self.signed else 0, "proposal": proposal.pk if proposal else None,
                "proposal_version": proposal.version if proposal else None}  # fmt: skip


def _standing(request: SignedInRequest, patient: Patient) -> _Standing:
    signed = CarePlan.objects.visible_to(request.user).filter(patient=patient)
    found, proposal = signed.select_related("signed_by", "signed_for").first(), proposals.open_of(patient)
    asked = proposal is not None and _asks(request, proposal)
    return _Standing(found, content_of_plan(found), proposal if asked else None)


def _asks(request: SignedInRequest, proposal: PlanProposal) -> bool:
    """Whether the proposal awaits the signature of one of the reader's departments."""
    signing = request.scope.doing(P.PLAN_SIGN, on=timezone.localdate())
    return proposal.status == ProposalStatus.SENT and proposal.department_id in signing.department_ids


@require_POST
@requires(P.PLAN_SIGN)
def send_back(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """Send a proposal back to the GP with a reason."""
    patient = resident(request, patient_id, P.PLAN_SIGN)
    proposal, form = proposals.open_of(patient), AnswerForm(request.POST)
    if proposal is None or not _asks(request, proposal):
        messages.warning(request, _("Nothing awaits your signature here any more."))
    elif not form.is_valid():
        messages.error(request, _("Say what should be changed."))
        return redirect("workbench:plan-sign", patient.pk)
    else:
        data = form.cleaned_data
        try:
            proposals.send_back(
                patient, data["reason"], seen=data["seen"], by=request.user, at=timezone.now()
            )
        except PlanRefused as refused:
            messages.error(request, said(refused.message))
            return redirect("workbench:plan-sign", patient.pk)
        messages.success(request, _("Sent back to the GP."))
    return redirect("workbench:plans-awaiting")


@require_POST
@requires(P.PLAN_PROPOSE)
def take_back(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """Take a sent proposal back as a draft, or throw a draft away (`discard`)."""
    patient = resident(request, patient_id, P.PLAN_PROPOSE)
    form = SeenForm(request.POST)
    if form.is_valid():
        discarding = "discard" in request.POST
        act = proposals.discard if discarding else proposals.take_back
        try:
            act(patient, seen=form.cleaned_data["seen"], by=request.user, at=timezone.now())
        except PlanRefused as refused:
            messages.error(request, said(refused.message))
        else:
            messages.success(request, _("Draft thrown away.") if discarding else _("Taken back as a draft."))
    return redirect("workbench:plan", patient.pk)


@require_POST
@requires(P.PLAN_PROPOSE)
def take_over(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """The GP carries the signed plan out."""
    patient = resident(request, patient_id, P.PLAN_PROPOSE)
    if care_plans.take_over(patient, by=request.user, at=timezone.now()):
        messages.success(request, _("Taken over."))
    return redirect("workbench:plan", patient.pk)


@require_GET
@requires(P.PATIENT_OPEN)
def history(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """Every signature, and what two of them differ in (`?from=1&to=2`; without, the last two)."""
    patient = resident(request, patient_id)
    audit.record("plan.open", by=request.user, subject=patient)
    rows = revisions_of(CarePlan.objects.visible_to(request.user).filter(patient=patient).first())
    by_number = {row.number: row for row in rows}
    after = by_number.get(_number(request, "to")) or (rows[0] if rows else None)
    before = by_number.get(_number(request, "from")) or (by_number.get(after.number - 1) if after else None)
    changes = differences(content_of(before) if before else Content(), content_of(after)) if after else []
    context = {"patient": patient, "today": timezone.localdate(), "rows": rows, "before": before, "after": after,
               "changes": changes}  # fmt: skip
    return render(request, "workbench/care/history.html", context)


def _number(request: SignedInRequest, name: str) -> int:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def _with(form: Any, **hidden: Any) -> Any:
    """The same form as typed, over what stands now: saving it again is done knowingly."""
    data = form.data.copy()
    for name, value in hidden.items():
        data[name] = value
    form.data = data
    return form


def _status(form: Any, conflict: list[Any] | None) -> int:
    if conflict is not None:
        return 409
    return 422 if form.errors else 200
