"""Teams and due follow-ups that somebody may plan or see."""

from datetime import date

from django.db.models import Q, QuerySet

from alliances.models import CareTeam
from alliances.permissions import Permission
from alliances.scope import Actor, scope_of


def teams_of(actor: Actor, *, doing: Permission, on: date) -> QuerySet[CareTeam]:
    """Open teams whose residents the actor may act on with the permission, own ones first."""
    scope = scope_of(actor, on=on).doing(doing, on=on)
    if not scope.may(doing):
        return CareTeam.objects.none()
    mine = Q(organization_id__in=list(scope.organization_ids)) | Q(pk__in=list(scope.team_ids))
    rows = CareTeam.objects.filter(mine, closed_on__isnull=True).select_related("organization")
    return rows.order_by("organization__code", "code")
