"""Teams: the list, one team, making and changing it, visitors, closing it."""

from datetime import date, timedelta
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alliances import team_page
from alliances import teams as use
from alliances.guards import SignedInRequest, requires
from alliances.models import CareTeam, CareTeamMember, Organization, Tier
from alliances.permissions import Permission
from alliances.reach import open_to
from alliances.team_forms import JoinForm, TeamForm
from alliances.team_members import lacking, lines_of, members_of, rules_of

PAGE: Final = 25
PEOPLE: Final = 20
# Whoever cares for residents works in a team; the others read what an alliance is made of.
may_see = requires(Permission.WORKLIST, Permission.ALLIANCE_VIEW)
may_run = requires(Permission.ORGANIZATION_MANAGE)


@may_see
@require_GET
def teams(request: SignedInRequest) -> HttpResponse:
    """The teams that the person may see, those that are open unless closed ones are asked for."""
    today = timezone.localdate()
    asked = request.GET
    rows = use.visible_to(request.user, on=today).filter(closed_on__isnull=asked.get("closed") != "1")
    several = rows.order_by().values("organization_id").distinct().count() > 1
    text = asked.get("q", "").replace("\x00", "").strip()
    if text:
        rows = rows.filter(name__icontains=text) | rows.filter(organization__name__icontains=text)
    rows = rows.order_by("organization__code", "code")
    if asked.get("lacking") == "1":
        rows = rows.filter(pk__in=_lacking(rows, today))
    page = Paginator(rows, PAGE).get_page(asked.get("page"))
    context = {
        "page": page,
        "lines": _lines(page.object_list, today),
        "q": text,
        "lacking": asked.get("lacking") == "1",
        "closed": asked.get("closed") == "1",
        "several": several,
        "mine": set(request.scope.own_team_ids),
        "may_run": request.scope.may(Permission.ORGANIZATION_MANAGE),
    }
    return render(request, "alliances/teams.html", context)


def _lacking(rows: QuerySet[CareTeam], on: date) -> list[int]:
    """Which of the teams lack somebody: all of them are looked through, since no column says it."""
    bound = [team for team in rows.only("pk", "composition", "organization") if team.composition]
    found = lacking(bound, members_of([team.pk for team in bound], on=on))
    return [key for key, lacks in found.items() if lacks]


def _lines(page: Any, on: date) -> list[dict[str, Any]]:
    rows = list(page)
    members = members_of([team.pk for team in rows], on=on)
    lacks, residents = lacking(rows, members), team_page.residents_of([team.pk for team in rows])
    return [
        {
            "team": team,
            "members": len({member.person for member in members.get(team.pk, ())}),
            "residents": residents.get(team.pk, 0),
            "lacks": lacks[team.pk],
            "rules": [str(one.label) for one in use.compositions_of(team)],
        }
        for team in rows
    ]


@may_see
@require_GET
def team(request: SignedInRequest, team_id: int) -> HttpResponse:
    """One team: who is in it, what its rules find, what it covers, and what the apps above know of it."""
    today = timezone.localdate()
    found = get_object_or_404(use.visible_to(request.user, on=today), pk=team_id)
    lines = lines_of(found)
    context = {
        "team": found,
        "today": today,
        "members": [line for line in lines if line.until is None or line.until > today],
        "left": [line for line in lines if line.until is not None and line.until <= today],
        "rules": rules_of(found, lines, on=today),
        "residents": team_page.residents_of([found.pk]).get(found.pk, 0),
        "panels": team_page.panels(found, request.user, on=today),
        "may_run": found.closed_on is None
        and use.run_by(request.user, on=today).filter(pk=found.pk).exists(),
    }
    return render(request, "alliances/team.html", context)


# ---- made and changed


@may_run
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """A new team of one of the organizations that the person runs."""
    places = (
        open_to(request.user, Permission.ORGANIZATION_MANAGE).filter(tier=Tier.COMMUNITY).order_by("code")
    )
    asked = request.GET.get("organization", "")
    place = places.filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) < 10 else places.first()
    if place is None:
        if asked:
            raise Http404
        return render(request, "alliances/team_form.html", {"form": None})
    return _form(request, place, places=places)


