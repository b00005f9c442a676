"""Who is in a team on a day, and what each team lacks by its rules. A fixed number of statements for any number of teams."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from alliances.composition import RULES, Member, Missing, Rule, filled, missing_of
from alliances.models import CareTeam, CareTeamMember, PractitionerRole, Role
from alliances.teams import compositions_of


def members_of(team_ids: Collection[int], *, on: date) -> dict[int, list[Member]]:
    """The members of each team on a day: posts in it, and visitors. Two statements."""
    found: dict[int, list[Member]] = defaultdict(list)
    posts = PractitionerRole.objects.live(on=on).filter(care_team__in=team_ids)
    visits = CareTeamMember.objects.filter(care_team__in=team_ids, period__contains=on)
    for rows in (posts, visits):
        for team, person, role in rows.values_list("care_team_id", "user_id", "role"):
            found[team].append(Member(person, Role(role)))
    return found


def lacking(teams: Iterable[CareTeam], members: dict[int, list[Member]]) -> dict[int, list[Missing]]:
    """What each team lacks, by its id; empty for a team that keeps its rules or has none."""
    return {team.pk: missing_of(team.composition, members.get(team.pk, ())) for team in teams}


@dataclass(frozen=True)
class Line:
    """Somebody in the team, as its page shows it. `visit_id`: the visiting membership, None for a post."""

    name: str
    role: str
    place: str
    since: date | None
    until: date | None
    person: int
    code: Role
    visit_id: int | None = None

    def lasts(self, on: date) -> bool:
        """Whether the line holds on the day."""
        return (self.since is None or self.since <= on) and (self.until is None or on < self.until)


def lines_of(team: CareTeam) -> list[Line]:
    """Everybody who is, was or will be in the team, by role and name. Two statements."""
    posts = PractitionerRole.objects.filter(care_team=team, period__isempty=False).select_related("user")
    visits = CareTeamMember.objects.filter(care_team=team).select_related("user")
    homes = _homes({visit.user_id for visit in visits})
    lines = [
        Line(post.user.name, post.get_role_display(), "", post.period.lower, post.period.upper, post.user_id,
             Role(post.role))
        for post in posts
    ] + [
        Line(visit.user.name, visit.get_role_display(), homes.get(visit.user_id, ""), visit.period.lower,
             visit.period.upper, visit.user_id, Role(visit.role), visit.pk)
        for visit in visits
    ]  # fmt: skip
    order = {role: number for number, role in enumerate(Role)} | {Role.TEAM_LEAD: -1}
    return sorted(lines, key=lambda line: (order[line.code], line.name, line.since or date.min))


def _homes(user_ids: Collection[int]) -> dict[int, str]:
    """Where visitors come from: the organization and department of their latest post."""
    posts = PractitionerRole.objects.filter(user__in=user_ids).select_related("organization", "department")
    return {
        post.user_id: " · ".join(str(part) for part in (post.organization, post.department) if part)
        for post in posts.order_by("period__startswith", "pk")
    }


@dataclass(frozen=True)
class Filled:
    """A rule of a team with who fills each of its places; "" where nobody does."""

    rule: Rule
    name: str
    places: list[tuple[str, str]]

    @property
    def whole(self) -> bool:
        return all(person for _place, person in self.places)


def rules_of(team: CareTeam, lines: Iterable[Line], *, on: date) -> list[Filled]:
    """The rules of a team, place by place."""
    there = [line for line in lines if line.lasts(on)]
    names = {line.person: line.name for line in there}
    members = [Member(line.person, line.code) for line in there]
    return [
        Filled(
            RULES[composition],
            str(composition.label),
            [
                (str(place.name), names[person] if person is not None else "")
                for place, person in filled(RULES[composition], members).items()
            ],
        )
        for composition in compositions_of(team)
    ]
