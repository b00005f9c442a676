"""The route list for visits at home, to be printed and taken along."""

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from alliances.guards import SignedInRequest
from alliances.permissions import Permission
from followups.bringing import to_bring
from followups.team_calendar import route as stops_of
from followups.views.calendar import day_of, may_see, team_of
from followups.windows import window_of
from journal import audit
from patients.identity import masks
from patients.links import patient_path
from patients.programmes import Programme

MOST = 200


@may_see
@require_GET
def route(request: SignedInRequest, team_id: int) -> HttpResponse:
    """Who is to be seen at home on a day (or some days) in which community, with what. Telephones are masked.

    Opening it is recorded like a print: the paper leaves the house.
    """
    team, today = team_of(request, team_id, Permission.WORKLIST), timezone.localdate()
    asked = request.GET
    first = day_of(asked.get("first", ""), today)
    last = min(max(day_of(asked.get("last", ""), first), first), first + timedelta(days=13))
    overdue, community = asked.get("overdue") == "1", asked.get("community", "").replace("\x00", "").strip()
    rows = stops_of(request.user, team, first=first, last=last, overdue=overdue, community=community)
    found = list(rows[: MOST + 1])
    shown = found[:MOST]
    known = masks([row.patient for row in shown])
    labels = dict(Programme.choices)
    stops = [
        {
            "row": row,
            "patient": row.patient,
            "path": patient_path(row.patient_id),
            "window": window_of(row.due_on, row.reason),
            "mask": known.get(row.patient_id),
            "programmes": [labels[code] for code in row.patient.programmes if code in labels],
            "bring": to_bring(row.patient.programmes),
            "age": row.patient.age(on=today),
        }
        for row in shown
    ]
    detail = {"team": team.name, "first": first.isoformat(), "last": last.isoformat(), "count": len(stops)}
    audit.record(
        "followup.route", by=request.user, subject=team, organization_id=team.organization_id, detail=detail
    )
    context = {
        "team": team, "stops": stops, "first": first, "last": last, "overdue": overdue, "community": community,
        "communities": [area for area in team.areas if isinstance(area, str)], "cut": len(found) > MOST,
        "things": sorted({str(thing) for stop in stops for thing in stop["bring"]}), "today": today,
    }  # fmt: skip
    return render(request, "followups/route.html", context)
