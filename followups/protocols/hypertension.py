"""Hypertension (高血压患者健康管理), BPHS17: the assessment line 140/90, from 65 years 150/90.

This is the assessment rule (考核), not the clinical target of the treatment guidelines.
"""

from django.utils.translation import gettext_noop as _

from followups.protocols.conditions import Condition
from followups.protocols.definition import Protocol, Rule, Settings
from followups.protocols.graded import CRISIS, EXPECTING_OR_NURSING, again, emergency, harm
from followups.protocols.terms import Action, Klass

ASSESSMENT = _("Hypertension: content of service, (2) follow-up assessment")
INTERVENTION = _("Hypertension: content of service, (3) graded intervention")


def hypertension(settings: Settings) -> Protocol:
    """The decision table under these settings. Readings in mmHg, age in full years on the day of the visit."""
    prefix = "htn-2017"
    pressure = _Pressure(prefix, settings)
    expecting: Condition = {"all": [EXPECTING_OR_NURSING, {"any": pressure.high_in_pregnancy}]}
    complication, reaction_again, reaction = harm(prefix, settings, INTERVENTION)
    return Protocol(
        programme="hypertension",
        version="1",
        rules=(
            emergency(prefix, (*CRISIS, expecting), ASSESSMENT),
            complication,
            reaction_again,
            *pressure.uncontrolled_again(),
            reaction,
            *pressure.uncontrolled(),
            *pressure.controlled(),
        ),
        otherwise=Rule(
            id=f"{prefix}.not-assessed",
            when={"all": []},
            klass=Klass.NOT_ASSESSED,
            action=Action.RECHECK,
            text=_("Blood pressure is missing or incomplete: measure it and assess again."),
            source="DESIGN",
            section="",
        ),
        asks=("systolic", "diastolic", "heart_rate", "weight", "waist"),
        asks_further=("height", "temperature"),
    )


class _Pressure:
    """The pressure lines of the two age groups; the text for the doctor names the line that was used."""

    def __init__(self, prefix: str, settings: Settings) -> None:
        self.prefix = prefix
        self.settings = settings
        self.younger: Condition = {"obs": "age", "lt": settings.age_relaxed}
        self.older: Condition = {"obs": "age", "gte": settings.age_relaxed}
        self.too_high = (_too_high(140), _too_high(150))
        self.within = (_within(140), _within(150))
        # An earlier visit is judged by the age of its own day.
        self.failed: Condition = {"any": [*self._for_each_age(self.too_high)]}
        self.passed: Condition = {"any": [*self._for_each_age(self.within)]}
        self.high_in_pregnancy: list[Condition] = [
            {"obs": "systolic", "gte": settings.pregnancy_systolic},
            {"obs": "diastolic", "gte": settings.pregnancy_diastolic},
        ]

    def uncontrolled_again(self) -> tuple[Rule, Rule]:
        before = again(self.failed, self.passed, self.settings)
        both: tuple[Condition, Condition] = (
            {"all": [self.too_high[0], before]},
            {"all": [self.too_high[1], before]},
        )
        younger = _(
            "%(systolic)s/%(diastolic)s is not within the assessment line <140/90; the visit of %(before_on)s "
            "(%(before_systolic)s/%(before_diastolic)s) was not controlled either: refer up."
        )
        older = _(
            "%(systolic)s/%(diastolic)s is not within the assessment line <150/90 for age %(age_relaxed)s and over; "
            "the visit of %(before_on)s (%(before_systolic)s/%(before_diastolic)s) was not controlled either: refer up."
        )
        return self._pair("uncontrolled-again", both, (younger, older), (Klass.UNCONTROLLED, Action.REFER))

    def uncontrolled(self) -> tuple[Rule, Rule]:
        younger = _("%(systolic)s/%(diastolic)s is not within the assessment line <140/90.")
        older = _(
            "%(systolic)s/%(diastolic)s is not within the assessment line <150/90 for age %(age_relaxed)s and over."
        )
        return self._pair(
            "uncontrolled", self.too_high, (younger, older), (Klass.UNCONTROLLED, Action.ADJUST)
        )

    def controlled(self) -> tuple[Rule, Rule]:
        younger = _("%(systolic)s/%(diastolic)s is within the assessment line <140/90.")
        older = _(
            "%(systolic)s/%(diastolic)s is within the assessment line <150/90 for age %(age_relaxed)s and over."
        )
        return self._pair("controlled", self.within, (younger, older), (Klass.CONTROLLED, Action.ROUTINE))

    def _pair(
        self,
        name: str,
        when: tuple[Condition, Condition],
        texts: tuple[str, str],
        result: tuple[Klass, Action],
    ) -> tuple[Rule, Rule]:
        """One rule for each age group."""
        younger, older = self._for_each_age(when)
        relaxed = f"{self.prefix}.{name}-{self.settings.age_relaxed}"
        params = {"age_relaxed": self.settings.age_relaxed}
        return (
            Rule(f"{self.prefix}.{name}", younger, *result, texts[0], "BPHS17", INTERVENTION),
            Rule(relaxed, older, *result, texts[1], "BPHS17", INTERVENTION, params),
        )

    def _for_each_age(self, when: tuple[Condition, Condition]) -> tuple[Condition, Condition]:
        return {"all": [self.younger, when[0]]}, {"all": [self.older, when[1]]}


def _too_high(systolic: int) -> Condition:
    """One failing value is enough."""
    return {"any": [{"obs": "systolic", "gte": systolic}, {"obs": "diastolic", "gte": 90}]}


def _within(systolic: int) -> Condition:
    """Both values must be there and pass."""
    return {"all": [{"obs": "systolic", "lt": systolic}, {"obs": "diastolic", "lt": 90}]}
