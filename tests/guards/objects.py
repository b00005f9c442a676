"""What the arguments of a route stand for: one object of every kind at each of three places, made when first asked for.

A builder who adds a route with a new kind of argument adds one line to KINDS: how the object is made at a place, and
which roles reach it there. A name means the same in every route (`patient_id`); where it does not, the line is for
"<app>:<name>" (`referrals:pk`), for one route, "<route>:<name>", or, in the interface for systems, for "api:<resource>".
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.utils import timezone
from psycopg2.extras import DateRange

from accounts.models import User
from alliances.models import (
    Agreement,
    AllianceMembership,
    CareTeam,
    CareTeamMember,
    Certificate,
    ClientPost,
    Delegation,
    Department,
    MentoringPair,
    MentoringSession,
    Organization,
    PractitionerRole,
    Role,
    ServiceArea,
    Training,
)
from alliances.permissions import TABLE, Permission, Rows
from exchange.models import ImportBatch
from followups import care_plans, visits
from followups.models import Appointment, Assessment, CarePlan
from followups.visit_input import VisitInput
from journal.models import Channel, Communication, Recipient
from patients import emergency
from patients.models import (
    AccessGrant,
    Condition,
    Contract,
    EmergencyAccess,
    EmergencyReason,
    Encounter,
    Enrolment,
    MedicationStatement,
    Observation,
    Patient,
    Task,
)
from patients.programmes import Programme
from performance.models import IndicatorValue
from referrals import handovers
from referrals.handovers import Letter
from tests.api_client import system
from tests.world import SINCE, World


class Place(StrEnum):
    """Seen from the role that walks: its own organization, one below it, another one."""

    OWN = "own"
    BELOW = "below"
    OTHER = "other"


@dataclass(frozen=True)
class Spot:
    """A centre with a team and a doctor, and the hospital's department to which its residents are granted.

    A role of a centre walks from the centre, a role of a hospital from the department: each has its own, one below, and
    another one, with the same objects.
    """

    centre: Organization
    team: CareTeam
    doctor: User
    department: Department


@dataclass
class Things:
    """The places with all that was made there so far."""

    world: World
    spots: dict[Place, Spot] = field(default_factory=dict)
    made: dict[tuple[str, Place], Any] = field(default_factory=dict)

    def at(self, kind: str, place: Place) -> Any:
        """The object of a kind at a place; always the same one."""
        if (kind, place) not in self.made:
            self.made[kind, place] = KINDS[kind].make(self, place)
        return self.made[kind, place]

    def person(self, part: str, role: Role, place: Place, **post: Any) -> User:
        """Somebody with a post at the centre of a place."""
        spot = self.spots[place]
        return self.world.user(f"{part}_{place}", role, spot.centre, care_team=spot.team, **post)


def things(world: World) -> Things:
    """The three places: below the centre a station, below the hospital a branch, all of one alliance."""

    def below(code: str, parent: Organization) -> Organization:
        made = Organization.objects.create(code=code, name=code, tier=parent.tier, parent=parent)
        AllianceMembership.objects.create(
            alliance=world.alliance, organization=made, period=DateRange(SINCE, None)
        )
        return made

    station, branch = below("station", world.centre), below("branch", world.secondary)
    team = CareTeam.objects.create(organization=station, code="t1", name="卫生室团队")
    ward = Department.objects.create(organization=branch, code="cardiology", name="心血管内科")
    village = world.user("village_doctor", Role.GENERAL_PRACTITIONER, station, care_team=team)
    return Things(
        world,
        {
            Place.OWN: Spot(world.centre, world.team, world.doctor, world.cardiology),
            Place.BELOW: Spot(station, team, village, ward),
            Place.OTHER: Spot(
                world.other_centre, world.other_team, world.outsider, world.tertiary_cardiology
            ),
        },
    )


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


# ---- how they are made


def _resident(things: Things, place: Place) -> Patient:
    """A resident with two visits, a plan, a medicine and a note, whose record is open to the department."""
    world, spot = things.world, things.spots[place]
    number = {Place.OWN: "11010519491231002X", Place.BELOW: "440524188001010014"}.get(
        place, "500113195803020027"
    )
    patient = world.patient(
        "李佩兰", Programme.HYPERTENSION, Programme.DIABETES, number=number, organization=spot.centre, team=spot.team
    )  # fmt: skip
    readings = {"systolic": 162, "diastolic": 95, "fasting_glucose": 6.4, "ldl": 2.9}
    for days_ago in (40, 20):
        visits.record(
            patient, VisitInput(observations=readings), on=timezone.localdate() - timedelta(days=days_ago),
            method="clinic", by=spot.doctor, source="form", recorded_at=timezone.now(),
        )  # fmt: skip
    MedicationStatement.objects.create(
        patient=patient, organization=spot.centre, name="氨氯地平片", dosage="5mg"
    )
    care_plans.sign(
        patient, diagnosis="高血压2级", treatment="氨氯地平", advice="低盐",
        goals=[care_plans.Target("systolic", None, Decimal(140))],
        review_on=timezone.localdate() + timedelta(days=90), by=world.specialist,
        for_organization=spot.department.organization, basis_id=None, at=timezone.now(),
    )  # fmt: skip
    AccessGrant.objects.create(
        patient=patient, organization=spot.department.organization, department=spot.department, basis="referral",
        period=DateRange(SINCE, None),
    )  # fmt: skip
    return patient


def _referral(things: Things, place: Place) -> Any:
    spot = things.spots[place]
    letter = Letter(
        programme=Programme.HYPERTENSION, urgency="routine", target=spot.department, reason="两次血压不达标",
        consent=True, skip_reason="上级专科",
    )  # fmt: skip
    return handovers.send(things.at("patient_id", place), letter, by=spot.doctor, at=timezone.now())


def _of_resident(model: Any) -> Callable[[Things, Place], Any]:
    """The first row of a model that belongs to the place's resident."""
    return lambda things, place: model.objects.filter(patient=things.at("patient_id", place)).order_by("pk")[
        0
    ]


