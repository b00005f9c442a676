"""Beside today's list: how the team stands this year, and which of the centre's referrals are under way."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, Sum
from django.utils import timezone

from alliances.guards import SignedInRequest
from alliances.scope import Scope
from performance.indicators import Unit, indicators
from performance.models import IndicatorValue, RollupCursor, Target
from performance.settings import configured
from referrals.models import ServiceRequest
from referrals.worklists import PatientRow, row_of

SHOWN = 4
REFERRALS = 6


@dataclass(frozen=True)
class Figure:
    """One indicator of the team: its two integers and its target."""

    name: Any
    numerator: int
    denominator: int
    target: Any


def figures(scope: Scope, *, on: date) -> list[Figure]:
    """The first indicators in percent of the actor's teams (the whole organization for those without a team)."""
    mine = (
        Q(team__in=scope.own_team_ids)
        if scope.own_team_ids
        else Q(organization_id__in=scope.own_organization_ids)
    )
    rows = IndicatorValue.objects.filter(mine, month=on.replace(day=1)).values("indicator")
    sums = {row["indicator"]: row for row in rows.annotate(top=Sum("numerator"), base=Sum("denominator"))}
    targets = _targets(scope, on.year)
    known = indicators(configured()).values()
    percent = [one for one in known if one.unit == Unit.PERCENT and one.code in sums]
    return [
        Figure(one.name, sums[one.code]["top"], sums[one.code]["base"], targets.get(one.code))
        for one in percent[:SHOWN]
    ]


def _targets(scope: Scope, year: int) -> dict[str, Any]:
    """The organization's own target before the general one."""
    rows = Target.objects.filter(year=year).filter(
        Q(organization__isnull=True) | Q(organization_id__in=scope.own_organization_ids)
    )
    ordered = sorted(rows, key=lambda row: row.organization_id is not None)
    return {row.indicator: row.percent for row in ordered}


def under_way(request: SignedInRequest) -> list[PatientRow]:
    """Open referrals sent by the actor's team or centre, the most pressing clock first."""
    rows = ServiceRequest.objects.sent_by(request.scope).open()
    if request.scope.own_team_ids:
        rows = rows.filter(source_team_id__in=request.scope.own_team_ids)
    found = rows.select_related("patient", "target_department__organization").order_by("due_at", "pk")
    return [row_of(row, timezone.now()) for row in found[:REFERRALS]]


def refreshed_at() -> Any:
    """When the figures were last brought up to date."""
    return RollupCursor.objects.values_list("refreshed_at", flat=True).first()
