"""The performance page, what would move a figure, the residents behind it, and the workbook."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from alliances.guards import SignedInRequest, requires
from alliances.models import CareTeam, Organization
from alliances.permissions import Permission
from alliances.scope import Scope
from journal import exports
from patients.links import patient_path
from performance import members
from performance.charts import chart_of
from performance.dashboard import Choice, NoSuchPlace, dashboard
from performance.indicators import Indicator, Unit, VisitsReached, indicators
from performance.members import Lack, Member, Place
from performance.months import kept_months, month_of
from performance.moves import moves_of, name_of_lack
from performance.settings import configured
from performance.workbook import workbook

P = Permission
PAGE = 50


@require_GET
@requires(P.PERFORMANCE_VIEW)
def board(request: SignedInRequest) -> HttpResponse:
    """The figures from the alliance down to the team."""
    scope = request.scope
    known, choice = _asked(request)
    try:
        found = dashboard(choice, known, scope.number_organization_ids, _root_name(scope))
    except NoSuchPlace:
        raise Http404 from None
    context = {
        "board": found,
        "indicator": choice.indicator,
        "per_person": choice.indicator.unit is Unit.PER_PERSON,
        "strip": [(known[code], figure) for code, figure in found.selected.strip.items()],
        "chart": chart_of(found),
        "months": _months(),
        "query": _query(choice),
        "place_query": _query(choice, place_only=True),
        "may_open": _may_open(choice, scope),
    }
    return render(request, "performance/dashboard.html", context)


@require_GET
@requires(P.PERFORMANCE_VIEW)
def moves(request: SignedInRequest) -> HttpResponse:
    """What would move the figure: how many residents lack what. Numbers only."""
    scope = request.scope
    _known, choice = _asked(request)
    groups = members.groups(choice.indicator, _month(choice), _place(choice, scope))
    context = {
        "moves": moves_of(choice.indicator, groups),
        "indicator": choice.indicator,
        "query": _query(choice),
        "may_open": _may_open(choice, scope),
    }
    template = (
        "performance/moves.html" if request.headers.get("HX-Request") else "performance/moves_page.html"
    )
    return render(request, template, context)


@require_GET
@requires(P.PERFORMANCE_PATIENTS)
def patients(request: SignedInRequest) -> HttpResponse:
    """The residents in a number or missing from it, with what each lacks."""
    scope = request.scope
    _known, choice = _asked(request)
    place, month = _place(choice, scope), _month(choice)
    if not _may_open(choice, scope):
        raise Http404
    today = timezone.localdate()
    counted, lack = request.GET.get("in") == "1", _lack(request)
    number = max(1, _whole(request.GET.get("page")) or 1)
    groups = members.groups(choice.indicator, month, place)
    rows, total = members.page(
        choice.indicator, month, place, counted=counted, lack=lack, actor=request.user,
        start=(number - 1) * PAGE, size=PAGE,
    )  # fmt: skip
    moved = moves_of(choice.indicator, groups)
    context = {
        "rows": [_line(row, choice, today) for row in rows],
        "moves": moved,
        "indicator": choice.indicator,
        "counted": counted,
        "lack": lack,
        "elsewhere": _number_of(groups, counted=counted, lack=lack) - total if rows else 0,
        "page": Paginator(range(total), PAGE).get_page(number) if total else None,
        "query": _query(choice),
        "place_name": _place_name(choice),
        "month": choice.month,
    }
    return render(request, "performance/patients.html", context)


@require_GET
@requires(P.PERFORMANCE_VIEW)
def export(request: SignedInRequest) -> HttpResponseBase:
    """The month's figures as a workbook; taking them away is recorded."""
    scope = request.scope
    known, choice = _asked(request)
    ids = _place(choice, scope).organization_ids
    stamp = exports.take(
        "performance.export", by=request.user, at=timezone.now(), organization_id=choice.organization_id,
        detail={"month": f"{choice.month:%Y-%m}", "organizations": len(ids)},
    )  # fmt: skip
    content = workbook(choice.month, known, ids, stamp=stamp)
    return exports.answer(content, f"yilian-{choice.month:%Y-%m}.xlsx", stamp=stamp)


