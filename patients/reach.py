"""Whose residents somebody may give to another team, and in whose name an offered one is taken.

Narrower than who is seen: a doctor of a centre sees all its residents and gives away, or takes, those of the own team.
Who administers the centre does both for all its teams, and so does a doctor who belongs to none.
"""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from alliances.models import Role
from alliances.permissions import TABLE, Permission, Rows
from alliances.scope import Asker, Scope, scope_of, scope_of_posts


@dataclass(frozen=True)
class Reach:
    """The teams somebody acts for, and the organizations for all of whose teams they act."""

    team_ids: frozenset[int] = frozenset()
    organization_ids: frozenset[int] = frozenset()

    def over(self, *, organization: str, team: str) -> Q:
        """The condition over a row with an organization and a team."""
        return Q(**{f"{organization}__in": self.organization_ids}) | Q(**{f"{team}__in": self.team_ids})

    def covers(self, *, organization_id: int, team_id: int | None) -> bool:
        """The same for one row."""
        return organization_id in self.organization_ids or team_id in self.team_ids


def reach_of(actor: Asker, *, on: date) -> Reach:
    """What the actor's posts with the permission to hand over reach; nothing for anybody else."""
    scope = scope_of(actor, on=on)
    posts = scope.doing(Permission.RESIDENT_HANDOVER, on=on).posts if scope.posts else ()
    whole = tuple(
        post for post in posts if post.care_team_id is None or TABLE[Role(post.role)].rows == Rows.SUBTREE
    )
    # The tree below an administrator's organization is what the rows of the posts open.
    opened: Scope = scope_of_posts(whole, on)
    return Reach(
        team_ids=frozenset(post.care_team_id for post in posts if post.care_team_id is not None),
        organization_ids=frozenset(opened.organization_ids),
    )
