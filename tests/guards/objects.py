"""What the arguments of a route stand for: one object of every kind at each of three places, made when first asked for.

A builder who adds a route with a new kind of argument adds one line to KINDS: how the object is made at a place, and
which roles reach it there. A name means the same in every route (`patient_id`); where it does not, the line is for
"<app>:<name>" (`referrals:pk`), for one route, "<route>:<name>", or, in the interface for systems, for "api:<resource>".
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from accounts.models import User
from alliances.models import (
    PractitionerRole,
    Role,
)
from alliances.permissions import TABLE, Permission, Rows
from followups.models import Appointment, Assessment, CarePlan
from patients.models import (
    Condition,
    Contract,
    Encounter,
    Enrolment,
    MedicationStatement,
    Observation,
    Task,
)
from tests.guards import makers
from tests.guards.places import MAKERS, Place, Things, things

__all__ = ["KINDS", "Kind", "Place", "Things", "things"]

# ---- who reaches an object at a place, once the permission is there

Reach = Callable[[Role, Place], bool]


def by_rows(role: Role, place: Place) -> bool:
    """Residents and all that belongs to them: the rows of the who-sees-whom table."""
    if TABLE[role].rows is Rows.SUBTREE:
        return place is not Place.OTHER
    return place is Place.OWN and TABLE[role].rows is not Rows.NONE


def managed(permission: Permission) -> Reach:
    """What runs an organization: an operator's everywhere, an alliance administrator's in the alliance, else the subtree."""

    def reach(role: Role, place: Place) -> bool:
        if permission not in TABLE[role].may:
            return False
        if role in (Role.OPERATOR, Role.ALLIANCE_ADMIN):
            return True
        return by_rows(role, place) if TABLE[role].rows is Rows.SUBTREE else place is Place.OWN

    return reach


def numbers(role: Role, place: Place) -> bool:
    """Figures and colleagues of the organizations whose numbers are shown; objects of a centre, so not a hospital's."""
    return place is Place.OWN and TABLE[role].rows is not Rows.DEPARTMENT


def everywhere(_role: Role, _place: Place) -> bool:
    """Whoever has the permission."""
    return True


@dataclass(frozen=True)
class Kind:
    """How an object is made at a place, who reaches it there, and whether a system of the place reaches it anywhere."""

    make: Callable[[Things, Place], Any]
    reach: Reach = by_rows
    allied: bool = False


def nobody(_role: Role, _place: Place) -> bool:
    """Its owner alone, who does not walk."""
    return False


def below_too(role: Role, place: Place) -> bool:
    """What an organization shows to all its posts, and the organizations above to theirs; nothing of a hospital's."""
    if role in (Role.OPERATOR, Role.ALLIANCE_ADMIN):
        return True
    if place is Place.BELOW:
        return TABLE[role].rows is Rows.SUBTREE or role is Role.BUREAU_VIEWER
    return place is Place.OWN


def team_page(role: Role, place: Place) -> bool:
    """Teams are a centre's: a hospital sees those that its people have joined."""
    return below_too(role, place) and TABLE[role].rows is not Rows.DEPARTMENT


def reorganized(role: Role, place: Place) -> bool:
    """An administrator moves, merges and closes what stands below, never the own organization; an operator all."""
    return role is Role.OPERATOR or (TABLE[role].rows is Rows.SUBTREE and place is Place.BELOW)


def officers(role: Role, place: Place) -> bool:
    """The privacy officer who watches over the resident's organization; nobody else who walks has opened the record."""
    return role is Role.PRIVACY_OFFICER and place is not Place.OTHER


def watched(role: Role, place: Place) -> bool:
    """The residents whose accesses somebody may see: the team's and the centre's own, and those a privacy officer watches."""
    return officers(role, place) or by_rows(role, place)


def gp_step(role: Role, _place: Place) -> bool:
    """The first step is the general practitioner's; whoever else works at the centre reads it only."""
    return role in (Role.GENERAL_PRACTITIONER, Role.TEAM_LEAD)


def settled_by(role: Role, place: Place) -> bool:
    """Whoever reaches the resident; an operator every message, without the name."""
    return role is Role.OPERATOR or by_rows(role, place)


_PEOPLE = managed(Permission.PEOPLE_MANAGE)
_ORGANIZATION = managed(Permission.ORGANIZATION_MANAGE)


def _nurse(things: Things, place: Place) -> User:
    return things.person("somebody_there", Role.NURSE, place)


