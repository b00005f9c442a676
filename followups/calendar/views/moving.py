"""Moving many follow-ups: the preview, doing what it showed, undoing it."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from alliances.guards import SignedInRequest
from alliances.models import CareTeam
from alliances.permissions import Permission
from followups.calendar import moves, team_calendar
from followups.calendar.forms import MoveForm, chosen_of
from followups.calendar.views.calendar import may_manage, team_of, week_context
from followups.models import PlanMove


@may_manage
@require_POST
def move(request: SignedInRequest, team_id: int) -> HttpResponse:
    """Show what the move would do; with the token of what was shown, do it."""
    team, today = team_of(request, team_id, Permission.CALENDAR_MANAGE), timezone.localdate()
    form = MoveForm(request.POST)
    if not form.is_valid():
        return _refused(request, team, form)
    first, last = form.days(today=today)
    ids, token = _chosen(request, team), request.POST.get("token", "")
    warning = ""
    try:
        if token:
            done = moves.move(
                team,
                ids,
                first=first,
                last=last,
                token=token,
                by=request.user,
                today=today,
                at=timezone.now(),
            )
            return _done(request, team, done, form)
    except moves.Changed as changed:
        warning = str(changed)
    except moves.CannotMove as refused:
        form.add_error(None, str(refused))
        return _refused(request, team, form)
    try:
        shown = moves.preview(team, ids, first=first, last=last, today=today)
    except moves.CannotMove as refused:
        form.add_error(None, str(refused))
        return _refused(request, team, form)
    context = {"team": team, "preview": shown, "form": form, "warning": warning, "back": _back(team, form)}
    return render(request, "followups/calendar_preview.html", context, status=422 if warning else 200)


@may_manage
@require_POST
def undo(request: SignedInRequest, team_id: int) -> HttpResponse:
    """Put the newest move of the team back, and say what stays because it was changed since."""
    team = team_of(request, team_id, Permission.CALENDAR_MANAGE)
    try:
        key = UUID(request.POST.get("move", ""))
    except ValueError:
        raise BadRequest("move") from None
    row = get_object_or_404(PlanMove, pk=key, care_team=team)
    try:
        undone = moves.undo(row.pk, by=request.user, at=timezone.now())
    except moves.Changed as changed:
        messages.warning(request, str(changed))
        return redirect("followups:calendar", team.pk)
    words = ngettext("%(n)s follow-up put back.", "%(n)s follow-ups put back.", undone.back) % {
        "n": undone.back
    }
    if undone.stayed:
        names = "、".join(one.patient.name for one in undone.stayed[:5])
        rest = _("Changed since and left as they are: %(n)s (%(names)s)") % {
            "n": len(undone.stayed),
            "names": names,
        }
        messages.warning(request, f"{words} {rest}")
    else:
        messages.success(request, words)
    return redirect("followups:calendar", team.pk)


def _chosen(request: SignedInRequest, team: CareTeam) -> list[UUID]:
    """The ticked follow-ups with those of whole days; a preview sends them back one by one."""
    ids, days, overdue = chosen_of(request.POST)
    if days or overdue:
        more = team_calendar.ids_on(request.user, team, days, overdue=overdue, today=timezone.localdate())
        ids += list(more.values_list("pk", flat=True)[: moves.MOST + 1])
    return list(dict.fromkeys(ids))


def _refused(request: SignedInRequest, team: CareTeam, form: MoveForm) -> HttpResponse:
    context = {**week_context(request, team), "form": form}
    return render(request, "followups/calendar_week.html", context, status=422)


def _done(request: SignedInRequest, team: CareTeam, done: PlanMove, form: MoveForm) -> HttpResponse:
    count = done.lines.count()
    messages.success(
        request, ngettext("%(n)s follow-up moved.", "%(n)s follow-ups moved.", count) % {"n": count}
    )
    return redirect(_back(team, form))


def _back(team: CareTeam, form: MoveForm) -> str:
    week = team_calendar.monday_of(form.cleaned_data["to"])
    return f"{reverse('followups:calendar', args=[team.pk])}?week={week.isoformat()}"
