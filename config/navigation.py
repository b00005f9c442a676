"""The frame's navigation: which entries a person may open, what stands in the bottom tabs, how many notices wait.

One table of entries, each with the permission its page asks for (alliances/permissions.py). The context variable `nav` is lazy:
a page that does not draw the frame asks the database nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from alliances.permissions import Permission
from alliances.scope import Scope, scope_of
from journal.models import Communication, CommunicationStatus

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

P = Permission

#: More notices than this are shown as this many.
MOST_UNREAD = 99


@dataclass(frozen=True)
class Entry:
    """One place of the product: the name of its address, its look, and any one of the permissions that open it."""

    page: str
    icon: str
    name: StrOrPromise
    short: StrOrPromise
    permissions: tuple[Permission, ...]


GROUPS: tuple[tuple[StrOrPromise, tuple[Entry, ...]], ...] = (
    (
        _("Care"),
        (
            Entry("workbench:today", "sun", _("Today"), pgettext_lazy("tab", "Today"), (P.WORKLIST,)),
            Entry(
                "workbench:patients",
                "person-vcard",
                _("Residents"),
                pgettext_lazy("tab", "Residents"),
                (P.PATIENT_OPEN,),
            ),
            Entry(
                "referrals:sent",
                "arrow-left-right",
                _("Referrals sent"),
                pgettext_lazy("tab", "Referrals"),
                (P.REFERRAL_SEND,),
            ),
            Entry(
                "referrals:desk",
                "inboxes",
                _("Referral desk"),
                pgettext_lazy("tab", "Desk"),
                (P.REFERRAL_ANSWER,),
            ),
        ),
    ),
    (
        _("Running"),
        (
            Entry(
                "performance:dashboard",
                "bar-chart-line",
                _("Performance"),
                pgettext_lazy("tab", "Performance"),
                (P.PERFORMANCE_VIEW,),
            ),
            Entry(
                "workbench:alliance",
                "diagram-3",
                _("Alliance"),
                pgettext_lazy("tab", "Alliance"),
                (P.ALLIANCE_VIEW,),
            ),
        ),
    ),
    (
        _("Back office"),
        (
            Entry(
                "exchange:imports", "file-earmark-arrow-up", _("Imports"), _("Imports"), (P.ROSTER_IMPORT,)
            ),
            Entry(
                "admin:index", "gear", _("Back office"), pgettext_lazy("tab", "Back office"), (P.JOBS_VIEW,)
            ),
            Entry("components", "grid", _("Parts and states"), pgettext_lazy("tab", "Parts"), (P.JOBS_VIEW,)),
        ),
    ),
)


@dataclass(frozen=True)
class Link:
    """An entry as drawn."""

    href: str
    icon: str
    name: StrOrPromise
    short: StrOrPromise
    current: bool = False
    count: int = 0


@dataclass(frozen=True)
class Group:
    """Entries under one heading."""

    name: StrOrPromise
    entries: list[Link]


@dataclass(frozen=True)
class Post:
    """Where the person works, as the frame shows it."""

    place: str
    part: str
    role: str


@dataclass(frozen=True)
class Navigation:
    """All that the frame shows about the person."""

    groups: list[Group]
    home: str = "/"
    search: str = ""
    notices: str = ""
    unread: int = 0
    post: Post | None = None
    tabs: list[Link] = field(default_factory=list)


def navigation(request: HttpRequest) -> dict[str, object]:
    """Context processor: `nav`, or nothing where nobody is signed in."""
    return {"nav": SimpleLazyObject(lambda: navigation_of(request))}


def navigation_of(request: HttpRequest) -> Navigation | None:
    """The navigation of the signed-in person."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    scope = scope_of(user)
    links = _links(scope)
    current = _current(links, request.path)
    groups = [
        Group(name, [Link(*_drawn(entry, href), current=entry is current) for entry, href in entries])
        for name, entries in links
        if entries
    ]
    return Navigation(
        groups=groups,
        search=reverse("workbench:search") if scope.may(P.PATIENT_OPEN) else "",
        notices=reverse("workbench:notices"),
        unread=_unread(user.pk, scope),
        post=_post(scope),
        tabs=[link for group in groups for link in group.entries][:4],
    )


def _links(scope: Scope) -> list[tuple[StrOrPromise, list[tuple[Entry, str]]]]:
    """The entries the scope may open, each with its address."""
    return [
        (name, [(entry, reverse(entry.page)) for entry in entries if _open(scope, entry)])
        for name, entries in GROUPS
    ]


def _open(scope: Scope, entry: Entry) -> bool:
    return any(scope.may(permission) for permission in entry.permissions)


def _drawn(entry: Entry, href: str) -> tuple[str, str, StrOrPromise, StrOrPromise]:
    return href, entry.icon, entry.name, entry.short


def _current(links: list[tuple[StrOrPromise, list[tuple[Entry, str]]]], path: str) -> Entry | None:
    """The entry whose address is the longest beginning of the path; the start page only when it is the path."""
    found = [
        (len(href), entry)
        for _name, entries in links
        for entry, href in entries
        if path == href or (href != "/" and path.startswith(href))
    ]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _post(scope: Scope) -> Post | None:
    """The first live post: organization, then team or department."""
    post = scope.post
    if post is None:
        return None
    part = post.care_team or post.department or post.alliance
    return Post(place=str(post.organization), part=str(part or ""), role=post.get_role_display())


def _unread(user_id: int, scope: Scope) -> int:
    """Delivered in-app notices that the person, the team or the department has not opened, at most MOST_UNREAD."""
    notices = Communication.objects.in_app_for(user_id, list(scope.own_team_ids), list(scope.department_ids))
    unread = notices.filter(status=CommunicationStatus.COMPLETED, read_at__isnull=True)
    return len(unread.values_list("pk")[:MOST_UNREAD])