@may_run
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest, team_id: int) -> HttpResponse:
    """Change a team."""
    found = _to_run(request, team_id)
    return _form(request, found.organization, found)


def _form(
    request: SignedInRequest,
    place: Organization,
    found: CareTeam | None = None,
    places: QuerySet[Organization] | None = None,
) -> HttpResponse:
    form = TeamForm(request.POST if request.method == "POST" else None, organization=place, team=found)
    if form.is_bound and form.is_valid():
        details = form.details()
        try:
            saved = (
                use.amend(found, details, by=request.user)
                if found
                else use.create(place, details, by=request.user)
            )
        except use.NotPossible as refused:
            form.add_error("name", str(refused))
        else:
            messages.success(request, _("%(team)s has been saved.") % {"team": saved.name})
            return redirect("alliances:team", saved.pk)
    context = {"form": form, "team": found, "place": place, "places": list(places or ())}
    return render(request, "alliances/team_form.html", context, status=422 if form.errors else 200)


# ---- visitors


@may_run
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: SignedInRequest, team_id: int) -> HttpResponse:
    """Somebody whose post is elsewhere joins the team."""
    today = timezone.localdate()
    found = _to_run(request, team_id)
    posts = use.joinable(found, on=today)
    text = request.GET.get("q", "").replace("\x00", "").strip()
    shown = posts.filter(user__name__icontains=text) if text else posts
    data = request.POST if request.method == "POST" else None
    form = JoinForm(data, posts=posts, initial={"begins": today})
    if data is not None and form.is_valid():
        asked = form.cleaned_data
        ends = asked["ends"] + timedelta(days=1) if asked["ends"] else None
        try:
            use.join(found, asked["post"], begins=asked["begins"], ends=ends, by=request.user)
        except use.NotPossible as refused:
            form.add_error("post", str(refused))
        else:
            words = _("%(name)s has joined %(team)s.")
            messages.success(request, words % {"name": asked["post"].user, "team": found.name})
            return redirect("alliances:team", found.pk)
    page = Paginator(shown.order_by("organization__code", "user__name", "pk"), PEOPLE).get_page(
        request.GET.get("page")
    )
    context = {"team": found, "form": form, "page": page, "q": text, "query": request.GET.urlencode()}
    return render(request, "alliances/team_join.html", context, status=422 if form.errors else 200)


@may_run
@require_POST
def leave(request: SignedInRequest, team_id: int, member_id: int) -> HttpResponse:
    """A visitor leaves the team today."""
    found = _to_run(request, team_id)
    member = get_object_or_404(
        CareTeamMember.objects.filter(care_team=found).select_related("user"), pk=member_id
    )
    use.leave(member, on=timezone.localdate(), by=request.user)
    words = _("%(name)s has left %(team)s.")
    messages.success(request, words % {"name": member.user, "team": found.name})
    return redirect("alliances:team", found.pk)


# ---- closed


@may_run
@require_http_methods(["GET", "HEAD", "POST"])
def close(request: SignedInRequest, team_id: int) -> HttpResponse:
    """What stands in the way of closing a team, or the question whether to close it."""
    found, now = _to_run(request, team_id), timezone.now()
    today = timezone.localdate(now)
    if request.method == "POST":
        try:
            use.close(found, on=today, at=now, by=request.user)
        except use.InTheWay as refused:
            context = {"team": found, "matters": refused.matters}
            return render(request, "alliances/team_close.html", context, status=422)
        messages.success(request, _("%(team)s is closed.") % {"team": found.name})
        return redirect("alliances:teams")
    context = {"team": found, "matters": use.obstacles(found, on=today, at=now)}
    return render(request, "alliances/team_close.html", context)


def _to_run(request: SignedInRequest, team_id: int) -> CareTeam:
    """An open team that the person runs."""
    mine = use.run_by(request.user, on=timezone.localdate()).filter(closed_on__isnull=True)
    return get_object_or_404(mine, pk=team_id)
