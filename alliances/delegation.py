"""Standing in for a colleague on leave: dated, within one organization, recorded, taken back at once.

What was delegated cannot be delegated on: a delegation names a post, and only the post's holder (or whoever manages the
organization's people) can do that; the stand-in holds no post of it. The access itself is computed per request
(alliances/scope.py) and ends with the period, with the post, and with the stand-in's own last post there.
"""

from datetime import date, timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from psycopg2.extras import DateRange

from accounts.models import User
from alliances.models import Delegation, Organization, PractitionerRole, Role
from alliances.permissions import Permission
from alliances.reach import manageable_by
from journal import audit

#: Maternity leave of Chongqing is 178 days; what lasts longer is a post of its own.
MOST_DAYS: Final = 183

R = Role
_PHYSICIANS = frozenset({R.GENERAL_PRACTITIONER, R.TCM_PHYSICIAN, R.PUBLIC_HEALTH_PHYSICIAN, R.TEAM_LEAD})
_NURSING = frozenset({R.NURSE, R.HEALTH_MANAGER}) | _PHYSICIANS

#: Which posts may be stood in for, and what the stand-in has to be at the same organization: nobody gains work that
#: their own licence does not cover. Elevated posts are missing (their access goes beyond the care of residents), but
#: for the lead of a team, whom a physician of that very team may stand in for.
STAND_INS: dict[Role, frozenset[Role]] = {
    R.GENERAL_PRACTITIONER: _PHYSICIANS,
    R.TCM_PHYSICIAN: _PHYSICIANS,
    R.PUBLIC_HEALTH_PHYSICIAN: _PHYSICIANS,
    R.VILLAGE_DOCTOR: _PHYSICIANS | {R.VILLAGE_DOCTOR},
    R.NURSE: _NURSING,
    R.HEALTH_MANAGER: _NURSING,
    R.PHARMACIST: frozenset({R.PHARMACIST}),
    R.TEAM_LEAD: _PHYSICIANS,
    R.SPECIALIST: frozenset({R.SPECIALIST}),
    R.REFERRAL_DESK: frozenset({R.REFERRAL_DESK, R.SPECIALIST}),
}
#: For these the stand-in works in the same team.
_WITHIN_THE_TEAM = frozenset({R.TEAM_LEAD})


