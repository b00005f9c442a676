"""The route list for visits at home, to be printed and taken along."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from alliances.guards import SignedInRequest
from alliances.permissions import Permission
from followups.calendar.bringing import to_bring
from followups.calendar.team_calendar import route as stops_of
from followups.calendar.views.calendar import day_of, may_see, team_of
from followups.calendar.windows import Window, window_of
from followups.models import Appointment
from journal import audit
from patients.identity import IdentityText, masks
from patients.links import patient_path
from patients.models import Patient
from patients.programmes import Programme

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MOST = 200


@dataclass(frozen=True, slots=True)
class Stop:
    """One resident on the way."""

    row: Appointment
    patient: Patient
    path: str
    window: Window
    phone: str
    programmes: list[str]
    bring: "list[StrOrPromise]"
    age: int


def _stop(row: Appointment, mask: IdentityText | None, today: date) -> Stop:
    labels = dict(Programme.choices)
    patient = row.patient
    return Stop(
        row, patient, patient_path(patient.pk), window_of(row.due_on, row.reason), mask.phone if mask else "",
        [str(labels[code]) for code in patient.programmes if code in labels], to_bring(patient.programmes),
        patient.age(on=today),
    )  # fmt: skip


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
    stops = [_stop(row, known.get(row.patient_id), today) for row in shown]
    detail = {"team": team.name, "first": first.isoformat(), "last": last.isoformat(), "count": len(stops)}
    audit.record(
        "followup.route", by=request.user, subject=team, organization_id=team.organization_id, detail=detail
    )
    context = {
        "team": team, "stops": stops, "first": first, "last": last, "overdue": overdue, "community": community,
        "communities": [area for area in team.areas if isinstance(area, str)], "cut": len(found) > MOST,
        "things": sorted({str(thing) for stop in stops for thing in stop.bring}), "today": today,
    }  # fmt: skip
    return render(request, "followups/route.html", context)