def _batch(things: Things, place: Place) -> ImportBatch:
    world = things.world
    return ImportBatch.objects.create(
        organization=things.spots[place].centre, uploaded_by=world.centre_admin, file_name="x.xlsx",
        file_digest="0" * 64,
    )  # fmt: skip


def _delegation(things: Things, place: Place) -> Delegation:
    """Between two who are not walking."""
    today = timezone.localdate()
    holder = things.person("away", Role.PHARMACIST, place)
    stand_in = things.person("stand_in", Role.PHARMACIST, place)
    post = PractitionerRole.objects.get(user=holder)
    return Delegation.objects.create(
        post=post, delegator=holder, delegate=stand_in, reason="x", created_by=holder,
        period=DateRange(today, today + timedelta(days=9)),
    )  # fmt: skip


def _message(things: Things, place: Place) -> Communication:
    return Communication.objects.create(
        key=f"walk-{place}", kind="reminder", channel=Channel.IN_APP, recipient_kind=Recipient.PATIENT,
        recipient_id=str(things.at("patient_id", place).pk), patient_id=things.at("patient_id", place).pk,
        organization_id=things.spots[place].centre.pk, not_before=timezone.now(),
    )  # fmt: skip


def _figure(things: Things, place: Place) -> IndicatorValue:
    spot = things.spots[place]
    return IndicatorValue.objects.create(
        indicator="htn-controlled", month=date(2026, 1, 1), organization=spot.centre, team=spot.team.pk,
        numerator=1, denominator=2,
    )  # fmt: skip


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


def watched(role: Role, place: Place) -> bool:
    """The residents whose accesses somebody may see: the team's and the centre's own, and those a privacy officer watches."""
    return place is not Place.OTHER if role is Role.PRIVACY_OFFICER else by_rows(role, place)


_PEOPLE = managed(Permission.PEOPLE_MANAGE)
_ORGANIZATION = managed(Permission.ORGANIZATION_MANAGE)


def _nurse(things: Things, place: Place) -> User:
    return things.person("somebody_there", Role.NURSE, place)


def _department(things: Things, place: Place) -> Department:
    return Department.objects.create(organization=things.spots[place].centre, code="walked", name="慢病门诊")


def _area(things: Things, place: Place) -> ServiceArea:
    return ServiceArea.objects.create(organization=things.spots[place].centre, name="红旗村")


def _membership(things: Things, place: Place) -> AllianceMembership:
    return AllianceMembership.objects.get(
        alliance=things.world.alliance, organization=things.spots[place].centre
    )


def _system(things: Things, place: Place) -> ClientPost:
    client = system(things.spots[place].centre, name=f"walked-{place}")
    return ClientPost.objects.get(client=client)


def _visitor(things: Things, place: Place) -> CareTeamMember:
    return CareTeamMember.objects.create(
        care_team=things.spots[place].team, user=things.world.users["other_specialist"], role=Role.SPECIALIST,
        period=DateRange(SINCE, None),
    )  # fmt: skip


def _agreement(things: Things, place: Place) -> Agreement:
    spot = things.spots[place]
    return Agreement.objects.create(
        source=spot.centre, target=spot.department.organization, period=DateRange(SINCE, None), phone="023-00661000"
    )  # fmt: skip


def _pair(things: Things, place: Place) -> MentoringPair:
    spot = things.spots[place]
    return MentoringPair.objects.create(
        kind="mentoring", mentor=things.world.users["other_specialist"], mentee=spot.doctor,
        mentor_organization=spot.department.organization, organization=spot.centre, period=DateRange(SINCE, None),
    )  # fmt: skip


def _session(things: Things, place: Place) -> MentoringSession:
    return MentoringSession.objects.create(
        pair=things.at("pair_id", place), on=timezone.localdate(), topic="x", minutes=30,
        recorded_by=things.spots[place].doctor,
    )  # fmt: skip


