"""One member of the map, opened: who it is, whom it works with, what was agreed, and what passed in the period."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db.models import Count, OuterRef, Prefetch, Q, Subquery
from django.utils import timezone

from alliances.members import Member
from alliances.models import (
    Agreement,
    AgreementLine,
    CareTeam,
    CareTeamMember,
    Department,
    MentoringPair,
    MentoringTarget,
    PractitionerRole,
    Tier,
)
from referrals.flows import Counts, add
from referrals.models import ServiceRequest, State
from workbench.alliance_map.boxes import TIERS
from workbench.alliance_map.figures import Ratio, answered, downward, followed, upward
from workbench.alliance_map.picture import Picture


@dataclass(frozen=True, slots=True)
class Partner:
    """What passed between the chosen member and another one."""

    member: Member
    up: int
    down: int
    answered: Ratio


@dataclass(frozen=True, slots=True)
class TeamCard:
    """A team of the chosen centre: people, residents managed, and what passed in the period."""

    team: CareTeam
    people: int
    residents: int
    up: int
    down: int
    answered: Ratio
    followed: Ratio
    partners: list[Partner]
    chosen: bool


@dataclass(frozen=True, slots=True)
class Room:
    """What a department takes a day by an agreement, and how many appointments of the pair stand today."""

    line: AgreementLine
    booked: int


@dataclass(frozen=True, slots=True)
class Agreed:
    """An agreement in force between the chosen member and another organization."""

    agreement: Agreement
    rooms: list[Room]
    incoming: bool

    @property
    def last_day(self) -> date | None:
        """The last day it holds; None without an end."""
        upper: date | None = self.agreement.period.upper
        return upper - timedelta(days=1) if upper else None


@dataclass(frozen=True, slots=True)
class Mentored:
    """A mentoring pair with the sessions of the year and its target, None where none is set."""

    pair: MentoringPair
    held: int
    target: int | None


@dataclass(slots=True)
class Panel:
    """See `panel`."""

    member: Member
    residents: int
    partners: list[Partner]
    departments: list[Department] = field(default_factory=list)
    teams: list[TeamCard] = field(default_factory=list)
    agreements: list[Agreed] = field(default_factory=list)
    mentoring: list[Mentored] = field(default_factory=list)

    @property
    def tier_name(self) -> str:
        """The tier in a word or two."""
        return str(TIERS[self.member.tier])

    @property
    def is_centre(self) -> bool:
        return self.member.tier is Tier.COMMUNITY

    @property
    def up(self) -> int:
        return sum(partner.up for partner in self.partners)

    @property
    def down(self) -> int:
        return sum(partner.down for partner in self.partners)


def panel(picture: Picture, member: Member, *, team: int | None, at: datetime) -> Panel:
    """The chosen member, one of its teams opened. Seven statements at most, whatever there is."""
    today = timezone.localdate(at)
    organization = member.organization
    made = Panel(member, picture.residents(member.pk), _partners(picture, member))
    if member.tier in (Tier.TERTIARY, Tier.SECONDARY):
        open_ones = Q(closed_on__isnull=True) | Q(closed_on__gt=today)
        made.departments = list(Department.objects.filter(open_ones, organization=organization))
    if picture.teams.get(member.pk):
        made.teams = _team_cards(picture, member, team, today)
    made.agreements = _agreements(organization.pk, today)
    made.mentoring = _mentoring(organization.pk, today)
    return made


def _partners(picture: Picture, member: Member) -> list[Partner]:
    """The other ends of the member's flows, most first."""
    found = []
    for flow in picture.flows():
        if member.pk in (flow.low, flow.high):
            other = flow.high if flow.low == member.pk else flow.low
            counts = picture.now.pairs[flow.low, flow.high]
            found.append(Partner(picture.by_id[other], flow.up, flow.down, answered(counts)))
    return sorted(found, key=lambda one: (-one.up - one.down, one.member.organization.code))


