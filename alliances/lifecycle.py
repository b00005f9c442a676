"""What must be settled above when an organization moves, merges or closes: one list per event, run in line order.

`patients` knows the residents, `referrals` the open requests; `alliances` may not know either. Each app above
registers in `AppConfig.ready()` what stands in the way, what is carried along and how. Everything runs in the
transaction of the event, so that either all of it happened or nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from django.apps import apps
from django.db import transaction
from django.utils.functional import Promise

from alliances.models import CareTeam, Department, Organization
from alliances.scope import Actor


class Event(StrEnum):
    """What can happen to an organization, a team or a department that the apps above must settle."""

    ORGANIZATION_MOVED = "organization_moved"  # another parent in the tree of administration
    ORGANIZATION_MERGED = "organization_merged"  # it became a part of another, which goes on
    ORGANIZATION_CLOSED = "organization_closed"
    TEAM_CLOSED = "team_closed"
    DEPARTMENT_CLOSED = "department_closed"


@dataclass(frozen=True)
class Happening:
    """The event with what the settling functions need.

    `into`: the new parent of one that moved, the successor of one that merged. `teams`: the successor's team for each
    team of one that merged, by id. `team`, `department`: what closes.
    """

    event: Event
    organization: Organization
    on: date
    at: datetime
    by: Actor | None
    into: Organization | None = None
    teams: Mapping[int, int] = field(default_factory=dict)
    team: CareTeam | None = None
    department: Department | None = None

    @property
    def successor(self) -> Organization:
        """Where a merged organization goes on. ValueError for an event that has none."""
        if self.into is None:
            raise ValueError(f"{self.event} has no successor")
        return self.into


@dataclass(frozen=True)
class Matter:
    """Something that stands in the way, or is carried along: what, how many, and the page that lists them."""

    text: str | Promise
    count: int
    where: str = ""


Look = Callable[[Happening], list[Matter]]
Settle = Callable[[Happening], None]


@dataclass(frozen=True)
class Part:
    """What one app has to say to one event."""

    obstacles: Look | None = None
    carried: Look | None = None
    settle: Settle | None = None


_registry: dict[Event, dict[str, Part]] = {event: {} for event in Event}


def register(event: Event, app: str, part: Part) -> None:
    """Have an app take part in the event; an app registers once per event."""
    if _registry[event].setdefault(app, part) != part:
        raise ValueError(f"{app} registered twice for {event}")


def registered(event: Event) -> list[str]:
    """The apps that take part in the event, lowest of the line first."""
    order = {config.name: -position for position, config in enumerate(apps.get_app_configs())}
    return sorted(_registry[event], key=lambda app: order.get(app, 0))


def _parts(event: Event) -> Iterator[Part]:
    for app in registered(event):
        yield _registry[event][app]


def obstacles(happening: Happening) -> list[Matter]:
    """What stands in the way of the event, only where there is some."""
    looks = [part.obstacles for part in _parts(happening.event) if part.obstacles is not None]
    return [matter for look in looks for matter in look(happening) if matter.count]


def carried(happening: Happening) -> list[Matter]:
    """What would be carried along, or end, with the event, only where there is some."""
    looks = [part.carried for part in _parts(happening.event) if part.carried is not None]
    return [matter for look in looks for matter in look(happening) if matter.count]


def happened(happening: Happening) -> None:
    """Settle the event everywhere. Must run inside the transaction of the event itself."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"{happening.event} must be settled in the transaction that causes it")
    for part in _parts(happening.event):
        if part.settle is not None:
            part.settle(happening)
