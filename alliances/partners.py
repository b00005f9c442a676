"""With whom can an organization agree, pair or train? With those in one of its alliances."""

from datetime import date

from django.db.models import Q, QuerySet

from alliances.models import AllianceMembership, Organization, Tier
from alliances.permissions import Permission
from alliances.reach import manageable_by
from alliances.scope import Actor

HOSPITALS = (Tier.SECONDARY, Tier.TERTIARY)


def partners_of(actor: Actor, permission: Permission, *, on: date) -> QuerySet[Organization]:
    """Open hospitals and centres that somebody manages, and those that are in an alliance with one of them."""
    mine = manageable_by(actor, permission, on=on).order_by().values("pk")
    live = AllianceMembership.objects.filter(period__contains=on)
    alliances = live.filter(organization__in=mine).values("alliance_id")
    together = live.filter(alliance__in=alliances).values("organization_id")
    care = Organization.objects.filter(tier__in=[Tier.COMMUNITY, *HOSPITALS])
    return care.filter(Q(pk__in=mine) | Q(pk__in=together), closed_on__isnull=True).order_by("tier", "code")
