"""The population register and the targets of the demo: bases and lines for the indicators."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from alliances.models import CareTeam
from performance.models import Population, Target
from workbench.demo.chance import Chance
from workbench.demo.residents import Resident, Span

#: Percent. The first two are the floors that yearly notices set for standard management (facts 6.1, about 61-64 %);
#: the contract rate follows the growth of 1-3 points a year (FD22) from Nanquan's published 33.64 % of 2023; the other
#: three stand in no national text and are the demo's own.
TARGETS: Final = {
    "htn-standard-managed": "64.00",
    "dm-standard-managed": "64.00",
    "contracted": "36.00",
    "htn-controlled": "60.00",
    "dm-controlled": "50.00",
    "followups-on-time": "85.00",
}
_ARCHIVED: Final = (0.52, 0.60)  # of the register's residents, those with an archive in the demo


def years(span: Span) -> range:
    return range(span.first.year, span.today.year + 1)


def populations(people: Iterable[Resident], span: Span, chance: Chance) -> list[Population]:
    """The register of every area team and year: about twice as many residents as the demo has archives."""
    living: Counter[int] = Counter()
    teams: dict[int, CareTeam] = {}
    for one in people:
        teams[one.team.pk] = one.team
        living[one.team.pk] += one.patient.deceased_on is None
    rows = []
    for key, team in sorted(teams.items()):
        residents = round(living[key] / chance.uniform(*_ARCHIVED))
        elderly = round(residents * chance.uniform(0.19, 0.24))
        for year in years(span):
            grown = 1 - 0.006 * (span.today.year - year)
            rows.append(
                Population(
                    organization_id=team.organization_id, care_team=team, year=year,
                    residents=round(residents * grown), elderly=round(elderly * grown * grown),
                )
            )  # fmt: skip
    return rows


def targets(span: Span) -> list[Target]:
    """The same line for all organizations in every year of the history."""
    return [
        Target(indicator=code, year=year, percent=Decimal(percent))
        for year in years(span)
        for code, percent in TARGETS.items()
    ]
