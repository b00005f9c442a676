"""The two target sets side by side: the assessment line (考核线), read from the protocols' own rules so that no number
stands twice, and the clinical target (临床目标) of the guidelines."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from types import MappingProxyType

from followups.protocols.catalogue import protocols
from followups.protocols.conditions import Condition, Scene, evaluate
from followups.protocols.definition import DEFAULTS, Protocol, Rule, Settings
from followups.protocols.evidence import Person
from followups.protocols.months import add_months, age_on
from followups.protocols.scenes import ldl_target_of
from followups.protocols.targets import TARGETS, Target, clinical_targets, strictest
from followups.protocols.terms import PROGRAMMES, Klass
from patients.readings import Number

NOTHING: Mapping[str, Number] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class AssessmentLine:
    """What a reading must stay below to be controlled in one programme, and the source of the rule that says so."""

    programme: str
    reading: str
    below: Number
    source: str
    section: str


@dataclass(frozen=True, slots=True)
class Lines:
    """One reading's two targets, each the strictest among the person's programmes; None where there is none."""

    assessment: AssessmentLine | None
    clinical: Target | None


def assessment_lines(
    programme: str,
    *,
    age: int | None,
    settings: Settings = DEFAULTS,
    known: Mapping[str, Number] = NOTHING,
) -> dict[str, Number]:
    """The limits a reading must stay below to be controlled: {"systolic": 150, "diastolic": 90}.

    `known` are readings that choose between lines (`acr` of the same visit, `known_acr`) and a person's own
    `ldl_target`. Empty for a programme that
    has no protocol, or none of whose readings decides.
    """
    return {line.reading: line.below for line in lines_of(programme, age, settings, known)}


def lines_of(
    programme: str, age: int | None, settings: Settings, known: Mapping[str, Number] = NOTHING
) -> tuple[AssessmentLine, ...]:
    """The assessment lines of one programme with their sources."""
    return _lines_of(programme, age, settings, frozenset(known.items()))


@lru_cache(maxsize=2048)  # lists ask for the same few ages on every row
def _lines_of(
    programme: str, age: int | None, settings: Settings, known: frozenset[tuple[str, Number]]
) -> tuple[AssessmentLine, ...]:
    protocol = protocols(settings).get(programme)
    return tuple(_read(protocol, age, settings, dict(known))) if protocol else ()


def _read(
    protocol: Protocol, age: int | None, settings: Settings, known: Mapping[str, Number]
) -> Iterator[AssessmentLine]:
    numbers = {"ldl_target": settings.ldl_target, **known, **({} if age is None else {"age": age})}
    controlled = [rule for rule in protocol.rules if rule.klass is Klass.CONTROLLED]
    gates = _gates(controlled)
    scene = Scene(date.min, numbers)
    for rule in controlled:
        leaves = list(_comparisons(rule.when))
        if all(evaluate(leaf, scene).holds for leaf in leaves if leaf["obs"] in gates):
            for leaf in leaves:
                if leaf["obs"] not in gates and "lt" in leaf:
                    limit = leaf["lt"]
                    below = numbers[limit] if isinstance(limit, str) else limit
                    yield AssessmentLine(protocol.programme, leaf["obs"], below, rule.source, rule.section)


def both_lines(
    person: Person,
    *,
    on: date,
    settings: Settings = DEFAULTS,
    known: Mapping[str, Number] = NOTHING,
) -> dict[str, Lines]:
    """Assessment line and clinical target of a person on a day, by reading; see `Lines`."""
    age = None if person.birth_date is None else age_on(person.birth_date, on)
    own = {"ldl_target": ldl_target_of(person, settings)}
    lines: dict[str, AssessmentLine] = {}
    for programme in person.conditions:
        for line in lines_of(programme, age, settings, {**known, **own}):
            if line.reading not in lines or line.below < lines[line.reading].below:
                lines[line.reading] = line
    clinical = strictest(clinical_targets(person, on=on, known=known))
    return {
        reading: Lines(lines.get(reading), clinical.get(reading))
        for reading in dict.fromkeys((*lines, *clinical))
    }


def choosing(
    taken: Iterable[tuple[str, date, Number]], *, on: date, settings: Settings = DEFAULTS
) -> dict[str, Number]:
    """Of readings taken (name, day, value), the last of those that may choose between lines on a day, by the names by which
    rules read them: {"known_acr": 80}."""
    oldest = add_months(on, -settings.again_within_months)
    names = lasting_in(PROGRAMMES, settings)
    ours = sorted(each for each in taken if each[0] in names and oldest <= each[1] <= on)
    return {f"known_{name}": value for name, _day, value in ours}


def lasting_in(programmes: Iterable[str], settings: Settings = DEFAULTS) -> frozenset[str]:
    """The readings whose last value counts on in one of the programmes until there is another."""
    known = protocols(settings)
    return frozenset(name for each in programmes if each in known for name in known[each].lasting)


def measures_of(programme: str) -> frozenset[str]:
    """The readings that have an assessment line or a clinical target in a programme."""
    protocol = protocols().get(programme)
    controlled = [rule for rule in protocol.rules if rule.klass is Klass.CONTROLLED] if protocol else []
    lines = {leaf["obs"] for rule in controlled for leaf in _comparisons(rule.when)} - _gates(controlled)
    return frozenset(lines | {target.reading for target in TARGETS if target.programme == programme})


def _gates(rules: list[Rule]) -> set[str]:
    """The names that choose between lines: those that some line asks to be at least so much (age, acr)."""
    return {leaf["obs"] for rule in rules for leaf in _comparisons(rule.when) if "gte" in leaf}


def _comparisons(condition: Condition) -> Iterator[Condition]:
    """Every comparison of a reading in the condition, at any depth."""
    if "obs" in condition:
        yield condition
    for part in (*condition.get("all", ()), *condition.get("any", ())):
        yield from _comparisons(part)