def _asked(request: SignedInRequest) -> tuple[dict[str, Indicator], Choice]:
    """The indicators, and what the address names; nonsense in it is not found."""
    known = indicators(configured())
    code = request.GET.get("indicator") or next(iter(known))
    if code not in known:
        raise Http404
    organization, team = _whole(request.GET.get("organization")), _whole(request.GET.get("team"))
    if team is not None and organization is None:
        raise Http404
    places = request.scope.number_organization_ids
    if organization is None and len(places) == 1:
        organization = places[0]
    return known, Choice(known[code], _asked_month(request.GET.get("month", "")), organization, team)


def _asked_month(text: str) -> date:
    kept = [month.first for month in kept_months(configured().years_kept, on=timezone.localdate())]
    if not text:
        return kept[-1]
    asked = next((month for month in kept if f"{month:%Y-%m}" == text), None)
    if asked is None:
        raise Http404
    return asked


def _whole(text: str | None) -> int | None:
    """A number of the address, None when it is not there. 404 when it is none or no key could be so long."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Http404
    return int(text)


def _lack(request: SignedInRequest) -> Lack:
    try:
        return Lack(request.GET.get("lack", ""))
    except ValueError:
        raise Http404 from None


def _months() -> list[date]:
    """The months to choose from, latest first."""
    return [month.first for month in reversed(kept_months(configured().years_kept, on=timezone.localdate()))]


def _month(choice: Choice) -> Any:
    return month_of(choice.month, on=timezone.localdate())


def _place(choice: Choice, scope: Scope) -> Place:
    """Whose figures, inside the scope."""
    if choice.organization_id is None:
        return Place(scope.number_organization_ids)
    if choice.organization_id not in scope.number_organization_ids:
        raise Http404
    return Place((choice.organization_id,), choice.team)


def _may_open(choice: Choice, scope: Scope) -> bool:
    """Whether the residents behind the figure may be opened: those of a whole organization, or of a team that is led."""
    acting = scope.doing(P.PERFORMANCE_PATIENTS, on=timezone.localdate())
    return choice.organization_id in acting.organization_ids or choice.team in acting.team_ids


def _place_name(choice: Choice) -> str:
    if choice.team:
        team = CareTeam.objects.filter(pk=choice.team, organization=choice.organization_id).first()
        if team is None:
            raise Http404
        return team.name
    return str(Organization.objects.get(pk=choice.organization_id))


def _root_name(scope: Scope) -> str:
    """What stands above the organizations: the alliance, or the place where the person works."""
    post = scope.post
    return str(post.alliance or post.organization) if post else ""


def _line(row: Member, choice: Choice, today: date) -> dict[str, Any]:
    """One resident as the list shows it."""
    face_to_face = isinstance(choice.indicator.counted, VisitsReached)
    return {
        "patient": row.patient,
        "path": patient_path(row.patient.pk),
        "age": row.patient.age(on=today),
        "member": row,
        "lack": name_of_lack(choice.indicator, row.lack, row.face_to_face),
        "calls_do_not_count": face_to_face and not row.counted and row.other_visits > 0,
    }


def _number_of(groups: dict[Lack, int], *, counted: bool, lack: Lack) -> int:
    if counted:
        return groups.get(Lack.NOTHING, 0)
    return groups.get(lack, 0) if lack else sum(count for one, count in groups.items() if one)


def _query(choice: Choice, *, place_only: bool = False) -> str:
    """The choice as an address' query, without the indicator where `place_only`."""
    parts = {
        "indicator": None if place_only else choice.indicator.code,
        "month": f"{choice.month:%Y-%m}",
        "organization": choice.organization_id,
        "team": choice.team,
    }
    return urlencode({name: value for name, value in parts.items() if value is not None})
