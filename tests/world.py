"""A small alliance for tests: one centre with two teams, another centre, one secondary and one tertiary hospital.

`world` has an actor of every role that matters and makes residents with one line. The outsider is a doctor of the
other centre: tests share the setup between the allowed and the denied case, so that the denied one cannot pass for a
wrong reason.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import django_otp
import pytest
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone
from psycopg2.extras import DateRange
from qsessions.backends.db import SessionStore

from accounts import sessions
from accounts.models import ApiClient, ClientScope, User
from accounts.names import initials_of, pinyin_of
from alliances.models import (
    Alliance,
    AllianceMembership,
    CareTeam,
    ClientPost,
    Department,
    Organization,
    PractitionerRole,
    Role,
)
from patients import enrolment
from patients.identity import IdentityText, new_identity
from patients.models import Contract, Patient, Responsibility, ServicePackage
from patients.programmes import Programme
from tests.second_factors import device_of

SINCE = date(2020, 1, 1)
PASSWORD = "A-long-enough-password"


@dataclass
class World:
    """See `build`."""

    alliance: Alliance
    centre: Organization
    other_centre: Organization
    secondary: Organization
    tertiary: Organization
    team: CareTeam
    second_team: CareTeam
    other_team: CareTeam
    cardiology: Department
    endocrinology: Department
    tertiary_cardiology: Department
    package: ServicePackage
    users: dict[str, User] = field(default_factory=dict)
    client_secret: str = ""
    api_client: ApiClient | None = None
    numbers: int = 0

    def __getattr__(self, name: str) -> User:
        """`world.doctor`, `world.specialist`, … : the users by the part they play."""
        try:
            return self.__dict__["users"][name]
        except KeyError:
            raise AttributeError(name) from None

    def user(self, part: str, role: Role, organization: Organization, **post: Any) -> User:
        """A user with one live post."""
        user = User.objects.create(username=part.replace("_", "-"), name=part, email=f"{part}@example.test")
        user.set_password(PASSWORD)
        user.save()
        PractitionerRole.objects.create(
            user=user, role=role, organization=organization, period=DateRange(SINCE, None), **post
        )
        self.users[part] = user
        return user

    def browser(self, part: str, *, verified: bool = True) -> Client:
        """A Django test client signed in as somebody, who has shown a second factor unless `verified` is False."""
        client = Client()
        client.force_login(self.users[part])
        if verified:
            verify(client, self.users[part])
        return client

    def patient(
        self,
        name: str = "李佩兰",
        *programmes: Programme,
        born: date = date(1958, 3, 2),
        sex: str = "female",
        organization: Organization | None = None,
        team: CareTeam | None = None,
        enrolled_on: date = date(2024, 1, 1),
        number: str = "",
        phone: str = "13812345678",
        contract: bool = True,
    ) -> Patient:
        """A resident of the centre (first team) with responsibility, identity, contract and enrolments."""
        organization = organization or self.centre
        team = team or (self.team if organization == self.centre else self.other_team)
        self.numbers += 1
        patient = Patient.objects.create(
            name=name, pinyin=pinyin_of(name), initials=initials_of(name), sex=sex, birth_date=born,
            organization=organization, care_team=team, archive_number=f"500113002001{self.numbers:05d}",
            height=160, community="红旗村",
        )  # fmt: skip
        Responsibility.objects.create(
            patient=patient, organization=organization, care_team=team, period=DateRange(SINCE, None)
        )
        text = IdentityText(number, phone, "重庆市巴南区南泉街道红旗村89号")
        new_identity(patient.pk, organization.pk, text).save()
        if contract:
            self.contract(patient)
        for programme in programmes:
            enrolment.diagnose(patient, programme, diagnosed_on=enrolled_on, by=self.users["doctor"])
            enrolment.enrol(patient, programme, on=enrolled_on, by=self.users["doctor"])
        return Patient.objects.get(pk=patient.pk)

    def contract(self, patient: Patient, *, begins: date | None = None, months: int = 12) -> Contract:
        """A live contract naming three organizations."""
        begins = begins or timezone.localdate() - timedelta(days=30)
        return Contract.objects.create(
            patient=patient, package=self.package, organization=patient.organization, care_team=patient.care_team,
            secondary=self.secondary, tertiary=self.tertiary, signed_on=begins,
            period=DateRange(begins, begins + timedelta(days=30 * months)),
        )  # fmt: skip


def build() -> World:
    """Create the alliance with its people."""

    def organization(code: str, name: str, tier: str) -> Organization:
        return Organization.objects.create(code=code, name=name, tier=tier)

    centre = organization("nanquan", "南泉街道社区卫生服务中心", "community")
    other = organization("other", "龙洲湾社区卫生服务中心", "community")
    secondary = organization("banan", "巴南区人民医院", "secondary")
    tertiary = organization("first", "重庆市第一人民医院", "tertiary")
    alliance = Alliance.objects.create(code="a", name="巴南区医联体")
    for member in (centre, other, secondary, tertiary):
        AllianceMembership.objects.create(
            alliance=alliance, organization=member, period=DateRange(SINCE, None),
            role="lead" if member == tertiary else "member",
        )  # fmt: skip

    def department(organization: Organization, code: str, name: str, programmes: list[str]) -> Department:
        return Department.objects.create(
            organization=organization, code=code, name=name, programmes=programmes
        )

    heart = ["hypertension", "chd", "stroke"]
    world = World(
        alliance=alliance, centre=centre, other_centre=other, secondary=secondary, tertiary=tertiary,
        team=CareTeam.objects.create(organization=centre, code="t1", name="第一片区团队"),
        second_team=CareTeam.objects.create(organization=centre, code="t2", name="第二片区团队"),
        other_team=CareTeam.objects.create(organization=other, code="t1", name="第一片区团队"),
        cardiology=department(secondary, "cardiology", "心血管内科", heart),
        endocrinology=department(secondary, "endocrinology", "内分泌科", ["diabetes"]),
        tertiary_cardiology=department(tertiary, "cardiology", "心血管内科", heart),
        package=ServicePackage.objects.create(code="basic", name="基础包", kind="basic"),
    )  # fmt: skip
    world.user("doctor", Role.GENERAL_PRACTITIONER, centre, care_team=world.team)
    world.user("colleague", Role.GENERAL_PRACTITIONER, centre, care_team=world.team)
    world.user("nurse", Role.NURSE, centre, care_team=world.team)
    world.user("team_lead", Role.TEAM_LEAD, centre, care_team=world.team)
    world.user("centre_admin", Role.ORGANIZATION_ADMIN, centre)
    world.user("specialist", Role.SPECIALIST, secondary, department=world.cardiology)
    world.user("second_specialist", Role.SPECIALIST, secondary, department=world.cardiology)
    world.user("other_specialist", Role.SPECIALIST, secondary, department=world.endocrinology)
    world.user("alliance_admin", Role.ALLIANCE_ADMIN, tertiary, alliance=alliance)
    world.user("privacy_officer", Role.PRIVACY_OFFICER, tertiary)
    world.user("operator", Role.OPERATOR, tertiary)
    world.user("outsider", Role.GENERAL_PRACTITIONER, other, care_team=world.other_team)
    client = ApiClient(client_id="his", name="区域平台", scopes=[ClientScope.READ, ClientScope.WRITE])
    world.client_secret = client.set_secret()
    client.save()
    ClientPost.objects.create(client=client, organization=centre)
    world.api_client = client
    return world


def verify(client: Client, user: User) -> None:
    """Let django-otp mark the client's session as verified by a device of the user, as the second step does.

    The session is settled as after its first request, so that a page's statements can be counted at once.
    """
    device = device_of(user)
    request = HttpRequest()
    request.user, request.session = (
        user,
        SessionStore(client.session.session_key, user_agent="", ip="127.0.0.1"),
    )
    sessions.begin(request.session, at=timezone.now())
    django_otp.login(request, device)
    request.session.save()


@pytest.fixture
def world(db: None) -> World:
    """The alliance, inside the test's transaction."""
    return build()


@pytest.fixture
def committed_world(transactional_db: None) -> World:
    """The alliance, committed: for tests with several real connections."""
    return build()


def at(text: str) -> datetime:
    """A moment in Shanghai from ISO text without an offset."""
    return timezone.make_aware(datetime.fromisoformat(text))
