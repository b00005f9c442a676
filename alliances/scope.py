"""Which organizations, teams and departments am I? A short list, computed once per request, no derived caches.

Scope is computed for a user from the live posts (one query, plus one for the tree below an administrator's
organization) and for an API client from its `ClientPost`. A post in which the user stands in for a colleague on leave
counts like an own one while the delegation runs; a session that chose one post has that post's scope.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone

from accounts.models import ApiClient, User
from alliances.models import (
    AllianceMembership,
    ClientPost,
    Delegation,
    PractitionerRole,
    Role,
)
from alliances.permissions import TABLE, Permission, Rows
from alliances.tree import ids_below

# Who acts, and who asks: a visitor may ask (and sees nothing) but never acts.
Actor = User | ApiClient
Asker = Actor | AnonymousUser


@dataclass(frozen=True)
class Scope:
    """What an actor may reach.

    `organization_ids`: residents these organizations are responsible for are open. `team_ids`: residents of these
    teams. `department_ids`: residents granted to these departments. `number_organization_ids`: organizations whose
    numbers (never patients) may be seen. `own_*`: where the actor works. `emergency_user_id`: whose own emergency
    grants open a record, for reading only; None for everybody who may not open one.
    """

    permissions: frozenset[Permission] = frozenset()
    roles: frozenset[Role] = frozenset()
    organization_ids: tuple[int, ...] = ()
    team_ids: tuple[int, ...] = ()
    department_ids: tuple[int, ...] = ()
    number_organization_ids: tuple[int, ...] = ()
    own_organization_ids: tuple[int, ...] = ()
    own_team_ids: tuple[int, ...] = ()
    alliance_ids: tuple[int, ...] = ()
    emergency_user_id: int | None = None
    posts: tuple[PractitionerRole, ...] = field(default=(), compare=False)
    # What the person could work as: the posts that count now (above) are these, or the chosen one.
    all_posts: tuple[PractitionerRole, ...] = field(default=(), compare=False)
    chosen: PractitionerRole | None = field(default=None, compare=False)

    def may(self, permission: Permission) -> bool:
        """Whether any live post carries the permission."""
        return permission in self.permissions

    def doing(self, permission: Permission, *, on: date) -> "Scope":
        """The part of the scope whose posts carry the permission: what one post allows never reaches another's rows.

        A nurse of a centre who is a specialist of a hospital too records visits for the centre's residents only. A
        system has no posts and is not narrowed. What was opened in an emergency is read and nothing else.
        """
        carrying = tuple(post for post in self.posts if permission in TABLE[Role(post.role)].may)
        return self.without_emergency() if len(carrying) == len(self.posts) else scope_of_posts(carrying, on)

    def without_emergency(self) -> "Scope":
        """The scope by the posts alone."""
        return replace(self, emergency_user_id=None)

    @property
    def post(self) -> PractitionerRole | None:
        """The post shown on screen: the first live one."""
        return self.posts[0] if self.posts else None


def scope_of(actor: Asker, *, on: date | None = None) -> Scope:
    """The actor's scope on a day (default today). Computed once per actor object, hence once per request."""
    day = on or timezone.localdate()
    cached: dict[date, Scope] = actor.__dict__.setdefault("_scopes", {})
    if day not in cached:
        cached[day] = _client_scope(actor) if isinstance(actor, ApiClient) else _user_scope(actor, day)
        if isinstance(actor, User) and day == timezone.localdate():
            actor.capacity = capacity_of(cached[day])
    return cached[day]


def capacity_of(scope: Scope) -> Mapping[str, Any]:
    """What the audit trail notes beside an action: the chosen post, and the delegations whose access the actor has.

    With all posts at once nobody can tell which post an action needed: every delegation held is named.
    """
    noted: dict[str, Any] = {"acting_post": scope.chosen.pk} if scope.chosen else {}
    standing_in = [post.delegation_id for post in scope.posts if post.delegation_id is not None]
    return {**noted, "standing_in": standing_in} if standing_in else noted


