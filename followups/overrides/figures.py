"""How often doctors decide otherwise than the protocol, by team, and the visits behind each number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db.models import Count, QuerySet

from alliances.models import CareTeam, Organization
from followups.models import AssessmentOverride
from followups.protocols.months import add_months

MONTHS: Final = 12


@dataclass(frozen=True, slots=True)
class Figure:
    """Visits of one team at which a doctor decided otherwise; `team` None: visits without a team."""

    organization: Organization
    team: CareTeam | None
    visits: int


def since(on: date) -> date:
    """The first day that counts."""
    return add_months(on, -MONTHS)


def by_team(organization_ids: Sequence[int], *, on: date) -> list[Figure]:
    """The figures of twelve months, most first: three statements, numbers only."""
    rows = AssessmentOverride.objects.filter(
        organization__in=list(organization_ids), on__gt=since(on), on__lte=on
    )
    counted = list(
        rows.values_list("organization_id", "care_team_id").annotate(n=Count("encounter", distinct=True))
    )
    organizations = Organization.objects.in_bulk({row[0] for row in counted})
    teams = CareTeam.objects.in_bulk({row[1] for row in counted if row[1]})
    figures = [Figure(organizations[place], teams.get(team or 0), n) for place, team, n in counted]
    return sorted(figures, key=lambda figure: (-figure.visits, str(figure.organization), str(figure.team)))


def behind(
    rows: QuerySet[AssessmentOverride], organization_id: int, team_id: int | None, *, on: date
) -> QuerySet[AssessmentOverride]:
    """The decisions behind a figure among `rows`, newest first."""
    found = rows.filter(organization=organization_id, care_team=team_id, on__gt=since(on), on__lte=on)
    return found.select_related("patient", "care_team").order_by("-on", "-pk")
