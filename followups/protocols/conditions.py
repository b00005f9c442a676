"""The condition language of rules, as data that JSON can carry, and its interpreter.

    {"obs": "systolic", "gte": 180}      a reading (or "age") against a limit: gte, gt, lte, lt
    {"obs": "ldl", "lt": "ldl_target"}   against a number of the person's own
    {"obs": "acr", "gte": 30, "untaken": false}
                                         what it says when the reading was not taken: then it is not missing
    {"sign": ["precordial_pain"]}        any of these danger signs is present
    {"flag": "pregnant"}                 a yes/no fact of the person or of this visit
    {"finding": "angina", "says": ["rest"]}
                                         a question of the form was answered with one of these words
    {"finding": "exacerbations_year", "gte": 2}
                                         or with a number, against a limit
    {"new": C, "within_months": 12}      what of C holds now and held at no earlier visit of so many months
    {"any": [...]}, {"all": [...]}       at least one, every one
    {"again": C, "among": R, "within_months": 12}
                                         C held at the last earlier visit where R holds (no "among": any visit),
                                         not older than so many calendar months, that day included

A reading that was not taken makes its comparison false; it is reported as missing where it could change the answer.
"""

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import takewhile
from typing import Any, Final

from followups.protocols.months import add_months
from patients.readings import Number

Condition = Mapping[str, Any]

COMPARISONS: Final[Mapping[str, tuple[str, Callable[[float, float], bool]]]] = {
    "gte": (">=", operator.ge),
    "gt": (">", operator.gt),
    "lte": ("<=", operator.le),
    "lt": ("<", operator.lt),
}


@dataclass(frozen=True, slots=True)
class Scene:
    """What a condition may look at: one visit of one person, and the visits before it, latest first."""

    on: date
    numbers: Mapping[str, Number]
    signs: frozenset[str] = frozenset()
    flags: frozenset[str] = frozenset()
    earlier: Sequence["Scene"] = ()
    findings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a condition holds, the codes of the parts that made it hold, the readings whose absence left it open,
    and the earlier visit that an `again` found."""

    holds: bool
    held: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    before: Scene | None = None


NO: Final = Finding(False)


def evaluate(condition: Condition, scene: Scene) -> Finding:
    """Judge one condition. Raises KeyError for data that is not of this language."""
    if "obs" in condition:
        return _compare(condition, scene)
    if "sign" in condition:
        present = tuple(sign for sign in condition["sign"] if sign in scene.signs) if scene.signs else ()
        return Finding(True, present) if present else NO
    if "flag" in condition:
        return Finding(True, (condition["flag"],)) if condition["flag"] in scene.flags else NO
    if "finding" in condition:
        return _answered(condition, scene)
    if "again" in condition:
        return _look_back(condition, scene)
    if "new" in condition:
        return _newly(condition, scene)
    if "any" in condition:
        return _any([evaluate(part, scene) for part in condition["any"]])
    return _all(evaluate(part, scene) for part in condition["all"])


def _any(findings: Sequence[Finding]) -> Finding:
    holding = [finding for finding in findings if finding.holds]
    if holding:
        return _joined(holding)
    missing = tuple(name for finding in findings for name in finding.missing)
    return Finding(False, (), missing) if missing else NO


def _all(findings: Iterable[Finding]) -> Finding:
    holding: list[Finding] = []
    missing: list[str] = []
    for finding in findings:
        if finding.holds:
            holding.append(finding)
        elif not finding.missing:
            return NO  # false whatever the missing readings would have been
        missing.extend(finding.missing)
    return Finding(False, (), tuple(missing)) if missing else _joined(holding)


def _joined(holding: Sequence[Finding]) -> Finding:
    if len(holding) == 1:
        return holding[0]
    before = next((finding.before for finding in holding if finding.before), None)
    return Finding(True, tuple(code for finding in holding for code in finding.held), (), before)


def _compare(condition: Condition, scene: Scene) -> Finding:
    name = condition["obs"]
    value = scene.numbers.get(name)
    if value is None:
        return _untaken(condition)
    for word, limit in limits_of(condition):
        symbol, holds = COMPARISONS[word]
        against = scene.numbers[limit] if isinstance(limit, str) else limit
        # Both as floats: the same decimal text gives the same float, so 3.9 stays equal to a limit of 3.9.
        return Finding(True, (f"{name}{symbol}{against}",)) if holds(float(value), float(against)) else NO
    raise KeyError(f"no comparison for {name}")


def limits_of(condition: Condition) -> Iterator[tuple[str, Any]]:
    """The comparisons of a leaf: word and limit."""
    return ((word, limit) for word, limit in condition.items() if word in COMPARISONS)


def _answered(condition: Condition, scene: Scene) -> Finding:
    """A question that was not asked says nothing, and nothing is missing for it."""
    name = condition["finding"]
    answer = scene.findings.get(name)
    if answer is None:
        return NO
    if "says" in condition:
        said = answer if isinstance(answer, list | tuple) else (answer,)
        held = tuple(f"{name}={word}" for word in condition["says"] if word in said)
        return Finding(True, held) if held else NO
    for word, limit in limits_of(condition):
        symbol, holds = COMPARISONS[word]
        return Finding(True, (f"{name}{symbol}{limit}",)) if holds(float(answer), float(limit)) else NO
    raise KeyError(f"no comparison for {name}")


def _newly(condition: Condition, scene: Scene) -> Finding:
    found = evaluate(condition["new"], scene)
    oldest = add_months(scene.on, -condition["within_months"])
    known = {
        code
        for visit in takewhile(lambda visit: visit.on >= oldest, scene.earlier)
        for code in evaluate(condition["new"], visit).held
    }
    fresh = tuple(code for code in found.held if code not in known)
    return Finding(True, fresh) if fresh else NO


def _untaken(condition: Condition) -> Finding:
    if "untaken" not in condition:
        return Finding(False, (), (condition["obs"],))
    return Finding(True) if condition["untaken"] else NO


def _look_back(condition: Condition, scene: Scene) -> Finding:
    oldest, among = add_months(scene.on, -condition["within_months"]), condition.get("among")
    recent = takewhile(lambda visit: visit.on >= oldest, scene.earlier)
    relevant = (visit for visit in recent if among is None or evaluate(among, visit).holds)
    last = next(relevant, None)
    if last is None:
        return NO
    # Two visits of one day have no order: either may make it hold.
    same_day = [last, *takewhile(lambda visit: visit.on == last.on, relevant)]
    before = next((visit for visit in same_day if evaluate(condition["again"], visit).holds), None)
    return Finding(True, ("again",), (), before) if before else NO
