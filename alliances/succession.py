"""What of an organization's own ends or follows when it merges or closes: teams, posts, areas, departments, children.

Teams are not renamed into the successor: past figures stay with the team of their day, so each team of a merged
organization closes and one of the successor's goes on in its place. Departments follow as they are, since referrals
and grants name them.
"""

from collections.abc import Iterable, Mapping
from datetime import date

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from alliances import papers_succession, periods
from alliances.lifecycle import Event, Happening, Matter, Part, register
from alliances.models import (
    AllianceMembership,
    CareTeam,
    CareTeamMember,
    ClientPost,
    Delegation,
    Department,
    Organization,
    PractitionerRole,
    ServiceArea,
)
from alliances.periods import not_over
from journal.models import Channel, Communication, CommunicationStatus, Recipient


def teams_of(
    organization: Organization, into: Organization, chosen: Mapping[int, CareTeam], *, on: date
) -> dict[int, int]:
    """The successor's team for each open team of an organization: the chosen one, else a new one of the same name.

    ValueError for a chosen team that is not the successor's or is closed, and for a key that is not the organization's.
    """
    open_teams = list(organization.care_teams.filter(closed_on__isnull=True).order_by("pk"))
    if set(chosen) - {team.pk for team in open_teams}:
        raise ValueError("a team that is not open at the organization")
    if any(team.organization_id != into.pk or team.closed_on is not None for team in chosen.values()):
        raise ValueError("a team that is not open at the successor")
    codes = set(into.care_teams.values_list("code", flat=True))
    names = set(into.care_teams.filter(closed_on__isnull=True).values_list("name", flat=True))
    found: dict[int, int] = {}
    for team in open_teams:
        onward = chosen.get(team.pk)
        if onward is None:
            onward = CareTeam(
                organization=into, kind=team.kind, composition=team.composition, areas=team.areas,
                code=_free(team.code, organization.code, codes, 40),
                name=_free(team.name, f"（{_short(organization)}）", names, 60, glue=""),
            )  # fmt: skip
        else:
            onward.areas = [*onward.areas, *(area for area in team.areas if area not in onward.areas)]
        onward.save()
        codes.add(onward.code)
        names.add(onward.name)
        found[team.pk] = onward.pk
    return found


def _short(organization: Organization) -> str:
    return organization.short_name or organization.name


def _free(wanted: str, mark: str, taken: set[str], longest: int, *, glue: str = "-") -> str:
    """The wanted code or name, or one made different by a mark (and a number) where it is taken."""
    candidate, number = wanted, 1
    while candidate in taken:
        tail = f"{glue}{mark}" if number == 1 else f"{glue}{mark}{number}"
        candidate, number = wanted[: longest - len(tail[:longest])] + tail[:longest], number + 1
    return candidate


# ---- merged


def carried(happening: Happening) -> list[Matter]:
    """What of the organization's own follows the successor."""
    organization, on = happening.organization, happening.on
    here = _page(organization)
    return [
        Matter(_("teams"), organization.care_teams.filter(closed_on__isnull=True).count(), here),
        Matter(_("posts"), organization.posts.filter(not_over(on=on)).count(), here),
        Matter(_("departments"), organization.departments.filter(closed_on__isnull=True).count(), here),
        Matter(_("service areas"), organization.areas.count(), here),
        Matter(_("organizations below"), organization.children.filter(closed_on__isnull=True).count(), here),
        Matter(_("API clients"), ClientPost.objects.filter(organization=organization).count()),
        Matter(_("memberships in alliances that end"), organization.memberships.filter(not_over(on=on)).count(), here),
        *papers_succession.carried(happening),
    ]  # fmt: skip


def follow(happening: Happening) -> None:
    """Let what is the organization's own follow its successor; what has ended stays where it was."""
    organization, into = happening.organization, happening.successor
    organization.children.filter(closed_on__isnull=True).update(parent=into)
    _move_departments(organization, into)
    _move_areas(happening)
    _move_posts(happening)
    _move_visitors(happening)
    _readdress(happening)
    periods.end(organization.memberships.all(), on=happening.on)
    ClientPost.objects.filter(organization=organization).update(organization=into)
    organization.care_teams.filter(closed_on__isnull=True).update(closed_on=happening.on)
    papers_succession.follow(happening)


def _move_departments(organization: Organization, into: Organization) -> None:
    codes = set(into.departments.values_list("code", flat=True))
    names = set(into.departments.filter(closed_on__isnull=True).values_list("name", flat=True))
    for department in organization.departments.filter(closed_on__isnull=True):
        department.organization = into
        department.code = _free(department.code, organization.code, codes, 40)
        department.name = _free(department.name, f"（{_short(organization)}）", names, 60, glue="")
        codes.add(department.code)
        names.add(department.name)
        department.save(update_fields=["organization", "code", "name"])


def _move_areas(happening: Happening) -> None:
    """Areas follow with their teams; one that the successor serves already gets a team there, if it had none."""
    there = {area.name: area for area in happening.successor.areas.all()}
    for area in happening.organization.areas.all():
        team = happening.teams.get(area.care_team_id or 0)
        same = there.get(area.name)
        if same is None:
            area.organization, area.care_team_id = happening.successor, team
            area.save(update_fields=["organization", "care_team"])
            continue
        if same.care_team_id is None and team is not None:
            same.care_team_id = team
            same.save(update_fields=["care_team"])
        area.delete()


