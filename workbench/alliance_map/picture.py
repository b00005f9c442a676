"""Everything a map shows of an alliance in a period, in six statements whatever the number of members."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Final

from django.db.models import Q
from django.utils import timezone

from alliances.members import Member, members
from alliances.models import Agreement, Alliance, CareTeam, Tier
from patients.caseload import managed
from referrals import flows
from referrals.flows import NOTHING, Counts, Tally
from referrals.flows.measures import Fact
from referrals.flows.waiting import Waiting, past_their_clock
from workbench.alliance_map.figures import Figure, answered, downward, figures, upward
from workbench.alliance_map.layout import Drawing, Flow, Place, draw
from workbench.alliance_map.period import Period

#: An agreement that ends within so many days is pointed out.
ENDING: Final = timedelta(days=90)
#: Slow: half of the answers took more than this part of the answer clock. Fewer answers than this say nothing.
SLOW_SHARE: Final = 0.75
FEWEST_ANSWERS: Final = 5
_LEVELS: Final = {Tier.TERTIARY: 3, Tier.SECONDARY: 2, Tier.COMMUNITY: 1}


@dataclass(frozen=True, slots=True)
class Slow:
    """A hospital that answers slowly: the median, the part of the clock it takes, and how many were in time."""

    member: Member
    seconds: float
    share: float
    in_time: int
    answers: int


@dataclass(frozen=True)
class Picture:
    """What is known of the alliance; everything else is derived without another statement."""

    alliance: Alliance
    period: Period
    members: list[Member]
    now: Tally
    before: Tally
    managed: dict[tuple[int, int | None], int]
    care_teams: list[CareTeam]
    waiting: list[Waiting]
    ending: list[Agreement]

    @cached_property
    def by_id(self) -> dict[int, Member]:
        return {member.pk: member for member in self.members}

    @cached_property
    def teams(self) -> dict[int, list[CareTeam]]:
        """The teams of each organization."""
        found: dict[int, list[CareTeam]] = defaultdict(list)
        for team in self.care_teams:
            found[team.organization_id].append(team)
        return found

    @cached_property
    def figures(self) -> list[Figure]:
        """The strip."""
        centres = [member.pk for member in self.members if member.tier is Tier.COMMUNITY]
        base = sum(n for (organization, _team), n in self.managed.items() if organization in set(centres))
        return figures(self.now, self.before, base, centres)

    def of_tier(self, *tiers: Tier) -> list[Member]:
        """The members of some kinds, in the order of the map."""
        return [member for member in self.members if member.tier in tiers]

    @property
    def aside(self) -> list[Member]:
        """Members that referrals do not pass through: CDC and bureau."""
        return self.of_tier(Tier.CDC, Tier.BUREAU)

    def flows(self, direction: str = "") -> list[Flow]:
        """Between two different members, as far as the direction is looked at."""
        made = [
            Flow(
                low,
                high,
                0 if direction == "down" else upward(counts),
                0 if direction == "up" else downward(counts),
            )
            for (low, high), counts in self.now.pairs.items()
            if low != high and low in self.by_id and high in self.by_id
        ]
        return [flow for flow in made if flow.up or flow.down]

    def drawing(self, direction: str, chosen: int | None) -> Drawing:
        """The map."""
        places = [Place(member.pk, _LEVELS[member.tier]) for member in self.members if member.tier in _LEVELS]
        return draw(places, self.flows(direction), chosen)

    def sent_and_back(self, pk: int, direction: str = "") -> tuple[int, int]:
        """What a member's box says: for a centre sent up and come back, for a hospital received and returned."""
        end = "low" if self.by_id[pk].tier is Tier.COMMUNITY else "high"
        mine = [flow for flow in self.flows(direction) if getattr(flow, end) == pk]
        return sum(flow.up for flow in mine), sum(flow.down for flow in mine)

    def residents(self, pk: int) -> int:
        """Residents whom an organization manages at the end of the period."""
        return sum(n for (organization, _team), n in self.managed.items() if organization == pk)

    def team_counts(self, team: int) -> dict[int, Counts]:
        """What a team's residents went through, by hospital."""
        return {
            high: counts
            for (one, high), counts in self.now.teams.items()
            if one == team and high in self.by_id
        }

    @cached_property
    def slow(self) -> list[Slow]:
        """Hospitals that answered slowly in the period, slowest first."""
        found = []
        for pk, counts in self.now.receivers.items():
            count, ratio = counts.get(Fact.ANSWER, NOTHING), answered(counts)
            if pk in self.by_id and ratio.denominator >= FEWEST_ANSWERS and (count.share or 0) > SLOW_SHARE:
                found.append(
                    Slow(
                        self.by_id[pk],
                        count.seconds or 0,
                        count.share or 0,
                        ratio.numerator,
                        ratio.denominator,
                    )
                )
        return sorted(found, key=lambda one: -one.share)


def picture(alliance: Alliance, period: Period, *, at: datetime) -> Picture:
    """Everything the map shows, as it is known at a moment. Six statements."""
    today = timezone.localdate(at)
    belonging = members(alliance, first=period.first, last=period.last)
    ids = [member.pk for member in belonging]
    now, before = flows.count(alliance, [period.span, period.before], at=at)
    return Picture(
        alliance=alliance, period=period, members=belonging, now=now, before=before,
        managed=managed(ids, on=period.last),
        care_teams=_teams(ids, period),
        waiting=past_their_clock(alliance, at=at),
        ending=_ending(ids, on=today),
    )  # fmt: skip


def _teams(organization_ids: Iterable[int], period: Period) -> list[CareTeam]:
    """The teams that were open on some day of the period, in their order."""
    still = Q(closed_on__isnull=True) | Q(closed_on__gt=period.first)
    return list(
        CareTeam.objects.filter(still, organization_id__in=list(organization_ids)).order_by(
            "organization", "code"
        )
    )


def _ending(organization_ids: list[int], *, on: date) -> list[Agreement]:
    """Agreements between members in force on the day that end soon and that no other follows; first ones first."""
    open_ = Q(period__endswith__gt=on) | Q(period__endswith__isnull=True)
    between = Q(source_id__in=organization_ids, target_id__in=organization_ids)
    # The last agreement of a pair decides: one that is followed by another does not end.
    latest = {
        (a.source_id, a.target_id): a for a in Agreement.objects.filter(open_, between).order_by("period")
    }
    soon = [a for a in latest.values() if a.period.upper is not None and a.period.upper <= on + ENDING]
    return sorted(soon, key=lambda a: (a.period.upper, a.source_id, a.target_id))
