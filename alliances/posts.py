"""Posts are given, moved and ended: dated, never deleted, each action with its line in the person's trail."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from psycopg2.extras import DateRange

from accounts.models import User
from alliances.grants import SEATS, Part, roles_given_by
from alliances.models import Alliance, CareTeam, Department, Organization, PractitionerRole, Role
from journal import audit


class PostRefused(ValueError):
    """The post cannot be given, moved or ended; `field` is the form's field that the message belongs to."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Seated:
    """What a post is: a role at an organization, in a team, a department or for an alliance where the role says so."""

    role: Role
    organization: Organization
    care_team: CareTeam | None = None
    department: Department | None = None
    alliance: Alliance | None = None

    def refuse_misplaced(self) -> None:
        """Raise PostRefused when the role does not belong there, or names a part that is missing, closed or elsewhere."""
        seat = SEATS[self.role]
        if self.organization.tier not in seat.tiers or self.organization.closed_on is not None:
            raise PostRefused(_("This role does not belong to this organization."), "role")
        for part in (Part.TEAM, Part.DEPARTMENT):
            named: CareTeam | Department | None = getattr(self, part)
            if named is None:
                continue
            if seat.part is not part or named.organization_id != self.organization.pk or named.closed_on:
                raise PostRefused(_("This role does not belong there."), part)
        if seat.needed and getattr(self, seat.part) is None:
            raise PostRefused(_("This role needs to say where."), seat.part)


@transaction.atomic
def give(
    user: User, seated: Seated, *, begins: date, last_day: date | None = None, by: User, on: date
) -> PractitionerRole:
    """Give somebody a post from a day on. PostRefused for oneself, for what one may not give, and for a second equal post."""
    _lock(user)
    seated.refuse_misplaced()
    if by.pk == user.pk:
        raise PostRefused(_("Nobody gives posts to themselves."))
    if seated.role not in roles_given_by(by, seated.organization, on=on):
        raise PostRefused(_("You may not give this role here."), "role")
    if begins < on:
        raise PostRefused(_("A post begins today at the earliest."), "begins")
    post = _write(user, seated, begins, last_day)
    audit.record(
        "post.give", by=by, subject=user, organization_id=post.organization_id, detail=_described(post)
    )
    return post


@transaction.atomic
def end(post: PractitionerRole, *, last_day: date | None, by: User, on: date) -> PractitionerRole:
    """End a post after its last day, or at once (None): the next request no longer has its access.

    A post that has not begun is taken back. PostRefused when it ended already or is not the actor's to end.
    """
    post = _locked(post, by=by, on=on)
    ends = on if last_day is None else last_day + timedelta(days=1)
    if ends < on:
        raise PostRefused(_("A post cannot end in the past."), "last_day")
    if post.period.upper is not None and ends > post.period.upper:
        raise PostRefused(_("The post ends earlier already."), "last_day")
    post.period = _until(post, ends)
    post.save(update_fields=["period"])
    _end_delegations(post, ends)
    audit.record(
        "post.end", by=by, subject=post.user, organization_id=post.organization_id, detail=_described(post)
    )
    return post


@transaction.atomic
def move(post: PractitionerRole, seated: Seated, *, begins: date, by: User, on: date) -> PractitionerRole:
    """Change the team or department from a day on: the post ends the day before, its successor has the same end.

    PostRefused as of `give` and `end`, and when nothing would change.
    """
    post = _locked(post, by=by, on=on)
    seated.refuse_misplaced()
    if (seated.role, seated.organization) != (Role(post.role), post.organization):
        raise PostRefused(_("Another role or organization is another post."))
    if (seated.care_team, seated.department) == (post.care_team, post.department):
        raise PostRefused(_("The post is there already."), SEATS[seated.role].part)
    if begins < max(on, post.period.lower) or (post.period.upper and begins >= post.period.upper):
        raise PostRefused(_("The change falls into the time of the post, today at the earliest."), "begins")
    ends = post.period.upper
    post.period = _until(post, begins)
    post.save(update_fields=["period"])
    _end_delegations(post, begins)
    follows = _write(post.user, seated, begins, ends and ends - timedelta(days=1))
    audit.record(
        "post.move", by=by, subject=post.user, organization_id=post.organization_id,
        detail={**_described(follows), "before": post.pk},
    )  # fmt: skip
    return follows


def _lock(user: User) -> None:
    """The person first: two administrators change the posts of one person one after the other."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _locked(post: PractitionerRole, *, by: User, on: date) -> PractitionerRole:
    """The post as it stands, locked. PostRefused when it has ended or the actor may not touch it."""
    _lock(post.user)
    rows = PractitionerRole.objects.select_related(
        "organization", "user", "care_team", "department", "alliance"
    )
    post = rows.select_for_update(of=("self",)).get(pk=post.pk)
    if by.pk == post.user_id:
        raise PostRefused(_("Nobody changes posts of their own."))
    if Role(post.role) not in roles_given_by(by, post.organization, on=on):
        raise PostRefused(_("You may not change this post."))
    if post.period.isempty or (post.period.upper is not None and post.period.upper <= on):
        raise PostRefused(_("The post has ended."))
    return post


def _until(post: PractitionerRole, ends: date) -> DateRange:
    """The post's period cut at a day; empty when it had not begun by then."""
    begins = post.period.lower
    return DateRange(min(begins, ends) if begins else None, ends)


def _end_delegations(post: PractitionerRole, ends: date) -> None:
    """Whoever stands in does so no longer than the post lasts."""
    for delegation in post.delegations.select_for_update().filter(period__endswith__gt=ends):
        delegation.period = DateRange(min(delegation.period.lower, ends), ends)
        delegation.save(update_fields=["period"])


def _write(user: User, seated: Seated, begins: date, last_day: date | None) -> PractitionerRole:
    if last_day is not None and last_day < begins:
        raise PostRefused(_("The last day is before the first."), "last_day")
    post = PractitionerRole(
        user=user, role=seated.role, organization=seated.organization, care_team=seated.care_team,
        department=seated.department, alliance=seated.alliance,
        period=DateRange(begins, last_day + timedelta(days=1) if last_day else None),
    )  # fmt: skip
    try:
        with transaction.atomic():
            post.save(force_insert=True)
    except IntegrityError as refused:
        if "practitionerrole_once_at_a_time" not in str(refused):
            raise
        raise PostRefused(_("The person has this post in that time already.")) from refused
    return post


def _described(post: PractitionerRole) -> dict[str, Any]:
    """A post as the trail tells it: readable when names have changed since."""
    part = post.care_team or post.department or post.alliance
    return {
        "post": post.pk,
        "role": post.role,
        "place": " ".join(filter(None, [str(post.organization), str(part or "")])),
        "begins": None if post.period.isempty else post.period.lower.isoformat(),
        "last_day": _last_day(post.period),
    }


def _last_day(period: DateRange) -> str | None:
    """As people say it: a period is stored with the day after."""
    return (period.upper - timedelta(days=1)).isoformat() if period.upper else None
