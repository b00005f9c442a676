"""The frame's navigation: which entries a person may open, what stands in the bottom tabs, how many notices wait.

The entries stand in config/places.py. The context variable `nav` is lazy: a page that does not draw the frame asks the
database nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.contrib.postgres.expressions import ArraySubquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext

from accounts import gate
from accounts.models import User
from alliances.models import PractitionerRole
from alliances.permissions import Permission
from alliances.scope import Scope, scope_of
from config.places import GROUPS, TASKS, Entry
from journal.models import Communication, CommunicationStatus
from patients.models import Task
from workbench.care.own_tasks import mine

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

P = Permission

#: More notices or tasks than this are shown as this many.
MOST_UNREAD = 99


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
    key: str = ""
    holder: str = ""  # for whom the person stands in
    current: bool = False


@dataclass(frozen=True)
class Navigation:
    """All that the frame shows about the person."""

    groups: list[Group]
    home: str = "/"
    search: str = ""
    notices: str = ""
    unread: int = 0
    post: Post | None = None
    posts: int = 0
    choices: list[Post] = field(default_factory=list)  # empty where there is nothing to choose
    acting: Post | None = None  # the post to which the session is narrowed
    tabs: list[Link] = field(default_factory=list)


def navigation(request: HttpRequest) -> dict[str, object]:
    """Context processor: `nav`, or nothing where nobody is signed in or something has to be done first."""
    return {"nav": SimpleLazyObject(lambda: navigation_of(request))}


def navigation_of(request: HttpRequest) -> Navigation | None:
    """The navigation of the signed-in person."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or gate.next_step(request) is not None:
        return None
    scope = scope_of(user)
    links = _links(scope)
    current = _current(links, request.path)
    unread, waiting = _counts(user, scope)
    groups = [
        Group(name, [Link(*_drawn(entry, href), current=entry is current, count=waiting if entry.page == TASKS else 0)
                     for entry, href in entries])
        for name, entries in links
        if entries
    ]  # fmt: skip
    return Navigation(
        groups=groups,
        search=reverse("workbench:search") if scope.may(P.PATIENT_OPEN) else "",
        notices=reverse("workbench:notices"),
        unread=unread,
        post=_drawn_post(scope.post, scope) if scope.post else None,
        posts=len(scope.all_posts),
        choices=_choices(scope),
        acting=_drawn_post(scope.chosen, scope) if scope.chosen else None,
        tabs=[link for group in groups for link in group.entries][:4],
    )


def _links(scope: Scope) -> list[tuple[StrOrPromise, list[tuple[Entry, str]]]]:
    """The entries the scope may open, each with its address."""
    return [
        (name, [(entry, reverse(entry.page)) for entry in entries if _open(scope, entry)])
        for name, entries in GROUPS
    ]


def _open(scope: Scope, entry: Entry) -> bool:
    return not entry.permissions or any(scope.may(permission) for permission in entry.permissions)


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


def _drawn_post(post: PractitionerRole, scope: Scope) -> Post:
    """A post: organization, then team or department; whose it is, where the person stands in."""
    part = post.care_team or post.department or post.alliance
    return Post(
        place=str(post.organization), part=str(part or ""),
        role=post.get_role_display(), key=str(post.pk), holder=post.holder_name if post.delegation_id else "",
        current=post == scope.chosen,
    )  # fmt: skip


def _choices(scope: Scope) -> list[Post]:
    """All posts at once, and each of them; nothing where there is only one."""
    if len(scope.all_posts) < 2:
        return []
    everything = Post(place=gettext("everything that your posts open"), part="", role=gettext("All posts"),
                      current=scope.chosen is None)  # fmt: skip
    return [everything, *(_drawn_post(post, scope) for post in scope.all_posts)]


def _counts(user: User, scope: Scope) -> tuple[int, int]:
    """Unread notices of the person, the team or the department, and open tasks of the posts: one statement, at most
    MOST_UNREAD each."""
    notices = Communication.objects.in_app_for(user.pk, list(scope.own_team_ids), list(scope.department_ids))
    unread = notices.filter(status=CommunicationStatus.COMPLETED, read_at__isnull=True)
    tasks = mine(user, on=timezone.localdate()) if scope.may(P.CARE_TASKS) else Task.objects.none()
    waiting = (ArraySubquery(rows.order_by().values("pk")[:MOST_UNREAD]) for rows in (unread, tasks))
    found = User.objects.filter(pk=user.pk).values_list(*waiting)[0]
    return len(found[0] or ()), len(found[1] or ())
