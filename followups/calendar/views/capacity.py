"""How many follow-ups a team does: the weekly pattern, and the days that differ."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from alliances.guards import SignedInRequest
from alliances.models import CareTeam
from alliances.permissions import Permission
from followups.calendar import capacities
from followups.calendar.forms import PatternForm, TeamDayForm
from followups.calendar.views.calendar import may_manage, team_of
from followups.models import TeamCapacity, TeamDay

M = Permission.CALENDAR_MANAGE


@may_manage
@require_http_methods(["GET", "POST"])
def capacity(request: SignedInRequest, team_id: int) -> HttpResponse:
    """The pattern of the week, and the days that differ from today on."""
    team = team_of(request, team_id, M)
    if request.method == "GET":
        return _page(request, team)
    form = PatternForm(request.POST)
    if not form.is_valid():
        return _page(request, team, pattern=form)
    capacities.set_pattern(team, form.places(), by=request.user)
    messages.success(request, _("The weekly pattern is saved. What is planned already stays planned."))
    return redirect("followups:capacity", team.pk)


@may_manage
@require_POST
def set_day(request: SignedInRequest, team_id: int) -> HttpResponse:
    """A day on which the team does more or fewer."""
    team = team_of(request, team_id, M)
    form = TeamDayForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            capacities.set_day(
                team,
                said["on"],
                places=said["places"],
                reason=said["reason"].replace("\x00", ""),
                by=request.user,
            )
        except capacities.NoPattern:
            form.add_error(None, _("Save the weekly pattern first: a day differs from it."))
        else:
            messages.success(request, _("%(day)s is set.") % {"day": said["on"].isoformat()})
            return redirect("followups:capacity", team.pk)
    return _page(request, team, day=form)


@may_manage
@require_POST
def clear_day(request: SignedInRequest, team_id: int) -> HttpResponse:
    """The pattern counts on the day again."""
    team = team_of(request, team_id, M)
    try:
        on = date.fromisoformat(request.POST.get("on", ""))
    except ValueError:
        return redirect("followups:capacity", team.pk)
    if capacities.clear_day(team, on, by=request.user):
        messages.success(request, _("The pattern counts again on %(day)s.") % {"day": on.isoformat()})
    return redirect("followups:capacity", team.pk)


def _page(
    request: SignedInRequest,
    team: CareTeam,
    *,
    pattern: PatternForm | None = None,
    day: TeamDayForm | None = None,
) -> HttpResponse:
    row = TeamCapacity.objects.filter(care_team=team).first()
    usual = list(row.places) if row else [0] * 7
    initial: dict[str, Any] = {f"d{number}": places for number, places in enumerate(usual)} if row else {}
    context = {
        "team": team,
        "row": row,
        "pattern": pattern or PatternForm(initial=initial),
        "day_form": day or TeamDayForm(),
        "days": TeamDay.objects.filter(care_team=team, on__gte=timezone.localdate())[:100],
    }
    return render(request, "followups/capacity.html", context, status=422 if pattern or day else 200)
