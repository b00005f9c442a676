"""Every route stands in the who-sees-whom table, and everybody meets at every place what the table says."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from psycopg2.extras import DateRange

from accounts import tokens
from accounts.models import ClientScope
from alliances import permissions
from alliances.guards import requires, signed_in
from alliances.models import PractitionerRole, Role
from alliances.permissions import Access, Permission
from patients import emergency
from patients.models import EmergencyReason
from patients.scope import PatientOwnedQuerySet
from tests.api_client import system
from tests.guards.objects import KINDS, Place, Things
from tests.guards.routes import OPEN, Route, routes, unjudged
from tests.guards.walk import (
    INTERFACE,
    PAGES,
    Walker,
    by_token,
    everything,
    kinds_of,
    path_of,
    places_of,
    somebody,
    violations,
)
from tests.undone import undone
from tests.world import SINCE, build

#: Forbidden and absent are alike for systems too (exchange/api/access.py).
WITHOUT_SCOPE = 404


@pytest.fixture(scope="module")
def made(django_db_setup: None, django_db_blocker: Any) -> Iterator[Things]:
    """The three places with all their objects and somebody of every role: they cost more than many a walk, so all share them."""
    with django_db_blocker.unblock(), undone():
        yield everything(build())


@pytest.fixture
def there(made: Things, db: None, settings: Any) -> Things:
    """The places for one test, which leaves no trace; in an installation with an identity provider: without one its routes
    are absent."""
    settings.OIDC_ENABLED, settings.OIDC_ISSUER = True, "https://id.hospital.example"
    settings.OIDC_OP_AUTHORIZATION_ENDPOINT, settings.OIDC_RP_CLIENT_ID = (
        f"{settings.OIDC_ISSUER}/auth",
        "yilian",
    )
    return made.copy()


def bearer(holder: Any) -> dict[str, str]:
    text, _ends = tokens.issue(holder, at=timezone.now())
    return {"Authorization": f"Bearer {text}"}


def on_pages(there: Things, part: str) -> Walker:
    return Walker(there, there.world.browser(part))


def test_every_route_stands_in_the_table() -> None:
    assert len(routes()) > 60
    assert unjudged(routes()) == []


def test_a_planted_route_is_found() -> None:
    def planted(request: Any) -> HttpResponse:
        return HttpResponse("x")

    assert unjudged([Route("planted", "planted/", planted)]) == ["planted"]
    assert unjudged([Route("planted", "planted/", requires(Permission.WORKLIST)(planted))]) == []


def test_no_open_route_is_forgotten_in_the_list() -> None:
    assert set(OPEN) <= {route.name for route in routes()}


def test_every_argument_of_every_route_is_known_and_every_kind_is_used() -> None:
    used = {kind for route in [*PAGES, *INTERFACE] for kind in kinds_of(route).values()}
    assert used == set(KINDS)


def test_a_planted_argument_is_found() -> None:
    with pytest.raises(KeyError, match="say what 'moon_id' of planted stands for"):
        kinds_of(Route("planted", "moons/<int:moon_id>/", lambda request, moon_id: HttpResponse("x")))


@pytest.mark.parametrize("role", Role)
def test_every_role_opens_what_the_table_says_and_nothing_else(there: Things, role: Role) -> None:
    """A test a role: they run side by side, and a failure names the role."""
    assert list(violations(on_pages(there, somebody(there.world, role)), role, PAGES)) == []


@pytest.mark.parametrize("role", Role)
def test_every_role_reads_by_token_what_the_table_says_and_an_elevated_one_nothing(
    there: Things, role: Role
) -> None:
    walker = Walker(there, Client(), bearer(there.world.users[somebody(there.world, role)]))
    if by_token(role):
        assert list(violations(walker, role, INTERFACE)) == []
    else:
        assert {status for route in INTERFACE for status in walker.answers(route, Place.OWN)} == {401}


def test_a_visitor_meets_the_sign_in_everywhere(there: Things) -> None:
    for route in PAGES:
        path = path_of(route, there, Place.OWN)
        answers = [call(path) for call in (Client().get, Client().post)]
        locations = [a.headers.get("Location", "") for a in answers if a.status_code != 405]
        assert locations, route.name
        assert all(location.startswith("/accounts/sign-in/") for location in locations), route.name
    walker = Walker(there, Client())
    assert {status for route in INTERFACE for status in walker.answers(route, Place.OWN)} == {401}


def test_somebody_whose_post_has_ended_meets_404_by_page_and_401_by_token(there: Things) -> None:
    world = there.world
    for route in PAGES:
        path_of(route, there, Place.OWN)  # the objects are made while the post lasts
    post = PractitionerRole.objects.get(user=world.doctor)
    post.period = DateRange(SINCE, timezone.localdate())
    post.save()
    walker = on_pages(there, "doctor")
    for route in PAGES:
        answers = set(walker.answers(route, Place.OWN))
        if route.permissions or kinds_of(route):
            assert answers == {404}, route.name
        else:
            assert answers <= {200, 204, 302, 404, 422}, route.name
    tokened = Walker(there, Client(), bearer(world.doctor))
    assert {status for route in INTERFACE for status in tokened.answers(route, Place.OWN)} == {401}


@pytest.mark.parametrize("place", Place)
def test_a_system_reads_its_own_organization_and_of_others_only_what_is_shared(
    there: Things, place: Place
) -> None:
    """A system of each place in turn: what stands at its own place opens, what stands elsewhere does not exist."""
    holder, found = system(there.spots[place].centre, name=f"his-{place}"), []
    walker = Walker(there, Client(), bearer(holder))
    for route in INTERFACE:
        kinds = [KINDS[kind] for kind in kinds_of(route).values()]
        for where in places_of(route):
            opens = not kinds or where is place or all(kind.allied for kind in kinds)
            answers = set(walker.answers(route, where))
            if not answers <= ({200, 400} if opens else {404}):
                found.append(f"{route.name} of {where}: {answers}")
    assert found == []


def test_a_system_without_the_scope_opens_nothing(there: Things) -> None:
    walker = Walker(there, Client(), bearer(system(there.world.centre, ClientScope.IDENTITY)))
    assert {s for route in INTERFACE for s in walker.answers(route, Place.OWN)} == {WITHOUT_SCOPE}


# ---- the walk can fail


def test_a_planted_leak_of_rows_is_found(there: Things, monkeypatch: pytest.MonkeyPatch) -> None:
    walker = on_pages(there, somebody(there.world, Role.NURSE))
    walked = [route for route in PAGES if route.name == "workbench:patient"]
    assert list(violations(walker, Role.NURSE, walked)) == []
    monkeypatch.setattr(PatientOwnedQuerySet, "visible_to", lambda rows, actor, **_: rows)
    found = list(violations(walker, Role.NURSE, walked))
    assert len(found) == 2, found
    assert all("may not open workbench:patient" in line for line in found)


def test_a_planted_permission_too_many_is_found(there: Things, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table in the product that is wider than the one the walk reads."""
    walker = on_pages(there, somebody(there.world, Role.NURSE))
    walked = [route for route in PAGES if route.name in ("alliances:people", "exchange:imports")]
    wider = Access(permissions.TABLE[Role.NURSE].rows, frozenset(Permission))
    monkeypatch.setattr("alliances.scope.TABLE", {**permissions.TABLE, Role.NURSE: wider})
    assert len(list(violations(walker, Role.NURSE, walked))) == 2


