"""Recording organizations, their departments and the areas they serve."""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from alliances import lifecycle, periods
from alliances.lifecycle import Event, Happening
from alliances.models import CareTeam, Delegation, Department, Organization, PractitionerRole, ServiceArea
from alliances.periods import not_over
from alliances.reorganization import InTheWay, require_open
from alliances.scope import Actor
from journal import audit

_BETWEEN_NAMES = re.compile(r"[\n\r,，、;；\t]+")


class AlreadyThere(ValueError):
    """A code or a name that the organization has already; the text says which."""


@transaction.atomic
def add(organization: Organization, *, by: Actor | None) -> Organization:
    """Record a new organization, whose fields the form has checked."""
    organization.save(force_insert=True)
    _record(
        "organization.add", organization, by, {"code": organization.code, "parent": organization.parent_id}
    )
    return organization


@transaction.atomic
def edit(organization: Organization, *, changed: Collection[str], by: Actor | None) -> Organization:
    """Write the changed fields of an organization; nothing changed writes nothing."""
    if changed:
        _locked(organization)
        organization.save(update_fields=list(changed))
        _record("organization.edit", organization, by, {"changed": sorted(changed)})
    return organization


# ---- departments


@transaction.atomic
def add_department(department: Department, *, by: Actor | None) -> Department:
    """Record a department of an organization. AlreadyThere for a code that it has."""
    organization = _locked(department.organization)
    _require_free_code(department)
    department.save(force_insert=True)
    _record("department.add", organization, by, {"department": department.pk, "name": department.name})
    return department


@transaction.atomic
def edit_department(department: Department, *, changed: Collection[str], by: Actor | None) -> Department:
    """Write the changed fields of a department. AlreadyThere for a code that the organization has."""
    if changed:
        organization = _locked(department.organization)
        _require_free_code(department)
        department.save(update_fields=list(changed))
        detail = {"department": department.pk, "name": department.name, "changed": sorted(changed)}
        _record("department.edit", organization, by, detail)
    return department


def closing(department: Department, *, on: date, by: Actor | None = None) -> Happening:
    """The closing of a department as it would happen, for a preview."""
    return Happening(
        Event.DEPARTMENT_CLOSED, department.organization, on, timezone.now(), by, department=department
    )


@transaction.atomic
def close_department(
    department: Department, *, posts_to: Department | None, on: date, by: Actor | None
) -> Department:
    """Close a department; its posts go on in another one of the organization, or end. InTheWay: open referrals to it.

    ValueError for another department that is closed or another organization's.
    """
    _locked(department.organization)
    row = Department.objects.select_for_update().get(pk=department.pk)
    if posts_to is not None and (
        posts_to.organization_id != row.organization_id or posts_to.closed_on or posts_to.pk == row.pk
    ):
        raise ValueError("no open department of the organization")
    happening = closing(row, on=on, by=by)
    found = lifecycle.obstacles(happening)
    if found:
        raise InTheWay(found)
    ended = _settle_posts(row, posts_to, on)
    lifecycle.happened(happening)
    row.closed_on = on
    row.save(update_fields=["closed_on"])
    detail = {"department": row.pk, "name": row.name, "posts": ended, "to": posts_to.pk if posts_to else None}
    _record("department.close", row.organization, by, detail)
    return row


def _settle_posts(department: Department, onward: Department | None, on: date) -> int:
    """End the posts of a department, each going on in another where there is one; returns how many."""
    posts = list(department.posts.filter(not_over(on=on)).order_by("pk"))
    for post in posts:
        if (
            onward is not None
            and not onward.posts.filter(not_over(on=on), user=post.user, role=post.role).exists()
        ):
            begins = max(on, post.period.lower or on)
            PractitionerRole.objects.create(
                user_id=post.user_id, role=post.role, organization_id=post.organization_id, department=onward,
                care_team_id=post.care_team_id, alliance_id=post.alliance_id,
                period=periods.range_from(begins, post.period.upper),
            )  # fmt: skip
    mine = PractitionerRole.objects.filter(pk__in=[post.pk for post in posts])
    periods.end(Delegation.objects.filter(post__in=mine), on=on)
    Delegation.objects.filter(post__in=mine.filter(period__startswith__gt=on)).delete()
    periods.end(mine, on=on)
    return len(posts)


def _require_free_code(department: Department) -> None:
    same = Department.objects.filter(organization=department.organization_id, code=department.code)
    if same.exclude(pk=department.pk).exists():
        raise AlreadyThere(_("The organization has a department with this code."))


# ---- areas


def names_in(text: str) -> list[str]:
    """Names as they are pasted: a line each, or with commas between them; each once, in order."""
    return list(dict.fromkeys(filter(None, (name.strip() for name in _BETWEEN_NAMES.split(text)))))


@transaction.atomic
def add_areas(
    organization: Organization,
    names: Iterable[str],
    *,
    kind: str,
    care_team: CareTeam | None,
    by: Actor | None,
) -> list[ServiceArea]:
    """Record areas that the organization serves, covered by one team or by none yet. AlreadyThere names those it has."""
    _locked(organization)
    wanted = list(names)
    there = organization.areas.filter(name__in=wanted).values_list("name", flat=True)
    if there:
        raise AlreadyThere(_("Served already: %(names)s.") % {"names": "、".join(there)})
    areas = ServiceArea.objects.bulk_create(
        ServiceArea(organization=organization, name=name, kind=kind, care_team=care_team) for name in wanted
    )
    _record("area.add", organization, by, {"names": wanted, "team": care_team.pk if care_team else None})
    return areas


@transaction.atomic
def edit_area(area: ServiceArea, *, changed: Collection[str], by: Actor | None) -> ServiceArea:
    """Write the changed fields of an area. AlreadyThere for a name that the organization has."""
    if changed:
        organization = _locked(area.organization)
        if organization.areas.filter(name=area.name).exclude(pk=area.pk).exists():
            raise AlreadyThere(_("Served already: %(names)s.") % {"names": area.name})
        area.save(update_fields=list(changed))
        _record("area.edit", organization, by, {"names": [area.name], "changed": sorted(changed)})
    return area


@transaction.atomic
def remove_area(area: ServiceArea, *, by: Actor | None) -> None:
    """The organization no longer serves the area; residents who live there keep their team."""
    organization = _locked(area.organization)
    detail = {"names": [area.name], "team": area.care_team_id}
    area.delete()
    _record("area.remove", organization, by, detail)


def _locked(organization: Organization) -> Organization:
    """NotPossible once it is closed. Not the key itself: residents of it may be written meanwhile."""
    row = Organization.objects.select_for_update(of=("self",), no_key=True).get(pk=organization.pk)
    require_open(row)
    return row


def _record(action: str, organization: Organization, by: Actor | None, detail: Mapping[str, object]) -> None:
    audit.record(action, by=by, subject=organization, organization_id=organization.pk, detail=detail)
