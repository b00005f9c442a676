"""A visit in the archive, back as what was typed: for correcting it, moving it and judging it again."""

from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Any

from followups.entry.visit import HABITS, VisitInput
from patients.models import Encounter

_APART = frozenset({"observations", "medications", "findings", "override"})
_UNFOLDED = frozenset({"pressures", "answered_none"})  # kept as one finding, asked in several fields


def observations_of(encounter: Encounter) -> dict[str, Decimal]:
    """Every reading of the visit by name; reads `further_observations`."""
    typed = {name: Decimal(str(value)) for name, value in encounter.observations().items()}
    return typed | {row.code: row.value for row in encounter.further_observations.all()}


def reading_of(encounter: Encounter, further: Mapping[str, Decimal] | None = None) -> VisitInput:
    """The content of a stored visit; changes of medicines are events of their own and not among it.

    `further` are the readings beyond the ten of the form where they are not those that stand now (an earlier version).
    """
    given: dict[str, Any] = {}
    for field in fields(VisitInput):
        if field.name not in _APART and hasattr(encounter, field.name):
            value = getattr(encounter, field.name)
            given[field.name] = tuple(value) if isinstance(value, list) else value
    typed = {name: Decimal(str(value)) for name, value in encounter.observations().items()}
    observations = observations_of(encounter) if further is None else typed | dict(further)
    return VisitInput(observations=observations, findings=dict(encounter.findings), **given)


def initial_of(encounter: Encounter) -> dict[str, Any]:
    """The stored visit as the start of the follow-up form: of repeated readings the first stands in the main field."""
    reading = reading_of(encounter)
    start: dict[str, Any] = {
        name: getattr(reading, name) for name in _names() if getattr(reading, name) not in (None, "", ())
    }
    start |= {name: f"{value.normalize():f}" for name, value in _numbers(encounter).items()}
    start |= {name: value for name, value in reading.findings.items() if name not in _UNFOLDED}
    start |= {name: ["none"] for name in reading.findings.get("answered_none", ())}
    for time, (upper, lower) in enumerate(reading.findings.get("pressures", []), start=1):
        suffix = "" if time == 1 else f"_{time}"
        start |= {f"systolic{suffix}": upper, f"diastolic{suffix}": lower}
    return start


def _names() -> list[str]:
    return [each.name for each in fields(VisitInput) if each.name not in _APART]


def _numbers(encounter: Encounter) -> Mapping[str, Decimal]:
    habits = {name: getattr(encounter, name) for name in HABITS}
    told = {name: Decimal(str(value)) for name, value in habits.items() if value is not None}
    return observations_of(encounter) | told
