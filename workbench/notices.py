"""What the product has to tell a person, the team or the department: the in-app end of the outbox."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as said
from django.views.decorators.http import require_GET, require_POST

from alliances.guards import SignedInRequest, signed_in
from followups.reminders.registry import kinds
from journal.models import Channel, Communication, CommunicationStatus
from patients.links import patient_path
from patients.models import Patient

PAGE = 50


@dataclass(frozen=True)
class Notice:
    """A message as a line: what, about whom, where to go."""

    id: UUID
    at: datetime
    text: str
    who: str
    path: str
    read: bool


@require_GET
@signed_in
def notices(request: SignedInRequest) -> HttpResponse:
    """All notices, unread ones first."""
    unread_only = request.GET.get("unread") == "1"
    rows = _mine(request).order_by("-not_before", "-pk")
    if unread_only:
        rows = rows.filter(read_at__isnull=True)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    names = _names(request, page.object_list)
    lines = [_notice(row, names) for row in page.object_list]
    return render(
        request, "workbench/notices.html", {"page": page, "lines": lines, "unread_only": unread_only}
    )


@require_POST
@signed_in
def read(request: SignedInRequest) -> HttpResponse:
    """Mark one notice as read and go where it points, or mark them all."""
    rows = _mine(request).filter(read_at__isnull=True)
    notice = request.POST.get("notice", "")
    if not notice:
        rows.update(read_at=timezone.now())
        return redirect("workbench:notices")
    try:
        chosen = _mine(request).filter(pk=UUID(notice)).first()
    except ValueError:
        raise BadRequest("notice") from None
    if chosen is None:
        return redirect("workbench:notices")
    rows.filter(pk=chosen.pk).update(read_at=timezone.now())
    return redirect(_path(chosen) or "workbench:notices")


def _mine(request: SignedInRequest) -> QuerySet[Communication]:
    scope = request.scope
    mine = Communication.objects.in_app_for(
        request.user.pk, list(scope.own_team_ids), list(scope.department_ids)
    )
    return mine.filter(channel=Channel.IN_APP, status=CommunicationStatus.COMPLETED)


def _names(request: SignedInRequest, rows: Any) -> dict[UUID, str]:
    """Names of the residents concerned, as far as the reader may see them."""
    wanted = [row.patient_id for row in rows if row.patient_id]
    return dict(Patient.objects.visible_to(request.user).filter(pk__in=wanted).values_list("pk", "name"))


def _notice(row: Communication, names: dict[UUID, str]) -> Notice:
    who = names.get(row.patient_id, "") if row.patient_id else ""
    return Notice(row.pk, row.not_before, sentence(row), who, _path(row), row.read_at is not None)


def _path(row: Communication) -> str:
    """Where the notice leads: its own path, else the resident's page."""
    return str(row.content.get("path", "")) or (patient_path(row.patient_id) if row.patient_id else "")


def sentence(row: Communication) -> str:
    """The message in the reader's language: a msgid with its values, or a due follow-up."""
    content = row.content
    if "text" in content:
        message: str = content["text"]
        return said(message) % content.get("params", {})
    # A message of an earlier release says a due follow-up at the top.
    about = {"due": content} if "due_on" in content else content.get("about", {})
    known = {kind.code: kind for kind in kinds()}
    return " · ".join(known[code].told(facts) for code, facts in about.items() if code in known) or row.kind