def _client_scope(client: ApiClient) -> Scope:
    organization_id = (
        ClientPost.objects.values_list("organization_id", flat=True).filter(pk=client.pk).first()
    )
    if organization_id is None:
        return Scope()
    return Scope(organization_ids=(organization_id,), own_organization_ids=(organization_id,),
                 number_organization_ids=(organization_id,))  # fmt: skip


def _user_scope(user: User | AnonymousUser, day: date) -> Scope:
    if not isinstance(user, User) or user.pk is None or not user.is_active:
        return Scope()
    posts = posts_of(user, on=day)
    chosen = next((post for post in posts if post.pk == user.chosen_post_id), None)
    scope = scope_of_posts((chosen,) if chosen else posts, day)
    # A person at a screen that says so may look in an emergency; another program with the person's token may not.
    opens = not user.by_token and scope.may(Permission.BREAK_GLASS)
    return replace(scope, all_posts=posts, chosen=chosen, emergency_user_id=user.pk if opens else None)


def posts_of(user: User, *, on: date) -> tuple[PractitionerRole, ...]:
    """The live posts of a user, then those in which the user stands in for a colleague. One statement.

    A stand-in needs a live post of their own at the same organization: with the last one the delegation ends too.
    """
    own = PractitionerRole.objects.live(on=on).filter(user_id=user.pk)
    found = PractitionerRole.objects.live(on=on)
    if user.by_token:
        found = own
    else:
        running = Delegation.objects.filter(delegate_id=user.pk, period__contains=on)
        # A union, not an OR: either half is read through its index.
        found = found.filter(
            pk__in=own.values("pk").union(running.values("post_id"))
        ).annotate(  # type: ignore[no-redef]
            delegation_id=Subquery(running.filter(post_id=OuterRef("pk")).values("pk")[:1]),
            holder_name=F("user__name"),
        )
    posts = list(found.select_related("organization", "care_team", "department", "alliance").order_by("pk"))
    mine = [post for post in posts if post.user_id == user.pk]
    places = {post.organization_id for post in mine}
    return (*mine, *(p for p in posts if p.user_id != user.pk and p.organization_id in places))


def scope_of_posts(posts: tuple[PractitionerRole, ...], day: date) -> Scope:
    """The union of what the posts open."""
    by_rows: dict[Rows, list[PractitionerRole]] = {rows: [] for rows in Rows}
    permissions: set[Permission] = set()
    for post in posts:
        access = TABLE[Role(post.role)]
        by_rows[access.rows].append(post)
        permissions |= access.may
    centres = {p.organization_id for p in by_rows[Rows.CENTRE]}
    below = ids_below({p.organization_id for p in by_rows[Rows.SUBTREE]})
    numbers = {p.organization_id for p in posts} | below | _counted(by_rows[Rows.NONE], day)
    return Scope(
        permissions=frozenset(permissions),
        roles=frozenset(Role(p.role) for p in posts),
        organization_ids=_sorted(centres | below),
        team_ids=_sorted({p.care_team_id for p in by_rows[Rows.TEAM] if p.care_team_id}),
        department_ids=_sorted({p.department_id for p in by_rows[Rows.DEPARTMENT] if p.department_id}),
        number_organization_ids=_sorted(numbers),
        own_organization_ids=_sorted({p.organization_id for p in posts}),
        own_team_ids=_sorted({p.care_team_id for p in posts if p.care_team_id}),
        alliance_ids=_sorted({p.alliance_id for p in posts if p.alliance_id}),
        posts=posts,
    )


def _sorted(ids: "set[int | None] | set[int]") -> tuple[int, ...]:
    return tuple(sorted(i for i in ids if i is not None))


def _counted(posts: list[PractitionerRole], day: date) -> set[int]:
    """Organizations whose numbers an alliance administrator, a bureau or a CDC may see: alliance members, or all below."""
    alliances = {p.alliance_id for p in posts if p.alliance_id}
    seen = ids_below({p.organization_id for p in posts if p.role in (Role.BUREAU_VIEWER, Role.CDC_ANALYST)})
    if alliances:
        members = AllianceMembership.objects.filter(Q(alliance_id__in=alliances), period__contains=day)
        seen |= set(members.values_list("organization_id", flat=True))
    return seen
