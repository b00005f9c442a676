"""The protocols as a doctor reads them: rule tables in words, what each setting says now, which programmes it concerns."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy, ngettext, pgettext_lazy

from followups.models import ProtocolVersion
from followups.protocols import knobs
from followups.protocols.catalogue import protocols
from followups.protocols.definition import DEFAULTS, Protocol, Settings
from followups.protocols.knobs import Knob, Value
from followups.protocols.terms import PROGRAMMES, SOURCES, Action
from followups.protocols.versions import Version
from followups.protocols.wording import Row, describe
from patients.programmes import Programme

_ = gettext_lazy
TONES: Final = {"certain": "green", "likely": "info", "unsure": "amber", "design": "line"}
YES_NO: Final[dict[bool, "str | Promise"]] = {
    True: pgettext_lazy("setting", "yes"),
    False: pgettext_lazy("setting", "no"),
}


@dataclass(frozen=True, slots=True)
class Summary:
    """One programme in the list; `table` is None where it has no protocol yet."""

    code: str
    name: str
    table: Protocol | None
    sources: tuple[str, ...] = ()
    unsure: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One rule as printed, with the day of the next visit in words."""

    row: Row
    after: str


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: what it says now and by default, and how sure its default is."""

    name: str
    label: str
    value: str
    default: str
    changed: bool
    tone: str
    certainty: str
    why: str
    unsure: bool


def summaries(version: Version) -> list[Summary]:
    """Every programme with its rule table under these settings."""
    known = protocols(version.settings)
    return [_summary(code, known.get(code)) for code in PROGRAMMES]


def _summary(code: str, table: Protocol | None) -> Summary:
    name = str(Programme(code).label)
    if table is None:
        return Summary(code, name, None)
    unsure = sum(knob.unsure for knob in concerning(code))
    return Summary(code, name, table, tuple(sources(table)), unsure)


def sources(table: Protocol) -> Iterator[str]:
    """The sources of a rule table, each once, in words."""
    tags = dict.fromkeys(rule.source for rule in (*table.rules, table.otherwise))
    yield from (gettext(SOURCES[tag]) for tag in tags)


def lines(table: Protocol, settings: Settings) -> list[Line]:
    """The rule table in words, in the order in which rules are looked at."""
    acting = (*table.rules, table.otherwise)
    rows = describe(table, gettext)
    after = [_after(rule.action, table, settings) for rule in acting]
    return [Line(row, after[index] if index < len(after) else "–") for index, row in enumerate(rows)]


def _after(action: Action, table: Protocol, settings: Settings) -> str:
    if action is Action.ROUTINE:
        months = settings.routine_months if table.months is None else table.months
        return ngettext("%(n)s month", "%(n)s months", months) % {"n": months}
    days = settings.recheck_days
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}


def settings_lines(version: Version, only: Iterable[Knob] | None = None) -> list[Setting]:
    """The settings with what they say in a version; `only` those of a programme."""
    return [_setting(knob, getattr(version.settings, knob.name)) for knob in only or knobs.knobs()]


def _setting(knob: Knob, value: Value) -> Setting:
    return Setting(
        name=knob.name,
        label=gettext(knob.label),
        value=in_words(knob, value),
        default=in_words(knob, knob.default),
        changed=value != knob.default,
        tone=TONES.get(knob.certainty, "line"),
        certainty=gettext(knobs.CERTAINTIES.get(knob.certainty, knob.certainty)),
        why=gettext(knob.why),
        unsure=knob.unsure,
    )


def in_words(knob: Knob, value: Value) -> str:
    """A value with its unit, or yes and no."""
    if knob.yes_or_no:
        return str(YES_NO[bool(value)])
    return f"{value} {gettext(knob.unit) if knob.unit else ''}".rstrip()


def changes(values: Mapping[str, Any], base: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What values change in others: label, value before, value after."""
    return [
        (gettext(knob.label), in_words(knob, before), in_words(knob, after))
        for knob, before, after in knobs.changed(values, base)
    ]


@lru_cache(maxsize=32)
def concerning(programme: str) -> tuple[Knob, ...]:
    """The settings that a programme's table or its dates depend on: found by moving each of them."""
    return tuple(knob for knob in knobs.knobs() if _concerns(knob, programme))


def _concerns(knob: Knob, programme: str) -> bool:
    table, moved = protocols(DEFAULTS).get(programme), _moved(knob)
    if table is None:
        return False
    if protocols(moved).get(programme) != table or knob.name == "recheck_days":
        return True
    # A limit that rules know by name: the person's own target, with this setting where there is none.
    named = any(knob.name in str(rule.when) for rule in table.rules)
    return named or (knob.name == "routine_months" and table.months is None)


def _moved(knob: Knob) -> Settings:
    other = not knob.default if knob.yes_or_no else (knob.low if knob.default != knob.low else knob.high)
    moved: dict[str, Any] = {knob.name: other}
    return replace(DEFAULTS, **moved)


def history(versions: Sequence[ProtocolVersion]) -> list[tuple[ProtocolVersion, list[tuple[str, str, str]]]]:
    """Published versions, newest first, each with what it changed in the one before."""
    older = [*(row.settings for row in versions[1:]), knobs.as_values(DEFAULTS)]
    return [(row, changes(row.settings, before)) for row, before in zip(versions, older, strict=False)]
