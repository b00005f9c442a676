"""How a team has to be made up, as data; and who of its members fills which place.

A team that breaks its rule is shown with what is missing. Nothing is forbidden because of it: a team whose nurse has
left goes on caring for its residents.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from alliances.models import Composition, Role

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Place:
    """One place of a team: what it is called and whose roles can fill it."""

    code: str
    name: "StrOrPromise"
    roles: frozenset[Role]


@dataclass(frozen=True)
class Rule:
    """The places a team needs, in the order in which they are filled and shown."""

    composition: Composition
    places: tuple[Place, ...]
    source: str


@dataclass(frozen=True)
class Missing:
    """A place that nobody of the team fills."""

    rule: Rule
    place: Place


@dataclass(frozen=True)
class Member:
    """A person in a role. Somebody with several roles in a team is several members and still one person."""

    person: int
    role: Role


# In life the head of a family-doctor team is one of its general practitioners (decision 0015).
_PRACTITIONERS: Final = frozenset({Role.GENERAL_PRACTITIONER, Role.TEAM_LEAD})
_GP: Final = Place("general_practitioner", _("general practitioner"), _PRACTITIONERS)
_PUBLIC_HEALTH: Final = Place(
    "public_health",
    _("nurse or public-health physician"),
    frozenset({Role.NURSE, Role.PUBLIC_HEALTH_PHYSICIAN}),
)
_ONE_MORE: Final = Place(
    "one_more",
    _("one more: TCM, specialist, village doctor, health manager or pharmacist"),
    frozenset(
        {Role.TCM_PHYSICIAN, Role.SPECIALIST, Role.VILLAGE_DOCTOR, Role.HEALTH_MANAGER, Role.PHARMACIST}
    ),
)

RULES: Final[dict[Composition, Rule]] = {
    rule.composition: rule
    for rule in (
        Rule(
            Composition.ONE_ONE_X,
            (_GP, _PUBLIC_HEALTH, _ONE_MORE),
            "Chongqing Banan, Nanquan centre: one GP, one public-health or nursing assistant, and X",
        ),
        Rule(
            Composition.THREE_PRACTITIONERS,
            (
                Place("specialist", _("specialist"), frozenset({Role.SPECIALIST})),
                _GP,
                Place("health_manager", _("health manager"), frozenset({Role.HEALTH_MANAGER})),
            ),
            "Xiamen: specialist, general practitioner and health manager look after one resident together",
        ),
        Rule(
            Composition.FAMILY_PHARMACIST,
            (Place("pharmacist", _("pharmacist"), frozenset({Role.PHARMACIST})),),
            "Foshan Nanhai: a family pharmacist in the team",
        ),
    )
}


def filled(rule: Rule, members: Iterable[Member]) -> dict[Place, int | None]:
    """Who fills each place, None where nobody does. One person fills one place, whatever the order of the members.

    A place once filled is kept: somebody who fills it may be moved to another place so that a later one finds somebody
    too. So as many places as possible are filled, earlier ones first.
    """
    there = tuple(members)
    able = {place: sorted({one.person for one in there if one.role in place.roles}) for place in rule.places}
    taken: dict[int, Place] = {}
    for place in rule.places:
        _fill(place, able, taken, set())
    people = {place: person for person, place in taken.items()}
    return {place: people.get(place) for place in rule.places}


def _fill(place: Place, able: dict[Place, list[int]], taken: dict[int, Place], tried: set[int]) -> bool:
    """Seat somebody in the place, asking those seated elsewhere to move over when somebody else can sit there."""
    for person in able[place]:
        if person in tried:
            continue
        tried.add(person)
        if person not in taken or _fill(taken[person], able, taken, tried):
            taken[person] = place
            return True
    return False


def missing(rule: Rule, members: Iterable[Member]) -> list[Missing]:
    """The places of the rule that nobody fills."""
    return [Missing(rule, place) for place, person in filled(rule, members).items() if person is None]


def missing_of(compositions: Iterable[str], members: Iterable[Member]) -> list[Missing]:
    """What a team lacks by all its rules together."""
    there = tuple(members)
    return [one for composition in compositions for one in missing(RULES[Composition(composition)], there)]
