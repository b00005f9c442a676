"""The walk: somebody calls every route at every place, and each answer is held against the who-sees-whom table."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.test import Client

from alliances.models import Role
from alliances.permissions import ELEVATED, TABLE, Rows
from tests.guards.objects import KINDS, Kind, Place, Things, things
from tests.guards.routes import Route, routes
from tests.world import World

#: `<uuid:name>` of a path and `(?P<name>…)` of an expression, whose own brackets are at most one deep.
_ARGUMENT = re.compile(r"<\w+:(?P<path>\w+)>|\(\?P<(?P<regex>\w+)>(?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)")
#: What the list of a route cannot be asked without.
QUERIES: dict[str, Any] = {
    # residents behind a number: of one team or centre, never of all
    "performance:patients": lambda things: {
        "organization": things.spots[Place.OWN].centre.pk, "team": things.spots[Place.OWN].team.pk,
    },
}  # fmt: skip
#: What a route asks beyond the permission and the rows, each with its reason.
FURTHER: dict[str, Callable[[Role], bool]] = {
    # a department reads single records, it keeps no copy
    "api:sync-changes": lambda role: TABLE[role].rows is not Rows.DEPARTMENT,
}
#: Allowed answers: shown, done, asked again, refused by a rule of the work. Never 403, never an error of ours.
OPENED = {200, 201, 204, 302, 303, 400, 409, 410, 422}
CLOSED = {404}
NOT_THAT_WAY = 405

PAGES = [r for r in routes() if not r.name.startswith("api:") and r.permissions is not None]
INTERFACE = [r for r in routes() if r.name.startswith("api:") and r.permissions is not None]


def kinds_of(route: Route) -> dict[str, str]:
    """The kind of each argument of a route. KeyError, with what to do, for one that nobody has told the guard about."""
    found = {}
    space = route.name.split(":")[0]
    for match in _ARGUMENT.finditer(route.pattern):
        name = match["path"] or match["regex"]
        names = (f"{route.name}:{name}", f"{space}:{name}", name)
        if space == "api":
            names = (route.name.removesuffix("-detail"),)
        kind = next((each for each in names if each in KINDS), None)
        if kind is None:
            raise KeyError(f"tests/guards/objects.py KINDS: say what {name!r} of {route.name} stands for")
        found[name] = kind
    return found


def path_of(route: Route, things: Things, place: Place) -> str:
    """The route's path to the objects of a place."""
    kinds = kinds_of(route)

    def written(match: re.Match[str]) -> str:
        found = things.at(kinds[match["path"] or match["regex"]], place)
        return str(getattr(found, "pk", found))

    path = _ARGUMENT.sub(written, route.pattern)
    return "/" + path.replace("^", "").replace("/?$", "/").replace("$", "")


def reached(role: Role, route: Route, place: Place) -> bool:
    """Whether the role may open the route for the objects of the place: permission, and the rows of each kind."""
    permissions = route.permissions or ()
    if permissions and not any(permission in TABLE[role].may for permission in permissions):
        return False
    if route.name in FURTHER and not FURTHER[route.name](role):
        return False
    kinds: list[Kind] = [KINDS[kind] for kind in kinds_of(route).values()]
    return all(kind.reach(role, place) for kind in kinds)


def places_of(route: Route, role: Role | None = None) -> tuple[Place, ...]:
    """Where the route is walked: once without arguments, and once where the permission is missing, else at every place."""
    if not kinds_of(route):
        return (Place.OWN,)
    permissions = route.permissions or ()
    if role is not None and permissions and not any(p in TABLE[role].may for p in permissions):
        return (Place.OWN,)
    return tuple(Place)


@dataclass
class Walker:
    """Somebody who calls routes and remembers which of them know no GET or no POST (405 says so to everybody alike)."""

    things: Things
    client: Client
    headers: dict[str, str] = field(default_factory=dict)

    def answers(self, route: Route, place: Place) -> list[int]:
        """What GET and an empty POST are answered. Whatever they did is taken back."""
        path = path_of(route, self.things, place)
        query = QUERIES[route.name](self.things) if route.name in QUERIES else {}
        found = []
        for method, sent in (("GET", query), ("POST", None)):
            if (route.name, method) in UNKNOWN_METHODS:
                continue
            if "xlsx" in path and method == "POST":
                continue  # a file to take along
            with transaction.atomic():
                if method == "GET":
                    answer = self.client.get(path, sent, headers=self.headers)
                elif self.headers:
                    answer = self.client.post(path, "{}", "application/json", headers=self.headers)
                else:
                    answer = self.client.post(path, headers=self.headers)
                transaction.set_rollback(True)
            if answer.status_code == NOT_THAT_WAY:
                UNKNOWN_METHODS.add((route.name, method))
            else:
                found.append(answer.status_code)
        return found


#: Learnt as the walk goes: a 405 depends on nobody's posts.
UNKNOWN_METHODS: set[tuple[str, str]] = set()


def violations(walker: Walker, role: Role, walked: list[Route]) -> Iterator[str]:
    """Every answer that is not what the table says."""
    for route in walked:
        for place in places_of(route, role):
            allowed = reached(role, route, place)
            answers = walker.answers(route, place)
            expected = OPENED if allowed else CLOSED
            if not answers or not set(answers) <= expected:
                words = "may" if allowed else "may not"
                yield f"{role} {words} open {route.name} ({place}) and met {answers}"


def somebody(world: World, role: Role) -> str:
    """The part of a person with one post of the role: at the centre, in a department of the hospital, for the alliance."""
    part = f"walks_as_{role}"
    if part in world.users:
        return part
    post: dict[str, Any] = {"alliance": world.alliance} if role == Role.ALLIANCE_ADMIN else {}
    if role in (Role.SPECIALIST, Role.REFERRAL_DESK):
        place, post["department"] = world.secondary, world.cardiology
    else:
        place, post["care_team"] = world.centre, world.team
    world.user(part, role, place, **post)
    return part


def everything(world: World) -> Things:
    """The three places with every object of the table, and somebody of every role."""
    found = things(world)
    for role in Role:
        somebody(world, role)
    for kind in KINDS:
        for place in Place:
            found.at(kind, place)
    return found


def by_token(role: Role) -> bool:
    """Whether a token is given to the role at all: elevated posts need the pages and their second factor."""
    return role not in ELEVATED