def _team_cards(picture: Picture, member: Member, chosen: int | None, today: date) -> list[TeamCard]:
    teams = picture.teams[member.pk]
    people = _people([team.pk for team in teams], today)
    cards = []
    for team in teams:
        counts = picture.team_counts(team.pk)
        total = add(counts.values())
        residents = picture.managed.get((member.pk, team.pk), 0)
        cards.append(TeamCard(
            team, len(people[team.pk]), residents, upward(total), downward(total), answered(total), followed(total),
            _team_partners(picture, counts), team.pk == chosen,
        ))  # fmt: skip
    return cards


def _team_partners(picture: Picture, by_hospital: Mapping[int, Counts]) -> list[Partner]:
    made = [
        Partner(picture.by_id[high], upward(counts), downward(counts), answered(counts))
        for high, counts in by_hospital.items()
    ]
    return sorted((one for one in made if one.up or one.down), key=lambda one: -one.up - one.down)


def _people(teams: list[int], on: date) -> dict[int, set[int]]:
    """Who works in each team on the day: by a post there, or visiting."""
    found: dict[int, set[int]] = defaultdict(set)
    posts = PractitionerRole.objects.live(on=on).filter(care_team_id__in=teams)
    visiting = CareTeamMember.objects.filter(care_team_id__in=teams, period__contains=on)
    for rows in (posts, visiting):
        for team, user in rows.values_list("care_team_id", "user_id"):
            if team is not None:
                found[team].add(user)
    return found


def _agreements(organization_id: int, today: date) -> list[Agreed]:
    """Agreements in force on the day, incoming first, each with what its departments take and what is booked."""
    lines = Prefetch("lines", AgreementLine.objects.select_related("department").order_by("department__code"))
    rows = (
        Agreement.objects.filter(
            Q(source=organization_id) | Q(target=organization_id), period__contains=today
        )
        .select_related("source", "target")
        .prefetch_related(lines)
        .order_by("source__code", "target__code")
    )
    agreements = list(rows)
    departments = {line.department_id for one in agreements for line in one.lines.all()}
    booked = _booked(departments, today) if departments else {}
    made = [
        Agreed(
            one, [Room(line, booked.get((one.source_id, line.department_id), 0)) for line in one.lines.all()],
            one.target_id == organization_id,
        )
        for one in agreements
    ]  # fmt: skip
    return sorted(made, key=lambda one: not one.incoming)


def _booked(departments: set[int], today: date) -> dict[tuple[int, int], int]:
    """Appointments that stand today, by sender and department. Numbers only."""
    begin = datetime.combine(today, time(), timezone.get_default_timezone())
    rows = (
        ServiceRequest.objects.filter(
            target_department_id__in=departments,
            scheduled_for__gte=begin,
            scheduled_for__lt=begin + timedelta(days=1),
        )
        .exclude(state__in=[State.CANCELLED, State.NO_SHOW, State.CLOSED])
        .values_list("source_organization_id", "target_department_id")
        .annotate(requests=Count("pk"))
        .order_by()
    )
    return {(source, department): requests for source, department, requests in rows}


def _mentoring(organization_id: int, today: date) -> list[Mentored]:
    """Pairs in force on the day on either side, with the sessions of the year that were not voided."""
    target = MentoringTarget.objects.filter(pair=OuterRef("pk"), year=today.year).values("sessions")
    this_year = Q(sessions__on__year=today.year, sessions__on__lte=today, sessions__voided_at__isnull=True)
    pairs = (
        MentoringPair.objects.filter(
            Q(organization=organization_id) | Q(mentor_organization=organization_id), period__contains=today
        )
        .select_related("mentor", "mentee", "organization", "mentor_organization")
        .annotate(held=Count("sessions", filter=this_year), asked=Subquery(target[:1]))
        .order_by("kind", "pk")
    )
    return [Mentored(pair, pair.held, pair.asked) for pair in pairs]
