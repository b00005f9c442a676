"""Sentences for people: reasons with their values filled in, and a protocol as a table that a doctor can check.

Every function takes `translate`: `gettext` for a page, nothing for English.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_noop as _

from followups.protocols.assessment import Reason
from followups.protocols.conditions import COMPARISONS, Condition, limits_of
from followups.protocols.definition import Protocol, Rule
from followups.protocols.terms import ACTION_LABELS, CLASS_LABELS, DANGER_SIGNS, FLAGS, SOURCES
from patients.findings import FINDINGS
from patients.readings import READINGS

Translate = Callable[[str], str]

SYMBOLS: Final = {"gte": "≥", "gt": ">", "lte": "≤", "lt": "<"}
DERIVED: Final = {"age": _("Age"), "known_acr": _("Last urine albumin/creatinine")}
NAMED_LIMITS: Final = {"ldl_target": _("the person's LDL target")}


def english(text: str) -> str:
    """The msgid itself."""
    return text


def sentence(reason: Reason, translate: Translate = english) -> str:
    """The reason in words, its values filled in."""
    comma = translate(_(", "))
    params = {
        name: comma.join(label(code, translate) for code in value) if isinstance(value, list) else value
        for name, value in reason.params.items()
    }
    return translate(reason.text) % params


def label(code: str, translate: Translate = english) -> str:
    """A red flag in words: `systolic>=180` as "Systolic pressure ≥180", `precordial_pain` as its label."""
    if code in DANGER_SIGNS:
        return translate(DANGER_SIGNS[code])
    if code in FLAGS:
        return translate(FLAGS[code])
    for word, (symbol, _compare) in COMPARISONS.items():
        name, found, limit = code.partition(symbol)
        if found:
            return f"{named(name, translate)} {SYMBOLS[word]}{limit}"
    name, _equals, answer = code.partition("=")
    return answered(name, [answer], translate) if name in FINDINGS else code


def named(name: str, translate: Translate = english) -> str:
    """A reading, a question of the form, or the age, as a label."""
    if name in DERIVED:
        return translate(DERIVED[name])
    return translate((FINDINGS if name in FINDINGS else READINGS)[name].label)


def answered(name: str, words: Sequence[str], translate: Translate = english) -> str:
    """An answer of the form: "Angina: at rest"."""
    of = FINDINGS[name]
    said = translate(_(" or ")).join(translate(of.words[word]) for word in words)
    return translate(_("%(question)s: %(answer)s")) % {"question": translate(of.label), "answer": said}


@dataclass(frozen=True, slots=True)
class Row:
    """One rule of a protocol, readable by a doctor."""

    rule: str
    condition: str
    klass: str
    action: str
    source: str


def describe(protocol: Protocol, translate: Translate = english) -> list[Row]:
    """The decision table in words, in the order in which rules are looked at."""
    rows = [_row(rule, in_words(rule.when, translate), translate) for rule in protocol.rules]
    otherwise = translate(_("otherwise (the deciding reading is missing)"))
    hints = [_told(rule, in_words(rule.when, translate), translate) for rule in protocol.hints]
    return [*rows, _row(protocol.otherwise, otherwise, translate), *hints]


def _told(rule: Rule, condition: str, translate: Translate) -> Row:
    """A hint as a row: what it says, in the place of class and action."""
    row = _row(rule, condition, translate)
    told = translate(_("told only, decides nothing"))
    return Row(row.rule, row.condition, translate(_("no class")), told, row.source)


def _row(rule: Rule, condition: str, translate: Translate) -> Row:
    never = translate(_("as the readings say, but never controlled"))
    section = translate(rule.section) if rule.section else ""
    return Row(
        rule=rule.id,
        condition=condition,
        klass=translate(CLASS_LABELS[rule.klass]) if rule.klass else never,
        action=translate(ACTION_LABELS[rule.action]),
        source=" · ".join(part for part in (translate(SOURCES[rule.source]), section) if part),
    )


def in_words(condition: Condition, translate: Translate = english) -> str:
    """A condition as a doctor would write it; brackets only where "and" and "or" meet."""
    if "again" in condition:
        within = {
            "condition": _bracketed(condition["again"], translate),
            "months": condition["within_months"],
        }
        if "among" in condition:
            return (
                translate(_("at the last assessable visit within %(months)s months: %(condition)s")) % within
            )
        return translate(_("at the last visit within %(months)s months: %(condition)s")) % within
    if "new" in condition:
        within = {"condition": in_words(condition["new"], translate), "months": condition["within_months"]}
        return translate(_("%(condition)s, at no earlier visit within %(months)s months")) % within
    for key, joint in (("any", _(" or ")), ("all", _(" and "))):
        if key in condition:
            parts = [_bracketed(part, translate, within=key) for part in condition[key]]
            return translate(joint).join(parts) or translate(_("always"))
    return _leaf(condition, translate)


def _bracketed(part: Condition, translate: Translate, within: str = "") -> str:
    """In brackets where it has several members that its surroundings would not join in the same way."""
    words = in_words(part, translate)
    joined = [key for key in ("any", "all", "sign") if len(part.get(key, ())) > 1 and key != within]
    return f"({words})" if joined or (part.get("untaken") and within == "all") else words


def _leaf(condition: Condition, translate: Translate) -> str:
    if "sign" in condition:
        signs = translate(_("; ")).join(translate(DANGER_SIGNS[sign]) for sign in condition["sign"])
        return (
            translate(_("any danger sign of: %(signs)s")) % {"signs": signs}
            if len(condition["sign"]) > 1
            else signs
        )
    if "flag" in condition:
        return translate(FLAGS[condition["flag"]])
    if "says" in condition:
        return answered(condition["finding"], condition["says"], translate)
    name = named(condition["finding"] if "finding" in condition else condition["obs"], translate)
    words = " ".join([name, *(_limit(word, limit, translate) for word, limit in limits_of(condition))])
    return (
        translate(_("%(condition)s or not measured")) % {"condition": words}
        if condition.get("untaken")
        else words
    )


def _limit(word: str, limit: Any, translate: Translate) -> str:
    named = NAMED_LIMITS.get(limit) if isinstance(limit, str) else None
    return f"{SYMBOLS[word]} {translate(named)}" if named else f"{SYMBOLS[word]}{limit}"
