"""Graded intervention (分类干预): the lines that the decision tables of all national programmes share."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from django.utils.translation import gettext_noop as _

from followups.protocols.conditions import Condition
from followups.protocols.definition import Rule, Settings
from followups.protocols.terms import DANGER_SIGNS, Action, Klass

ANY_DANGER_SIGN: Condition = {"sign": list(DANGER_SIGNS)}
EXPECTING_OR_NURSING: Condition = {"any": [{"flag": "pregnant"}, {"flag": "lactating"}]}
CRISIS: tuple[Condition, ...] = ({"obs": "systolic", "gte": 180}, {"obs": "diastolic", "gte": 110})
NONE: Final[Mapping[str, Any]] = MappingProxyType({})
CARRIED_OVER: Final = _("Graded intervention as for hypertension and type 2 diabetes")


def emergency(prefix: str, criteria: Iterable[Condition], section: str, source: str = "BPHS17") -> Rule:
    """Any danger sign or any of the programme's own criteria. It never gives a class: it only forbids "controlled"."""
    return Rule(
        id=f"{prefix}.emergency",
        when={"any": [ANY_DANGER_SIGN, *criteria]},
        klass=None,
        action=Action.EMERGENCY,
        text=_(
            "Emergency: %(criteria)s. Treat, refer urgently, and ask about the referral within two weeks."
        ),
        source=source,
        section=section,
    )


def harm(prefix: str, settings: Settings, section: str, source: str = "BPHS17") -> tuple[Rule, Rule, Rule]:
    """Complication and adverse drug reaction; the latter is referred when the last visit of any kind had one too."""
    reaction: Condition = {"flag": "adverse_reaction"}
    before: Condition = {"again": reaction, "within_months": settings.again_within_months}
    return (
        Rule(
            id=f"{prefix}.complication",
            when={"flag": "new_complication"},
            klass=Klass.COMPLICATION,
            action=Action.REFER,
            text=_("A new complication, or an old one worse: refer up at once."),
            source=source,
            section=section,
        ),
        Rule(
            id=f"{prefix}.adverse-reaction-again",
            when={"all": [reaction, before]},
            klass=Klass.ADVERSE_REACTION,
            action=Action.REFER,
            text=_("Adverse drug reaction, as at the visit of %(before_on)s: hard to control, refer up."),
            source=source,
            section=section,
        ),
        Rule(
            id=f"{prefix}.adverse-reaction",
            when=reaction,
            klass=Klass.ADVERSE_REACTION,
            action=Action.ADJUST,
            text=_("Adverse drug reaction: change the drug and see again in two weeks."),
            source=source,
            section=section,
        ),
    )


def again(
    failed: Condition, passed: Condition, settings: Settings, also: tuple[Condition, ...] = ()
) -> Condition:
    """The last earlier visit that could be decided was a failed one: the second in a row is referred.

    `also` names emergency readings that make the earlier visit a failed one although its deciding reading passed;
    an earlier emergency by sign alone does not.
    """
    return {
        "again": {"any": [failed, *also]} if also else failed,
        "among": {"any": [failed, passed]},
        "within_months": settings.again_within_months,
    }


@dataclass(frozen=True, slots=True)
class Line:
    """An assessment line: what misses it, what meets it, what a doctor is told, and where it comes from.

    A programme has several when a reading of the same visit decides which line holds; `name` tells them apart.
    """

    failed: Condition
    passed: Condition
    again: str
    missed: str
    met: str
    source: str
    section: str
    params: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""

    def rule(self, identity: str, when: Condition, result: tuple[Klass, Action], text: str) -> Rule:
        """One step of this line as a rule."""
        named = f"{identity}-{self.name}" if self.name else identity
        return Rule(named, when, *result, text, self.source, self.section, self.params)


def table(prefix: str, settings: Settings, lines: tuple[Line, ...], first: Rule) -> tuple[Rule, ...]:
    """The decision table of a programme for which the national text gives no rules of its own.

    `first` is its emergency rule. Class and action follow the graded intervention of hypertension and diabetes.
    """
    complication, reaction_again, reaction = harm(prefix, settings, CARRIED_OVER, "DESIGN")
    before = again(
        {"any": [line.failed for line in lines]}, {"any": [line.passed for line in lines]}, settings
    )
    refer, adjust = (Klass.UNCONTROLLED, Action.REFER), (Klass.UNCONTROLLED, Action.ADJUST)
    keep = (Klass.CONTROLLED, Action.ROUTINE)
    twice = f"{prefix}.uncontrolled-again"
    return (
        first,
        complication,
        reaction_again,
        *(line.rule(twice, {"all": [line.failed, before]}, refer, line.again) for line in lines),
        reaction,
        *(line.rule(f"{prefix}.uncontrolled", line.failed, adjust, line.missed) for line in lines),
        *(line.rule(f"{prefix}.controlled", line.passed, keep, line.met) for line in lines),
    )


def not_assessed(prefix: str, text: str) -> Rule:
    """What answers when the deciding reading is missing."""
    return Rule(f"{prefix}.not-assessed", {"all": []}, Klass.NOT_ASSESSED, Action.RECHECK, text, "DESIGN", "")


def danger(prefix: str, settings: Settings, *more: Condition, crisis: bool = True) -> Rule:
    """The emergency rule of a programme without national criteria: danger signs, and what settings add."""
    pressures = CRISIS if crisis and settings.crisis_everywhere else ()
    return emergency(prefix, (*pressures, *more), CARRIED_OVER, "DESIGN")


def crisis_hint(prefix: str, settings: Settings) -> tuple[Rule, ...]:
    """Pressure of an emergency in a programme whose rules do not act on it: told, unless the setting makes it act."""
    if settings.crisis_everywhere:
        return ()
    text = _("Blood pressure %(systolic)s/%(diastolic)s is from 180/110 on: weigh an urgent referral.")
    when: Condition = {"any": list(CRISIS)}
    return (hint(f"{prefix}.crisis", when, text, "DESIGN", CARRIED_OVER),)


def hint(
    rule: str, when: Condition, text: str, source: str, section: str, *, params: Mapping[str, Any] = NONE
) -> Rule:
    """Something to tell. As a rule it would only ever raise the action; as a hint it changes nothing."""
    return Rule(rule, when, None, Action.ROUTINE, text, source, section, params)
