"""Pages of the protocols: the list with settings and history, and each programme as a doctor reads it."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from alliances.guards import SignedInRequest, requires
from alliances.permissions import Permission
from followups import versions
from followups.models import ProtocolVersion, VersionStatus
from followups.overrides import figures as override_figures
from followups.protocols.catalogue import protocols
from followups.protocols.terms import PROGRAMMES
from followups.versions.protocol_page import concerning, history, lines, settings_lines, sources, summaries
from patients.programmes import Programme

P = Permission
MOST_VERSIONS = 50


@require_GET
@requires(P.PROTOCOL_VIEW)
def index(request: SignedInRequest) -> HttpResponse:
    """Which programmes there are, what the settings say now, who changed them when and why, and what doctors overrode."""
    today = timezone.localdate()
    now = versions.in_force(on=today)
    rows = list(
        ProtocolVersion.objects.select_related("drafted_by", "published_by", "withdrawn_by").order_by(
            "-valid_from", "-pk"
        )[:MOST_VERSIONS]
    )
    published = [row for row in rows if row.status == VersionStatus.PUBLISHED]
    context = {
        "programmes": summaries(now),
        "settings": settings_lines(now),
        "now": now,
        "history": history(published),
        "others": [row for row in rows if row.status != VersionStatus.PUBLISHED],
        "today": today,
        "overrides": override_figures.by_team(request.scope.number_organization_ids, on=today),
        "may_manage": request.scope.may(P.PROTOCOL_MANAGE),
        "may_open": request.scope.may(P.PERFORMANCE_PATIENTS),
    }
    return render(request, "followups/protocols.html", context)


@require_GET
@requires(P.PROTOCOL_VIEW)
def protocol(request: SignedInRequest, programme: str) -> HttpResponse:
    """One programme: its rule table with a source for each rule, and the settings that it reads."""
    if programme not in PROGRAMMES:
        raise Http404
    today = timezone.localdate()
    now = versions.in_force(on=today)
    table = protocols(now.settings).get(programme)
    context = {
        "name": Programme(programme).label,
        "table": table,
        "lines": lines(table, now.settings) if table else [],
        "sources": list(sources(table)) if table else [],
        "settings": settings_lines(now, concerning(programme)) if table else [],
        "now": now,
        "today": today,
    }
    return render(request, "followups/protocol.html", context)