class DelegationRefused(ValueError):
    """The delegation cannot be made or ended; `field` is the form's field that the message belongs to."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


def qualifying(post: PractitionerRole, *, on: date) -> QuerySet[PractitionerRole]:
    """The live posts of colleagues that qualify them to stand in for a post."""
    rows = PractitionerRole.objects.live(on=on).filter(
        organization_id=post.organization_id,
        user__is_active=True,
        role__in=STAND_INS.get(Role(post.role), ()),
    )
    if post.role in _WITHIN_THE_TEAM:
        rows = rows.filter(care_team_id=post.care_team_id, care_team__isnull=False)
    return rows.exclude(user_id=post.user_id)


def colleagues(post: PractitionerRole, *, on: date) -> QuerySet[User]:
    """Who may stand in for a post."""
    return User.objects.filter(pk__in=qualifying(post, on=on).values("user_id")).order_by("pinyin", "pk")


def may_arrange(actor: User, post: PractitionerRole) -> bool:
    """Whether somebody may name a stand-in for the post: its holder, or who manages people there."""
    return actor.pk == post.user_id or _manages(actor).filter(pk=post.organization_id).exists()


@transaction.atomic
def name_stand_in(
    post: PractitionerRole,
    delegate: User,
    *,
    first_day: date,
    last_day: date,
    reason: str,
    by: User,
    on: date,
) -> Delegation:
    """Somebody stands in for the holder of a post from the first day to the last.

    DelegationRefused for posts that are not delegated, for who may not arrange it, for a stand-in who does not qualify,
    and when somebody stands in already. The post and the stand-in's posts are locked: neither ends meanwhile.
    """
    rows = PractitionerRole.objects.select_related("organization", "user", "care_team", "department")
    post = rows.select_for_update(of=("self",)).get(pk=post.pk)
    if Role(post.role) not in STAND_INS:
        raise DelegationRefused(_("This post is not delegated: the administrator gives it to somebody else."))
    if not may_arrange(by, post):
        raise DelegationRefused(_("Only the holder of the post or the administrator names who stands in."))
    if delegate.pk == by.pk:
        raise DelegationRefused(_("Nobody names themselves."), "delegate")
    _refuse_days(post, first_day, last_day, on)
    if not list(qualifying(post, on=on).filter(user_id=delegate.pk).select_for_update(of=("self",))):
        raise DelegationRefused(_("This person has no post here that qualifies for it."), "delegate")
    made = _write(
        Delegation(
            post=post, delegator_id=post.user_id, delegate=delegate, reason=reason, created_by=by,
            period=DateRange(first_day, last_day + timedelta(days=1)),
        )
    )  # fmt: skip
    audit.record(
        "delegation.make", by=by, subject=post.user, organization_id=post.organization_id,
        detail={**_described(made), "reason": reason},
    )  # fmt: skip
    return made


@transaction.atomic
def take_back(delegation: Delegation, *, by: User, on: date) -> Delegation:
    """End a delegation at once; one that has not begun is taken back.

    DelegationRefused when it is over already, or when it is none of the actor's (`delegations_of`).
    """
    rows = Delegation.objects.select_related("post", "delegate", "delegator")
    delegation = rows.select_for_update(of=("self",)).get(pk=delegation.pk)
    if not delegations_of(by).filter(pk=delegation.pk).exists():
        raise DelegationRefused(_("Only the holder of the post or the administrator names who stands in."))
    if delegation.period.isempty or delegation.period.upper <= on:
        raise DelegationRefused(_("Nobody stands in any more."))
    delegation.period = DateRange(min(delegation.period.lower, on), on)
    delegation.save(update_fields=["period"])
    audit.record(
        "delegation.end", by=by, subject=delegation.delegator, organization_id=delegation.post.organization_id,
        detail=_described(delegation),
    )  # fmt: skip
    return delegation


def delegations_of(actor: User) -> QuerySet[Delegation]:
    """The delegations that concern somebody: one's own posts, where one stands in, and the people one manages.

    These are the ones the person may see, and end: a stand-in may lay the work down too.
    """
    return Delegation.objects.filter(
        Q(delegator=actor) | Q(delegate=actor) | Q(post__organization__in=_manages(actor))
    )


def managed_delegations(actor: User) -> QuerySet[Delegation]:
    """The delegations of the posts whose people the actor manages."""
    return Delegation.objects.filter(post__organization__in=_manages(actor))


def told(rows: QuerySet[Delegation], *, on: date) -> QuerySet[Delegation]:
    """With everybody who is named on a list, newest first, and whether the stand-in still has a post there."""
    own = PractitionerRole.objects.live(on=on).filter(
        user_id=OuterRef("delegate_id"), organization_id=OuterRef("post__organization_id")
    )
    named = (
        "post__organization",
        "post__care_team",
        "post__department",
        "delegator",
        "delegate",
        "created_by",
    )
    return rows.select_related(*named).annotate(has_post=Exists(own)).order_by("-created_at", "-pk")


def _manages(actor: User) -> QuerySet[Organization]:
    return manageable_by(actor, Permission.PEOPLE_MANAGE)


def _refuse_days(post: PractitionerRole, first_day: date, last_day: date, on: date) -> None:
    if first_day < on:
        raise DelegationRefused(_("Somebody stands in from today at the earliest."), "first_day")
    if last_day < first_day:
        raise DelegationRefused(_("The last day is before the first."), "last_day")
    if (last_day - first_day).days >= MOST_DAYS:
        longest = _("Longer than %(days)d days is a post of its own.") % {"days": MOST_DAYS}
        raise DelegationRefused(longest, "last_day")
    if first_day not in post.period or last_day not in post.period:
        raise DelegationRefused(_("The post does not last that long."), "last_day")


def _write(delegation: Delegation) -> Delegation:
    try:
        with transaction.atomic():
            delegation.save(force_insert=True)
    except IntegrityError as refused:
        if "delegation_one_at_a_time" not in str(refused):
            raise
        raise DelegationRefused(_("Somebody stands in for this post in that time already.")) from refused
    return delegation


def _described(delegation: Delegation) -> dict[str, Any]:
    return {
        "delegation": delegation.pk,
        "post": delegation.post_id,
        "role": delegation.post.role,
        "delegate": delegation.delegate.agent_name(),
        "begins": delegation.period.lower.isoformat(),
        "last_day": (delegation.period.upper - timedelta(days=1)).isoformat(),
    }
