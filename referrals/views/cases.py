"""The two worklists, each with a case beside it, and the slip for the printer."""

from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from alliances.guards import requires
from alliances.permissions import Permission
from alliances.scope import Scope
from journal import audit
from patients.models import Patient
from referrals.cases import CasePage, case_page, masked_identity
from referrals.models import ServiceRequest
from referrals.states import Side, State
from referrals.step_forms import buttons_of
from referrals.views import person
from referrals.worklists import clock_face, tab_of, worklist


@require_GET
@requires(Permission.REFERRAL_ANSWER)
def desk(request: HttpRequest) -> HttpResponse:
    """What came to the department, with the most urgent case open beside it (on a wide screen)."""
    return _render_list(request, Side.RECEIVER)


@require_GET
@requires(Permission.REFERRAL_SEND)
def sent(request: HttpRequest) -> HttpResponse:
    """What the centre (or the team) sent."""
    return _render_list(request, Side.SENDER)


@require_GET
@requires(Permission.REFERRAL_VIEW)
def case(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One case on one page, its list beside it."""
    return render_case(request, pk)


def readable_or_404(request: HttpRequest, pk: UUID, *, acting: bool = False) -> ServiceRequest:
    """The request, when either side of it is the reader's; absent and forbidden answer alike.

    `acting` is for pages of a step. `sees_record` tells whether the reader may open the resident's record too.
    """
    record = Patient.objects.visible_to(person(request)).filter(pk=OuterRef("patient_id"))
    rows = ServiceRequest.objects.readable_by(person(request), acting=acting).annotate(
        sees_record=Exists(record)
    )
    rows = rows.select_related(
        "patient", "source_organization", "source_team", "requester", "target_department__organization",
        "consent", "snapshot", "reply__signed_by", "redirected_from",
    )  # fmt: skip
    return get_object_or_404(rows, pk=pk)


def render_case(request: HttpRequest, pk: UUID, *, status: int = 200, conflict: str = "") -> HttpResponse:
    """The page of a case; `conflict` says that somebody else was first."""
    row = readable_or_404(request, pk)
    context = {**whole_case(request, row, open_case(request, row)), "conflict": conflict, "opened": True}
    return render(request, "referrals/desk.html", context, status=status)


def whole_case(request: HttpRequest, row: ServiceRequest, shown: CasePage) -> dict[str, Any]:
    """The case with the list of the reader's side beside it."""
    return {**_list_of(request, shown.side, of=row), **_opened(shown)}


def open_case(request: HttpRequest, row: ServiceRequest) -> CasePage:
    """The case as a page; that it was opened goes into the audit trail."""
    audit.record("referral.open", by=person(request), subject=row, organization_id=row.source_organization_id)
    return case_page(row, person(request), now=timezone.now(), sees_record=row.sees_record)  # type: ignore[attr-defined]


def _opened(shown: CasePage) -> dict[str, Any]:
    return {"case": shown, "row": shown.request, "buttons": buttons_of(shown)}


def _render_list(request: HttpRequest, side: Side) -> HttpResponse:
    """A worklist with its first case beside it (on a wide screen)."""
    context = _list_of(request, side)
    rows = context["list"].page.object_list
    if rows:
        first = readable_or_404(request, rows[0].pk)
        context |= _opened(open_case(request, first))
    return render(request, "referrals/desk.html", context)


def _list_of(request: HttpRequest, side: Side | None, of: ServiceRequest | None = None) -> dict[str, Any]:
    """The list of a side, standing at the tab of a case. Who has no such list (a nurse) reads the case alone."""
    now = timezone.now()
    context: dict[str, Any] = {"today": timezone.localdate(now), "side": side}
    scope: Scope = request.scope  # type: ignore[attr-defined]
    page = {Side.SENDER: Permission.REFERRAL_SEND, Side.RECEIVER: Permission.REFERRAL_ANSWER}
    if side is None or not scope.may(page[side]):
        return context
    received = side is Side.RECEIVER
    rows = ServiceRequest.objects.received_by(scope) if received else ServiceRequest.objects.sent_by(scope)
    tab = tab_of(of, side) if of is not None else request.GET.get("tab", "")
    listed = worklist(rows, side, tab=tab, page=request.GET.get("page", "1"))
    lines = [(row, clock_face(row, now=now), row.patient.age(on=context["today"])) for row in listed.page]
    return {**context, "list": listed, "lines": lines}


@require_GET
@requires(Permission.REFERRAL_VIEW)
def slip(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The referral slip with its stub, and the return slip once there is one, each on an A4 page."""
    row = readable_or_404(request, pk)
    if row.state == State.DRAFT:
        raise Http404
    shown = case_page(row, person(request), now=timezone.now(), sees_record=row.sees_record)  # type: ignore[attr-defined]
    audit.record(
        "referral.print", by=person(request), subject=row, organization_id=row.source_organization_id
    )
    context = {
        **_opened(shown),
        "masked": masked_identity(shown),
        "age": row.patient.age(on=timezone.localdate()),
    }
    return render(request, "referrals/slip.html", context)
