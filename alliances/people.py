"""The people whom somebody manages: who they are, which of their posts are shown, whose account may be touched."""

from datetime import date
from enum import StrEnum

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts import lockout
from accounts.models import User
from alliances.grants import all_given_by
from alliances.models import PractitionerRole, Role
from alliances.permissions import Permission
from alliances.reach import manageable_by
from alliances.scope import Actor, scope_of
from journal.models import AuditEvent


class Standing(StrEnum):
    """How somebody stands today, as the list of people is filtered."""

    WORKING = "working"
    COMING = "coming"
    WITHOUT = "without"
    LOCKED = "locked"
    CLOSED = "closed"


def posts_in_reach(actor: Actor) -> QuerySet[PractitionerRole]:
    """The posts at the organizations whose people the actor manages: all that the actor gets to see."""
    return PractitionerRole.objects.filter(organization__in=manageable_by(actor, Permission.PEOPLE_MANAGE))


def people_in_reach(actor: Actor) -> QuerySet[User]:
    """People with a post, now, coming or past, at an organization whose people the actor manages; an operator's: all."""
    people = User.objects.order_by("pinyin", "pk")
    if Role.OPERATOR in scope_of(actor).roles:
        return people
    return people.filter(pk__in=posts_in_reach(actor).values("user_id"))


def matching(people: QuerySet[User], words: str) -> QuerySet[User]:
    """Those whose name, pinyin, first letters or user name contain the words."""
    words = words.strip()
    if not words:
        return people
    spelt = words.lower()
    # 李佩兰 is stored as "li pei lan": typed in one piece it is found too.
    return people.filter(
        Q(name__icontains=words) | Q(username__icontains=words) | Q(initials__startswith=spelt)
        | Q(pinyin__contains=spelt) | Q(pinyin__regex=_spaced(spelt))
    )  # fmt: skip


def _spaced(spelt: str) -> str:
    letters = [letter for letter in spelt if letter.isascii() and letter.isalnum()]
    return " ?".join(letters) if letters else "^$"


def standing(
    people: QuerySet[User], posts: QuerySet[PractitionerRole], how: str, *, on: date
) -> QuerySet[User]:
    """Those who stand so today, judged by the given posts."""
    theirs = posts.filter(user_id=OuterRef("pk"))
    live, coming = (
        Exists(theirs.filter(period__contains=on)),
        Exists(theirs.filter(period__startswith__gt=on)),
    )
    match how:
        case Standing.WORKING:
            return people.filter(live, is_active=True)
        case Standing.COMING:
            return people.filter(~live, coming, is_active=True)
        case Standing.WITHOUT:
            return people.filter(~live, ~coming, is_active=True)
        case Standing.LOCKED:
            names = people.values_list("username", flat=True).iterator()
            return people.filter(username__in=lockout.locked_names(names, at=timezone.now()))
        case Standing.CLOSED:
            return people.filter(is_active=False)
    return people


def unfinished(posts: QuerySet[PractitionerRole], *, on: date) -> QuerySet[PractitionerRole]:
    """Posts that are live or coming."""
    return posts.filter(Q(period__endswith__gt=on) | Q(period__upper_inf=True))


def may_touch(actor: User, person: User, *, on: date) -> bool:
    """Whether the actor may reset, close or reopen the person's account.

    Never one's own; never that of somebody whose live or coming posts, wherever they are, reach beyond what the actor
    could give: whoever sets a password can use it. Accounts of the back office are for operators.
    """
    if actor.pk == person.pk:
        return False
    operator = Role.OPERATOR in scope_of(actor, on=on).roles
    if operator or person.is_staff or person.is_superuser:
        return operator
    theirs = unfinished(PractitionerRole.objects.filter(user=person), on=on).select_related("organization")
    return all_given_by(actor, theirs, on=on)


#: What the trail of a person tells, newest first; everything else of the audit trail is the privacy officer's.
TOLD = (
    "post.give", "post.end", "post.move", "delegation.make", "delegation.end",
    "user.create", "user.password_reset", "second_factor.reset", "user.unlock", "user.close", "user.reopen",
)  # fmt: skip


def trail(person: User, actor: User) -> QuerySet[AuditEvent]:
    """What was done to a person, as far as it concerns the organizations whose people the actor manages."""
    lines = AuditEvent.objects.filter(subject_kind="user", subject_id=str(person.pk), action__in=TOLD)
    mine = manageable_by(actor, Permission.PEOPLE_MANAGE).values("pk")
    return lines.filter(Q(organization_id__isnull=True) | Q(organization_id__in=mine)).order_by("-at", "-pk")
