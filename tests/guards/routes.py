"""Every route of the product with what it asks for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

# Routes that ask for no post, each with its reason. A new route is judged until somebody writes it here.
OPEN = {
    "healthz": "a load balancer asks",
    "readyz": "a load balancer asks",
    "set_language": "changes a cookie only",
    "accounts:sign-in": "where one signs in",
    "back-office-door": "sends to where one signs in",
    "accounts:sign-out": "where one signs out",
    "accounts:single-sign-on": "where one signs in with the hospital's own account",
    "accounts:single-sign-on-return": "where its provider sends one back",
    "accounts:session": "says whether one is signed in",
    "exchange:receipt": "a gateway signs its receipts with the shared secret",
    "api:token": "where a system signs in",
    "api:token-revoke": "ends the caller's own token",
    "api:schema": "the public description of the interface",
    "api:docs": "the public description of the interface",
    "api:nowhere": "the shape of a 404",
}


@dataclass(frozen=True)
class Route:
    """A route's name, its path pattern, its view."""

    name: str
    pattern: str
    view: Callable[..., Any]

    @property
    def permissions(self) -> tuple[Any, ...] | None:
        """What the who-sees-whom table is asked for: any one of these; empty for "signed in"; None where nothing is."""
        return getattr(self.view, "permissions", None)


def routes() -> list[Route]:
    """All routes but the back office, which Django's own permissions keep."""
    return [route for route in _walk(get_resolver(), "", "") if not route.name.startswith("admin:")]


def _walk(resolver: URLResolver, prefix: str, space: str) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry, path, f"{space}{entry.namespace}:" if entry.namespace else space)
        elif isinstance(entry, URLPattern):
            yield Route(space + (entry.name or ""), path, entry.callback)


def unjudged(found: list[Route]) -> list[str]:
    """Routes that neither name permissions nor stand among the open ones."""
    return [
        route.name or route.pattern for route in found if route.permissions is None and route.name not in OPEN
    ]
