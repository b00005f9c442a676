"""Which organizations may this actor manage? One answer for every page that runs organizations, people and papers."""

from datetime import date

from django.db.models import Q, QuerySet
from django.utils import timezone

from alliances.models import AllianceMembership, Organization, Role
from alliances.permissions import TABLE, Permission, Rows
from alliances.scope import Asker, scope_of
from alliances.tree import below


def manageable_by(actor: Asker, permission: Permission, *, on: date | None = None) -> QuerySet[Organization]:
    """The organizations for which a live post of the actor carries the permission, closed ones included.

    An operator's posts reach all organizations, an alliance administrator's the members of the alliance on the day
    (default today), an organization administrator's the subtree, any other post its own organization. Asks the
    database nothing until it is read, and then once.
    """
    day = on or timezone.localdate()
    carrying = [p for p in scope_of(actor, on=day).posts if permission in TABLE[Role(p.role)].may]
    if any(post.role == Role.OPERATOR for post in carrying):
        return Organization.objects.all()
    own = {p.organization_id for p in carrying if p.alliance_id is None}
    subtrees = {p.organization_id for p in carrying if TABLE[Role(p.role)].rows == Rows.SUBTREE}
    alliances = {p.alliance_id for p in carrying if p.alliance_id is not None}
    reached = Q(pk__in=own - subtrees)
    if subtrees:
        reached |= Q(pk__in=below(subtrees))
    if alliances:
        members = AllianceMembership.objects.filter(alliance_id__in=alliances, period__contains=day)
        reached |= Q(pk__in=members.values("organization_id"))
    return Organization.objects.filter(reached)


def open_to(actor: Asker, permission: Permission, *, on: date | None = None) -> QuerySet[Organization]:
    """Those of `manageable_by` that are not closed: what a form may offer."""
    return manageable_by(actor, permission, on=on).filter(closed_on__isnull=True)
