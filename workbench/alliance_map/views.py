"""The alliance page: its map, the member that is open, the flows as a table and as a workbook."""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET

from alliances.guards import SignedInRequest, requires
from alliances.members import Member, alliances_visible_to
from alliances.models import Role, Tier
from alliances.permissions import Permission
from alliances.scope import Scope
from journal import exports
from workbench.alliance_map.attention import attention
from workbench.alliance_map.boxes import brief, labelled, nodes
from workbench.alliance_map.forms import OwnPeriodForm
from workbench.alliance_map.layout import Flow
from workbench.alliance_map.panel import panel
from workbench.alliance_map.period import (
    OWN,
    NoSuchPeriod,
    Period,
    choices,
    month_key,
    own_period,
    period_of,
)
from workbench.alliance_map.picture import Picture, picture
from workbench.alliance_map.table import SORTS, columns, rows
from workbench.alliance_map.workbook import workbook

P = Permission
PAGE: Final = 20
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DIRECTIONS: Final = ("", "up", "down")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address names beside the alliance."""

    period: Period
    form: OwnPeriodForm
    direction: str = ""
    organization: int | None = None
    team: int | None = None
    sort: str = "up"

    def query(self, **changed: Any) -> str:
        """The address' query with something changed; None and empty parts are left out."""
        own = self.period.key == OWN
        parts = {
            "period": self.period.key,
            "since": self.period.first.isoformat() if own else None,
            "until": self.period.last.isoformat() if own else None,
            "direction": self.direction,
            "organization": self.organization,
            "team": self.team,
            "sort": None if self.sort == "up" else self.sort,
        }
        return urlencode({name: value for name, value in (parts | changed).items() if value})


@require_GET
@requires(P.ALLIANCE_VIEW)
def alliance(request: SignedInRequest, alliance_id: int | None = None) -> HttpResponse:
    """The map of one alliance, the first one of the person when none is named; a part of it for htmx."""
    known = list(alliances_visible_to(request.user, on=timezone.localdate()))
    if alliance_id is None and not known:
        return render(request, "workbench/alliance/none.html")
    shown = next((one for one in known if alliance_id in (None, one.pk)), None)
    if shown is None:
        raise Http404
    asked = _asked(request)
    found = picture(shown, asked.period, at=timezone.now())
    context = {**_context(request, found, asked), "alliances": known if len(known) > 1 else []}
    part = bool(request.htmx) and not request.htmx.history_restore_request
    template = "workbench/alliance/picture.html" if part else "workbench/alliance/page.html"
    response = render(request, template, {**context, "part": part}, status=422 if asked.form.errors else 200)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_GET
@requires(P.ALLIANCE_VIEW)
def export(request: SignedInRequest, alliance_id: int) -> HttpResponseBase:
    """The flows and figures of the period as a workbook; taking them away is recorded."""
    shown = get_object_or_404(alliances_visible_to(request.user, on=timezone.localdate()), pk=alliance_id)
    asked, at = _asked(request), timezone.now()
    if asked.form.errors:
        raise Http404
    found = picture(shown, asked.period, at=at)
    lines = rows(found, direction=asked.direction, sort=asked.sort)
    stamp = exports.take(
        "export.alliance_flows", by=request.user, at=at, subject=shown,
        detail={"first": asked.period.first.isoformat(), "last": asked.period.last.isoformat(), "rows": len(lines)},
    )  # fmt: skip
    content = workbook(found, lines, by=stamp.name, at=at)
    name = f"{shown.code}-{asked.period.first:%Y%m%d}-{asked.period.last:%Y%m%d}.xlsx"
    return exports.answer(content, name, stamp=stamp)


