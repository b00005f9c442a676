"""Messages of which nobody knows whether they arrived: a person decides."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from alliances.guards import SignedInRequest, requires
from alliances.models import Role
from alliances.permissions import Permission
from journal import parked
from journal.models import Communication, CommunicationStatus
from journal.parked import Decision
from patients.models import Patient
from workbench.notices import sentence

PAGE = 50
DONE = {
    Decision.ARRIVED: gettext_lazy("Noted as arrived."),
    Decision.AGAIN: gettext_lazy("It will be sent again."),
    Decision.GIVEN_UP: gettext_lazy("Given up."),
}


@require_GET
@requires(Permission.MESSAGE_SETTLE)
def messages_to_settle(request: SignedInRequest) -> HttpResponse:
    """Uncertain messages in reach, the newest first."""
    page = Paginator(_uncertain(request).order_by("-not_before", "id"), PAGE).get_page(
        request.GET.get("page")
    )
    names = _names(request, page.object_list)
    lines = [(row, names.get(row.patient_id or row.pk, ""), sentence(row)) for row in page.object_list]
    return render(request, "workbench/messages.html", {"page": page, "lines": lines})


@require_http_methods(["GET", "POST"])
@requires(Permission.MESSAGE_SETTLE)
def message(request: SignedInRequest, message_id: UUID) -> HttpResponse:
    """One message: what is known of it, and the decision."""
    row = get_object_or_404(_reached(request), pk=message_id)
    if request.method == "POST":
        try:
            decision = Decision(request.POST.get("decision", ""))
        except ValueError:
            raise BadRequest("decision") from None
        try:
            parked.decide(row.pk, decision, by=request.user, at=timezone.now())
        except parked.NotUncertain:
            messages.info(request, _("This message has been settled meanwhile."))
        else:
            messages.success(request, DONE[decision])
        return redirect("workbench:messages")
    context = {
        "row": row, "name": _names(request, [row]).get(row.patient_id or row.pk, ""), "told": sentence(row),
        "open": row.status == CommunicationStatus.UNCERTAIN,
    }  # fmt: skip
    return render(request, "workbench/message.html", context)


def _reached(request: SignedInRequest) -> QuerySet[Communication]:
    """Messages about residents whom the person may see; an operator's are all, without names."""
    rows = Communication.objects.filter(patient_id__isnull=False)
    if Role.OPERATOR in request.scope.roles:
        return rows
    mine = Patient.objects.visible_to(request.user, doing=Permission.MESSAGE_SETTLE)
    return rows.filter(patient_id__in=mine.values("pk"))


def _uncertain(request: SignedInRequest) -> QuerySet[Communication]:
    return _reached(request).filter(status=CommunicationStatus.UNCERTAIN)


def _names(request: SignedInRequest, rows: Any) -> dict[UUID, str]:
    """Names of the residents concerned, as far as the reader may see them."""
    wanted = [row.patient_id for row in rows]
    return dict(Patient.objects.visible_to(request.user).filter(pk__in=wanted).values_list("pk", "name"))
