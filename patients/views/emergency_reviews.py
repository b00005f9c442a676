"""Emergency access from the privacy officer's side: what waits for review, and one opening with its finding."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from alliances.guards import SignedInRequest, requires
from alliances.officers import watched, watched_by_anybody
from alliances.permissions import Permission
from journal.models import AgentType, AuditEvent
from patients import emergency
from patients.emergency_forms import ReviewForm
from patients.identifiers import masked_name
from patients.models import EmergencyAccess, EmergencyFinding

P = Permission
PAGE = 30
WAITING, OVERDUE, LIVE, REVIEWED = "waiting", "overdue", "live", "reviewed"
STATES = {
    WAITING: gettext_lazy("waiting for review"),
    OVERDUE: gettext_lazy("overdue for review"),
    LIVE: gettext_lazy("still open"),
    REVIEWED: gettext_lazy("access reviewed"),
}


@requires(P.AUDIT_VIEW)
@require_GET
def reviews(request: SignedInRequest) -> HttpResponse:
    """What was opened in an emergency, what waits for review first."""
    now = timezone.now()
    rows = _rows(request, now)
    state = request.GET.get("state", "")
    state = state if state in STATES else ""
    counts = {key: _in_state(rows, key, now).count() for key in STATES}
    chosen = _in_state(rows, state, now) if state else rows
    chosen = chosen.select_related("patient__organization", "opened_by", "organization", "reviewed_by")
    page = Paginator(
        chosen.order_by(F("reviewed_at").desc(nulls_first=True), "opened_at", "pk"), PAGE
    ).get_page(request.GET.get("page"))
    strip = [(key, word, counts[key], key == state) for key, word in STATES.items()]
    context = {
        "page": page,
        "rows": [_line(row, now) for row in page.object_list],
        "strip": strip,
        "state": state,
    }
    return render(request, "patients/emergency_reviews.html", context)


@requires(P.AUDIT_VIEW)
@require_http_methods(["GET", "POST"])
def review(request: SignedInRequest, access_id: UUID) -> HttpResponse:
    """One opening: who, why, what was looked at; the officer's finding."""
    now = timezone.now()
    rows = _rows(request, now).select_related("patient__organization", "patient__care_team", "opened_by",
                                              "organization", "reviewed_by", "ended_by")  # fmt: skip
    access = get_object_or_404(rows, pk=access_id)
    form = ReviewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            emergency.review(
                access, by=request.user, finding=EmergencyFinding(said["finding"]), text=said["text"], at=now
            )
        except emergency.AlreadyReviewed:
            form.add_error(None, _("Somebody has reviewed it meanwhile; that finding stands."))
        except emergency.OwnOpening:
            form.add_error(None, _("You opened this record yourself: somebody else must review it."))
        else:
            messages.success(
                request, _("The finding is recorded, and the person who opened the record is told.")
            )
            return redirect("patients:emergency")
    context = _line(access, now) | {"form": form, "opened": _looked_at(access)}
    return render(request, "patients/emergency_review.html", context, status=422 if form.errors else 200)


def _rows(request: SignedInRequest, now: datetime) -> QuerySet[EmergencyAccess]:
    on = timezone.localdate(now)
    return EmergencyAccess.objects.for_review(
        watched=watched(request.scope.posts, on=on), watched_by_others=watched_by_anybody(on=on)
    )


def _in_state(rows: Any, state: str, now: datetime) -> QuerySet[EmergencyAccess]:
    found: QuerySet[EmergencyAccess] = {
        WAITING: rows.waiting,
        OVERDUE: lambda: rows.overdue(at=now),
        LIVE: lambda: rows.live(at=now),
        REVIEWED: lambda: rows.filter(reviewed_at__isnull=False),
    }[state]()
    return found


def _line(row: EmergencyAccess, now: datetime) -> dict[str, Any]:
    """An opening as the officer sees it: the resident by the first character alone."""
    return {
        "access": row,
        "name": masked_name(row.patient.name),
        "live": row.is_live(at=now),
        "overdue": row.is_overdue(at=now),
        "days": (now - row.opened_at).days,
    }


def _looked_at(access: EmergencyAccess) -> list[AuditEvent]:
    """When the person opened the record while it was open."""
    lines = AuditEvent.objects.filter(
        patient_id=access.patient_id, agent_type=AgentType.USER, agent_id=str(access.opened_by_id),
        action="patient.open", at__gte=access.opened_at, at__lte=access.ends_at,
    )  # fmt: skip
    return list(lines.order_by("at")[:50])
