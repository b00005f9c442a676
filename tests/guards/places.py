"""Three places at which a route is walked, with one object of every kind at each, made when first asked for."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from psycopg2.extras import DateRange

from accounts.models import User
from alliances.models import (
    AllianceMembership,
    CareTeam,
    Department,
    Organization,
    Role,
)
from tests.world import SINCE, World

#: How the object of a kind is made; tests/guards/objects.py fills it.
MAKERS: dict[str, Callable[["Things", "Place"], Any]] = {}


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
            self.made[kind, place] = MAKERS[kind](self, place)
        return self.made[kind, place]

    def copy(self) -> "Things":
        """The same objects; what is added to the copy is unknown here."""
        world = replace(self.world, users=dict(self.world.users))
        return Things(world, dict(self.spots), dict(self.made))

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
