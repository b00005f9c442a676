"""A decision in the words of the page: a card for each disease, the next date with its why, what to confirm."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.translation import gettext, gettext_lazy

from followups.entry.visit import VisitInput
from followups.line_words import target_text
from followups.lines import measures_of
from followups.models import Assessment, AssessmentOverride, Goal
from followups.protocols.assessment import Decision, Outcome, Reason
from followups.protocols.terms import ACTION_LABELS, CLASS_LABELS, SOURCES, Action, Klass
from followups.protocols.wording import label, sentence
from patients.programmes import Programme
from patients.readings import READINGS, exact

_ = gettext_lazy

# Codes 1-4 of the national form; a programme that could not be assessed has none.
CODES: Final = {Klass.CONTROLLED: 1, Klass.UNCONTROLLED: 2, Klass.ADVERSE_REACTION: 3, Klass.COMPLICATION: 4}
TONES: Final = {
    Klass.CONTROLLED: "green",
    Klass.UNCONTROLLED: "amber",
    Klass.ADVERSE_REACTION: "amber",
    Klass.COMPLICATION: "red",
    Klass.NOT_ASSESSED: "line",
}
WHY: Final = {
    Action.ROUTINE: _("three calendar months, so that a year has four follow-ups"),
    Action.RECHECK: _("in 14 days: the deciding reading was missing"),
    Action.ADJUST: _("in 14 days, to see what the change of treatment does"),
    Action.REFER: _("in 14 days, to ask what came of the referral"),
    Action.EMERGENCY: _("within 14 days, to ask what came of the emergency referral"),
}
USUAL_MONTHS: Final = 3


@dataclass(frozen=True, slots=True)
class Card:
    """One disease: its class with the code of the national form, why, from which source, and the own target."""

    programme: str
    name: str
    code: int | None
    klass: str
    tone: str
    action: str
    reasons: tuple[str, ...]
    source: str
    rule: str
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """The whole decision. `strictest` is True when several diseases were weighed."""

    cards: tuple[Card, ...]
    alarms: tuple[str, ...]
    action: str
    next_due_on: date
    days: int
    why: str
    advised: bool
    emergency: bool
    reasons: tuple[str, ...]
    several: bool


def shown(decision: Decision, reading: VisitInput, goals: Iterable[Goal], *, on: date) -> Shown:
    """The decision for the page, in the active language; where a doctor decided otherwise, the protocol's word beside it."""
    remarks = dict(_remarks(reading, goals))
    return Shown(
        cards=tuple(_cards(decision, remarks)),
        alarms=tuple(label(flag, gettext) for flag in decision.red_flags),
        action=gettext(ACTION_LABELS[decision.action]),
        next_due_on=decision.next_due_on,
        days=(decision.next_due_on - on).days,
        why=_why(decision, on),
        advised=decision.referral.advised,
        emergency=decision.action is Action.EMERGENCY,
        reasons=tuple(sentence(reason, gettext) for reason in decision.referral.reasons),
        several=len(decision.programmes) > 1,
    )


def protocol_said(klass: Klass, action: Action | None) -> str:
    """The protocol's word beside a doctor's other one."""
    words = [gettext(CLASS_LABELS[klass]), *([gettext(ACTION_LABELS[action])] if action else [])]
    return gettext("By the protocol: %(words)s") % {"words": gettext(", ").join(words)}


def protocol_words(row: AssessmentOverride) -> str:
    """The protocol's word on a programme for which a doctor decided otherwise."""
    action = Action(row.protocol_action) if row.protocol_action else None
    return protocol_said(Klass(row.protocol_klass or ""), action)


def stored_cards(
    assessments: Iterable[Assessment], overrides: Iterable[AssessmentOverride] = ()
) -> list[Card]:
    """The same for assessments in the archive; the own target is left out, as it may have changed since."""
    said = {row.programme: protocol_words(row) for row in overrides if row.programme}
    return [_stored(row, said.get(row.programme)) for row in assessments]


def _stored(row: Assessment, said: str | None) -> Card:
    klass = Klass(row.klass)
    reasons = (Reason(row.rule, None, each["text"], each["params"]) for each in row.reasons)
    return Card(
        programme=row.programme,
        name=str(Programme(row.programme).label),
        code=CODES.get(klass),
        klass=gettext(CLASS_LABELS[klass]),
        tone=TONES[klass],
        action=gettext(ACTION_LABELS[Action(row.action)]) if row.action else "",
        reasons=tuple(sentence(reason, gettext) for reason in reasons),
        source=_source(row.source, row.section),
        rule=f"{row.rule} v{row.protocol_version}",
        remarks=(said,) if said else (),
    )


def _source(tag: str, section: str) -> str:
    name = gettext(SOURCES[tag]) if tag in SOURCES else tag
    return " · ".join(part for part in (name, gettext(section) if section else "") if part)


def _why(decision: Decision, on: date) -> str:
    """Why the next follow-up is on that day; a routine one may be further away in some programmes."""
    due, said = decision.next_due_on, decision.protocol
    if said is not None and said.next_due_on != due:
        return gettext("decided by the doctor; by the protocol %(day)s") % {"day": said.next_due_on}
    months = (due.year - on.year) * 12 + due.month - on.month
    if decision.action is Action.ROUTINE and months != USUAL_MONTHS:
        return gettext("%(months)s calendar months: the usual distance in this programme") % {
            "months": months
        }
    return str(WHY[decision.action])


def _cards(decision: Decision, remarks: dict[str, str]) -> Iterator[Card]:
    """A card each; what the own plan or a hint says of a reading is told once, at the first disease it concerns."""
    left, told = dict(remarks), set[str]()
    for programme, outcome in decision.programmes.items():
        mine = [left.pop(name) for name in list(left) if name in measures_of(programme)]
        hints = [text for text in (sentence(hint, gettext) for hint in outcome.hints) if text not in told]
        told.update(hints)
        yield _card(programme, outcome, (*_other(programme, decision), *hints, *mine))


def _other(programme: str, decision: Decision) -> Iterator[str]:
    """The protocol's word where the doctor's is another one."""
    if decision.protocol is not None:
        said, outcome = decision.protocol.programmes[programme], decision.programmes[programme]
        if (said.klass, said.action) != (outcome.klass, outcome.action):
            yield protocol_said(said.klass, said.action)


def _card(programme: str, outcome: Outcome, remarks: tuple[str, ...]) -> Card:
    return Card(
        programme=programme,
        name=str(Programme(programme).label),
        code=CODES.get(outcome.klass),
        klass=gettext(CLASS_LABELS[outcome.klass]),
        tone=TONES[outcome.klass],
        action=gettext(ACTION_LABELS[outcome.action]) if outcome.action else "",
        reasons=tuple(sentence(reason, gettext) for reason in outcome.reasons),
        source=_source(outcome.source, outcome.section),
        rule=f"{outcome.rule} v{outcome.version}",
        remarks=remarks,
    )


def _remarks(reading: VisitInput, goals: Iterable[Goal]) -> Iterator[tuple[str, str]]:
    """Where a reading misses the person's own plan; that never changes the class."""
    for goal in goals:
        value = reading.observations.get(goal.measure)
        if value is None:
            continue
        number = exact(value)
        below = goal.low is not None and number < goal.low
        if below or (goal.high is not None and number >= goal.high):
            text = gettext("%(name)s %(value)s misses the own plan's target %(bound)s.")
            name = gettext(READINGS[goal.measure].label)
            yield goal.measure, text % {"name": name, "value": value, "bound": target_text(goal)}
