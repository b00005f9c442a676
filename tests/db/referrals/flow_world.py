"""Referrals taken step by step through the table of states at chosen moments, for counting by hand."""

from datetime import datetime
from typing import Any

from accounts.models import User
from alliances.models import Department, Organization
from patients.models import Consent, Patient
from patients.models.responsibility import ConsentKind
from patients.models.task import Urgency
from patients.programmes import Programme
from referrals.handovers.steps import Told, advance
from referrals.models import Event, ServiceRequest, Side
from referrals.states import TABLE, Need, State
from tests.world import World, at

HTN = Programme.HYPERTENSION


def sent(
    world: World,
    when: str | datetime = "2026-11-02T09:00",
    *steps: tuple[Any, ...],
    urgency: Urgency = Urgency.ROUTINE,
    source: Organization | None = None,
    target: Department | None = None,
    patient: Patient | None = None,
    direction: str = "up",
) -> ServiceRequest:
    """A request sent at a moment and taken through `steps`: (event, moment) or (event, moment, slot or reason code)."""
    source = source or world.centre
    patient = patient or world.patient("何国清", organization=source, contract=False)
    request = _request(world, patient, target or world.cardiology, _moment(when), urgency)
    request.direction = direction
    made = [
        _step(world, request, Event.DRAFT, _moment(when), first=True),
        _step(world, request, Event.SUBMIT, _moment(when)),
    ]
    return _taken(world, request, made, steps)


def drafted(world: World, when: str, *steps: tuple[Any, ...]) -> ServiceRequest:
    """A draft that nobody has sent."""
    patient = world.patient("何国清", contract=False)
    request = _request(world, patient, world.cardiology, at(when), Urgency.ROUTINE)
    request.submitted_at = None
    return _taken(world, request, [_step(world, request, Event.DRAFT, at(when), first=True)], steps)


def passed_on(
    world: World, request: ServiceRequest, when: str, target: Department, *steps: tuple[Any, ...]
) -> ServiceRequest:
    """The hospital passes a request on; the linked one goes through `steps`."""
    _step(world, request, Event.REDIRECT, at(when)).save(force_insert=True)
    request.save()
    onward = _request(world, request.patient, target, at(when), Urgency(request.urgency))
    onward.redirected_from = request
    return _taken(world, onward, [_step(world, onward, Event.REDIRECT, at(when), first=True)], steps)


def _taken(
    world: World, request: ServiceRequest, made: list[Any], steps: tuple[tuple[Any, ...], ...]
) -> ServiceRequest:
    for event, when, *more in steps:
        slot = at(more[0]) if event == Event.SCHEDULE else None
        code = more[0] if more and slot is None else ""
        made.append(_step(world, request, event, _moment(when), slot=slot, told=Told("x", code)))
    request.save(force_insert=True)
    for step in made:
        step.save(force_insert=True)
    return request


def _moment(when: str | datetime) -> datetime:
    return at(when) if isinstance(when, str) else when


def _request(
    world: World, patient: Patient, target: Department, when: datetime, urgency: Urgency
) -> ServiceRequest:
    consent = Consent.objects.create(patient=patient, kind=ConsentKind.REFERRAL, given=True, at=when)
    return ServiceRequest(
        patient=patient, programme=HTN, programmes=[HTN], urgency=urgency, source_organization=patient.organization,
        source_team=patient.care_team, requester=world.doctor, target_organization=target.organization,
        target_department=target, reason="x", submitted_at=when, created_at=when, consent=consent,
    )  # fmt: skip


def _step(
    world: World, request: ServiceRequest, event: Event, when: datetime, *, first: bool = False, slot: datetime | None = None,
    told: Told | None = None,
) -> Any:  # fmt: skip
    state = None if first else State(request.state)
    row = next(r for r in TABLE if r.event is event and (state in r.sources if r.sources else state is None))
    by: User | None = None if row.side in (Side.CLOCK, Side.SYSTEM) else world.specialist
    role = row.roles[0] if row.roles else ""
    return advance(
        request, event, side=row.side, role=role, by=by, at=when, told=told or Told("x"), given=tuple(Need), slot=slot,
        first=first,
    )  # fmt: skip
