"""What becomes of open referrals when one of their two sides merges or closes."""

from django.db import connection
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle import Event, Happening, Matter, Part, register
from referrals.models import ServiceRequest
from referrals.states import ENDED

_SENT = """
UPDATE referrals_servicerequest SET source_organization_id = %(new)s, source_team_id = (
    SELECT t.new FROM unnest(%(teams)s::bigint[], %(onward)s::bigint[]) AS t(old, new) WHERE t.old = source_team_id)
WHERE source_organization_id = %(old)s AND state <> ALL(%(ended)s)
"""


def _sent(happening: Happening) -> QuerySet[ServiceRequest]:
    return ServiceRequest.objects.open().filter(source_organization=happening.organization)


def _received(happening: Happening) -> QuerySet[ServiceRequest]:
    return ServiceRequest.objects.open().filter(target_organization=happening.organization)


def open_ones(happening: Happening) -> list[Matter]:
    """Referrals that are under way, either way."""
    return [
        Matter(_("open referrals sent"), _sent(happening).count(), reverse("referrals:sent")),
        Matter(_("open referrals received"), _received(happening).count(), reverse("referrals:desk")),
    ]


def follow(happening: Happening) -> None:
    """Open requests are the successor's; those that have ended keep the two sides of their day."""
    open_now = ServiceRequest.objects.open().order_by("pk").select_for_update(of=("self",))
    mine = Q(source_organization=happening.organization) | Q(target_organization=happening.organization)
    list(open_now.filter(mine).values_list("pk", flat=True))
    values = {
        "old": happening.organization.pk, "new": happening.successor.pk, "teams": list(happening.teams),
        "onward": list(happening.teams.values()), "ended": [str(state) for state in ENDED],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_SENT, values)
    _received(happening).update(target_organization=happening.successor)


def of_team(happening: Happening) -> list[Matter]:
    """Open requests of a team that is about to close."""
    sent = ServiceRequest.objects.open().filter(source_team=happening.team)
    return [Matter(_("open referrals sent"), sent.count(), reverse("referrals:sent"))]


def of_department(happening: Happening) -> list[Matter]:
    """Open requests addressed to a department that is about to close."""
    received = ServiceRequest.objects.open().filter(target_department=happening.department)
    return [Matter(_("open referrals received"), received.count(), reverse("referrals:desk"))]


def register_all() -> None:
    """Called once, when the app is ready."""
    register(Event.ORGANIZATION_MERGED, "referrals", Part(None, open_ones, follow))
    register(Event.ORGANIZATION_CLOSED, "referrals", Part(open_ones))
    register(Event.TEAM_CLOSED, "referrals", Part(of_team))
    register(Event.DEPARTMENT_CLOSED, "referrals", Part(of_department))
