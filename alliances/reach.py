"""Which organizations may this actor manage? One answer for every page that runs organizations, people and papers."""

from datetime import date

from django.db.models import Q, QuerySet
from django.utils import timezone

from alliances.models import Alliance, AllianceMembership, Organization, Role
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


def readable_by(actor: Asker, *, on: date | None = None) -> QuerySet[Organization]:
    """The organizations whose page somebody may read: those they run, and the members of the alliances they run."""
    run = (
        manageable_by(actor, p, on=on) for p in (Permission.ORGANIZATION_MANAGE, Permission.ALLIANCE_MANAGE)
    )
    first, second = (rows.values("pk") for rows in run)
    return Organization.objects.filter(Q(pk__in=first) | Q(pk__in=second))


def reorganizable_by(actor: Asker, *, on: date | None = None) -> QuerySet[Organization]:
    """Those that somebody may move, merge or close: an administrator the ones below the own, an operator all."""
    manageable = manageable_by(actor, Permission.ORGANIZATION_MANAGE, on=on)
    if runs_everything(actor, on=on):
        return manageable
    return manageable.filter(parent__in=manageable.values("pk"))


def runs_everything(actor: Asker, *, on: date | None = None) -> bool:
    """Whether a live post of the actor is an operator's: the only one that makes organizations at the top."""
    return Role.OPERATOR in scope_of(actor, on=on).roles


def alliances_run_by(actor: Asker, *, on: date | None = None) -> QuerySet[Alliance]:
    """The alliances that somebody may make changes to: an operator all, an alliance administrator the own."""
    day = on or timezone.localdate()
    if runs_everything(actor, on=day):
        return Alliance.objects.all()
    carrying = scope_of(actor, on=day).doing(Permission.ALLIANCE_MANAGE, on=day)
    return Alliance.objects.filter(pk__in=carrying.alliance_ids)
