"""Care teams: made, changed, joined from elsewhere, closed. Who may see and who may run them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from psycopg2.extras import DateRange

from accounts.models import User
from alliances import lifecycle
from alliances.lifecycle import Event, Happening, Matter, Part
from alliances.models import (
    AllianceMembership,
    CareTeam,
    CareTeamMember,
    Composition,
    Organization,
    PractitionerRole,
    Role,
    ServiceArea,
    TeamKind,
)
from alliances.permissions import Permission
from alliances.reach import manageable_by
from alliances.scope import Actor, Asker, scope_of
from journal import audit

#: Roles that care for residents: who has one may join a team.
CARING: Final = (
    Role.GENERAL_PRACTITIONER, Role.SPECIALIST, Role.HEALTH_MANAGER, Role.NURSE, Role.PHARMACIST,
    Role.PUBLIC_HEALTH_PHYSICIAN, Role.TCM_PHYSICIAN, Role.VILLAGE_DOCTOR,
)  # fmt: skip


class NotPossible(ValueError):
    """What was asked of a team cannot be done, whoever asks; the text says why."""


class InTheWay(ValueError):
    """Something must be settled before a team closes: `matters` lists it."""

    def __init__(self, matters: list[Matter]) -> None:
        super().__init__(_("Something stands in the way; it has to be settled first."))
        self.matters = matters


# ---- who sees and runs them


def visible_to(actor: Asker, *, on: date) -> QuerySet[CareTeam]:
    """Teams of the organizations where the actor works, whose numbers the actor sees, or which the actor runs.

    And those that the actor has joined from elsewhere: a specialist sees the team of the centre.
    """
    scope = scope_of(actor, on=on)
    seen = Q(organization_id__in=scope.number_organization_ids) | Q(pk__in=scope.own_team_ids)
    seen |= Q(organization__in=manageable_by(actor, Permission.ORGANIZATION_MANAGE, on=on))
    if isinstance(actor, User):
        joined = CareTeamMember.objects.filter(user_id=actor.pk, period__contains=on)
        seen |= Q(pk__in=joined.values("care_team_id"))
    return CareTeam.objects.filter(seen).select_related("organization")


def run_by(actor: Asker, *, on: date) -> QuerySet[CareTeam]:
    """Teams that the actor may change."""
    mine = manageable_by(actor, Permission.ORGANIZATION_MANAGE, on=on)
    return CareTeam.objects.filter(organization__in=mine).select_related("organization")


def joinable(team: CareTeam, *, on: date) -> QuerySet[PractitionerRole]:
    """Posts elsewhere from which somebody could join the team: of the organization, or of an alliance it belongs to."""
    alliances = AllianceMembership.objects.filter(organization=team.organization_id, period__contains=on)
    partners = AllianceMembership.objects.filter(
        alliance__in=alliances.values("alliance_id"), period__contains=on
    )
    near = Q(organization=team.organization_id) | Q(organization__in=partners.values("organization_id"))
    posts = PractitionerRole.objects.live(on=on).filter(near, role__in=CARING, user__is_active=True)
    return posts.exclude(care_team=team).select_related("user", "organization", "department", "care_team")


def compositions_of(team: CareTeam) -> list[Composition]:
    """The rules of a team."""
    return [Composition(one) for one in team.composition]


# ---- made and changed


@dataclass(frozen=True)
class Details:
    """What somebody decides about a team."""

    name: str
    kind: TeamKind
    composition: Collection[Composition] = ()
    areas: Collection[str] = ()


@transaction.atomic
def create(organization: Organization, details: Details, *, by: Actor) -> CareTeam:
    """A new team of an organization. NotPossible when the name is taken or the organization closed."""
    place = _locked_organization(organization.pk)
    if place.closed_on is not None:
        raise NotPossible(_("%(name)s is closed.") % {"name": place.name})
    _require_free(place.pk, details.name)
    codes = set(CareTeam.objects.filter(organization=place).values_list("code", flat=True))
    number = next(n for n in range(1, len(codes) + 2) if f"team-{n}" not in codes)
    team = CareTeam.objects.create(organization=place, code=f"team-{number}", **_columns(details))
    _cover(team)
    audit.record("team.create", by=by, subject=team, detail=_noted(team))
    return team


@transaction.atomic
def amend(team: CareTeam, details: Details, *, by: Actor) -> CareTeam:
    """Change a team. NotPossible when the name is taken or the team closed."""
    place = _locked_organization(team.organization_id)
    row = _locked_open(team)
    if row.name != details.name:
        _require_free(place.pk, details.name)
    before = _noted(row)
    for column, value in _columns(details).items():
        setattr(row, column, value)
    row.save()
    _cover(row)
    audit.record("team.amend", by=by, subject=row, detail={**_noted(row), "before": before})
    return row


def _columns(details: Details) -> dict[str, object]:
    # A specialty team is there for the whole centre: it covers no area of its own.
    areas = sorted(set(details.areas)) if details.kind == TeamKind.AREA else []
    return {
        "name": details.name, "kind": details.kind, "composition": [str(one) for one in details.composition],
        "areas": areas,
    }  # fmt: skip


def _noted(team: CareTeam) -> dict[str, object]:
    return {"name": team.name, "kind": str(team.kind), "composition": team.composition, "areas": team.areas}


def _cover(team: CareTeam) -> None:
    """An area has one area team: what this one covers, no other of the organization covers any more."""
    served = ServiceArea.objects.filter(organization=team.organization_id)
    served.filter(care_team=team).exclude(name__in=team.areas).update(care_team=None)
    served.filter(name__in=team.areas).update(care_team=team)
    for other in CareTeam.objects.filter(organization=team.organization_id, closed_on__isnull=True).exclude(
        pk=team.pk
    ):
        left = [name for name in other.areas if name not in team.areas]
        if left != other.areas:
            other.areas = left
            other.save(update_fields=["areas"])


def areas_of(organization_id: int) -> dict[str, str]:
    """The communities and villages of an organization, each with the team that covers it (empty: none yet)."""
    found = {
        name: team or ""
        for name, team in ServiceArea.objects.filter(organization=organization_id).values_list(
            "name", "care_team__name"
        )
    }
    teams = CareTeam.objects.filter(organization=organization_id, closed_on__isnull=True)
    for team in teams.order_by("code"):
        found.update(dict.fromkeys(team.areas, team.name))
    return dict(sorted(found.items()))


# ---- members from elsewhere


@transaction.atomic
def join(
    team: CareTeam, post: PractitionerRole, *, begins: date, ends: date | None, by: Actor
) -> CareTeamMember:
    """Let the holder of a post elsewhere join the team in that role, from a day to the day before `ends`.

    NotPossible when the person is in the team in that role then already, or the team is closed.
    """
    row = _locked_open(team)
    period = DateRange(begins, ends)
    there = CareTeamMember.objects.filter(
        care_team=row, user=post.user_id, role=post.role, period__overlap=period
    )
    if there.exists():
        raise NotPossible(
            _("%(name)s is in the team as %(role)s at that time already.")
            % {"name": post.user.name, "role": post.get_role_display()}
        )
    member = CareTeamMember.objects.create(care_team=row, user_id=post.user_id, role=post.role, period=period)
    detail = {"user": post.user_id, "role": post.role, "begins": begins.isoformat()}
    audit.record("team.join", by=by, subject=row, detail=detail)
    return member


@transaction.atomic
def leave(member: CareTeamMember, *, on: date, by: Actor) -> None:
    """End a visiting membership on a day, which is no longer part of it. One that had not begun before is taken out."""
    row = CareTeamMember.objects.select_for_update(of=("self",)).select_related("care_team").get(pk=member.pk)
    if row.period.lower >= on:
        row.delete()
    elif row.period.upper is None or row.period.upper > on:
        row.period = DateRange(row.period.lower, on)
        row.save(update_fields=["period"])
    detail = {"user": row.user_id, "role": row.role, "on": on.isoformat()}
    audit.record("team.leave", by=by, subject=row.care_team, detail=detail)


# ---- closed


def obstacles(team: CareTeam, *, on: date, at: datetime) -> list[Matter]:
    """What has to be settled before the team can close."""
    return lifecycle.obstacles(_closing(team, on=on, at=at, by=None))


@transaction.atomic
def close(team: CareTeam, *, on: date, at: datetime, by: Actor) -> CareTeam:
    """Close a team whose residents have gone. Its past figures stay its own. InTheWay, NotPossible."""
    row = CareTeam.objects.select_for_update(of=("self",)).select_related("organization").get(pk=team.pk)
    _require_open(row)
    happening = _closing(row, on=on, at=at, by=by)
    found = lifecycle.obstacles(happening)
    if found:
        raise InTheWay(found)
    lifecycle.happened(happening)
    row.closed_on = on
    row.save(update_fields=["closed_on"])
    audit.record("team.close", by=by, subject=row, detail={"on": on.isoformat()})
    return row


def _closing(team: CareTeam, *, on: date, at: datetime, by: Actor | None) -> Happening:
    return Happening(Event.TEAM_CLOSED, team.organization, on, at, by, team=team)


def _posts_in_the_way(happening: Happening) -> list[Matter]:
    """Whoever works in the team has to be given another one: a post that points to a closed team opens nothing."""
    posts = PractitionerRole.objects.filter(care_team=happening.team)
    live = posts.filter(Q(period__endswith__isnull=True) | Q(period__endswith__gt=happening.on))
    return [Matter(gettext_lazy("posts in the team"), live.count())]


def _let_go(happening: Happening) -> None:
    """Visitors leave, and the areas wait for another team."""
    team, on = happening.team, happening.on
    members = CareTeamMember.objects.filter(care_team=team)
    members.filter(period__startswith__gte=on).delete()
    for member in members.filter(Q(period__endswith__isnull=True) | Q(period__endswith__gt=on)):
        member.period = DateRange(member.period.lower, on)
        member.save(update_fields=["period"])
    ServiceArea.objects.filter(care_team=team).update(care_team=None)


def register_all() -> None:
    """Called once, when the app is ready."""
    lifecycle.register(Event.TEAM_CLOSED, "alliances", Part(_posts_in_the_way, None, _let_go))


# ---- locks


def _locked_organization(organization_id: int) -> Organization:
    # Names and codes are free within one organization: two who name a team at once come one after the other.
    return Organization.objects.select_for_update(of=("self",), no_key=True).get(pk=organization_id)


def _locked_open(team: CareTeam) -> CareTeam:
    row = CareTeam.objects.select_for_update(of=("self",), no_key=True).get(pk=team.pk)
    _require_open(row)
    return row


def _require_open(team: CareTeam) -> None:
    if team.closed_on is not None:
        raise NotPossible(_("%(team)s is closed.") % {"team": team.name})


def _require_free(organization_id: int, name: str) -> None:
    if CareTeam.objects.filter(organization=organization_id, name=name, closed_on__isnull=True).exists():
        raise NotPossible(_("Another team of the organization has this name."))
