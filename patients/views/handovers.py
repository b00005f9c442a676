"""Offering residents to another team, and answering what was offered."""

from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alliances.guards import SignedInRequest, requires
from alliances.permissions import Permission
from patients import handover_lists as lists
from patients import handovers as use
from patients.handover_forms import AnswerForm, Chosen, DeclineForm, OfferForm
from patients.models import Handover, HandoverReason
from patients.programmes import Programme
from patients.reach import Reach, reach_of

PAGE: Final = 50
TABS: Final = ("in", "out", "done")
may_hand_over = requires(Permission.RESIDENT_HANDOVER)


@may_hand_over
@require_GET
def handovers(request: SignedInRequest) -> HttpResponse:
    """What waits for us, what we have offered, and what is over."""
    asked = request.GET.get("tab", "")
    return _page(request, asked if asked in TABS else "in")


def _page(request: SignedInRequest, tab: str, form: Chosen | None = None, why: str = "") -> HttpResponse:
    today = timezone.localdate()
    reach = reach_of(request.user, on=today)
    rows = {
        "in": Handover.objects.received_by(reach).open().critical_first(),
        "out": Handover.objects.sent_by(reach).open().critical_first(),
        "done": lists.over(reach),
    }[tab]
    page = Paginator(lists.listed(rows), PAGE).get_page(request.GET.get("page"))
    faces = lists.faces(request.user, (row.patient for row in page), on=today)
    context = {
        "tab": tab,
        "page": page,
        "counts": lists.counts(reach),
        "lines": list(zip(page.object_list, faces, strict=True)),
        "ticked": form.ticked if form else set(),
        "form": form,
        "why": why,
    }
    return render(request, "patients/handovers.html", context, status=422 if form else 200)


# ---- answering


@may_hand_over
@require_POST
def accept(request: SignedInRequest) -> HttpResponse:
    """Take the ticked residents over from today."""
    form = AnswerForm(request.POST, rows=_incoming(request))
    if not form.is_valid():
        return _page(request, "in", form)
    now = timezone.now()
    try:
        outcome = use.accept(form.keys, by=request.user, on=timezone.localdate(now), at=now)
    except use.Refused as refused:
        return _refused(request, "in", refused)
    n = len(outcome.done)
    done = ngettext("%(n)s resident accepted. Follow-ups that are due have come along.",
                    "%(n)s residents accepted. Follow-ups that are due have come along.", n)  # fmt: skip
    return _answered(request, "in", outcome, done % {"n": n})


@may_hand_over
@require_POST
def decline(request: SignedInRequest) -> HttpResponse:
    """Do not take the ticked residents, and say why."""
    form = DeclineForm(request.POST, rows=_incoming(request))
    if not form.is_valid():
        return _page(request, "in", form, request.POST.get("why", ""))
    try:
        outcome = use.decline(form.keys, why=form.cleaned_data["why"], by=request.user, at=timezone.now())
    except use.Refused as refused:
        return _refused(request, "in", refused)
    n = len(outcome.done)
    done = ngettext("%(n)s resident declined. The other team reads the reason.",
                    "%(n)s residents declined. The other team reads the reason.", n)  # fmt: skip
    return _answered(request, "in", outcome, done % {"n": n})


@may_hand_over
@require_POST
def withdraw(request: SignedInRequest) -> HttpResponse:
    """Take the ticked offers back."""
    reach = reach_of(request.user, on=timezone.localdate())
    form = AnswerForm(request.POST, rows=Handover.objects.sent_by(reach))
    if not form.is_valid():
        return _page(request, "out", form)
    try:
        outcome = use.withdraw(form.keys, by=request.user, at=timezone.now())
    except use.Refused as refused:
        return _refused(request, "out", refused)
    n = len(outcome.done)
    done = ngettext("%(n)s offer withdrawn", "%(n)s offers withdrawn", n)
    return _answered(request, "out", outcome, done % {"n": n})


