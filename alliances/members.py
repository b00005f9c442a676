"""Who belongs to an alliance and when, and which alliances somebody may look at as a whole."""

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from psycopg2.extras import DateRange

from alliances.models import Alliance, AllianceMembership, MembershipRole, Organization, Role, Tier
from alliances.permissions import Permission
from alliances.scope import Asker, scope_of


def alliances_visible_to(actor: Asker, *, on: date) -> QuerySet[Alliance]:
    """Alliances whose map somebody may open on a day, by the posts that carry the permission.

    An operator: all. An alliance administrator: that of the post. A bureau: those with a member in its part of the
    tree. Everybody else: those that the own organization belongs to on the day.
    """
    posts = scope_of(actor, on=on).doing(Permission.ALLIANCE_VIEW, on=on).posts
    if any(post.role == Role.OPERATOR for post in posts):
        return Alliance.objects.order_by("name", "pk")
    named = {p.alliance_id for p in posts if p.role == Role.ALLIANCE_ADMIN and p.alliance_id is not None}
    places = {post.organization_id for post in posts if post.role != Role.ALLIANCE_ADMIN}
    for root in {post.organization_id for post in posts if post.role == Role.BUREAU_VIEWER}:
        places.update(Organization.objects.descendants(root).values_list("pk", flat=True))
    belonging = AllianceMembership.objects.filter(organization_id__in=places, period__contains=on)
    own = set(belonging.values_list("alliance_id", flat=True)) if places else set()
    return Alliance.objects.filter(pk__in=sorted(named | own)).order_by("name", "pk")


@dataclass(frozen=True, slots=True)
class Member:
    """An organization in an alliance as it stands at the end of some days; `present`: still in it then, and open."""

    organization: Organization
    role: MembershipRole
    joined_on: date | None
    left_on: date | None
    present: bool

    @property
    def pk(self) -> int:
        return self.organization.pk

    @property
    def tier(self) -> Tier:
        return Tier(self.organization.tier)

    @property
    def leads(self) -> bool:
        return self.role is MembershipRole.LEAD


def members(alliance: Alliance, *, first: date, last: date) -> list[Member]:
    """Everybody who belonged to the alliance on one of the days, both included: lead first, then by code.

    `left_on` is the first day outside. Who came back within the days stands there once, as of the later membership.
    One statement.
    """
    rows = (
        AllianceMembership.objects.filter(alliance=alliance, period__overlap=DateRange(first, last, "[]"))
        .select_related("organization")
        .order_by("organization_id", "period")
    )
    latest = {row.organization_id: row for row in rows}
    return sorted(
        (_member(row, last) for row in latest.values()), key=lambda m: (not m.leads, m.organization.code)
    )


def _member(row: AllianceMembership, last: date) -> Member:
    closed_on, left_on = row.organization.closed_on, row.period.upper
    present = (left_on is None or left_on > last) and (closed_on is None or closed_on > last)
    return Member(row.organization, MembershipRole(row.role), row.period.lower, left_on, present)
