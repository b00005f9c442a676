"""What a protocol is made of: settings, rules, and the protocol that holds them. All frozen."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext_noop as _

from followups.protocols.conditions import Condition
from followups.protocols.terms import Action, Klass


def _setting(default: Any, why: str) -> Any:
    return field(default=default, metadata={"why": why})


@dataclass(frozen=True, slots=True)
class Settings:
    """What the national text leaves open and a clinical lead may set; `why` (a msgid) is in each field's metadata."""

    again_within_months: int = _setting(12, _("design: how far back a second failure in a row may lie"))
    routine_months: int = _setting(3, _("design: four visits a year, in calendar months"))
    recheck_days: int = _setting(14, _("national: two weeks"))
    age_relaxed: int = _setting(65, _("national: 65; unsettled whether birthday or calendar year counts"))
    hypoglycaemia_inclusive: bool = _setting(
        True, _("unsure: is 3.9 itself low? the printed page is to be read")
    )
    pregnancy_systolic: int = _setting(140, _("unsure: the national text says above normal without a number"))
    pregnancy_diastolic: int = _setting(90, _("unsure: the national text says above normal without a number"))
    pregnancy_fasting_glucose: float = _setting(
        7.0, _("unsure: the national text says high without a number")
    )
    third_reading_last_two: bool = _setting(
        True, _("unsure: a third pressure reading is averaged with the second alone, or with both")
    )
    home_systolic: int = _setting(135, _("guideline: readings taken at home outside a visit"))
    home_diastolic: int = _setting(85, _("guideline: readings taken at home outside a visit"))


DEFAULTS: Final = Settings()


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a decision table. `klass` None: the rule acts and leaves the class to the others.

    `text` is a msgid; its parameters are the visit's readings, `before_<reading>` and `before_on` of the earlier
    visit that an `again` found, `criteria` (codes of what held), and the rule's own `params`.
    """

    id: str
    when: Condition
    klass: Klass | None
    action: Action
    text: str
    source: str
    section: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Protocol:
    """A programme's decision table. Every rule that holds counts: the most serious class, the strictest action.

    `otherwise` answers when no rule gives a class, because the deciding reading is missing.
    """

    programme: str
    version: str
    rules: tuple[Rule, ...]
    otherwise: Rule
    reads: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        """Note once which numbers the rules look at, "age" included."""
        reads = frozenset(name for rule in self.rules for name in names_read(rule.when))
        object.__setattr__(self, "reads", reads)


def names_read(condition: Condition) -> Iterator[str]:
    """Every reading that a condition names, at any depth."""
    if "obs" in condition:
        yield condition["obs"]
    for part in (*condition.get("any", ()), *condition.get("all", ())):
        yield from names_read(part)
    for key in ("again", "among"):
        if key in condition:
            yield from names_read(condition[key])
