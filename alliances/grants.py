"""Who may give which post, and where a post belongs: two tables and the questions they answer.

Nobody gives a post to themselves (alliances/posts.py). What somebody may not give they may not end either, nor may they
reset the password of whoever holds it: otherwise the password would be the way up.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from alliances.models import Organization, PractitionerRole, Role, Tier
from alliances.permissions import TABLE, Permission
from alliances.scope import Actor, scope_of


class Part(StrEnum):
    """The part of an organization that a post names."""

    NONE = ""
    TEAM = "care_team"
    DEPARTMENT = "department"
    ALLIANCE = "alliance"


@dataclass(frozen=True)
class Seat:
    """Where a role belongs: the kinds of organization, the part of it that the post names, and whether it must."""

    tiers: frozenset[Tier]
    part: Part = Part.NONE
    needed: bool = False


R = Role
_ANYWHERE = frozenset(Tier)
_CENTRES = frozenset({Tier.COMMUNITY})
_HOSPITALS = frozenset({Tier.SECONDARY, Tier.TERTIARY})
_IN_A_TEAM = Seat(_CENTRES, Part.TEAM)
_IN_A_DEPARTMENT = Seat(_HOSPITALS, Part.DEPARTMENT, needed=True)

SEATS: dict[Role, Seat] = {
    R.GENERAL_PRACTITIONER: _IN_A_TEAM,
    R.NURSE: _IN_A_TEAM,
    R.HEALTH_MANAGER: _IN_A_TEAM,
    R.PHARMACIST: _IN_A_TEAM,
    R.TCM_PHYSICIAN: _IN_A_TEAM,
    R.VILLAGE_DOCTOR: _IN_A_TEAM,
    R.PUBLIC_HEALTH_PHYSICIAN: _IN_A_TEAM,
    R.TEAM_LEAD: Seat(_CENTRES, Part.TEAM, needed=True),
    R.SPECIALIST: _IN_A_DEPARTMENT,
    R.REFERRAL_DESK: _IN_A_DEPARTMENT,
    R.ORGANIZATION_ADMIN: Seat(_ANYWHERE),
    R.ALLIANCE_ADMIN: Seat(_HOSPITALS | {Tier.BUREAU}, Part.ALLIANCE, needed=True),
    R.PRIVACY_OFFICER: Seat(_ANYWHERE),
    R.CDC_ANALYST: Seat(frozenset({Tier.CDC})),
    R.BUREAU_VIEWER: Seat(frozenset({Tier.BUREAU})),
    R.OPERATOR: Seat(_ANYWHERE),
}


@dataclass(frozen=True)
class Grants:
    """What a role may give: in its own organization, below it, and anywhere else."""

    here: frozenset[Role]
    below: frozenset[Role]
    elsewhere: frozenset[Role] = frozenset()


_CARE = frozenset(role for role, seat in SEATS.items() if seat.part in (Part.TEAM, Part.DEPARTMENT))
_ALL = frozenset(Role)

GRANTS: dict[Role, Grants] = {
    R.ORGANIZATION_ADMIN: Grants(here=_CARE, below=_CARE | {R.ORGANIZATION_ADMIN}),
    R.OPERATOR: Grants(here=_ALL, below=_ALL, elsewhere=_ALL),
}


def roles_given_by(actor: Actor, organization: Organization, *, on: date) -> frozenset[Role]:
    """The roles that the actor may give, and take, at an organization. One statement for the tree above it."""
    carrying = [
        p for p in scope_of(actor, on=on).posts if Permission.PEOPLE_MANAGE in TABLE[Role(p.role)].may
    ]
    if not carrying:
        return frozenset()
    above = set(Organization.objects.ancestors(organization, include_self=True).values_list("pk", flat=True))
    given: set[Role] = set()
    for post in carrying:
        grants = GRANTS[Role(post.role)]
        if post.organization_id == organization.pk:
            given |= grants.here
        else:
            given |= grants.below if post.organization_id in above else grants.elsewhere
    return frozenset(given)


def roles_offered(actor: Actor, organization: Organization, *, on: date) -> list[Role]:
    """Those of the roles the actor may give that belong to this kind of organization, in the order of the table."""
    given = roles_given_by(actor, organization, on=on)
    return [role for role, seat in SEATS.items() if role in given and organization.tier in seat.tiers]


def all_given_by(actor: Actor, posts: Iterable[PractitionerRole], *, on: date) -> bool:
    """Whether the actor could have given every one of the posts: nobody reaches further by another's password."""
    known: dict[int, frozenset[Role]] = {}
    for post in posts:
        if post.organization_id not in known:
            known[post.organization_id] = roles_given_by(actor, post.organization, on=on)
        if Role(post.role) not in known[post.organization_id]:
            return False
    return True
