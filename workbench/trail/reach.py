"""Whose lines of the audit trail somebody reads, and whose access history (decision 0018)."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import CharField, Q
from django.db.models.functions import Cast

from accounts.models import User
from alliances.models import AllianceMembership, ClientPost, Organization, PractitionerRole
from alliances.permissions import Permission
from alliances.scope import Scope
from journal.models import AgentType
from patients.models import Patient


@dataclass(frozen=True)
class Reach:
    """Lines about these organizations, and their people's lines about none.

    `whole`: the post names an alliance; lines that belong to nobody (an unknown name at the sign-in, jobs) are read too.
    """

    organization_ids: tuple[int, ...] = ()
    whole: bool = False

    def lines(self) -> Q:
        """The condition over audit lines."""
        posts = PractitionerRole.objects.filter(organization_id__in=self.organization_ids)
        users = posts.annotate(text=Cast("user_id", CharField())).values("text")
        systems = ClientPost.objects.filter(organization_id__in=self.organization_ids)
        clients = systems.annotate(text=Cast("client_id", CharField())).values("text")
        own = (
            Q(agent_type=AgentType.USER, agent_id__in=users)
            | Q(agent_type=AgentType.CLIENT, agent_id__in=clients)
            | Q(subject_kind=User._meta.model_name, subject_id__in=users)
        )
        if self.whole:
            own |= Q(agent_type=AgentType.SYSTEM)
        return Q(organization_id__in=self.organization_ids) | Q(organization_id__isnull=True) & own


def reach_of(scope: Scope, *, on: date) -> Reach:
    """The organizations of the posts that carry AUDIT_VIEW with all below them, and the members of their alliances."""
    acting = scope.doing(Permission.AUDIT_VIEW, on=on)
    found = set(acting.own_organization_ids)
    if acting.alliance_ids:
        members = AllianceMembership.objects.filter(alliance_id__in=acting.alliance_ids, period__contains=on)
        found |= set(members.values_list("organization_id", flat=True))
    return Reach(tuple(sorted(_with_all_below(found))), whole=bool(acting.alliance_ids))


def _with_all_below(found: set[int]) -> set[int]:
    """The organizations and everything below them: one statement a level of the tree."""
    edge = found
    while edge:
        below = Organization.objects.filter(parent_id__in=edge).exclude(pk__in=found)
        edge = set(below.values_list("pk", flat=True))
        found = found | edge
    return found


def resident(user: User, scope: Scope, patient_id: UUID, *, on: date) -> Patient:
    """The resident whose access history somebody may read: the privacy officer of the responsible organization, or
    its administrator or team lead. Raises Patient.DoesNotExist for everybody else."""
    rows = Patient.objects.select_related("organization", "care_team")
    if scope.may(Permission.AUDIT_VIEW):
        mine = reach_of(scope, on=on).organization_ids
        if found := rows.filter(pk=patient_id, organization_id__in=mine).first():
            return found
    open_to = rows.visible_to(user, on=on, doing=Permission.ACCESS_HISTORY)
    return open_to.get(pk=patient_id)