def _asked(request: SignedInRequest) -> Asked:
    """What the address names. Nonsense is not found; own days that cannot be are a form with errors."""
    today, given = timezone.localdate(), request.GET
    direction, sort = given.get("direction", ""), given.get("sort", "up")
    if direction not in DIRECTIONS or sort not in SORTS:
        raise Http404
    key = given.get("period", "") or month_key(today)
    form = OwnPeriodForm(given if key == OWN else None, on=today)
    if key == OWN and form.is_valid():
        period = own_period(form.cleaned_data["since"], form.cleaned_data["until"])
    else:
        try:
            period = period_of(month_key(today) if key == OWN else key, on=today)
        except NoSuchPeriod:
            raise Http404 from None
    return Asked(period, form, direction, _whole(given.get("organization")), _whole(given.get("team")), sort)


def _whole(text: str | None) -> int | None:
    """A number of the address, None when it is not there; 404 when it is none."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Http404
    return int(text)


def _context(request: SignedInRequest, found: Picture, asked: Asked) -> dict[str, Any]:
    chosen = _chosen(found, asked, request.scope)
    drawing = found.drawing(asked.direction, chosen.pk if chosen else None)
    lines = rows(found, direction=asked.direction, sort=asked.sort)
    shown = nodes(found, drawing, asked.direction, chosen.pk if chosen else None)
    return {
        "picture": found,
        "asked": asked,
        "periods": choices(on=timezone.localdate()),
        "tiers": _tiers(found),
        "drawing": drawing,
        "nodes": shown,
        "most": max([1, *(max(node.up, node.down) for node in shown)]),
        "labels": labelled(drawing.lines),
        "skipped": _skipped(found, drawing.unseen),
        "skipped_up": sum(flow.up for flow in drawing.unseen),
        "skipped_down": sum(flow.down for flow in drawing.unseen),
        "apart_up": sum(flow.up for flow in drawing.apart),
        "apart_down": sum(flow.down for flow in drawing.apart),
        "attention": attention(found, at=timezone.now()),
        "columns": columns(asked.direction),
        "page": Paginator(lines, PAGE).get_page(request.GET.get("page")),
        "open": panel(found, chosen, team=asked.team, at=timezone.now()) if chosen else None,
        "organization_page": organization_page(chosen.pk, request.scope) if chosen else "",
        "query": asked.query(),
        "choose": asked.query(organization=None, team=None),
        "sort_by": asked.query(sort=None),
        "turn": asked.query(direction=None),
    }


def _chosen(found: Picture, asked: Asked, scope: Scope) -> Member | None:
    """The open member: the one asked for, else where the person works, else the lead. 404 for one that is none."""
    if asked.organization is not None:
        member = found.by_id.get(asked.organization)
        if member is None or asked.team not in (None, *(team.pk for team in found.teams.get(member.pk, []))):
            raise Http404
        return member
    if asked.team is not None:
        raise Http404
    own = [found.by_id[pk] for pk in scope.own_organization_ids if pk in found.by_id]
    in_tier = [member for member in [*own, *found.members] if member not in found.aside]
    return next(iter([*in_tier, *found.members]), None)


def _skipped(found: Picture, flows: list[Flow]) -> list[tuple[Flow, str, str]]:
    """The largest of the flows that are not drawn, with the names of their ends."""
    largest = sorted(flows, key=lambda flow: -flow.up - flow.down)[:3]
    return [(flow, brief(found.by_id[flow.low]), brief(found.by_id[flow.high])) for flow in largest]


def _tiers(found: Picture) -> list[tuple[Any, list[Member]]]:
    """The members by kind, for the words of the title and the list."""
    return [(tier, members) for tier in Tier if (members := found.of_tier(tier))]


def organization_page(pk: int, scope: Scope) -> str:
    """Where an organization's own page stands, for who may manage it; nothing for others."""
    managing = scope.doing(P.ORGANIZATION_MANAGE, on=timezone.localdate())
    if Role.OPERATOR not in managing.roles and pk not in managing.organization_ids:
        return ""
    try:
        return reverse("alliances:organization", args=[pk])
    except NoReverseMatch:
        return ""
