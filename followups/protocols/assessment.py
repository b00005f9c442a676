"""From a person's visit and the visits before it to the next step, by the protocols. No database, no clock.

`assess` is the one entry: the follow-up page, the import, the interface for other systems and `manage.py assess`
all call it. What it promises stands in the documentation of the `assess` case.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final

from django.utils.translation import gettext_noop as _

from followups.protocols.catalogue import protocols
from followups.protocols.conditions import Finding, Scene, evaluate
from followups.protocols.definition import DEFAULTS, Protocol, Rule, Settings
from followups.protocols.evidence import Case, CaseError, Person, Visit, check
from followups.protocols.graded import ANY_DANGER_SIGN
from followups.protocols.months import add_months
from followups.protocols.scenes import scene_of
from followups.protocols.terms import PROGRAMMES, SERIOUSNESS, STRICTNESS, Action, Klass

__all__ = ["Case", "CaseError", "Decision", "Outcome", "Person", "Reason", "Referral", "Visit", "assess"]

NOT_TAKEN: Final = "–"


@dataclass(frozen=True, slots=True)
class Reason:
    """A sentence for the screen: an English msgid and the values to put into it (`wording.sentence` does)."""

    rule: str
    action: Action | None
    text: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the visit means for one programme. `action` None: the programme has no protocol and does not count.

    `rule`, `version`, `source` (tag), `section` (msgid), `text` and `params` belong to the rule that decided the
    action; `reasons` has one sentence for each kind of finding. `missing` names readings not taken that a full
    judgement needs; they may be missing beside a class too. `hints` are told and decide nothing; `due_on` is the day
    that this programme alone asks for.
    """

    klass: Klass
    action: Action | None
    rule: str
    version: str
    source: str
    section: str
    reasons: tuple[Reason, ...]
    missing: tuple[str, ...] = ()
    red_flags: tuple[str, ...] = ()
    hints: tuple[Reason, ...] = ()
    due_on: date | None = None

    @property
    def text(self) -> str:
        """The msgid of the deciding rule's sentence."""
        return self.reasons[0].text

    @property
    def params(self) -> Mapping[str, Any]:
        """The values for `text`."""
        return self.reasons[0].params


@dataclass(frozen=True, slots=True)
class Referral:
    """Whether to refer. `direction` and `urgency` are None when not advised."""

    advised: bool
    direction: str | None = None
    urgency: str | None = None
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """The visit as a whole: the strictest action of its programmes and the earliest next date.

    `protocol` is None but where a doctor decided otherwise (followups.overrides): then it is what the rules said.
    """

    programmes: Mapping[str, Outcome]
    red_flags: tuple[str, ...]
    action: Action
    next_due_on: date
    referral: Referral
    protocol: "Decision | None" = None


def assess(case: Case, settings: Settings = DEFAULTS) -> Decision:
    """Judge a visit for every programme of the person.

    Raises CaseError (with the path of the field) for a case that cannot be judged: see `evidence.check`.
    """
    check(case)
    known = protocols(settings)
    outcomes = {
        programme: _outcome(known.get(programme), case, programme, settings)
        for programme in PROGRAMMES
        if programme in case.patient.conditions
    }
    actions = [outcome.action for outcome in outcomes.values() if outcome.action]
    action = max(actions, key=STRICTNESS.__getitem__, default=Action.ROUTINE)
    return Decision(
        programmes=outcomes,
        red_flags=_once(flag for outcome in outcomes.values() for flag in outcome.red_flags),
        action=action,
        next_due_on=min(
            (outcome.due_on for outcome in outcomes.values() if outcome.due_on),
            default=next_due_on(case.visit.on, action, settings),
        ),
        referral=referral_of(action, outcomes.values()),
    )


def next_due_on(
    on: date, action: Action, settings: Settings = DEFAULTS, protocol: Protocol | None = None
) -> date:
    """The day of the next visit: calendar months after a routine one, a fortnight after any other.

    A protocol may have distances of its own; what it leaves open, and no protocol, means those of the settings.
    """
    if action is Action.ROUTINE:
        own = protocol.months if protocol else None
        return add_months(on, settings.routine_months if own is None else own)
    days = protocol.recheck_days if protocol and action in (Action.RECHECK, Action.ADJUST) else None
    return on + timedelta(days=settings.recheck_days if days is None else days)


def _outcome(protocol: Protocol | None, case: Case, programme: str, settings: Settings) -> Outcome:
    """What the visit means for one programme, with the day that it asks for."""
    scene = scene_of(case, programme, protocol, settings)
    outcome = _without_protocol(scene) if protocol is None else _judge(protocol, scene)
    if outcome.action is None:
        return outcome
    return replace(outcome, due_on=next_due_on(scene.on, outcome.action, settings, protocol))


