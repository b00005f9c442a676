"""The week and the month of a team."""

from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from alliances.calendar_year import weekday_heads
from alliances.guards import SignedInRequest, requires
from alliances.models import CareTeam
from alliances.permissions import Permission
from followups.calendar import moves, team_calendar
from followups.calendar.forms import MoveForm
from followups.reach import teams_of

WEEK = timedelta(days=7)
may_see = requires(Permission.WORKLIST)
may_manage = requires(Permission.CALENDAR_MANAGE)


@may_see
@require_GET
def index(request: SignedInRequest) -> HttpResponse:
    """To the chosen team's week, else to one's own team, else to the first one; a page of its own when there is none."""
    teams = teams_of(request.user, doing=Permission.WORKLIST, on=timezone.localdate())
    asked = request.GET.get("team", "")
    keys = list(teams.values_list("pk", flat=True)[:200])
    wanted = [int(asked)] if asked.isascii() and asked.isdigit() and len(asked) < 10 else []
    chosen = next((key for key in (*wanted, *request.scope.own_team_ids) if key in keys), None)
    if chosen is None and not keys:
        return render(request, "followups/calendar_none.html")
    return redirect("followups:calendar", chosen or keys[0])


@may_see
@require_GET
def week(request: SignedInRequest, team_id: int) -> HttpResponse:
    """One week: planned, places, who; and who is overdue without a day ahead."""
    team = team_of(request, team_id, Permission.WORKLIST)
    return render(request, "followups/calendar_week.html", week_context(request, team))


def week_context(request: SignedInRequest, team: CareTeam) -> dict[str, Any]:
    """What the week's page shows; the moving of follow-ups comes back to it when it is refused."""
    today = timezone.localdate()
    first = team_calendar.monday_of(day_of(request.GET.get("week", ""), today))
    escalated = request.GET.get("escalated") == "1"
    shown = team_calendar.board(request.user, team, week=first, today=today, escalated=escalated)
    manages = request.scope.may(Permission.CALENDAR_MANAGE)
    return {
        "team": team,
        "teams": teams_of(request.user, doing=Permission.WORKLIST, on=today)[:200],
        "board": shown,
        "before": first - WEEK,
        "after": first + WEEK,
        "today": today,
        "escalated": escalated,
        "may_manage": manages,
        "may_record": request.scope.may(Permission.VISIT_RECORD),
        "form": MoveForm(initial={"to": max(today, first)}) if manages else None,
        "undoable": moves.undoable(team.pk) if manages else None,
    }


@may_see
@require_GET
def month(request: SignedInRequest, team_id: int) -> HttpResponse:
    """One month in numbers."""
    team, today = team_of(request, team_id, Permission.WORKLIST), timezone.localdate()
    first = day_of(request.GET.get("month", "") + "-01", today).replace(day=1)
    context = {
        "team": team,
        "teams": teams_of(request.user, doing=Permission.WORKLIST, on=today)[:200],
        "first": first,
        "before": (first - timedelta(days=1)).replace(day=1),
        "after": (first + timedelta(days=31)).replace(day=1),
        "heads": weekday_heads(),
        "weeks": team_calendar.month(team, first=first),
        "today": today,
        "may_manage": request.scope.may(Permission.CALENDAR_MANAGE),
    }
    return render(request, "followups/calendar_month.html", context)


def team_of(request: SignedInRequest, team_id: int, doing: Permission) -> CareTeam:
    """The team, when the person may act on its residents with the permission; else 404."""
    return get_object_or_404(teams_of(request.user, doing=doing, on=timezone.localdate()), pk=team_id)


def day_of(text: str, otherwise: date) -> date:
    """The day that an address names, within ten years of today's."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return otherwise
    return day if abs(day.year - otherwise.year) < 10 else otherwise
