"""What the pages about people show: the filtered list with everybody's posts, and one person with all that is known."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.standing import AccountStanding, standing_of
from alliances import people
from alliances.delegation import STAND_INS
from alliances.grants import SEATS, Part, roles_given_by
from alliances.models import Organization, PractitionerRole, Role
from journal.models import AuditEvent

STANDINGS = (
    (people.Standing.WORKING, _("at work")),
    (people.Standing.COMING, _("coming")),
    (people.Standing.WITHOUT, _("without a post")),
    (people.Standing.LOCKED, _("locked out")),
    (people.Standing.CLOSED, _("account closed")),
)
#: The words of the trail.
WORDS = {
    "post.give": _("post given"),
    "post.end": _("post ended"),
    "post.move": _("post moved"),
    "delegation.make": _("stand-in named"),
    "delegation.end": _("standing in ended"),
    "user.create": _("account made"),
    "user.password_reset": _("password reset"),
    "second_factor.reset": _("second factor reset"),
    "user.unlock": _("lock-out lifted"),
    "user.close": _("account closed"),
    "user.reopen": _("account opened again"),
}
TRAIL_LENGTH = 30


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to. An organization out of reach narrows to nothing that is not in reach."""

    words: str
    place: Organization | None
    role: str
    state: str
    states: Any = STANDINGS

    @classmethod
    def of(cls, query: QueryDict, places: QuerySet[Organization]) -> "Filters":
        """As the address says; what it says wrongly counts as not said."""
        named = query.get("organization", "")
        place = places.filter(pk=named).first() if named.isdigit() and len(named) < 19 else None
        role, state = query.get("role", ""), query.get("state", "")
        return cls(
            query.get("q", "")[:60], place, role if role in Role else "", state if state in dict(STANDINGS) else ""
        )  # fmt: skip

    def people(self, actor: User, *, on: date) -> QuerySet[User]:
        """Those whom the filters leave."""
        posts = people.posts_in_reach(actor)
        if self.place:
            posts = posts.filter(organization=self.place)
        if self.role:
            posts = posts.filter(role=self.role)
        found = people.matching(people.people_in_reach(actor), self.words)
        if self.place or self.role:
            found = found.filter(pk__in=people.unfinished(posts, on=on).values("user_id"))
        return people.standing(found, posts, self.state, on=on)


@dataclass(frozen=True)
class PersonLine:
    """A row of the list: the person, the live and coming posts in the reader's reach, how the account stands."""

    person: User
    live: list[PractitionerRole]
    coming: list[PractitionerRole]
    account: AccountStanding


def lines_of(page: Iterable[User], actor: User, *, on: date) -> list[PersonLine]:
    """Everybody on a page; three statements for all."""
    rows = list(page)
    posts = people.unfinished(people.posts_in_reach(actor), on=on).filter(user__in=rows)
    live: dict[int, list[PractitionerRole]] = defaultdict(list)
    coming: dict[int, list[PractitionerRole]] = defaultdict(list)
    for post in _named(posts).order_by("pk"):
        (live if on in post.period else coming)[post.user_id].append(post)
    accounts = standing_of(rows, at=timezone.now())
    return [PersonLine(row, live[row.pk], coming[row.pk], accounts[row.pk]) for row in rows]


@dataclass(frozen=True)
class PostLine:
    """A post with what the reader may do about it."""

    post: PractitionerRole
    may_change: bool
    may_move: bool
    may_delegate: bool


def card_of(person: User, actor: User, *, on: date) -> dict[str, Any]:
    """All that the page of a person shows."""
    posts = list(_named(people.posts_in_reach(actor).filter(user=person)).order_by("-period", "-pk"))
    unfinished = [post for post in posts if _unfinished(post, on)]
    lines = _lines(unfinished, person, actor, on)
    return {
        "person": person,
        "account": standing_of([person], at=timezone.now())[person.pk],
        "oneself": person.pk == actor.pk,
        "now": [line for line in lines if on in line.post.period],
        "coming": [line for line in lines if on not in line.post.period],
        "past": [post for post in posts if post not in unfinished],
        "may_touch": people.may_touch(actor, person, on=on),
        "trail": [_told(line) for line in people.trail(person, actor)[:TRAIL_LENGTH]],
        "today": on,
    }


def _named(posts: QuerySet[PractitionerRole]) -> QuerySet[PractitionerRole]:
    return posts.select_related("organization", "care_team", "department", "alliance")


def _unfinished(post: PractitionerRole, on: date) -> bool:
    return not post.period.isempty and (post.period.upper is None or post.period.upper > on)


def _lines(posts: list[PractitionerRole], person: User, actor: User, on: date) -> list[PostLine]:
    given = {post.organization_id: frozenset[Role]() for post in posts}
    if person.pk != actor.pk:
        given = {p.organization_id: roles_given_by(actor, p.organization, on=on) for p in posts}
    made = []
    for post in posts:
        role = Role(post.role)
        may = role in given[post.organization_id]
        movable = SEATS[role].part in (Part.TEAM, Part.DEPARTMENT)
        made.append(PostLine(post, may, may and movable, role in STAND_INS and on in post.period))
    return made


def _told(line: AuditEvent) -> dict[str, Any]:
    """A line of the trail as the timeline draws it."""
    detail = line.detail
    role = Role(detail["role"]).label if detail.get("role") in Role else ""
    days = " – ".join(filter(None, [detail.get("begins"), detail.get("last_day")]))
    return {
        "on": line.at,
        "title": WORDS.get(line.action, line.action),
        "text": " ".join(str(part) for part in (detail.get("place", ""), role, detail.get("delegate", "")) if part),
        "note": " · ".join(filter(None, [line.agent_name, days, detail.get("reason", "")])),
        "icon": "person-badge" if line.action.startswith(("post", "delegation")) else "key",
    }  # fmt: skip
