"""The assessment lines (考核线) that a page draws: read from the protocol's own rules, so that no number stands twice."""

from collections.abc import Iterator
from datetime import date

from followups.protocols.catalogue import protocols
from followups.protocols.conditions import Condition, Scene, evaluate
from followups.protocols.definition import DEFAULTS, Settings
from followups.protocols.terms import Action, Klass
from patients.readings import Number


def assessment_lines(programme: str, *, age: int, settings: Settings = DEFAULTS) -> dict[str, Number]:
    """The limits a reading must stay below to be controlled at this age: {"systolic": 150, "diastolic": 90}.

    Empty for a programme that has no protocol yet.
    """
    protocol = protocols(settings).get(programme)
    if protocol is None:
        return {}
    limits: dict[str, Number] = {}
    for rule in protocol.rules:
        if rule.klass == Klass.CONTROLLED and rule.action == Action.ROUTINE and _for_age(rule.when, age):
            limits.update(
                (c["obs"], c["lt"]) for c in _comparisons(rule.when) if c["obs"] != "age" and "lt" in c
            )
    return limits


def _comparisons(condition: Condition) -> Iterator[Condition]:
    """Every comparison of a reading in the condition, at any depth."""
    if "obs" in condition:
        yield condition
    for part in (*condition.get("all", ()), *condition.get("any", ())):
        yield from _comparisons(part)


def _for_age(condition: Condition, age: int) -> bool:
    """Whether the age comparisons of the condition hold."""
    scene = Scene(on=date.min, numbers={"age": age})
    return all(evaluate(c, scene).holds for c in _comparisons(condition) if c["obs"] == "age")
