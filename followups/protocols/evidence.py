"""What is known about a visit before it is judged, and the check that it can be judged at all."""

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from followups.protocols.catalogue import protocols
from followups.protocols.terms import DANGER_SIGNS, METHODS, PROGRAMMES
from patients import findings
from patients.readings import VISIT_READINGS, Number

# Years that a visit or a birth may lie in: wide, and far enough from the ends of the calendar to count months.
YEARS: Final = range(1850, 2200)


class CaseError(ValueError):
    """A case that cannot be judged; `field` is the path of what is wrong, such as `history[0].on`."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


@dataclass(frozen=True, slots=True)
class Person:
    """Who is assessed. `conditions` are the programmes; `ldl_target` in mmol/L, None means the setting."""

    birth_date: date | None = None
    conditions: tuple[str, ...] = ()
    sex: str | None = None
    pregnant: bool = False
    lactating: bool = False
    ldl_target: Number | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """What was found at one visit; readings by the names and in the units of `patients.readings`, further answers of
    the form by those of `patients.findings`.

    `adverse_reaction` and `new_complication` hold the programmes concerned.
    """

    on: date
    observations: Mapping[str, Number] = field(default_factory=dict)
    danger_signs: frozenset[str] = frozenset()
    adverse_reaction: frozenset[str] = frozenset()
    new_complication: frozenset[str] = frozenset()
    method: str | None = None
    findings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """One visit to be judged, and the earlier visits in any order."""

    patient: Person
    visit: Visit
    history: tuple[Visit, ...] = ()


def check(case: Case) -> None:
    """Raise CaseError for what no rule may judge: unknown names, impossible values, days out of order."""
    person = case.patient
    _check_person(person)
    for index, visit in enumerate(case.history):
        path = f"history[{index}]"
        if visit.on >= case.visit.on:
            raise CaseError(f"{visit.on} is not before the visit's day {case.visit.on}", f"{path}.on")
        _check_visit(visit, person, path)
    _check_visit(case.visit, person, "visit")


def _check_person(person: Person) -> None:
    if not person.conditions:
        raise CaseError("at least one condition is needed", "patient.conditions")
    _known(person.conditions, PROGRAMMES, "patient.conditions")
    if person.birth_date is None:
        needing = [name for name, protocol in protocols().items() if "age" in protocol.reads]
        if not set(needing).isdisjoint(person.conditions):
            raise CaseError(f"needed for {', '.join(needing)}", "patient.birth_date")
    elif person.birth_date.year not in YEARS:
        raise CaseError(f"the year of {person.birth_date} is out of range", "patient.birth_date")
    if person.ldl_target is not None and not VISIT_READINGS["ldl"].possible(person.ldl_target):
        raise CaseError(f"{person.ldl_target} is impossible", "patient.ldl_target")


def _check_visit(visit: Visit, person: Person, path: str) -> None:
    if visit.on.year not in YEARS:
        raise CaseError(f"the year of {visit.on} is out of range", f"{path}.on")
    if person.birth_date is not None and visit.on < person.birth_date:
        raise CaseError(f"{visit.on} is before the birth on {person.birth_date}", f"{path}.on")
    if visit.method is not None:
        _known([visit.method], METHODS, f"{path}.method")
    _known(visit.danger_signs, DANGER_SIGNS, f"{path}.danger_signs")
    _known(visit.adverse_reaction, PROGRAMMES, f"{path}.adverse_reaction")
    _known(visit.new_complication, PROGRAMMES, f"{path}.new_complication")
    for field_, message in faults(visit.observations):
        raise CaseError(message, f"{path}.observations.{field_}")
    for one in findings.wrong(visit.findings):
        raise CaseError(one.text % one.params, f"{path}.findings.{one.name}")


def _known(names: Collection[str], allowed: Collection[str], path: str) -> None:
    for name in names:
        if name not in allowed:
            raise CaseError(f"unknown: {name}", path)


def faults(observations: Mapping[str, Number]) -> Iterator[tuple[str, str]]:
    """Readings that cannot be: (name, message) of each one unknown, outside its hard bounds, or crossed."""
    possible = {}
    for name, value in observations.items():
        reading = VISIT_READINGS.get(name)
        if reading is None:
            yield name, f"unknown: {name}"
        elif reading.possible(value):
            possible[name] = float(value)
        else:
            low, high = reading.hard
            yield name, f"{value!s:.20} is not between {low} and {high} {reading.unit}".rstrip()
    if possible.get("diastolic", 0.0) >= possible.get("systolic", math.inf):
        yield (
            "diastolic",
            f"diastolic {observations['diastolic']} is not below systolic {observations['systolic']}",
        )
