"""Privacy officers: over which organizations each one watches."""

from collections.abc import Iterable
from datetime import date

from alliances.models import AllianceMembership, MembershipRole, Organization, PractitionerRole, Role
from alliances.permissions import TABLE, Permission

_WATCHING = [role for role in Role if Permission.AUDIT_VIEW in TABLE[role].may]


def watched(posts: Iterable[PractitionerRole], *, on: date) -> set[int]:
    """The organizations that the privacy officers' posts among `posts` watch over on a day.

    Their own with everything below it, the members of the alliance that the post names, and the members of alliances
    that their own organization leads: small centres have no officer of their own.
    """
    watching = [post for post in posts if post.role in _WATCHING]
    own = {post.organization_id for post in watching}
    if not own:
        return set()
    found: set[int] = set()
    for organization_id in own:
        below = Organization.objects.descendants(organization_id, include_self=True)
        found.update(below.values_list("pk", flat=True))
    memberships = AllianceMembership.objects.filter(period__contains=on)
    led = memberships.filter(organization_id__in=own, role=MembershipRole.LEAD)
    alliances = {post.alliance_id for post in watching if post.alliance_id is not None}
    alliances.update(led.values_list("alliance_id", flat=True))
    members = memberships.filter(alliance_id__in=alliances)
    return found | set(members.values_list("organization_id", flat=True))


def watched_by_anybody(*, on: date) -> set[int]:
    """The organizations that have an officer at all."""
    return watched(PractitionerRole.objects.live(on=on).filter(role__in=_WATCHING), on=on)
