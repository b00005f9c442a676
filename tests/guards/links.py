"""Where the links, forms and part requests of a page lead."""

from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve

from alliances.models import Role
from alliances.permissions import TABLE, Permission

_LEADING = {"href", "action", "formaction", "hx-get", "hx-post", "hx-put", "hx-patch", "hx-delete"}
#: Django's own back office and what is no route of ours.
_ELSEWHERE = ("/static/", "/media/")


@dataclass(frozen=True)
class Lead:
    """One address on a page, and how it is asked for."""

    path: str
    query: str
    follows: bool  # a link that a click opens


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[Lead] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name not in _LEADING or not value:
                continue
            parts = urlsplit(value)
            if parts.netloc or parts.scheme or not parts.path.startswith("/"):
                continue  # the page itself, an anchor, a telephone
            if not parts.path.startswith(_ELSEWHERE):
                self.found.add(Lead(parts.path, parts.query, tag == "a" and name == "href"))


def leads_of(html: str) -> set[Lead]:
    """Every address of ours on the page."""
    reader = _Reader()
    reader.feed(html)
    return reader.found


def forbidden(leads: set[Lead], role: Role) -> list[str]:
    """Addresses that the role may not open, and those that lead nowhere."""
    found = []
    for lead in sorted(leads, key=lambda each: each.path):
        try:
            match = resolve(lead.path)
        except Resolver404:
            found.append(f"{lead.path} leads nowhere")
            continue
        if match.namespace == "admin":
            asked: tuple[Permission, ...] = (Permission.JOBS_VIEW,)
        else:
            asked = getattr(match.func, "permissions", None) or ()
        if asked and not any(permission in TABLE[role].may for permission in asked):
            found.append(f"{lead.path} ({match.view_name}) is not for {role}")
    return found
