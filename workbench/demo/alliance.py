"""Organizations, departments, teams, people and posts of the demo, written at once: everything else refers to them."""

import secrets
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from django_otp.plugins.otp_totp.models import TOTPDevice
from psycopg2.extras import DateRange

from accounts import second_factor
from accounts.models import ApiClient, ClientScope, User
from accounts.names import pinyin_of
from alliances.models import (
    Alliance,
    AllianceMembership,
    CareTeam,
    ClientPost,
    Department,
    MembershipRole,
    Organization,
    PractitionerRole,
    Role,
    ServiceArea,
    TeamKind,
    Tier,
)
from followups.protocols.versions import DEFAULT_TIMETABLE, Timetable
from patients.models import ServicePackage
from patients.models.patient import Sex
from workbench.demo import numbers, places
from workbench.demo.chance import Chance
from workbench.demo.names import name_of
from workbench.demo.sign_ins import Line

_SINCE: Final = date(2019, 1, 1)
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # none that are taken for another


@dataclass
class Stage:
    """Who and what the history plays with. Teams by (centre, name), departments by (hospital, code)."""

    alliance: Alliance
    places: dict[str, Organization]
    departments: dict[tuple[str, str], Department]
    teams: dict[tuple[str, str], CareTeam]
    packages: dict[str, ServicePackage]
    users: dict[str, User] = field(default_factory=dict)
    staff: dict[int, list[tuple[Role, User]]] = field(default_factory=dict)
    specialists: dict[int, list[User]] = field(default_factory=dict)
    desks: dict[int, User] = field(default_factory=dict)
    sign_ins: list[Line] = field(default_factory=list)
    client: tuple[str, str, str] = ("", "", "")
    timetable: Timetable = DEFAULT_TIMETABLE

    def area_teams(self, centre: str) -> list[CareTeam]:
        """The area teams of a centre, in order."""
        return [t for (code, _name), t in self.teams.items() if code == centre and t.kind == TeamKind.AREA]

    def doctor(self, team: CareTeam) -> tuple[Role, User]:
        """Who refers for a team, in which role."""
        return next(
            (r, u) for r, u in self.staff[team.pk] if r in (Role.GENERAL_PRACTITIONER, Role.TEAM_LEAD)
        )


def password() -> str:
    """A random password that can be typed from a screen, about 79 bits, of three classes of characters."""
    while True:
        text = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))
        if any(each.isdigit() for each in text) and any(each.isalpha() for each in text):
            return text


def build(chance: Chance) -> Stage:
    """Write the alliance with everybody who works in it."""
    stage = Stage(
        alliance=Alliance.objects.create(code=places.ALLIANCE[0], name=places.ALLIANCE[1]),
        places=_organizations(),
        departments={},
        teams={},
        packages={
            code: ServicePackage.objects.create(code=code, name=name, kind=kind, price_cents=cents)
            for code, name, kind, cents in places.PACKAGES
        },
    )
    _memberships(stage)
    for code, name, title, programmes, extension in places.DEPARTMENTS:
        hospital = stage.places[code]
        stage.departments[code, name] = Department.objects.create(
            organization=hospital, code=name, name=title, programmes=list(programmes),
            phone=f"{hospital.phone}-{extension}",
        )  # fmt: skip
    for centre in places.CENTRES:
        _teams(stage, centre)
        ServiceArea.objects.bulk_create(
            numbers.areas(centre, stage.places[centre.code], stage.area_teams(centre.code))
        )
    for worker in places.WORKERS:
        _employ(stage, worker)
    for worker in _further_workers(stage, chance):
        _employ(stage, worker)
    _client(stage)
    return stage


def _organizations() -> dict[str, Organization]:
    made: dict[str, Organization] = {}
    for number, place in enumerate(places.PLACES, start=1):
        made[place.code] = Organization.objects.create(
            code=place.code, name=place.name, short_name=place.short, tier=place.tier, phone=place.phone,
            area_code=place.area, parent=made.get(place.parent), uscc=numbers.social_credit_code(place, number),
            institution_code=numbers.institution_code(place, number),
        )  # fmt: skip
    return made


