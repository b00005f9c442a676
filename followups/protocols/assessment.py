"""From a person's visit and the visits before it to the next step, by the protocols. No database, no clock.

`assess` is the one entry: the follow-up page, the import, the interface for other systems and `manage.py assess`
all call it. What it promises stands in the documentation of the `assess` case.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_noop as _

from followups.protocols.catalogue import protocols
from followups.protocols.conditions import Finding, Scene, evaluate
from followups.protocols.definition import DEFAULTS, Protocol, Rule, Settings
from followups.protocols.graded import ANY_DANGER_SIGN
from followups.protocols.months import add_months, age_on
from followups.protocols.terms import PROGRAMMES, SERIOUSNESS, STRICTNESS, Action, Klass
from patients.readings import Number


@dataclass(frozen=True, slots=True)
class Person:
    """Who is assessed. `conditions` are the programmes; `ldl_target` in mmol/L."""

    birth_date: date | None = None
    conditions: tuple[str, ...] = ()
    sex: str | None = None
    pregnant: bool = False
    lactating: bool = False
    ldl_target: Number = Decimal("2.6")


@dataclass(frozen=True, slots=True)
class Visit:
    """What was found at one visit; readings by the names and in the units of `patients.readings`.

    `adverse_reaction` and `new_complication` hold the programmes concerned.
    """

    on: date
    observations: Mapping[str, Number] = field(default_factory=dict)
    danger_signs: frozenset[str] = frozenset()
    adverse_reaction: frozenset[str] = frozenset()
    new_complication: frozenset[str] = frozenset()
    method: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One visit to be judged, and the earlier visits in any order."""

    patient: Person
    visit: Visit
    history: tuple[Visit, ...] = ()


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
    judgement needs; they may be missing beside a class too.
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
    """The visit as a whole: the strictest action of its programmes and the earliest next date."""

    programmes: Mapping[str, Outcome]
    red_flags: tuple[str, ...]
    action: Action
    next_due_on: date
    referral: Referral