def _incoming(request: SignedInRequest) -> Any:
    """What the person may answer. Answered ones included: who was slower is told who was faster."""
    rows = Handover.objects.received_by(reach_of(request.user, on=timezone.localdate()))
    return rows.open() if request.POST.get("everybody") else rows


def _refused(request: SignedInRequest, tab: str, refused: use.Refused) -> HttpResponse:
    messages.error(request, str(refused))
    return _back(tab)


def _answered(request: SignedInRequest, tab: str, outcome: use.Outcome, done: str) -> HttpResponse:
    messages.success(request, done)
    if outcome.left_out:
        messages.warning(request, _("Left out: %(who)s") % {"who": use.in_words(outcome.left_out)})
    return _back(tab)


def _back(tab: str) -> HttpResponseRedirect:
    return redirect(f"{reverse('patients:handovers')}?tab={tab}")


# ---- offering


@may_hand_over
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """Choose residents (one from the resident's page, or several from a list) and the team that is to take them."""
    today = timezone.localdate()
    reach = reach_of(request.user, on=today)
    choice, rows, alone = _chosen(request, reach)
    if choice is None:
        return render(request, "patients/handover_new.html", {"choice": None})
    leaving = [choice.team.pk] if choice.team else []
    data = request.POST if request.method == "POST" else None
    form = OfferForm(data, rows=rows, organization=choice.organization, leaving=leaving)
    if data is not None and form.is_valid():
        done = _offer(request, form)
        if done is not None:
            return done
    page = Paginator(rows.select_related("care_team"), PAGE).get_page(request.GET.get("page"))
    context = {
        "choice": choice,
        "alone": alone,
        "centres": list(lists.centres(reach)) if len(reach.organization_ids) > 1 else [],
        "page": page,
        "form": form,
        "ticked": {patient.pk for patient in page} if alone and data is None else form.ticked,
        "programmes": Programme.choices,
        "faces": lists.faces(request.user, page, on=today),
        "query": request.GET.urlencode(),
    }
    return render(request, "patients/handover_new.html", context, status=422 if form.errors else 200)


def _chosen(request: SignedInRequest, reach: Reach) -> tuple[lists.Choice | None, Any, bool]:
    """The centre and the residents that the query asks for, and whether it asks for one resident alone."""
    today = timezone.localdate()
    if "patient" in request.GET:
        rows = lists.givable(request.user, reach, on=today)
        one = get_object_or_404(
            rows.select_related("organization", "care_team"), pk=_key(request.GET["patient"])
        )
        choice = lists.Choice(one.organization, [], one.care_team)
        return choice, rows.filter(pk=one.pk).order_by("pk"), True
    places = lists.centres(reach)
    asked = request.GET.get("organization", "")
    organization = (
        places.filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) < 10 else None
    ) or (_centre_of_team(request, places) or places.first())
    if organization is None:
        return None, None, False
    choice = lists.choice_of(request.GET.dict(), organization, reach)
    return choice, lists.residents(request.user, choice, reach, on=today), False


def _centre_of_team(request: SignedInRequest, places: Any) -> Any:
    """A link from a team's page names only the team."""
    asked = request.GET.get("team", "")
    return places.filter(care_teams=int(asked)).first() if asked.isdecimal() and len(asked) < 10 else None


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


def _offer(request: SignedInRequest, form: OfferForm) -> HttpResponse | None:
    """Offer what the form names; None when it was refused and the form says why."""
    letter = form.cleaned_data
    try:
        outcome = use.propose(
            form.keys,
            to_team=letter["to_team"],
            reason=HandoverReason(letter["reason"]),
            text=letter["text"],
            by=request.user,
            at=timezone.now(),
        )
    except (use.Refused, use.NotOpen) as refused:
        form.add_error(None, str(refused))
        return None
    n = len(outcome.done)
    done = ngettext("%(n)s resident offered to %(team)s", "%(n)s residents offered to %(team)s", n)
    return _answered(request, "out", outcome, done % {"n": n, "team": letter["to_team"]})


def offer_path(**query: object) -> str:
    """Where residents are offered, with what is chosen already."""
    return f"{reverse('patients:handover-new')}?{urlencode(query)}"