def _move_posts(happening: Happening) -> None:
    """Posts end here and go on there from the day; one that had not begun goes on alone. Stand-ins follow."""
    into, on = happening.successor, happening.on
    taken = _posts_by_place(into.posts.filter(not_over(on=on)))
    posts = happening.organization.posts.filter(not_over(on=on)).order_by("pk")
    for post in posts.select_for_update():
        team = happening.teams.get(post.care_team_id or 0)
        place = (post.user_id, post.role, post.department_id, team)
        if place in taken:
            _end_posts([post.pk], on=on)
            continue
        taken.add(place)
        begins = post.period.lower
        if begins is not None and begins >= on:
            post.organization, post.care_team_id = into, team
            post.save(update_fields=["organization", "care_team"])
            continue
        onward = PractitionerRole.objects.create(
            user_id=post.user_id, role=post.role, organization=into, department_id=post.department_id,
            care_team_id=team, alliance_id=post.alliance_id, period=periods.range_from(on, post.period.upper),
        )  # fmt: skip
        _move_stand_ins(post, onward, on)
        _end_posts([post.pk], on=on)


def _posts_by_place(posts: Iterable[PractitionerRole]) -> set[tuple[int, str, int | None, int | None]]:
    return {(p.user_id, p.role, p.department_id, p.care_team_id) for p in posts}


def _move_stand_ins(post: PractitionerRole, onward: PractitionerRole, on: date) -> None:
    for leave in post.delegations.filter(not_over(on=on)):
        if leave.period.lower < on:
            Delegation.objects.create(
                post=onward, delegator_id=leave.delegator_id, delegate_id=leave.delegate_id, reason=leave.reason,
                created_by_id=leave.created_by_id, period=periods.range_from(on, leave.period.upper),
            )  # fmt: skip
        else:
            leave.post = onward
            leave.save(update_fields=["post"])


def _end_posts(keys: Iterable[int], *, on: date) -> int:
    """End posts with who stands in for them."""
    posts = PractitionerRole.objects.filter(pk__in=list(keys))
    periods.end(Delegation.objects.filter(post__in=posts), on=on)
    Delegation.objects.filter(post__in=posts.filter(period__startswith__gt=on)).delete()
    return periods.end(posts, on=on)


def _move_visitors(happening: Happening) -> None:
    """Who joins a team from elsewhere joins the team that goes on."""
    visitors = CareTeamMember.objects.filter(
        not_over(on=happening.on), care_team__organization=happening.organization
    )
    for visitor in visitors.select_for_update():
        team = happening.teams.get(visitor.care_team_id)
        if team is not None:
            onward = max(happening.on, visitor.period.lower or happening.on)
            period = periods.range_from(onward, visitor.period.upper)
            same = CareTeamMember.objects.filter(
                care_team_id=team, user_id=visitor.user_id, role=visitor.role, period__overlap=period
            )
            if not same.exists():
                CareTeamMember.objects.create(
                    care_team_id=team, user_id=visitor.user_id, role=visitor.role, period=period
                )
    periods.end(visitors, on=happening.on)


def _readdress(happening: Happening) -> None:
    """What waits to be sent, or to be read in the app, reaches the team that goes on."""
    waiting = Q(status=CommunicationStatus.PREPARATION) | Q(channel=Channel.IN_APP, read_at__isnull=True)
    letters = Communication.objects.filter(waiting, recipient_kind=Recipient.TEAM)
    for team, onward in happening.teams.items():
        letters.filter(recipient_id=str(team)).update(
            recipient_id=str(onward), organization_id=happening.successor.pk
        )
    Communication.objects.filter(
        status=CommunicationStatus.PREPARATION, organization_id=happening.organization.pk
    ).update(organization_id=happening.successor.pk)


# ---- closed


def in_the_way(happening: Happening) -> list[Matter]:
    """What has to be settled before the organization can close."""
    organization = happening.organization
    here = _page(organization)
    return [
        Matter(_("organizations below"), organization.children.filter(closed_on__isnull=True).count(), here),
        Matter(_("API clients"), ClientPost.objects.filter(organization=organization).count()),
        *papers_succession.in_the_way(happening),
    ]


def ending(happening: Happening) -> list[Matter]:
    """What ends with the organization."""
    organization, on = happening.organization, happening.on
    return [
        Matter(_("posts"), organization.posts.filter(not_over(on=on)).count()),
        Matter(_("teams"), organization.care_teams.filter(closed_on__isnull=True).count()),
        Matter(_("departments"), organization.departments.filter(closed_on__isnull=True).count()),
        Matter(_("memberships in alliances that end"), organization.memberships.filter(not_over(on=on)).count()),
    ]  # fmt: skip


def end(happening: Happening) -> None:
    """End what is the organization's own: posts with their stand-ins, teams, departments, memberships."""
    organization, on = happening.organization, happening.on
    _end_posts(organization.posts.filter(not_over(on=on)).values_list("pk", flat=True), on=on)
    periods.end(CareTeamMember.objects.filter(care_team__organization=organization), on=on)
    for rows in (organization.care_teams.all(), organization.departments.all()):
        _close(rows, on)
    periods.end(AllianceMembership.objects.filter(organization=organization), on=on)
    ServiceArea.objects.filter(organization=organization).update(care_team=None)


def _close(rows: QuerySet[CareTeam] | QuerySet[Department], on: date) -> None:
    rows.update(closed_on=Coalesce(F("closed_on"), Value(on)))


def _page(organization: Organization) -> str:
    return reverse("alliances:organization", args=[organization.pk])


def register_all() -> None:
    """Called once, when the app is ready."""
    register(Event.ORGANIZATION_MERGED, "alliances", Part(None, carried, follow))
    register(Event.ORGANIZATION_CLOSED, "alliances", Part(in_the_way, ending, end))
