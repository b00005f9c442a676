"""A page shows nobody a button or a link that their role may not use."""

import pytest
from django.test import Client
from django.urls import Resolver404, resolve

from alliances.models import Role
from tests.guards.links import Lead, forbidden, leads_of
from tests.guards.objects import Place, Things, things
from tests.guards.walk import PAGES, QUERIES, path_of, reached, somebody
from tests.world import World

_NAV = "<nav><a href='/patients/'>x</a></nav>"


@pytest.fixture
def there(world: World) -> Things:
    """The three places with their objects."""
    return things(world)


def pages_of(there: Things, role: Role, browser: Client) -> dict[str, str]:
    """Every page that the role may open at its own place, by path."""
    found = {}
    for route in PAGES:
        if not reached(role, route, Place.OWN):
            continue
        query = QUERIES[route.name](there) if route.name in QUERIES else {}
        answer = browser.get(path_of(route, there, Place.OWN), query)
        if answer.status_code == 200 and "text/html" in answer.headers.get("Content-Type", ""):
            found[path_of(route, there, Place.OWN)] = answer.content.decode()
    return found


def test_no_page_shows_anybody_what_their_role_may_not_use(there: Things) -> None:
    found, pages = [], 0
    for role in Role:
        browser = there.world.browser(somebody(there.world, role))
        followed: set[str] = set()
        for path, html in pages_of(there, role, browser).items():
            pages += 1
            leads = leads_of(html)
            found += [f"{path}: {fault}" for fault in forbidden(leads, role)]
            found += [f"{path}: {fault}" for fault in dead(leads, browser, followed)]
    assert found == []
    assert pages > 3 * len(Role)


def dead(leads: set[Lead], browser: Client, followed: set[str]) -> list[str]:
    """Links that answer 404: to an object out of reach. One link of each route and page is followed."""
    found = []
    for lead in sorted(leads, key=lambda each: each.path):
        if not lead.follows or lead.path.startswith(("/admin/", "/api/")):
            continue
        name = resolve_name(lead.path)
        if name in followed:
            continue
        followed.add(name)
        if browser.get(f"{lead.path}?{lead.query}").status_code == 404:
            found.append(f"{lead.path} answers 404")
    return found


def resolve_name(path: str) -> str:
    try:
        return resolve(path).view_name
    except Resolver404:  # told by `forbidden`
        return path


@pytest.mark.parametrize(
    "planted",
    [
        "<a href='/people/'>人员</a>", "<form action='/people/new/' method='post'></form>",
        "<button formaction='/people/new/'>x</button>", "<div hx-post='/people/new/'></div>",
        "<a href='/admin/'>后台</a>", "<a href='/moon/'>x</a>",
    ],
)  # fmt: skip
def test_a_planted_button_is_found(planted: str) -> None:
    assert forbidden(leads_of(_NAV + planted), Role.NURSE) != []


def test_what_a_role_may_use_and_what_leads_elsewhere_is_not_found() -> None:
    harmless = "<a href='?page=2'>x</a><a href='#main'>x</a><a href='tel:1'>x</a><link href='/static/x.css'>"
    assert forbidden(leads_of(_NAV + harmless), Role.NURSE) == []
    assert forbidden(leads_of("<a href='/people/'>x</a>"), Role.ORGANIZATION_ADMIN) == []
