"""The visits at which doctors decided otherwise than the protocol."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from alliances.guards import SignedInRequest, requires
from alliances.models import CareTeam, Organization
from alliances.paper_fields import number_asked, page_of
from alliances.permissions import Permission
from followups.decision_view import protocol_words
from followups.models import AssessmentOverride
from followups.overrides.figures import behind, by_team
from patients.links import patient_path
from patients.programmes import Programme

P = Permission
PAGE = 50


@require_GET
@requires(P.PERFORMANCE_PATIENTS)
def overrides(request: SignedInRequest) -> HttpResponse:
    """What was decided otherwise, by whom and why: of one team, of the residents that the caller may see."""
    today = timezone.localdate()
    place, team = number_asked(request, "organization"), number_asked(request, "team")
    ids = request.scope.number_organization_ids
    if place is None:
        place = request.scope.own_organization_ids[0] if request.scope.own_organization_ids else None
    if place not in ids:
        raise Http404
    mine = AssessmentOverride.objects.visible_to(request.user, doing=P.PERFORMANCE_PATIENTS)
    found = behind(mine, place, team, on=today)
    page = page_of(request, found, PAGE)
    seen = found.order_by().values("encounter").distinct().count()
    counted = sum(f.visits for f in by_team([place], on=today) if (f.team.pk if f.team else None) == team)
    context = {
        "page": page,
        "lines": [_line(row) for row in page],
        "place": Organization.objects.get(pk=place),
        "team": CareTeam.objects.filter(pk=team, organization=place).first() if team else None,
        "visits": seen,
        "elsewhere": counted - seen,
        "query": f"organization={place}" + (f"&team={team}" if team else ""),
    }
    return render(request, "followups/overrides.html", context)


def _line(row: AssessmentOverride) -> dict[str, Any]:
    """A decision in words: what it is about, the protocol's word, the doctor's."""
    about: dict[str, Any] = {"row": row, "path": patient_path(row.patient_id)}
    if not row.programme:
        return {**about, "name": "", "said": str(row.protocol_due_on), "words": [str(row.due_on)]}
    words = [str(row.get_klass_display()), *([str(row.get_action_display())] if row.action else [])]
    return {**about, "name": Programme(row.programme).label, "said": protocol_words(row), "words": words}