KINDS: dict[str, Kind] = {
    "organization_id": Kind(lambda t, p: t.spots[p].centre, _ORGANIZATION),
    "alliances:organization:organization_id": Kind(
        lambda t, p: t.spots[p].centre,
        lambda role, place: _ORGANIZATION(role, place) or role is Role.ALLIANCE_ADMIN,
    ),
    "alliances:organization-move:organization_id": Kind(lambda t, p: t.spots[p].centre, reorganized),
    "alliances:organization-merge:organization_id": Kind(lambda t, p: t.spots[p].centre, reorganized),
    "alliances:organization-close:organization_id": Kind(lambda t, p: t.spots[p].centre, reorganized),
    "department_id": Kind(makers.department, _ORGANIZATION),
    "area_id": Kind(makers.area, _ORGANIZATION),
    "alliance_id": Kind(lambda t, _: t.world.alliance, everywhere),
    "membership_id": Kind(makers.membership, everywhere),
    "client_pk": Kind(makers.client_post, managed(Permission.CLIENT_MANAGE)),
    "team_id": Kind(lambda t, p: t.spots[p].team, _ORGANIZATION),
    "followups:team_id": Kind(lambda t, p: t.spots[p].team, by_rows),
    "alliances:team:team_id": Kind(lambda t, p: t.spots[p].team, team_page),
    "member_id": Kind(makers.visitor, _ORGANIZATION),
    "agreement_id": Kind(makers.agreement, managed(Permission.AGREEMENT_MANAGE)),
    "alliances:agreement:agreement_id": Kind(lambda t, p: t.at("agreement_id", p), below_too),
    "pair_id": Kind(makers.pair, managed(Permission.MENTORING_MANAGE)),
    "session_id": Kind(makers.session, managed(Permission.MENTORING_MANAGE)),
    "training_id": Kind(makers.training, managed(Permission.TRAINING_MANAGE)),
    "certificate_id": Kind(makers.certificate, nobody),
    "access_id": Kind(makers.emergency_access, officers),
    "workbench:access:patient_id": Kind(lambda t, p: t.at("patient_id", p), watched),
    "patient_id": Kind(makers.resident),
    "task_id": Kind(makers.after_visit_task),
    "programme": Kind(lambda *_: "hypertension", everywhere),
    "visit_id": Kind(makers.of_resident(Encounter)),
    "goal_id": Kind(makers.lifestyle_goal),
    "intervention_id": Kind(makers.intervention),
    "pathway_id": Kind(makers.pathway),
    "workbench:position": Kind(lambda *_: 1, gp_step),
    "workbench:code": Kind(lambda *_: "community-haemodialysis", everywhere),
    "referrals:pk": Kind(makers.referral),
    "referrals:event": Kind(lambda *_: "accept", everywhere),
    "message_id": Kind(lambda t, p: t.at("api:communication", p), settled_by),
    "workbench:wording:kind": Kind(lambda *_: "due", everywhere),
    "workbench:wording:channel": Kind(lambda *_: "sms", everywhere),
    "workbench:wording:language": Kind(lambda *_: "zh-hans", everywhere),
    "job_id": Kind(makers.job, everywhere),
    "batch_id": Kind(makers.batch),
    "person_id": Kind(_nurse, _PEOPLE),
    "post_id": Kind(lambda t, p: PractitionerRole.objects.get(user=t.at("person_id", p)), _PEOPLE),
    "act": Kind(lambda *_: "password", everywhere),
    "delegation_id": Kind(makers.delegation, _PEOPLE),
    "version_id": Kind(makers.version, everywhere),
    "api:organization": Kind(lambda t, p: t.spots[p].centre, everywhere, allied=True),
    "api:alliance": Kind(lambda t, _: t.world.alliance, everywhere, allied=True),
    "api:care-team": Kind(lambda t, p: t.spots[p].team, numbers),
    "api:practitioner": Kind(lambda t, p: t.spots[p].doctor, numbers),
    "api:patient": Kind(lambda t, p: t.at("patient_id", p)),
    "api:condition": Kind(makers.of_resident(Condition)),
    "api:enrolment": Kind(makers.of_resident(Enrolment)),
    "api:contract": Kind(makers.of_resident(Contract)),
    "api:medication-statement": Kind(makers.of_resident(MedicationStatement)),
    "api:encounter": Kind(makers.of_resident(Encounter)),
    "api:observation": Kind(makers.of_resident(Observation)),
    "api:care-plan": Kind(makers.of_resident(CarePlan)),
    "api:appointment": Kind(makers.of_resident(Appointment)),
    "api:assessment": Kind(makers.of_resident(Assessment)),
    "api:task": Kind(makers.of_resident(Task)),
    "api:referral": Kind(lambda t, p: t.at("referrals:pk", p)),
    "api:communication": Kind(makers.message),
    "api:indicator": Kind(lambda *_: "htn-standard-managed", everywhere, allied=True),
    "api:indicator-value": Kind(makers.figure, numbers),
}

MAKERS.update({name: kind.make for name, kind in KINDS.items()})
