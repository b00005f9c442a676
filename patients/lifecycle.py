"""What must be settled above when something below happens: one list per event, run in line order.

`followups` must cancel the appointment of a resident who died, `referrals` must close the request; `patients` may not
know either. Each app above registers one function per event in `AppConfig.ready()`. All run in the transaction of the
event, so that either everything is settled or nothing happened.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from django.apps import apps
from django.db import transaction

from alliances.scope import Actor
from patients.models import Patient


class Event(StrEnum):
    """What can happen to a resident that the apps above must settle."""

    ENROLLED = "enrolled"
    ENROLMENT_ENDED = "enrolment_ended"
    MOVED = "moved"  # another organization or team became responsible
    DIED = "died"


@dataclass(frozen=True)
class Happening:
    """The event with what the settling functions need."""

    event: Event
    patient: Patient
    on: date
    by: Actor | None
    detail: dict[str, Any] = field(default_factory=dict)


Settle = Callable[[Happening], None]
SettleTogether = Callable[[Sequence[Happening]], None]
_registry: dict[Event, dict[str, Settle]] = {event: {} for event in Event}
_together: dict[Event, dict[str, SettleTogether]] = {event: {} for event in Event}


def register(event: Event, app: str, settle: Settle, *, together: SettleTogether | None = None) -> None:
    """Have `settle` run at the event on behalf of an app; an app registers once per event.

    `together` settles the same event of many residents in a fixed number of statements; an app without it settles them
    one by one.
    """
    known = _registry[event].setdefault(app, settle)
    if known is not settle:
        raise ValueError(f"{app} registered twice for {event}")
    if together is not None:
        _together[event][app] = together


def registered(event: Event) -> list[str]:
    """The apps that settle the event, lowest of the line first."""
    order = {config.name: -position for position, config in enumerate(apps.get_app_configs())}
    return sorted(_registry[event], key=lambda app: order.get(app, 0))


def happened(event: Event, patient: Patient, *, on: date, by: Actor | None, **detail: Any) -> None:
    """Settle the event everywhere. Must run inside the transaction of the event itself."""
    _settle(event, [Happening(event, patient, on, by, detail)])


def happened_to(event: Event, patients: Sequence[Patient], *, on: date, by: Actor | None) -> None:
    """`happened` for several residents at once, who all came to the same place."""
    _settle(event, [Happening(event, patient, on, by) for patient in patients])


def _settle(event: Event, happenings: Sequence[Happening]) -> None:
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"{event} must be settled in the transaction that causes it")
    for app in registered(event):
        if len(happenings) > 1 and app in _together[event]:
            _together[event][app](happenings)
        else:
            for happening in happenings:
                _registry[event][app](happening)
