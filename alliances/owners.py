"""Whose texts count for an organization: its own before those of its alliances."""

from collections.abc import Iterable, Mapping, Sequence

from django.utils import timezone

from alliances.models import AllianceMembership
from journal.models import Owner


def owners_of(organization_ids: Iterable[int]) -> Mapping[int, Sequence[tuple[str, int]]]:
    """The organization, then the alliances of which it is a member today, the oldest first. One statement."""
    found: dict[int, list[tuple[str, int]]] = {key: [(Owner.ORGANIZATION, key)] for key in organization_ids}
    members = AllianceMembership.objects.filter(
        organization_id__in=found, period__contains=timezone.localdate()
    ).order_by("alliance_id")
    for organization_id, alliance_id in members.values_list("organization_id", "alliance_id"):
        found[organization_id].append((Owner.ALLIANCE, alliance_id))
    return found