def _judge(protocol: Protocol, scene: Scene) -> Outcome:
    findings = [(rule, evaluate(rule.when, scene)) for rule in protocol.rules]
    held = [(rule, finding) for rule, finding in findings if finding.holds]
    classes = [rule.klass for rule, _finding in held if rule.klass]
    if not classes:
        held.append((protocol.otherwise, Finding(True)))
    klass = max(classes, key=SERIOUSNESS.__getitem__, default=Klass.NOT_ASSESSED)
    urgent = [finding for rule, finding in held if rule.action is Action.EMERGENCY]
    if urgent and klass is Klass.CONTROLLED:
        klass = Klass.UNCONTROLLED  # an emergency is never class 1
    decided = {Klass.CONTROLLED, Klass.UNCONTROLLED}.intersection(classes)
    # max keeps the first of equals, so the order of the table breaks ties.
    deciding = max(held, key=lambda pair: STRICTNESS[pair[0].action])
    rule = deciding[0]
    return Outcome(
        klass=klass,
        action=rule.action,
        rule=rule.id,
        version=protocol.version,
        source=rule.source,
        section=rule.section,
        reasons=tuple(_reason(*pair, scene) for pair in _telling(deciding, held)),
        missing=() if decided else _once(_sought_in_vain(findings)),
        red_flags=_once(code for finding in urgent for code in finding.held),
        hints=tuple(
            _reason(rule, finding, scene)
            for rule, finding in ((rule, evaluate(rule.when, scene)) for rule in protocol.hints)
            if finding.holds
        ),
    )


def _sought_in_vain(findings: Iterable[tuple[Rule, Finding]]) -> Iterable[str]:
    """The readings whose absence kept the programme from being called controlled."""
    return (name for rule, finding in findings if rule.klass is Klass.CONTROLLED for name in finding.missing)


def _telling(deciding: tuple[Rule, Finding], held: list[tuple[Rule, Finding]]) -> list[tuple[Rule, Finding]]:
    """The deciding rule first, then the first rule of each other class; "controlled" is no news beside others."""
    told, classes = [deciding], {deciding[0].klass, Klass.CONTROLLED}
    for rule, finding in held:
        if rule.klass not in classes:
            told.append((rule, finding))
            classes.add(rule.klass)
    return told


def _reason(rule: Rule, finding: Finding, scene: Scene) -> Reason:
    params = {name: _value(name, rule, finding, scene) for name in _names(rule.text)}
    return Reason(rule.id, rule.action, rule.text, params)


def _value(name: str, rule: Rule, finding: Finding, scene: Scene) -> Any:
    if name in rule.params:
        return rule.params[name]
    if name == "criteria":
        return list(_once(finding.held))
    if finding.before and name == "before_on":
        return finding.before.on.isoformat()
    if finding.before and name.startswith("before_"):
        return str(finding.before.numbers.get(name.removeprefix("before_"), NOT_TAKEN))
    return str(scene.numbers.get(name, NOT_TAKEN))


@lru_cache(maxsize=256)
def _names(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"%\((\w+)\)s", text))


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _without_protocol(scene: Scene) -> Outcome:
    """A programme whose protocol does not exist yet: only a danger sign is judged."""
    signs = evaluate(ANY_DANGER_SIGN, scene).held
    action = Action.EMERGENCY if signs else None
    rule = "no-protocol.emergency" if signs else "no-protocol"
    if signs:
        text = _(
            "Emergency: %(criteria)s. Treat, refer urgently, and ask about the referral within two weeks."
        )
        reason = Reason(rule, action, text, {"criteria": list(signs)})
    else:
        reason = Reason(rule, action, _("This programme has no protocol yet: it is not assessed."))
    return Outcome(Klass.NOT_ASSESSED, action, rule, "1", "DESIGN", "", (reason,), ("protocol",), signs)


def referral_of(action: Action, outcomes: Iterable[Outcome]) -> Referral:
    """What the strictest action of the visit means for a referral, with the sentences that speak for it."""
    if action not in (Action.REFER, Action.EMERGENCY):
        return Referral(advised=False)
    reasons = {
        (reason.text, str(reason.params)): reason
        for outcome in outcomes
        for reason in outcome.reasons
        if reason.action in (Action.REFER, Action.EMERGENCY)
    }
    urgency = "emergency" if action is Action.EMERGENCY else "routine"
    return Referral(True, "up", urgency, tuple(reasons.values()))
