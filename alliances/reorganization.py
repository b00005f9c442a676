"""An organization moves in the tree, becomes a part of another, or closes. Nothing is lost on the way, or it is refused."""

from collections.abc import Mapping
from datetime import date, datetime

import pghistory
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from alliances import lifecycle, succession, tree
from alliances.lifecycle import Event, Happening, Matter
from alliances.models import CareTeam, Organization
from alliances.scope import Actor
from journal import audit


class NotPossible(ValueError):
    """What was asked of an organization cannot be done, whoever asks; the text says why."""


class InTheWay(ValueError):
    """Something must be settled first: `matters` lists it."""

    def __init__(self, matters: list[Matter]) -> None:
        super().__init__(_("Something stands in the way; it has to be settled first."))
        self.matters = matters


@transaction.atomic
def move(
    organization: Organization, *, parent: Organization | None, on: date, by: Actor | None
) -> Organization:
    """Put an organization, with all below it, under another parent (None: at the top). One move at a time.

    NotPossible when the parent is closed, is the organization itself or stands below it; InTheWay.
    """
    tree.lock()
    row = _locked(organization)
    parent = _locked(parent) if parent is not None else None
    require_open(row)
    if parent is not None:
        require_open(parent)
        if parent.pk in tree.ids_below([row.pk]):
            raise NotPossible(_("An organization cannot belong to itself or to one below it."))
    before = row.parent_id
    happening = _happening(Event.ORGANIZATION_MOVED, row, on=on, by=by, into=parent)
    _require_clear(happening)
    row.parent = parent
    row.save(update_fields=["parent"])
    lifecycle.happened(happening)
    detail = {"from": before, "to": row.parent_id, "on": on.isoformat()}
    audit.record("organization.move", by=by, subject=row, organization_id=row.pk, detail=detail)
    return row


@transaction.atomic
def merge(
    organization: Organization,
    *,
    into: Organization,
    on: date,
    by: Actor | None,
    teams: Mapping[int, CareTeam] | None = None,
) -> Organization:
    """Make an organization a part of another, which goes on: what is open follows, what is past stays as it was.

    `teams` names for teams of the organization, by id, the team of the successor that takes their residents; a team
    that is not named gets a successor of its own. NotPossible, InTheWay; ValueError for a team that is not theirs.
    """
    tree.lock()
    rows = {row.pk: row for row in _locked_rows(organization.pk, into.pk)}
    row, successor = rows[organization.pk], rows[into.pk]
    require_mergeable(row, successor)
    asked = _happening(Event.ORGANIZATION_MERGED, row, on=on, by=by, into=successor)
    _require_clear(asked)
    counted = {str(matter.text): matter.count for matter in lifecycle.carried(asked)}
    with pghistory.context(action="organization.merge", organization=row.pk, into=successor.pk):
        followed = succession.teams_of(row, successor, teams or {}, on=on)
        lifecycle.happened(
            _happening(Event.ORGANIZATION_MERGED, row, on=on, by=by, into=successor, teams=followed)
        )
    row.closed_on, row.merged_into = on, successor
    row.save(update_fields=["closed_on", "merged_into"])
    detail = {"into": successor.pk, "on": on.isoformat(), "teams": followed, "carried": counted}
    audit.record("organization.merge", by=by, subject=row, organization_id=row.pk, detail=detail)
    return successor


@transaction.atomic
def close(organization: Organization, *, on: date, by: Actor | None) -> Organization:
    """Close an organization in which nothing is left to do; posts and memberships end on the day. InTheWay."""
    tree.lock()
    row = _locked(organization)
    require_open(row)
    happening = _happening(Event.ORGANIZATION_CLOSED, row, on=on, by=by)
    _require_clear(happening)
    lifecycle.happened(happening)
    row.closed_on = on
    row.save(update_fields=["closed_on"])
    detail = {"on": on.isoformat()}
    audit.record("organization.close", by=by, subject=row, organization_id=row.pk, detail=detail)
    return row


def foreseen(
    event: Event, organization: Organization, *, on: date, into: Organization | None = None
) -> Happening:
    """The event as it would happen, for a preview: nothing is locked or written."""
    return _happening(event, organization, on=on, by=None, into=into)


def require_mergeable(organization: Organization, into: Organization) -> None:
    """NotPossible unless the one may become a part of the other."""
    require_open(organization)
    require_open(into)
    if into.pk in tree.ids_below([organization.pk]):
        raise NotPossible(
            _("An organization cannot become a part of itself or of one below it; move that one out first.")
        )


def _happening(
    event: Event,
    organization: Organization,
    *,
    on: date,
    by: Actor | None,
    into: Organization | None = None,
    teams: Mapping[int, int] | None = None,
    at: datetime | None = None,
) -> Happening:
    return Happening(event, organization, on, at or timezone.now(), by, into, teams or {})


def _locked_rows(*keys: int) -> list[Organization]:
    # In one order, so that two that merge into each other's place do not wait for each other. The lock also holds back
    # whoever is about to write a row that names the organization.
    return list(Organization.objects.filter(pk__in=keys).order_by("pk").select_for_update(of=("self",)))


def _locked(organization: Organization) -> Organization:
    return _locked_rows(organization.pk)[0]


def require_open(organization: Organization) -> None:
    """NotPossible for a closed organization."""
    if organization.closed_on is not None:
        raise NotPossible(_("%(name)s is closed.") % {"name": organization.name})


def _require_clear(happening: Happening) -> None:
    found = lifecycle.obstacles(happening)
    if found:
        raise InTheWay(found)