def _memberships(stage: Stage) -> None:
    AllianceMembership.objects.bulk_create(
        AllianceMembership(
            alliance=stage.alliance, organization=organization, period=DateRange(_SINCE, None),
            role=MembershipRole.LEAD if organization.tier == Tier.TERTIARY else MembershipRole.MEMBER,
        )
        for organization in stage.places.values()
        if organization.tier != Tier.BUREAU
    )  # fmt: skip


def _teams(stage: Stage, centre: places.Centre) -> None:
    areas = [name for name in centre.teams if name.endswith("片区团队")]
    for number, name in enumerate(centre.teams, start=1):
        is_area = name in areas
        stage.teams[centre.code, name] = CareTeam.objects.create(
            organization=stage.places[centre.code], code=f"team-{number}", name=name,
            kind=TeamKind.AREA if is_area else TeamKind.SPECIALTY,
            areas=list(centre.villages[areas.index(name) :: len(areas)]) if is_area else [],
        )  # fmt: skip


def _further_workers(stage: Stage, chance: Chance) -> list[places.Worker]:
    """The doctors, nurses and helpers of the teams that the list of workers leaves open (1+1+X). They do not sign in."""
    made, taken = [], {worker.username for worker in places.WORKERS}
    for (centre, name), team in stage.teams.items():
        have = {role for role, _user in stage.staff.get(team.pk, [])}
        third = Role.VILLAGE_DOCTOR if team.kind == TeamKind.AREA else Role.PHARMACIST
        wanted = (Role.GENERAL_PRACTITIONER, Role.TEAM_LEAD, Role.NURSE, Role.HEALTH_MANAGER, third)
        for role in wanted:
            if role in have:
                continue
            full = name_of(chance, chance.choice((Sex.MALE, Sex.FEMALE)), chance.between(1970, 1994))
            spelt = base = pinyin_of(full).replace(" ", "")
            number = 2
            while spelt in taken:
                spelt, number = f"{base}{number}", number + 1
            taken.add(spelt)
            made.append(places.Worker(spelt, full, role, centre, name, signs_in=False))
    return made


def _employ(stage: Stage, worker: places.Worker) -> None:
    organization = stage.places[worker.organization]
    secret = password() if worker.signs_in else None
    user = User.objects.create_user(
        worker.username,
        secret,
        name=worker.name,
        email=f"{worker.username}@example.test",
        is_staff=worker.role == Role.OPERATOR,
        is_superuser=worker.role == Role.OPERATOR,
        phone=organization.phone,
    )
    stage.users[worker.username] = user
    team = stage.teams.get((worker.organization, worker.team))
    departments: list[Department | None] = [
        stage.departments[worker.organization, code] for code in worker.departments
    ]
    for department in departments or [None]:
        PractitionerRole.objects.create(
            user=user, role=worker.role, organization=organization, department=department, care_team=team,
            alliance=stage.alliance if worker.in_alliance else None, period=DateRange(_SINCE, None),
        )  # fmt: skip
        if department is not None and worker.role == Role.SPECIALIST:
            stage.specialists.setdefault(department.pk, []).append(user)
        elif department is not None:
            stage.desks[department.pk] = user
    if team is not None:
        stage.staff.setdefault(team.pk, []).append((worker.role, user))
    if secret is not None:
        place = f"{organization.name} {worker.team or ' '.join(d.name for d in departments if d)}".strip()
        role = str(Role(worker.role).label)
        stage.sign_ins.append((worker.name, role, place, worker.username, secret, _second_factor(user)))


def _second_factor(user: User) -> str:
    """The secret of the device that is enrolled for whoever needs one, as it is typed into an app; "" for the others."""
    if not second_factor.is_due(user):
        return ""
    return second_factor.typed_secret(TOTPDevice.objects.create(user_id=user.pk, name="app"))


def _client(stage: Stage) -> None:
    client_id, name = places.CLIENT
    client = ApiClient(
        client_id=client_id, name=name, scopes=[ClientScope.READ, ClientScope.WRITE, ClientScope.IDENTITY]
    )
    secret = client.set_secret()
    client.save()
    ClientPost.objects.create(client=client, organization=stage.places["nanquan"])
    stage.client = (name, client_id, secret)