@pytest.mark.parametrize(
    ("guard", "found"), [(signed_in, True), (requires(Permission.PEOPLE_MANAGE), False)], ids=["open", "guarded"]
)  # fmt: skip
def test_a_planted_view_that_forgets_its_guard_is_found(
    there: Things, monkeypatch: pytest.MonkeyPatch, guard: Callable[..., Any], found: bool
) -> None:
    """The view says that it asks for a permission, and does not."""
    walked = [route for route in PAGES if route.name == "alliances:people"]
    planted = guard(lambda request: HttpResponse("x"))
    planted.permissions = (Permission.PEOPLE_MANAGE,)
    pattern = next(
        each for each in _patterns() if each.name == "people" and str(each.pattern) == walked[0].pattern
    )
    monkeypatch.setattr(pattern, "callback", planted)
    walker = on_pages(there, somebody(there.world, Role.NURSE))
    planted_route = Route(walked[0].name, walked[0].pattern, planted)
    assert bool(list(violations(walker, Role.NURSE, [planted_route]))) is found


def _patterns() -> list[Any]:
    from alliances.urls import urlpatterns

    return list(urlpatterns)


def test_who_opened_a_record_in_an_emergency_reads_it_and_writes_nowhere(there: Things) -> None:
    """Five pages are read; a new page that only reads a record is written down here."""
    world, patient = there.world, there.at("patient_id", Place.OWN)
    stranger = world.user("stranger", Role.SPECIALIST, world.secondary, department=world.endocrinology)
    emergency.open_record(
        patient, by=stranger, organization=world.secondary, reason=EmergencyReason.EMERGENCY,
        text="居民昏迷送来急诊，需了解病史", at=timezone.now(),
    )  # fmt: skip
    browser, read = world.browser("stranger"), set()
    of_the_resident = [r for r in PAGES if {"patient_id", "visit_id", "pk"} & set(kinds_of(r))]
    for route in of_the_resident:
        path = path_of(route, there, Place.OWN)
        if browser.get(path).status_code not in {404, 405}:
            read.add(route.name)
        assert browser.post(path).status_code in {404, 405}, path
    assert len(of_the_resident) >= 10
    # with a record its plan and its referrals
    assert read == {
        "workbench:patient",
        "workbench:plan",
        "workbench:plan-history",
        "referrals:case",
        "referrals:slip",
    }
