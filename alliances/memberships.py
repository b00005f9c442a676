"""Medical alliances: made and renamed; organizations join, leave, and take over the lead, each on a day."""

from collections.abc import Collection, Mapping
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from alliances import periods
from alliances.models import Alliance, AllianceMembership, MembershipRole, Organization
from alliances.periods import not_over
from alliances.scope import Actor
from journal import audit


class MembershipRefused(ValueError):
    """The alliance cannot take the organization, or lose it, on that day. `field` of a form and why."""

    def __init__(self, message: str, field: str = "organization") -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def add(alliance: Alliance, *, by: Actor | None) -> Alliance:
    """Record a new alliance, whose fields the form has checked."""
    alliance.save(force_insert=True)
    audit.record(
        "alliance.add", by=by, subject=alliance, detail={"code": alliance.code, "kind": alliance.kind}
    )
    return alliance


@transaction.atomic
def edit(alliance: Alliance, *, changed: Collection[str], by: Actor | None) -> Alliance:
    """Write the changed fields of an alliance."""
    if changed:
        _locked(alliance)
        alliance.save(update_fields=list(changed))
        audit.record("alliance.edit", by=by, subject=alliance, detail={"changed": sorted(changed)})
    return alliance


@transaction.atomic
def join(
    alliance: Alliance, organization: Organization, *, role: str, on: date, by: Actor | None
) -> AllianceMembership:
    """An organization becomes a member, or the lead, from a day on. MembershipRefused."""
    row = _locked(alliance)
    _require_open(organization)
    period = periods.range_from(on, None)
    if row.memberships.filter(organization=organization, period__overlap=period).exists():
        message = _("%(name)s is a member on that day or later.") % {"name": organization.name}
        raise MembershipRefused(message)
    if role == MembershipRole.LEAD:
        lead = row.memberships.filter(role=MembershipRole.LEAD, period__overlap=period).first()
        if lead is not None:
            message = _("%(name)s leads the alliance; change the lead instead.")
            raise MembershipRefused(message % {"name": lead.organization.name}, "role")
    membership = AllianceMembership.objects.create(
        alliance=row, organization=organization, role=role, period=period
    )
    _record("membership.join", row, organization, by, {"role": role, "on": on.isoformat()})
    return membership


@transaction.atomic
def leave(membership: AllianceMembership, *, on: date, reason: str, by: Actor | None) -> AllianceMembership:
    """An organization is no longer a member from a day on, for a reason that the trail keeps. MembershipRefused."""
    alliance = _locked(membership.alliance)
    row = AllianceMembership.objects.select_for_update().get(pk=membership.pk)
    if row.period.upper is not None and row.period.upper <= on:
        raise MembershipRefused(_("The membership has ended already."), "on")
    if row.period.lower is not None and on <= row.period.lower:
        raise MembershipRefused(_("A membership ends after the day on which it began."), "on")
    row.period = periods.range_from(row.period.lower, on)
    row.save(update_fields=["period"])
    detail = {"on": on.isoformat(), "reason": reason}
    _record("membership.leave", alliance, row.organization, by, detail)
    return row


@transaction.atomic
def change_lead(
    alliance: Alliance, organization: Organization, *, on: date, by: Actor | None
) -> AllianceMembership:
    """A member leads the alliance from a day on; who led it stays as a member. MembershipRefused."""
    row = _locked(alliance)
    running = row.memberships.filter(not_over(on=on)).select_related("organization")
    ahead = running.filter(period__startswith__gt=on, role=MembershipRole.LEAD).exists()
    mine = running.filter(organization=organization, period__contains=on).first()
    if mine is None or ahead:
        raise MembershipRefused(_("Choose an organization that is a member on that day."))
    if mine.role == MembershipRole.LEAD:
        raise MembershipRefused(_("%(name)s leads the alliance already.") % {"name": organization.name})
    before = running.filter(role=MembershipRole.LEAD, period__contains=on).first()
    if before is not None:
        _in_role(before, MembershipRole.MEMBER, on)
    onward = _in_role(mine, MembershipRole.LEAD, on)
    detail = {"on": on.isoformat(), "before": before.organization_id if before else None}
    _record("membership.lead", row, organization, by, detail)
    return onward


def _in_role(membership: AllianceMembership, role: str, on: date) -> AllianceMembership:
    """The membership in another role from a day on; the days before keep theirs."""
    ends = membership.period.upper
    if membership.period.lower is not None and membership.period.lower >= on:
        membership.role = role
        membership.save(update_fields=["role"])
        return membership
    membership.period = periods.range_from(membership.period.lower, on)
    membership.save(update_fields=["period"])
    return AllianceMembership.objects.create(
        alliance_id=membership.alliance_id, organization_id=membership.organization_id, role=role,
        period=periods.range_from(on, ends),
    )  # fmt: skip


def _locked(alliance: Alliance) -> Alliance:
    return Alliance.objects.select_for_update().get(pk=alliance.pk)


def _require_open(organization: Organization) -> None:
    row = Organization.objects.select_for_update(of=("self",), no_key=True).get(pk=organization.pk)
    if row.closed_on is not None:
        raise MembershipRefused(_("%(name)s is closed.") % {"name": row.name})


def _record(
    action: str,
    alliance: Alliance,
    organization: Organization,
    by: Actor | None,
    detail: Mapping[str, object],
) -> None:
    about = {"alliance": alliance.pk, "alliance_name": alliance.name, "name": organization.name}
    audit.record(
        action, by=by, subject=organization, organization_id=organization.pk, detail={**about, **detail}
    )