def _training(things: Things, place: Place) -> Training:
    return Training.objects.create(
        organization=things.spots[place].centre, title="x", begins_at=timezone.now(), minutes=60
    )


def _certificate(things: Things, place: Place) -> Certificate:
    return Certificate.objects.create(
        user=things.spots[place].doctor, kind="physician", number=f"1-{place}", issued_on=timezone.localdate()
    )


def _emergency(things: Things, place: Place) -> EmergencyAccess:
    """Opened by somebody of the place's centre who is not walking."""
    patient = things.at("patient_id", Place.OTHER if place is not Place.OTHER else Place.OWN)
    opener = things.person("opens", Role.GENERAL_PRACTITIONER, place)
    return emergency.open_record(
        patient, by=opener, organization=things.spots[place].centre, reason=EmergencyReason.EMERGENCY,
        text="居民昏迷送来急诊，需了解病史", at=timezone.now(),
    )  # fmt: skip


KINDS: dict[str, Kind] = {
    "organization_id": Kind(lambda t, p: t.spots[p].centre, _ORGANIZATION),
    "alliances:organization:organization_id": Kind(
        lambda t, p: t.spots[p].centre,
        lambda role, place: _ORGANIZATION(role, place) or role is Role.ALLIANCE_ADMIN,
    ),
    "alliances:organization-move:organization_id": Kind(lambda t, p: t.spots[p].centre, reorganized),
    "alliances:organization-merge:organization_id": Kind(lambda t, p: t.spots[p].centre, reorganized),
    "alliances:organization-close:organization_id": Kind(lambda t, p: t.spots[p].centre, reorganized),
    "department_id": Kind(_department, _ORGANIZATION),
    "area_id": Kind(_area, _ORGANIZATION),
    "alliance_id": Kind(lambda t, _: t.world.alliance, everywhere),
    "membership_id": Kind(_membership, everywhere),
    "client_pk": Kind(_system, managed(Permission.CLIENT_MANAGE)),
    "team_id": Kind(lambda t, p: t.spots[p].team, _ORGANIZATION),
    "alliances:team:team_id": Kind(lambda t, p: t.spots[p].team, team_page),
    "member_id": Kind(_visitor, _ORGANIZATION),
    "agreement_id": Kind(_agreement, managed(Permission.AGREEMENT_MANAGE)),
    "alliances:agreement:agreement_id": Kind(_agreement, below_too),
    "pair_id": Kind(_pair, managed(Permission.MENTORING_MANAGE)),
    "session_id": Kind(_session, managed(Permission.MENTORING_MANAGE)),
    "training_id": Kind(_training, managed(Permission.TRAINING_MANAGE)),
    "certificate_id": Kind(_certificate, nobody),
    "access_id": Kind(_emergency, watched),
    "workbench:access:patient_id": Kind(lambda t, p: t.at("patient_id", p), watched),
    "patient_id": Kind(_resident),
    "visit_id": Kind(_of_resident(Encounter)),
    "referrals:pk": Kind(_referral),
    "referrals:event": Kind(lambda *_: "accept", everywhere),
    "batch_id": Kind(_batch),
    "person_id": Kind(_nurse, _PEOPLE),
    "post_id": Kind(lambda t, p: PractitionerRole.objects.get(user=t.at("person_id", p)), _PEOPLE),
    "act": Kind(lambda *_: "password", everywhere),
    "delegation_id": Kind(_delegation, _PEOPLE),
    "api:organization": Kind(lambda t, p: t.spots[p].centre, everywhere, allied=True),
    "api:alliance": Kind(lambda t, _: t.world.alliance, everywhere, allied=True),
    "api:care-team": Kind(lambda t, p: t.spots[p].team, numbers),
    "api:practitioner": Kind(lambda t, p: t.spots[p].doctor, numbers),
    "api:patient": Kind(lambda t, p: t.at("patient_id", p)),
    "api:condition": Kind(_of_resident(Condition)),
    "api:enrolment": Kind(_of_resident(Enrolment)),
    "api:contract": Kind(_of_resident(Contract)),
    "api:medication-statement": Kind(_of_resident(MedicationStatement)),
    "api:encounter": Kind(_of_resident(Encounter)),
    "api:observation": Kind(_of_resident(Observation)),
    "api:care-plan": Kind(_of_resident(CarePlan)),
    "api:appointment": Kind(_of_resident(Appointment)),
    "api:assessment": Kind(_of_resident(Assessment)),
    "api:task": Kind(_of_resident(Task)),
    "api:referral": Kind(lambda t, p: t.at("referrals:pk", p)),
    "api:communication": Kind(_message),
    "api:indicator": Kind(lambda *_: "htn-standard-managed", everywhere, allied=True),
    "api:indicator-value": Kind(_figure, numbers),
}
